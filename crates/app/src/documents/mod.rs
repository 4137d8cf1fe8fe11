//! Documents and settings that are replaced as a whole: their types, when two of them mean the same, and
//! how a rule is found in one, and a statement that is typed for one.

mod iam;
mod setting;
pub(crate) mod template;

pub(crate) use iam::iam_deed;
pub(crate) use setting::{
    Setting, blob_mounting_text, mutability_members, mutability_of, mutability_text, read_now, scan_text,
    what,
};

use std::collections::BTreeSet;

use longshore_ecr::{IamItemKind, Meaning};
use longshore_names::Partition;
use longshore_policy::{
    ContentHash, DocumentError,
    registry_policy::{self, RegistryPolicy, StatementView},
    replication::{ReplicationConfiguration, RuleView},
};
use serde_json::{Value, json};

use self::iam::IamMeaning;
use crate::api::{ApiError, RegistryKey, Side, StatementInput, StatementType};

/// A statement as it was typed, in the shape that the policy crate reads.
pub(crate) fn typed_statement(typed: &StatementInput) -> registry_policy::StatementInput {
    let StatementType::ReplicationCrossAccount = typed.statement_type;
    registry_policy::StatementInput {
        sid: typed.sid.clone(),
        accounts: typed.accounts.clone(),
        all_repositories: typed.all_repositories,
        prefixes: typed.prefixes.clone(),
        create_repository: typed.create_repository,
    }
}

/// The type of a document, as in `VersionView::kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    Replication,
    Policy,
    /// A document or setting of a repository, a template, or a setting of the registry.
    Setting(Setting),
    /// Something of IAM.
    Iam(IamItemKind),
}

impl DocumentKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Replication => "replication configuration",
            Self::Policy => "registry policy",
            Self::Setting(setting) => setting.as_str(),
            Self::Iam(kind) => kind.as_str(),
        }
    }

    pub(crate) fn of(kind: &str) -> Option<Self> {
        let settings = Setting::ALL.into_iter().map(Self::Setting);
        let of_iam = IamItemKind::ALL.into_iter().map(Self::Iam);
        [Self::Replication, Self::Policy]
            .into_iter()
            .chain(settings)
            .chain(of_iam)
            .find(|known| known.as_str() == kind)
    }
}

impl DocumentKind {
    /// The meaning of documents of this type in `registry`.
    pub(crate) fn meaning(self, registry: &RegistryKey) -> Box<dyn Meaning> {
        match self {
            Self::Replication => Box::new(ReplicationMeaning),
            Self::Policy => Box::new(PolicyMeaning(partition(registry))),
            Self::Setting(Setting::RepositoryPolicy) => Box::new(PolicyMeaning(partition(registry))),
            Self::Setting(setting) => Box::new(setting),
            Self::Iam(kind) => Box::new(IamMeaning { kind, partition: partition(registry) }),
        }
    }

    /// A document of this type as AWS writes it back in `registry`.
    pub(crate) fn as_written(self, registry: &RegistryKey, document: &Value) -> Value {
        match self {
            Self::Replication | Self::Setting(_) => document.clone(),
            Self::Iam(kind) => iam::as_written(kind, partition(registry), document),
            Self::Policy => as_written(partition(registry), document),
        }
    }

    /// A document of this type from its text, in the form that is compared.
    pub(crate) fn read(self, text: Option<&str>) -> Value {
        match (self, text) {
            (Self::Replication, None) => json!({ "rules": [] }),
            (_, text) => value(text),
        }
    }
}

/// A document's text as a value; null for none. A text that is not JSON becomes a value of its own,
/// so that it equals only itself.
pub(crate) fn value(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}

struct ReplicationMeaning;

impl Meaning for ReplicationMeaning {
    fn same(&self, a: &Value, b: &Value) -> bool {
        same_replication(a, b)
    }

    fn holds(&self, found: &Value, wrote: &Value, former: &Value) -> bool {
        holds(rule_hashes, found, wrote, former)
    }
}

/// In the partition of its registry.
struct PolicyMeaning(Partition);

impl Meaning for PolicyMeaning {
    fn same(&self, a: &Value, b: &Value) -> bool {
        same_policy(&as_written(self.0, a), &as_written(self.0, b))
    }

