//! Builds policies from what should be possible: who may do what on which repositories.
//!
//! Source: ECR user guide, "Identity-based policies", "Repository policy examples" and "Private registry
//! permissions"; IAM user guide, "Trust policies" and "Permissions boundaries"; service authorization
//! reference for ECR. Every document that is built passes the checks of this crate.
//!
//! * `purpose`: what people want, and the actions that it takes; `meaning`: each action in plain words
//! * `identity`, `repository`, `registry`, `trust`: one kind of document each

mod identity;
mod meaning;
mod purpose;
mod registry;
mod repository;
mod trust;

use longshore_names::{AccountId, Partition, Prefix, Region, RepositoryName};
use serde_json::{Map, Value, json};

use super::{Policy, edit::scalar_or_list};

pub use identity::{boundary_policy, identity_policy};
pub use meaning::{ActionMeaning, meaning, meanings};
pub use purpose::Purpose;
pub use registry::{OrganizationPull, PullThroughCache};
pub use repository::{RepositoryGrantee, RepositoryUse, repository_policy};
pub use trust::{Trusted, trust_policy};

/// Registries of one account, in some Regions or in all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registries {
    /// The account.
    pub account: AccountId,
    /// The partition of its Regions.
    pub partition: Partition,
    /// The Regions; none for every Region.
    pub regions: Vec<Region>,
}

/// Repositories of registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repositories {
    /// Every repository.
    All,
    /// These.
    Named(Vec<RepositoryName>),
    /// Those whose names begin with one of these.
    Prefixes(Vec<Prefix>),
    /// Those that have this resource tag.
    Tagged {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
}

impl Registries {
    /// The ARNs of repositories in them.
    fn arns(&self, repositories: &Repositories) -> Vec<String> {
        let every = ["*".to_owned()];
        let names: Vec<String> = match repositories {
            Repositories::All | Repositories::Tagged { .. } => every.to_vec(),
            Repositories::Named(names) => names.iter().map(ToString::to_string).collect(),
            Repositories::Prefixes(prefixes) => prefixes.iter().map(|prefix| format!("{prefix}*")).collect(),
        };
        let regions: Vec<&str> = match self.regions.as_slice() {
            [] => vec!["*"],
            some => some.iter().map(Region::as_str).collect(),
        };
        let arn = |region: &str, name: &String| {
            format!("arn:{}:ecr:{region}:{}:repository/{name}", self.partition.id(), self.account)
        };
        regions.iter().flat_map(|region| names.iter().map(move |name| arn(region, name))).collect()
    }
}

/// The condition under which a statement on [`Repositories`] applies.
fn condition_of(repositories: &Repositories) -> Option<Value> {
    match repositories {
        Repositories::Tagged { key, value } => {
            Some(json!({ "StringEquals": { format!("aws:ResourceTag/{key}"): value } }))
        }
        _ => None,
    }
}

/// A statement with its elements in the order in which AWS's documents have them.
struct Draft {
    sid: &'static str,
    principal: Option<Value>,
    actions: Vec<&'static str>,
    resources: Vec<String>,
    condition: Option<Value>,
}

impl Draft {
    fn new(sid: &'static str, actions: &[&'static str], resources: Vec<String>) -> Self {
        Self { sid, principal: None, actions: actions.to_vec(), resources, condition: None }
    }

    fn to_value(&self) -> Value {
        let mut out = Map::new();
        out.insert("Sid".into(), self.sid.into());
        out.insert("Effect".into(), "Allow".into());
        if let Some(principal) = &self.principal {
            out.insert("Principal".into(), principal.clone());
        }
        out.insert("Action".into(), scalar_or_list(self.actions.iter().map(ToString::to_string).collect()));
        if !self.resources.is_empty() {
            out.insert("Resource".into(), scalar_or_list(self.resources.clone()));
        }
        if let Some(condition) = &self.condition {
            out.insert("Condition".into(), condition.clone());
        }
        Value::Object(out)
    }
}

fn policy_of(statements: Vec<Value>) -> Policy {
    let mut policy = Policy::empty();
    policy.raw.insert("Statement".into(), Value::Array(statements));
    policy
}
