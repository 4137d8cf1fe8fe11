//! One rule: in a document, as typed, and as a draft.

use longshore_names::{Prefix, RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ContentHash;

/// How a filter selects repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterType {
    /// `PREFIX_MATCH`: names that begin with the filter.
    Prefix,
    /// A type that this version does not know.
    Other(String),
}

/// One filter of a rule in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFilter {
    /// The text to compare names with.
    pub filter: String,
    /// How.
    pub filter_type: FilterType,
}

/// One parsed rule of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleView {
    /// Its place in the document, from 0; not an identity.
    pub index: usize,
    /// What identifies it: the hash of its canonical content.
    pub hash: ContentHash,
    /// The registries it copies to.
    pub destinations: Vec<RegistryId>,
    /// Which repositories; empty for all.
    pub filters: Vec<RuleFilter>,
    /// Whether deletions are copied too; `None` when the document does not say (they are not).
    pub delete_replication: Option<bool>,
    /// Fields of the rule that this version does not know; they are kept.
    pub unknown_fields: Vec<String>,
    /// Parts of known fields that could not be read, as paths inside the rule.
    pub unreadable: Vec<String>,
    /// The rule as it is in the document.
    pub raw: Value,
}

impl RuleView {
    pub(crate) fn read(index: usize, raw: &Value) -> Self {
        let mut unreadable = Vec::new();
        let mut unknown_fields = Vec::new();
        let destinations = read_destinations(raw, &mut unreadable, &mut unknown_fields);
        let filters = read_filters(raw, &mut unreadable, &mut unknown_fields);
        let delete_replication = match raw.get("deleteReplication") {
            None | Some(Value::Null) => None,
            Some(Value::Object(object)) => {
                unknown_of(object, &["enabled"], "deleteReplication", &mut unknown_fields);
                let enabled = object.get("enabled").and_then(Value::as_bool);
                if enabled.is_none() {
                    unreadable.push("deleteReplication.enabled".into());
                }
                enabled
            }
            Some(_) => {
                unreadable.push("deleteReplication".into());
                None
            }
        };
        if let Value::Object(object) = raw {
            unknown_of(
                object,
                &["destinations", "repositoryFilters", "deleteReplication"],
                "",
                &mut unknown_fields,
            );
        }
        Self {
            index,
            hash: super::canonical::hash(raw),
            destinations,
            filters,
            delete_replication,
            unknown_fields,
            unreadable,
            raw: raw.clone(),
        }
    }

    /// The rule as a form shows it for editing, with every text as it is in the document.
    pub fn to_input(&self) -> DraftInput {
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |key: &str| self.raw.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        DraftInput {
            destinations: list("destinations")
                .iter()
                .map(|d| DestinationInput { account: text(d, "registryId"), region: text(d, "region") })
                .collect(),
            filters: list("repositoryFilters").iter().map(|f| text(f, "filter")).collect(),
            delete_replication: self.delete_replication.unwrap_or(false),
        }
    }

    /// The prefixes, or `None` when a filter is of a type that this version does not know.
    pub fn prefixes(&self) -> Option<Vec<Prefix>> {
        self.filters
            .iter()
            .map(|f| match f.filter_type {
                FilterType::Prefix => f.filter.parse().ok(),
                FilterType::Other(_) => None,
            })
            .collect()
    }

    /// Whether the rule replicates pushes to a repository. With a filter of an unknown type the
    /// answer is no.
    pub fn takes(&self, name: &RepositoryName) -> bool {
        self.prefixes().is_some_and(|prefixes| super::matching_filter(&prefixes, name).is_some())
    }

    /// The rule as a draft, or `None` when it has parts that a draft cannot hold.
    pub fn to_draft(&self) -> Option<RuleDraft> {
        if !self.unreadable.is_empty() {
            return None;
        }
        Some(RuleDraft {
            destinations: self.destinations.clone(),
            filters: self.prefixes()?,
            delete_replication: self.delete_replication.unwrap_or(false),
        })
    }
}

fn unknown_of(object: &Map<String, Value>, known: &[&str], at: &str, unknown: &mut Vec<String>) {
    let names = object.keys().filter(|key| !known.contains(&key.as_str()));
    unknown.extend(names.map(|key| if at.is_empty() { key.clone() } else { format!("{at}.{key}") }));
}

