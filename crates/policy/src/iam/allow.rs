//! The smallest statement that would allow what was denied, and the policy that it belongs to.
//!
//! Source: IAM user guide, "Cross-account policy evaluation logic": inside one account a statement of
//! an identity policy is enough; from another account the resource's policy must allow it as well.

use longshore_names::{AccountId, Partition, RegistryId, RepositoryName};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{PolicyScope, actions, evaluate::action_fits, explain, validate::V1_ACTIONS};
use crate::sentence;

/// A call that was denied, as the service's message says.
#[derive(Debug, Clone, Copy)]
pub struct DeniedCall<'a> {
    /// The caller: an ARN or an account id.
    pub principal: &'a str,
    /// The action, such as `ecr:PutImage`.
    pub action: &'a str,
    /// The resource: an ARN, or `*`.
    pub resource: &'a str,
    /// The registry that was called, if known. Needed when the resource does not name an account.
    pub registry: Option<&'a RegistryId>,
    /// Which actions that registry's policy may name.
    pub scope: PolicyScope,
    /// Whether the message speaks of an explicit deny.
    pub explicit_deny: bool,
}

/// The policy that a statement belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PolicySide {
    /// An IAM policy of the caller.
    Identity {
        /// The caller's account.
        account: AccountId,
    },
    /// The policy of a registry.
    Registry {
        /// The registry.
        registry: RegistryId,
    },
    /// The policy of a repository.
    Repository {
        /// The registry that has it.
        registry: RegistryId,
        /// The repository.
        repository: RepositoryName,
    },
}

/// A statement that would allow a denied call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allowing {
    /// The policy that it belongs to.
    pub side: PolicySide,
    /// The statement.
    pub statement: Value,
    /// Who has to do what, in one sentence.
    pub sentence: String,
    /// What must be the case besides.
    pub notes: Vec<String>,
}

/// Why no statement would allow the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// The caller is neither an account nor an ARN with one.
    #[error("the caller `{principal}` is neither an account nor an ARN with an account")]
    PrincipalUnreadable {
        /// The caller, shortened.
        principal: String,
    },
    /// Caller and resource are in different partitions, which no policy connects.
    #[error("the caller is in partition `{caller}`, the resource in `{resource}`")]
    OtherPartition {
        /// The caller's partition.
        caller: String,
        /// The resource's partition.
        resource: String,
    },
    /// A statement denies the call, and a Deny wins over every Allow.
    #[error("a statement denies the call explicitly, which no other statement can change")]
    ExplicitDeny,
}

impl AllowError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PrincipalUnreadable { .. } => "denied-caller-unreadable",
            Self::OtherPartition { .. } => "denied-other-partition",
            Self::ExplicitDeny => "denied-explicitly",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// The smallest statement that would allow the call, and where it belongs: to the caller's IAM
/// policies if caller and resource are in one account, else to the registry's policy, or to the
/// repository's where the registry's policy cannot name the action.
///
/// # Errors
/// See [`AllowError`].
pub fn statement_for(call: &DeniedCall<'_>) -> Result<Allowing, AllowError> {
    if call.explicit_deny {
        return Err(AllowError::ExplicitDeny);
    }
    let caller = Caller::read(call.principal).ok_or_else(|| AllowError::PrincipalUnreadable {
        principal: longshore_names::shown(call.principal, 200),
    })?;
    let resource = Target::read(call);
    if let (Some(own), Some(other)) = (&caller.partition, &resource.partition)
        && own != other
    {
        return Err(AllowError::OtherPartition { caller: own.clone(), resource: other.clone() });
    }
    let on_registry = actions::is_on_registry(call.action);
    let is_token = call.action.eq_ignore_ascii_case(actions::TOKEN);
    let is_own = resource.account.as_ref().is_none_or(|owner| *owner == caller.account);
    let is_ecr = call.action.to_ascii_lowercase().starts_with("ecr:");
    match &resource.registry {
        Some(registry) if is_ecr && !is_own && !is_token => {
            Ok(on_resource(call, &caller, registry, resource.repository.as_ref()))
        }
        _ => Ok(on_identity(call, &caller, &resource, if on_registry { "*" } else { call.resource })),
    }
}

fn on_identity(call: &DeniedCall<'_>, caller: &Caller, resource: &Target, on: &str) -> Allowing {
    let mut notes = Vec::new();
    let is_token = call.action.eq_ignore_ascii_case(actions::TOKEN);
    if let Some(owner) = resource.account.as_ref().filter(|owner| **owner != caller.account && !is_token) {
        notes.push(format!("The resource's own policy in account {owner} must allow it, too."));
    }
    let who = caller.phrase();
    Allowing {
        side: PolicySide::Identity { account: caller.account.clone() },
        statement: json!({ "Effect": "Allow", "Action": call.action, "Resource": on }),
        sentence: format!(
            "An administrator of account {} adds this statement to the IAM policies of {who}: it allows \
             `{}` on `{on}`.",
            caller.account, call.action
        ),
        notes,
    }
}

