//! A parsed value: a document, or the response or input of an API call that contains one.

use super::{
    DocumentKind, From, NotFound, Reader, Wrapping,
    kind::{is_lifecycle_rule, is_statement},
    node::{Kind, Node},
    text::Text,
};
use crate::{Finding, Position};

/// Keys that contain a document, its kind, and the calls or resources with these keys.
const HOLDERS: [(&str, Option<DocumentKind>, Wrapping); 16] = [
    ("policyText", None, Wrapping::Answer),
    ("lifecyclePolicyText", Some(DocumentKind::LifecyclePolicy), Wrapping::Answer),
    ("PolicyText", Some(DocumentKind::RegistryPolicy), Wrapping::CloudFormation),
    ("RepositoryPolicyText", Some(DocumentKind::RepositoryPolicy), Wrapping::CloudFormation),
    ("LifecyclePolicyText", Some(DocumentKind::LifecyclePolicy), Wrapping::CloudFormation),
    ("LifecyclePolicy", Some(DocumentKind::LifecyclePolicy), Wrapping::CloudFormation),
    ("lifecyclePolicy", Some(DocumentKind::LifecyclePolicy), Wrapping::Answer),
    ("repositoryCreationTemplates", None, Wrapping::Answer),
    ("AssumeRolePolicyDocument", Some(DocumentKind::TrustPolicy), Wrapping::CloudFormation),
    ("PolicyDocument", Some(DocumentKind::IdentityPolicy), Wrapping::CloudFormation),
    ("policyDocument", None, Wrapping::Answer),
    ("Document", Some(DocumentKind::IdentityPolicy), Wrapping::Answer),
    ("policy", None, Wrapping::Answer),
    ("Policy", None, Wrapping::Answer),
    ("PolicyVersion", None, Wrapping::Answer),
    // Of an SCP or RCP.
    ("Content", None, Wrapping::Answer),
];

impl Reader<'_> {
    /// Extracts the documents from a value.
    pub(super) fn node(&mut self, node: Node, from: &From) -> Result<(), NotFound> {
        if self.inside >= 32 {
            return Err(None);
        }
        self.inside += 1;
        let found = self.node_inside(node, from);
        self.inside -= 1;
        found
    }

    fn node_inside(&mut self, node: Node, from: &From) -> Result<(), NotFound> {
        match &node.kind {
            Kind::Text(text) => {
                let text = text.clone();
                let found = self.any(&text, from);
                if found.is_ok() {
                    self.wrapping(Wrapping::JsonText);
                    self.note(
                        "unwrapped-text",
                        "The document is escaped inside a string; it is extracted.",
                        Some(node.at),
                    );
                }
                found
            }
            Kind::List(items) => {
                // Next to a statement, an element that is none is a broken statement and must not
                // be skipped.
                if items.iter().any(|item| is_statement(&item.value())) {
                    let node = self.resolved(node);
                    self.document(node, from);
                    return Ok(());
                }
                if !items.is_empty() && items.iter().all(|item| is_lifecycle_rule(&item.value())) {
                    return self.bare_rules(node, from);
                }
                let mut found = Err(None);
                for item in items.clone() {
                    if self.node(item, from).is_ok() {
                        found = Ok(());
                    }
                }
                found
            }
            Kind::Map(_) => self.map(node, from),
            _ => Err(None),
        }
    }

    /// Rules of a lifecycle policy without the object around them.
    fn bare_rules(&mut self, rules: Node, from: &From) -> Result<(), NotFound> {
        let at = rules.at;
        let finding =
            Finding::warning("lifecycle-bare-rules", "These are rules without a policy around them.");
        self.push(finding.hint("ECR needs an object with the list `rules`."), Some(at));
        let rules = match rules.kind {
            Kind::List(_) => rules,
            _ => Node::new(at, Kind::List(vec![rules])),
        };
        let mut key = Text::default();
        key.push_str("rules", at);
        let kind = Some(DocumentKind::LifecyclePolicy);
        self.document(Node::new(at, Kind::Map(vec![(key, rules)])), &From { kind, ..from.clone() });
        Ok(())
    }

    fn map(&mut self, node: Node, from: &From) -> Result<(), NotFound> {
        let document = node.has("Statement")
            || is_statement(&node.value())
            || node.has("rules")
            || node.has("replicationConfiguration");
        if document {
            if let Some(registry) = node.string_of("registryId") {
                self.compare_account(&registry, node.get("registryId").map(|n| n.at));
            }
            let node = self.resolved(node);
            self.document(node, from);
            return Ok(());
        }
        if is_lifecycle_rule(&node.value()) && node.has("action") {
            return self.bare_rules(node, from);
        }
        if node.has("Resources") || (node.has("Properties") && node.has("Type")) {
            return self.template(&node);
        }
        if let Some(Kind::Map(kinds)) = node.get("resource").map(|n| &n.kind) {
            return self.terraform_json(&kinds.clone());
        }
        let mut inside = from.clone();
        if let Some(name) = node.string_of("repositoryName").or(node.string_of("RepositoryName")) {
            inside.repository = Some(name);
        }
        if let Some(registry) = node.get("registryId")
            && let Some(id) = registry.string()
        {
            self.compare_account(&id, Some(registry.at));
        }
        for (key, kind, wrapping) in HOLDERS {
            let Some(held) = node.get(key) else { continue };
            self.wrapping(wrapping);
            inside.kind = inside.kind.or(kind);
            let (what, at) = match wrapping {
                Wrapping::CloudFormation => ("the properties of a template's resource", node.at),
                _ => ("the response or input of a call", node.at),
            };
            let found = self.node(held.clone(), &inside);
            if found.is_ok() {
                self.note(
                    "unwrapped-answer",
                    format!("The document is extracted from {what}, `{key}`."),
                    Some(at),
                );
            }
            return found;
        }
        // A map of resources: {"Policy": {"Type": …}}.
        let resources = node
            .entries()
            .iter()
            .any(|(_, value)| value.string_of("Type").is_some_and(|t| t.starts_with("AWS::")));
        if resources {
            return self.resources(&node);
        }
        Err(None)
    }

    /// Checks that an account in the text is the registry's.
    pub(super) fn compare_account(&mut self, account: &str, at: Option<Position>) {
        let Some(place) = self.place else { return };
        if account != place.account.as_str() && super::unwrap::is_account(account) {
            let finding = Finding::warning(
                "other-account",
                format!("The text is for registry {account}; this is registry {}.", place.account),
            );
            self.push(finding.hint("Check that the policy belongs here."), at);
        }
    }

    /// Checks that a Region in the text is the registry's.
    pub(super) fn compare_region(&mut self, region: &str, at: Option<Position>) {
        let Some(place) = self.place else { return };
        if region != place.region.as_str() {
            let finding = Finding::warning(
                "other-region",
                format!("The text is for Region {region}; this registry is in {}.", place.region),
            );
            self.push(
                finding.hint("Each Region has its own registry policy. Check that the policy belongs here."),
                at,
            );
        }
    }
}
