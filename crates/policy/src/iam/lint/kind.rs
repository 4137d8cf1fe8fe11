//! The kinds of policy documents that are checked, and how a document's kind is recognised.

use serde::Serialize;
use serde_json::Value;

use crate::{
    iam::{principal::texts, reference, resource::is_open},
    paste::{Document, DocumentKind},
};

/// A kind of policy document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyKind {
    /// The policy of a registry.
    Registry,
    /// The policy of a repository.
    Repository,
    /// A policy for users and roles: managed, inline, or a permissions boundary.
    Identity,
    /// The trust policy of a role.
    Trust,
    /// The policy of a resource of another service, such as the key policy of KMS.
    Other,
}

impl PolicyKind {
    /// The kind as a phrase for sentences.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Registry => DocumentKind::RegistryPolicy.phrase(),
            Self::Repository => DocumentKind::RepositoryPolicy.phrase(),
            Self::Identity => DocumentKind::IdentityPolicy.phrase(),
            Self::Trust => DocumentKind::TrustPolicy.phrase(),
            Self::Other => "a resource policy of another service",
        }
    }

    /// Whether it is the policy of a registry or a repository of ECR.
    pub(super) fn is_ecr(self) -> bool {
        matches!(self, Self::Registry | Self::Repository)
    }
}

/// What the statements of a document have.
struct Traits {
    principal: bool,
    /// Every statement that is an object has a principal.
    principals: bool,
    resource: bool,
    /// A resource is not `*`.
    repositories: bool,
    /// A resource names more than one repository by a pattern.
    wide: bool,
    actions: Vec<String>,
}

impl Traits {
    fn of(value: &Value) -> Self {
        let statements: Vec<&Value> = match value.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
            None => value.as_array().map_or_else(|| vec![value], |list| list.iter().collect()),
        };
        let has = |one: &Value, key: &str| {
            one.get(key).is_some() || one.get(format!("Not{key}").as_str()).is_some()
        };
        let strings = |key: &str| -> Vec<String> {
            let all =
                statements.iter().filter_map(|one| one.get(key).or(one.get(format!("Not{key}").as_str())));
            all.filter_map(texts).flatten().collect()
        };
        Self {
            principal: statements.iter().any(|one| has(one, "Principal")),
            principals: !statements.is_empty() && statements.iter().all(|one| has(one, "Principal")),
            resource: statements.iter().any(|one| has(one, "Resource")),
            repositories: strings("Resource").iter().any(|arn| arn != "*"),
            wide: strings("Resource").iter().any(|arn| arn != "*" && is_open(arn)),
            actions: strings("Action").iter().map(|action| action.to_ascii_lowercase()).collect(),
        }
    }

    fn names(&self, prefix: &str) -> bool {
        self.actions.iter().any(|action| action.starts_with(prefix))
    }

    /// Whether an action is named that only the policy of a registry can allow.
    fn is_of_registry(&self) -> bool {
        let only = ["ecr:replicateimage", "ecr:createrepository"];
        self.actions.iter().any(|action| {
            only.contains(&action.as_str())
                || reference::find(action).is_some_and(|(service, found)| {
                    service.prefix == "ecr" && found.resources().next().is_none()
                })
        })
    }
}

/// The kind of a document, or what it is instead.
///
/// # Errors
/// With the kind of a document that is no policy of IAM.
pub(super) fn recognised(document: &Document) -> Result<PolicyKind, DocumentKind> {
    if let Some(said) = document.said.and_then(known) {
        return Ok(said);
    }
    let traits = Traits::of(&document.value);
    match document.kind {
        DocumentKind::LifecyclePolicy | DocumentKind::ReplicationConfiguration | DocumentKind::Other => {
            return Err(document.kind);
        }
        DocumentKind::TrustPolicy => return Ok(PolicyKind::Trust),
        DocumentKind::RepositoryPolicy => return Ok(PolicyKind::Repository),
        DocumentKind::IdentityPolicy => return Ok(PolicyKind::Identity),
        DocumentKind::RegistryPolicy | DocumentKind::Statement => {}
    }
    if traits.principal && !traits.resource && traits.names("sts:") {
        return Ok(PolicyKind::Trust);
    }
    if !traits.principal && traits.resource {
        return Ok(PolicyKind::Identity);
    }
    let of_ecr = traits.names("ecr") || traits.names("*") || traits.actions.is_empty();
    if !traits.principal && (!of_ecr || traits.names("ecr:getauthorizationtoken")) {
        return Ok(PolicyKind::Identity);
    }
    let foreign = |action: &String| {
        action.split_once(':').is_some_and(|(prefix, _)| prefix != "ecr" && reference::is_prefix(prefix))
    };
    if traits.principal && !traits.actions.is_empty() && traits.actions.iter().all(foreign) {
        return Ok(PolicyKind::Other);
    }
    // In both kinds of ECR a resource may be `*`; the policy of a registry usually names repositories.
    let of_repository = traits.principal
        && !traits.is_of_registry()
        && !traits.names("ecr:batchimportupstreamimage")
        && !traits.repositories;
    Ok(if of_repository { PolicyKind::Repository } else { PolicyKind::Registry })
}

fn known(kind: DocumentKind) -> Option<PolicyKind> {
    Some(match kind {
        DocumentKind::RegistryPolicy => PolicyKind::Registry,
        DocumentKind::RepositoryPolicy => PolicyKind::Repository,
        DocumentKind::IdentityPolicy => PolicyKind::Identity,
        DocumentKind::TrustPolicy => PolicyKind::Trust,
        _ => return None,
    })
}

/// Whether a document that was recognised as `found` cannot be of the kind `given`.
pub(super) fn contradicts(document: &Document, found: PolicyKind, given: PolicyKind) -> bool {
    if found == given {
        return false;
    }
    if document.said.and_then(known).is_some_and(|said| said != given) {
        return true;
    }
    let traits = Traits::of(&document.value);
    match given {
        PolicyKind::Identity => found == PolicyKind::Trust || traits.principals,
        PolicyKind::Trust => traits.resource || !traits.names("sts:") && !traits.actions.is_empty(),
        PolicyKind::Registry => match found {
            // Both kinds may have `*` as resource.
            PolicyKind::Repository => !traits.resource,
            PolicyKind::Identity => traits.resource,
            _ => true,
        },
        PolicyKind::Repository => match found {
            PolicyKind::Registry => traits.names("ecr:replicateimage") || traits.wide,
            PolicyKind::Identity => traits.resource,
            _ => true,
        },
        PolicyKind::Other => false,
    }
}