    fn holds(&self, found: &Value, wrote: &Value, former: &Value) -> bool {
        let hashes = |document: &Value| statement_hashes(&as_written(self.0, document));
        holds(hashes, found, wrote, former)
    }
}

fn partition(registry: &RegistryKey) -> Partition {
    registry.region.partition()
}

/// A policy with its bare account ids as AWS writes them back. A document that is not a policy is
/// left unchanged.
fn as_written(partition: Partition, document: &Value) -> Value {
    let policy = RegistryPolicy::from_value(document.clone());
    policy.map_or_else(|_| document.clone(), |policy| policy.as_written_in(partition).to_value())
}

fn rule_hashes(document: &Value) -> Option<BTreeSet<ContentHash>> {
    let configuration = ReplicationConfiguration::from_value(document.clone()).ok()?;
    Some(configuration.rules().into_iter().map(|rule| rule.hash).collect())
}

fn statement_hashes(document: &Value) -> Option<BTreeSet<ContentHash>> {
    if document.is_null() {
        return Some(BTreeSet::new());
    }
    let policy = RegistryPolicy::from_value(document.clone()).ok()?;
    Some(policy.statements().into_iter().map(|statement| statement.hash).collect())
}

/// Whether `found` has what `wrote` added to `former`, and lacks what it removed.
fn holds(
    hashes: impl Fn(&Value) -> Option<BTreeSet<ContentHash>>,
    found: &Value,
    wrote: &Value,
    former: &Value,
) -> bool {
    let (Some(found), Some(wrote), Some(former)) = (hashes(found), hashes(wrote), hashes(former)) else {
        return false;
    };
    wrote != former
        && wrote.difference(&former).all(|added| found.contains(added))
        && former.difference(&wrote).all(|removed| !found.contains(removed))
}

/// Content hashes of the rules or statements that only `before` has.
pub(crate) fn only_in(kind: DocumentKind, before: &Value, after: &Value) -> Vec<String> {
    let hashes = match kind {
        DocumentKind::Replication => rule_hashes,
        DocumentKind::Policy => statement_hashes,
        DocumentKind::Setting(_) | DocumentKind::Iam(_) => return Vec::new(),
    };
    let (before, after) = (hashes(before).unwrap_or_default(), hashes(after).unwrap_or_default());
    before.difference(&after).map(ToString::to_string).collect()
}

/// The number of differences that one text lists.
const MOST_NAMED: usize = 8;

/// The differences of `after`, in words: *statement `a` was added*.
pub(crate) fn changes(kind: DocumentKind, before: &Value, after: &Value) -> Vec<String> {
    let mut all = match kind {
        DocumentKind::Replication => rule_changes(before, after),
        DocumentKind::Policy => statement_changes(before, after),
        DocumentKind::Setting(setting) => setting.changes(before, after),
        DocumentKind::Iam(kind) => iam::changes(kind, before, after),
    };
    if all.len() > MOST_NAMED {
        let more = all.len() - MOST_NAMED;
        all.truncate(MOST_NAMED);
        all.push(format!("{more} more"));
    }
    all
}

fn rule_changes(before: &Value, after: &Value) -> Vec<String> {
    let read = |value: &Value| ReplicationConfiguration::from_value(value.clone());
    let (Ok(before), Ok(after)) = (read(before), read(after)) else { return Vec::new() };
    let diff = longshore_policy::replication::diff(&before, &after);
    let name = |rule: &RuleView| {
        let to: Vec<_> = rule.destinations.iter().map(ToString::to_string).collect();
        let of: Vec<_> = rule.filters.iter().map(|filter| format!("`{}`", filter.filter)).collect();
        let of = if of.is_empty() { "all repositories".to_owned() } else { of.join(", ") };
        format!("the rule for {of} to {}", to.join(", "))
    };
    let mut all: Vec<_> = diff.added.iter().map(|rule| format!("{} was added", name(rule))).collect();
    all.extend(diff.changed.iter().map(|change| format!("{} was changed", name(&change.before))));
    all.extend(diff.removed.iter().map(|rule| format!("{} was removed", name(rule))));
    all.extend(diff.other_fields.iter().map(|field| format!("`{field}` was changed")));
    all
}

