//! Documents from files, as people have them: policies in commands, Terraform, templates and YAML.

use longshore_names::{AccountId, Partition, Region, RegistryId};
use serde_json::{Value, json};

use super::{Caller, Document, Layer, Resource};
use crate::{
    FieldPath, Finding,
    iam::{Element, Policy},
    paste::{self, DocumentKind, MAX_PASTED},
};

/// The most bytes of a file that are read: a text may be in UTF-16, with a byte order mark.
pub const MAX_FILE: u64 = 2 * MAX_PASTED as u64 + 2;

/// Where the document of a layer belongs, as far as a question shows: pseudo parameters of a template
/// such as `AWS::AccountId` have these values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    account: Option<AccountId>,
    region: Option<Region>,
    partition: Option<Partition>,
}

impl Place {
    /// The place of a document of `layer`. SCPs and RCPs are deployed in an account that the question
    /// does not show.
    pub fn of(layer: Layer, caller: &Caller, resource: &Resource) -> Self {
        let account = match layer {
            Layer::Identity | Layer::Boundary | Layer::Session => caller.account(),
            Layer::Resource => resource.account().or(caller.account()),
            Layer::Scp | Layer::Rcp => None,
        };
        let partition = resource.partition.as_ref().or(caller.partition.as_ref());
        Self {
            account: account.cloned(),
            region: resource.region().and_then(|region| region.parse().ok()),
            partition: partition.and_then(|id| Partition::ALL.into_iter().find(|known| known.id() == id)),
        }
    }

    /// The registry for the reader of pasted texts, which needs a whole one.
    fn registry(&self) -> Option<RegistryId> {
        let partition = self.partition.unwrap_or(Partition::Aws);
        let region = self.region.clone().or_else(|| partition.regions().first()?.parse().ok())?;
        let account = self.account.clone().or_else(|| "000000000000".parse().ok())?;
        Some(RegistryId::new(account, region))
    }

    /// A pseudo parameter in a text whose value the question does not show.
    fn missing_in(&self, text: &str) -> Option<&'static str> {
        let unknown = [
            ("AWS::AccountId", self.account.is_none()),
            ("AWS::Region", self.region.is_none()),
            ("AWS::Partition", self.partition.is_none() && self.region.is_none()),
        ];
        unknown.into_iter().find(|(name, unknown)| *unknown && text.contains(name)).map(|(name, _)| name)
    }
}

/// Reads the policy in the bytes of a file as a document of `layer`.
///
/// # Errors
/// A finding with the position of the problem: the bytes are no text, the text has no policy, several,
/// one with a value that is not in the text, or one of another kind.
pub fn read_document(layer: Layer, label: &str, bytes: &[u8], place: &Place) -> Result<Document, Finding> {
    if bytes.len() as u64 > MAX_FILE {
        let text = format!("The text has more than {MAX_PASTED} bytes.");
        return Err(Finding::error("text-too-long", text).in_text(1, 1));
    }
    let text = paste::decode(bytes)?;
    let unknown = |name: &str| {
        let before = text.split(name).next().unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Finding::error("variable-unreadable", format!("The value of `{name}` is not known here."))
            .in_text(before.matches('\n').count() + 1, column)
            .hint("Replace it with the value.")
    };
    if let Some(name) = place.missing_in(&text) {
        return Err(unknown(name));
    }
    let Some(registry) = place.registry() else { return Err(unknown("AWS::Region")) };
    let pasted = paste::read(&text, &registry);
    if let Some(error) = pasted.findings.iter().find(|finding| finding.is_error()) {
        return Err(somewhere(error.clone()));
    }
    let policies: Vec<&paste::Document> = pasted.documents.iter().filter(|one| is_policy(one)).collect();
    // A file of a role may have its trust policy beside the policy that is asked for.
    let fitting: Vec<&paste::Document> =
        policies.iter().copied().filter(|one| names_principals(one) == layer.names_principals()).collect();
    let policies = if fitting.is_empty() { policies } else { fitting };
    let document = match policies.as_slice() {
        [one] => *one,
        [] => {
            let found = pasted.documents.first().map_or("no policy", |one| one.kind.phrase());
            let text = format!("The text has {found}, and not a policy that allows or denies actions.");
            return Err(Finding::error("policy-missing", text).in_text(1, 1).hint(
                "Give a file with one policy: JSON, YAML, Terraform, CloudFormation or a command of the AWS CLI.",
            ));
        }
        [_, second, ..] => {
            let at = second.place(&FieldPath::new(""));
            let text = format!("The text has {} policies.", policies.len());
            return Err(Finding::error("several-policies", text)
                .in_text(at.line, at.column)
                .hint("Give each policy in a file of its own."));
        }
    };
    let (value, inside) = whole(document);
    let placed = |error: crate::DocumentError| {
        let finding = error.finding();
        if finding.position.is_some() {
            return finding;
        }
        let field = finding.field.clone().unwrap_or_else(|| FieldPath::new(""));
        let field = field.as_str().strip_prefix(inside).unwrap_or(field.as_str());
        let at = document.place(&FieldPath::new(field.trim_start_matches('.')));
        finding.in_text(at.line, at.column)
    };
    let policy = Policy::from_value(value).map_err(placed)?;
    Document::new(layer, label, &policy).map_err(placed)
}

fn is_policy(document: &paste::Document) -> bool {
    !matches!(
        document.kind,
        DocumentKind::LifecyclePolicy | DocumentKind::ReplicationConfiguration | DocumentKind::Other
    )
}

/// Whether every statement has a principal.
fn names_principals(document: &paste::Document) -> bool {
    let (value, _) = whole(document);
    let policy = Policy::from_value(value).map(|policy| policy.statements()).unwrap_or_default();
    !policy.is_empty() && policy.iter().all(|statement| statement.principals != Element::Missing)
}

/// The document as a whole policy, and the beginning of its fields' paths that the text does not have.
fn whole(document: &paste::Document) -> (Value, &'static str) {
    let around = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    match &document.value {
        Value::Array(list) => (around(Value::Array(list.clone())), "Statement"),
        one if one.get("Statement").is_none() => (around(json!([one])), "Statement[0]"),
        policy => (policy.clone(), ""),
    }
}

/// The finding with a position.
fn somewhere(finding: Finding) -> Finding {
    if finding.position.is_some() { finding } else { finding.in_text(1, 1) }
}
