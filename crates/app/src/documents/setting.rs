//! Documents and settings besides the two of a registry: lifecycle policies, creation templates, settings of
//! repositories and of registries. Each as a text, so that a version of it can be kept and restored.

use longshore_ecr::{EcrClient, IamItem, Meaning, Services, TagMutability};
use longshore_names::RepositoryName;
use serde_json::{Value, json};

use super::{DocumentKind, template};
use crate::api::ApiError;

/// The type of such a document or setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Of a repository.
    LifecyclePolicy,
    /// Of a repository: who else may use it.
    RepositoryPolicy,
    /// A repository creation template, named by its prefix.
    Template,
    /// Of a repository.
    TagMutability,
    /// Of a repository.
    ScanOnPush,
    /// Of a registry.
    BlobMounting,
}

impl Setting {
    pub(super) const ALL: [Self; 6] = [
        Self::LifecyclePolicy,
        Self::RepositoryPolicy,
        Self::Template,
        Self::TagMutability,
        Self::ScanOnPush,
        Self::BlobMounting,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LifecyclePolicy => "lifecycle policy",
            Self::RepositoryPolicy => "repository policy",
            Self::Template => "creation template",
            Self::TagMutability => "tag mutability",
            Self::ScanOnPush => "scanning of pushed images",
            Self::BlobMounting => "blob mounting",
        }
    }

    pub(super) fn changes(self, before: &Value, after: &Value) -> Vec<String> {
        let what = self.as_str();
        match (before.is_null(), after.is_null()) {
            _ if self.same(before, after) => Vec::new(),
            (true, _) => vec![format!("a {what} was added")],
            (_, true) => vec![format!("the {what} was removed")],
            _ => vec![format!("the {what} was changed")],
        }
    }
}

impl Meaning for Setting {
    fn same(&self, a: &Value, b: &Value) -> bool {
        let read = |value: &Value| template::parse(&value.to_string()).ok();
        match (self, read(a), read(b)) {
            (Self::Template, Some(a), Some(b)) => a.means(&b),
            _ => longshore_policy::same_json(a, b),
        }
    }

    fn holds(&self, found: &Value, wrote: &Value, _former: &Value) -> bool {
        self.same(found, wrote)
    }
}

/// A document in words: *lifecycle policy of `a` in Prod / us-west-2*, `place` being the registry's.
pub(crate) fn what(kind: DocumentKind, name: Option<&str>, place: &str) -> String {
    match (kind, name) {
        (DocumentKind::Setting(Setting::Template), Some(prefix)) => {
            format!("creation template for `{prefix}` in {place}")
        }
        (DocumentKind::Iam(kind), Some(name)) => match IamItem::parse(kind, name) {
            Some(item) => format!("{item} in {place}"),
            None => format!("{} `{name}` in {place}", kind.as_str()),
        },
        (kind, Some(name)) => format!("{} of `{name}` in {place}", kind.as_str()),
        (kind, None) => format!("{} of {place}", kind.as_str()),
    }
}

/// A document as it is now, as text; `None` when there is none, or no such repository.
pub(crate) async fn read_now(
    kind: DocumentKind,
    name: Option<&str>,
    client: &EcrClient,
    services: &Services,
) -> Result<Option<String>, ApiError> {
    let named = name.unwrap_or_default();
    let repository = || named.parse::<RepositoryName>().map_err(ApiError::from);
    let setting = match kind {
        DocumentKind::Replication => return Ok(Some(client.replication_configuration().await?.to_string())),
        DocumentKind::Policy => return Ok(client.registry_policy().await?),
        DocumentKind::Setting(setting) => setting,
        DocumentKind::Iam(kind) => {
            let text = || format!("The stored name of this {} cannot be read.", kind.as_str());
            let item = IamItem::parse(kind, named).ok_or_else(|| ApiError::internal(text()))?;
            let now = services.iam_item(&item).await?;
            return Ok((!now.is_null()).then(|| now.to_string()));
        }
    };
    Ok(match setting {
        Setting::LifecyclePolicy => client.lifecycle_policy(&repository()?).await?,
        Setting::RepositoryPolicy => client.repository_policy(&repository()?).await?,
        Setting::Template => {
            let all = client.creation_templates().await?;
            all.iter().find(|one| one.prefix == named).map(template::written)
        }
        Setting::TagMutability => {
            client.repository(&repository()?).await?.map(|found| mutability_text(&found.tag_mutability))
        }
        Setting::ScanOnPush => {
            client.repository(&repository()?).await?.map(|found| scan_text(found.scan_on_push))
        }
        Setting::BlobMounting => Some(blob_mounting_text(client.blob_mounting().await?)),
    })
}