fn read_destinations(
    raw: &Value,
    unreadable: &mut Vec<String>,
    unknown: &mut Vec<String>,
) -> Vec<RegistryId> {
    let Some(list) = raw.get("destinations").and_then(Value::as_array) else {
        unreadable.push("destinations".into());
        return Vec::new();
    };
    let mut read = Vec::new();
    for (i, destination) in list.iter().enumerate() {
        let part = |key: &str| destination.get(key).and_then(Value::as_str);
        if let Value::Object(object) = destination {
            unknown_of(object, &["region", "registryId"], &format!("destinations[{i}]"), unknown);
        }
        let account = part("registryId").and_then(|text| text.parse().ok());
        let region = part("region").and_then(|text| text.parse().ok());
        match (account, region) {
            (Some(account), Some(region)) => read.push(RegistryId::new(account, region)),
            (None, _) => unreadable.push(format!("destinations[{i}].registryId")),
            (_, None) => unreadable.push(format!("destinations[{i}].region")),
        }
    }
    read
}

fn read_filters(raw: &Value, unreadable: &mut Vec<String>, unknown: &mut Vec<String>) -> Vec<RuleFilter> {
    let list = match raw.get("repositoryFilters") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            unreadable.push("repositoryFilters".into());
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for (i, filter) in list.iter().enumerate() {
        if let Value::Object(object) = filter {
            unknown_of(object, &["filter", "filterType"], &format!("repositoryFilters[{i}]"), unknown);
        }
        let filter_type = match filter.get("filterType").and_then(Value::as_str) {
            Some("PREFIX_MATCH") => FilterType::Prefix,
            Some(other) => FilterType::Other(other.to_owned()),
            None => {
                unreadable.push(format!("repositoryFilters[{i}].filterType"));
                continue;
            }
        };
        match filter.get("filter").and_then(Value::as_str) {
            Some(text) => read.push(RuleFilter { filter: text.to_owned(), filter_type }),
            None => unreadable.push(format!("repositoryFilters[{i}].filter")),
        }
    }
    read
}

/// A destination as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationInput {
    /// The account, meant to be 12 digits.
    pub account: String,
    /// The Region.
    pub region: String,
}

/// A rule as typed, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftInput {
    /// The destinations.
    pub destinations: Vec<DestinationInput>,
    /// The filters; none for all repositories.
    pub filters: Vec<String>,
    /// Whether deletions are to be copied too.
    pub delete_replication: bool,
}

impl DraftInput {
    /// An input of `(account, region)` pairs and filters, without delete replication.
    pub fn new(destinations: &[(&str, &str)], filters: &[&str]) -> Self {
        Self {
            destinations: destinations
                .iter()
                .map(|(account, region)| DestinationInput {
                    account: (*account).to_owned(),
                    region: (*region).to_owned(),
                })
                .collect(),
            filters: filters.iter().map(|f| (*f).to_owned()).collect(),
            delete_replication: false,
        }
    }
}

/// A draft of a rule: every text is valid, but the whole rule may still be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    /// The registries to copy to.
    pub destinations: Vec<RegistryId>,
    /// Which repositories; none for all.
    pub filters: Vec<Prefix>,
    /// Whether deletions are to be copied too.
    pub delete_replication: bool,
}

impl RuleDraft {
    /// The rule as sent to ECR. The key for filters is left out if there are none, and
    /// `deleteReplication` if it is off.
    pub fn to_value(&self) -> Value {
        let mut rule = Map::new();
        rule.insert("destinations".into(), self.destinations.iter().map(destination_value).collect());
        if !self.filters.is_empty() {
            rule.insert("repositoryFilters".into(), self.filters.iter().map(filter_value).collect());
        }
        if self.delete_replication {
            rule.insert("deleteReplication".into(), json!({ "enabled": true }));
        }
        Value::Object(rule)
    }

    /// The hash that the rule will have in a document.
    pub fn hash(&self) -> ContentHash {
        super::canonical::hash(&self.to_value())
    }
}

pub(crate) fn destination_value(registry: &RegistryId) -> Value {
    json!({ "region": registry.region.as_str(), "registryId": registry.account.as_str() })
}

pub(crate) fn filter_value(prefix: &Prefix) -> Value {
    json!({ "filter": prefix.as_str(), "filterType": "PREFIX_MATCH" })
}