fn on_resource(
    call: &DeniedCall<'_>,
    caller: &Caller,
    registry: &RegistryId,
    repository: Option<&RepositoryName>,
) -> Allowing {
    let in_v1 = V1_ACTIONS.iter().any(|known| action_fits(call.action, known));
    let of_repository = repository.filter(|_| call.scope == PolicyScope::V1 && !in_v1);
    let mut notes = Vec::new();
    if !caller.is_account {
        notes.push(format!("An IAM policy in account {} must allow it, too.", caller.account));
    }
    let (principal, condition) = caller.named(registry.region.partition(), &mut notes);
    let mut statement = Map::new();
    let name = call.action.split_once(':').map_or(call.action, |(_, name)| name);
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    statement.insert("Sid".into(), format!("Allow{name}").into());
    statement.insert("Effect".into(), "Allow".into());
    statement.insert("Principal".into(), json!({ "AWS": principal }));
    statement.insert("Action".into(), call.action.into());
    let resource = if actions::is_on_registry(call.action) { "*" } else { call.resource };
    if of_repository.is_none() {
        statement.insert("Resource".into(), resource.into());
    }
    statement.extend(condition.map(|condition| ("Condition".to_owned(), condition)));
    if of_repository.is_none() && call.scope == PolicyScope::V1 && !in_v1 {
        notes.push(
            "The registry's policy scope is V1, which does not know this action: upgrade it to V2.".into(),
        );
    }
    let who = caller.phrase();
    let (side, document, what) = match of_repository {
        Some(repository) => (
            PolicySide::Repository { registry: registry.clone(), repository: repository.clone() },
            format!("policy of the repository `{repository}` in {}", registry.region),
            String::new(),
        ),
        None => {
            let what = match resource {
                "*" if actions::is_on_registry(call.action) => "the registry itself".to_owned(),
                resource => explain::resource(resource, registry),
            };
            (
                PolicySide::Registry { registry: registry.clone() },
                format!("registry policy in {}", registry.region),
                format!(" on {what}"),
            )
        }
    };
    let sentence = format!(
        "An administrator of account {} adds this statement to the {document}: it allows {who} to use `{}`{what}.",
        registry.account, call.action
    );
    Allowing { side, statement: Value::Object(statement), sentence: sentence::capital(&sentence), notes }
}

/// The caller of a denied call.
struct Caller {
    account: AccountId,
    partition: Option<String>,
    arn: Option<String>,
    is_account: bool,
}

impl Caller {
    fn read(text: &str) -> Option<Self> {
        if let Ok(account) = text.parse() {
            return Some(Self { account, partition: None, arn: None, is_account: true });
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam" | "sts", _, account, rest] = parts.as_slice() else { return None };
        Some(Self {
            account: account.parse().ok()?,
            partition: Some((*partition).to_owned()),
            arn: Some(text.to_owned()),
            is_account: *rest == "root",
        })
    }

    fn phrase(&self) -> String {
        match &self.arn {
            Some(arn) if !self.is_account => format!("`{arn}`"),
            _ => format!("account {}", self.account),
        }
    }

    /// The role and the session of an assumed role.
    fn role(&self) -> Option<&str> {
        self.arn.as_deref()?.split_once(":assumed-role/")?.1.split('/').next()
    }

    /// The principal that a policy names for it, and a condition that limits it.
    fn named(&self, here: Partition, notes: &mut Vec<String>) -> (String, Option<Value>) {
        let root = self.account.root_arn(here);
        let Some(arn) = self.arn.as_ref().filter(|_| !self.is_account) else { return (root, None) };
        let Some(role) = self.role() else { return (arn.clone(), None) };
        let of = format!("arn:{}:iam::{}:role", here.id(), self.account);
        if role.starts_with("AWSReservedSSO_") {
            // Its path may contain a Region, and IAM Identity Center makes it anew.
            let pattern = format!("{of}/aws-reserved/sso.amazonaws.com/*{role}");
            return (root, Some(json!({ "ArnLike": { "aws:PrincipalArn": pattern } })));
        }
        notes.push(format!("If the role `{role}` has a path, it belongs into its ARN."));
        (format!("{of}/{role}"), None)
    }
}

/// The resource of a denied call.
struct Target {
    account: Option<AccountId>,
    partition: Option<String>,
    registry: Option<RegistryId>,
    repository: Option<RepositoryName>,
}

impl Target {
    fn read(call: &DeniedCall<'_>) -> Self {
        let parts: Vec<&str> = call.resource.splitn(6, ':').collect();
        let (partition, service, region, account, rest) = match parts.as_slice() {
            ["arn", partition, service, region, account, rest] => {
                (Some(*partition), *service, *region, *account, *rest)
            }
            _ => (None, "", "", "", ""),
        };
        let account: Option<AccountId> = account.parse().ok();
        let written = match (&account, region.parse()) {
            (Some(account), Ok(region)) if service == "ecr" => Some(RegistryId::new(account.clone(), region)),
            _ => None,
        };
        let registry = written.or_else(|| call.registry.cloned().filter(|_| account.is_none()));
        Self {
            account: account.or_else(|| registry.as_ref().map(|registry| registry.account.clone())),
            partition: partition
                .map(str::to_owned)
                .or_else(|| registry.as_ref().map(|registry| registry.region.partition().id().to_owned())),
            registry,
            repository: rest.strip_prefix("repository/").and_then(|name| name.parse().ok()),
        }
    }
}