/// `imageTagMutability` and `imageTagMutabilityExclusionFilters`.
pub(crate) fn mutability_members(mutability: &TagMutability) -> (&str, Vec<Value>) {
    let filters = |except: &[String]| -> Vec<Value> {
        except.iter().map(|filter| json!({"filterType": "WILDCARD", "filter": filter})).collect()
    };
    match mutability {
        TagMutability::Mutable { except } if except.is_empty() => ("MUTABLE", Vec::new()),
        TagMutability::Mutable { except } => ("MUTABLE_WITH_EXCLUSION", filters(except)),
        TagMutability::Immutable { except } if except.is_empty() => ("IMMUTABLE", Vec::new()),
        TagMutability::Immutable { except } => ("IMMUTABLE_WITH_EXCLUSION", filters(except)),
        TagMutability::Other { name } => (name.as_str(), Vec::new()),
    }
}

/// Reads the members back; `None` for a word that this version does not know.
pub(crate) fn mutability_of(value: &Value) -> Option<TagMutability> {
    let filters = value["imageTagMutabilityExclusionFilters"].as_array().cloned().unwrap_or_default();
    let except: Vec<String> =
        filters.iter().filter_map(|filter| Some(filter["filter"].as_str()?.to_owned())).collect();
    Some(match value["imageTagMutability"].as_str()? {
        "MUTABLE" => TagMutability::MUTABLE,
        "IMMUTABLE" => TagMutability::IMMUTABLE,
        "MUTABLE_WITH_EXCLUSION" => TagMutability::Mutable { except },
        "IMMUTABLE_WITH_EXCLUSION" => TagMutability::Immutable { except },
        _ => return None,
    })
}

pub(crate) fn mutability_text(mutability: &TagMutability) -> String {
    let (word, except) = mutability_members(mutability);
    let mut members = json!({"imageTagMutability": word});
    if !except.is_empty() {
        members["imageTagMutabilityExclusionFilters"] = except.into();
    }
    members.to_string()
}

pub(crate) fn scan_text(scan: bool) -> String {
    json!({"scanOnPush": scan}).to_string()
}

pub(crate) fn blob_mounting_text(enabled: bool) -> String {
    json!({"blobMounting": enabled}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutability_is_read_as_it_was_written() {
        let except = vec!["latest*".to_owned()];
        for one in [
            TagMutability::MUTABLE,
            TagMutability::IMMUTABLE,
            TagMutability::Mutable { except: except.clone() },
            TagMutability::Immutable { except },
        ] {
            let text = mutability_text(&one);
            assert_eq!(mutability_of(&serde_json::from_str(&text).unwrap()), Some(one), "{text}");
        }
        assert_eq!(mutability_of(&json!({"imageTagMutability": "SOMETIMES"})), None);
    }

    #[test]
    fn a_template_means_the_same_in_another_notation() {
        let text =
            |policy: &str| json!({"prefix": "a", "appliedFor": ["REPLICATION"], "repositoryPolicy": policy});
        assert!(Setting::Template.same(&text(r#"{"a":1}"#), &text(r#"{ "a": 1 }"#)));
        assert!(!Setting::Template.same(&text(r#"{"a":1}"#), &text(r#"{"a":2}"#)));
        assert_eq!(Setting::Template.changes(&Value::Null, &text("{}")), ["a creation template was added"]);
    }
}