fn statement_changes(before: &Value, after: &Value) -> Vec<String> {
    let read = |value: &Value| match value {
        Value::Null => Ok(None),
        value => RegistryPolicy::from_value(value.clone()).map(Some),
    };
    let (Ok(before), Ok(after)) = (read(before), read(after)) else { return Vec::new() };
    let diff = longshore_policy::registry_policy::diff(before.as_ref(), after.as_ref());
    let mut all: Vec<_> =
        diff.added.iter().map(|statement| format!("{} was added", statement_name(statement))).collect();
    all.extend(diff.changed.iter().map(|change| format!("{} was changed", statement_name(&change.before))));
    all.extend(diff.removed.iter().map(|statement| format!("{} was removed", statement_name(statement))));
    all.extend(diff.other_fields.iter().map(|field| format!("`{field}` was changed")));
    all
}

/// A statement in a sentence: by its Sid, otherwise by its position.
pub(crate) fn statement_name(statement: &StatementView) -> String {
    match &statement.sid {
        Some(sid) => format!("statement `{sid}`"),
        None => format!("statement {} (without a Sid)", statement.index + 1),
    }
}

/// How many rules or statements a document has.
pub(crate) fn parts(kind: DocumentKind, text: Option<&str>) -> usize {
    let document = value(text);
    let read = ReplicationConfiguration::from_value;
    match kind {
        _ if document.is_null() => 0,
        DocumentKind::Replication => read(document).map_or(0, |read| read.rules().len()),
        DocumentKind::Policy => {
            RegistryPolicy::from_value(document).map_or(0, |read| read.statements().len())
        }
        DocumentKind::Setting(_) => document["rules"].as_array().map_or(1, Vec::len),
        DocumentKind::Iam(_) => document["Statement"].as_array().map_or(1, Vec::len),
    }
}

/// Whether two replication configurations mean the same.
pub(crate) fn same_replication(a: &Value, b: &Value) -> bool {
    let read = |value: &Value| ReplicationConfiguration::from_value(value.clone());
    match (read(a), read(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => longshore_policy::same_json(a, b),
    }
}

/// Whether two policies mean the same; null stands for none.
pub(crate) fn same_policy(a: &Value, b: &Value) -> bool {
    if a.is_null() || b.is_null() {
        return a.is_null() && b.is_null();
    }
    let read = |value: &Value| RegistryPolicy::from_value(value.clone());
    match (read(a), read(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => longshore_policy::same_json(a, b),
    }
}

/// The policy of a registry from its text; an empty one when there is none.
pub(crate) fn parse_policy(text: Option<&str>) -> Result<RegistryPolicy, DocumentError> {
    text.map_or_else(|| Ok(RegistryPolicy::empty()), RegistryPolicy::parse)
}

/// The rule with this content.
pub(crate) fn find_rule(configuration: &ReplicationConfiguration, id: &str) -> Result<RuleView, ApiError> {
    configuration.rule(&ContentHash::from_text(id)).ok_or_else(|| {
        let text = "There is no such rule: it was changed or removed elsewhere, or never existed.";
        ApiError::new("changed-elsewhere", Side::Source, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Space;

    #[test]
    fn an_account_that_a_registry_of_china_writes_back_as_an_arn_is_no_lost_update() {
        let registry = |region: &str| RegistryKey {
            space: Space::Aws,
            account: "444455556666".parse().unwrap(),
            region: region.parse().unwrap(),
        };
        let policy = |who: &[&str]| {
            let statement = |who: &&str| json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": "ecr:*", "Resource": "*" });
            json!({ "Statement": who.iter().map(statement).collect::<Vec<_>>() })
        };
        let (bare, arn) = ("111122223333", "arn:aws-cn:iam::111122223333:root");
        let other = "arn:aws-cn:iam::999988887777:root";
        let meaning = DocumentKind::Policy.meaning(&registry("cn-north-1"));
        assert!(meaning.same(&policy(&[bare]), &policy(&[arn])));
        assert!(meaning.holds(&policy(&[arn, other]), &policy(&[bare]), &Value::Null));
        let commercial = DocumentKind::Policy.meaning(&registry("us-west-2"));
        assert!(!commercial.same(&policy(&[bare]), &policy(&[arn])));
        assert!(commercial.same(&policy(&[bare]), &policy(&["arn:aws:iam::111122223333:root"])));
    }
}
