//! The documents and settings besides the two of a registry, and what belongs to IAM: what each is called, and in
//! which shape its content is.

pub(super) mod cli;
mod cli_iam;
pub(super) mod cloudformation;
mod cloudformation_iam;
mod members;
mod script;
pub(super) mod terraform;
mod terraform_iam;

use longshore_names::RepositoryName;
use serde_json::Value;

/// A document or setting. Its content is a JSON value in the shape of the request that writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A repository with all of its settings: the members of `CreateRepository`, and the documents
    /// `lifecyclePolicy` and `repositoryPolicy` if it has them.
    Repository(RepositoryName),
    /// The lifecycle policy of a repository.
    LifecyclePolicy(RepositoryName),
    /// The policy of a repository.
    RepositoryPolicy(RepositoryName),
    /// `imageTagMutability` and `imageTagMutabilityExclusionFilters` of a repository.
    TagMutability(RepositoryName),
    /// `scanOnPush` of a repository.
    ScanOnPush(RepositoryName),
    /// A creation template: the members of `CreateRepositoryCreationTemplate`.
    Template {
        /// Its prefix.
        prefix: String,
    },
    /// A pull-through cache rule: the members of `CreatePullThroughCacheRule`.
    PullThroughCacheRule {
        /// The prefix of its repositories.
        prefix: String,
    },
    /// How the images of a registry are scanned: `scanType` and `rules`.
    RegistryScanning,
    /// How the images of a registry are signed: `rules`.
    Signing,
    /// A principal whose pulls are not recorded: `principalArn`.
    PullTimeExclusion {
        /// Its ARN.
        principal: String,
    },
    /// A setting of an account in a Region: `name` and `value`.
    AccountSetting {
        /// Its name.
        name: String,
    },
    /// What belongs to IAM.
    Iam(IamSubject),
}

/// What belongs to IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IamSubject {
    /// A user, a group or a role: the members that it is created with.
    Entity(IamEntity, String),
    /// The trust policy of a role.
    Trust(String),
    /// A managed policy, by its ARN: the document that is in force.
    Policy(String),
    /// An inline policy: the entity that has it, and its name.
    Inline(IamEntity, String, String),
    /// That a managed policy is attached: to which entity, and its ARN. `true`.
    Attached(IamEntity, String, String),
    /// That a user is in a group. `true`.
    Member {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// The state of an access key: `"Active"` or `"Inactive"`.
    Key {
        /// Whose.
        user: String,
        /// Its id.
        id: String,
    },
}

/// Who has policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IamEntity {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
}

impl IamEntity {
    /// `user`, `group` or `role`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// `User`, `Group` or `Role`.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }
}

impl Subject {
    /// What it is, as a phrase: *the lifecycle policy of `a`*.
    pub fn phrase(&self) -> String {
        match self {
            Self::Repository(name) => format!("repository `{name}`"),
            Self::LifecyclePolicy(name) => format!("the lifecycle policy of `{name}`"),
            Self::RepositoryPolicy(name) => format!("the policy of repository `{name}`"),
            Self::TagMutability(name) => format!("the tag mutability of `{name}`"),
            Self::ScanOnPush(name) => format!("the scanning of pushed images of `{name}`"),
            Self::Template { prefix } => format!("the creation template for `{prefix}`"),
            Self::PullThroughCacheRule { prefix } => format!("the pull-through cache rule for `{prefix}`"),
            Self::RegistryScanning => "the scanning configuration".into(),
            Self::Signing => "the signing configuration".into(),
            Self::PullTimeExclusion { principal } => format!("the pull-time exclusion of `{principal}`"),
            Self::AccountSetting { name } => format!("the account setting {name}"),
            Self::Iam(iam) => iam.phrase(),
        }
    }

    /// The beginning of its file name. Only ASCII letters, digits and `-`.
    pub(super) fn stem(&self) -> String {
        let plain = |text: &str| -> String {
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect()
        };
        match self {
            Self::Repository(name) => format!("repository-{}", plain(name.as_str())),
            Self::LifecyclePolicy(name) => format!("lifecycle-policy-{}", plain(name.as_str())),
            Self::RepositoryPolicy(name) => format!("repository-policy-{}", plain(name.as_str())),
            Self::TagMutability(name) => format!("tag-mutability-{}", plain(name.as_str())),
            Self::ScanOnPush(name) => format!("scan-on-push-{}", plain(name.as_str())),
            Self::Template { prefix } => format!("creation-template-{}", plain(prefix)),
            Self::PullThroughCacheRule { prefix } => format!("pull-through-cache-rule-{}", plain(prefix)),
            Self::RegistryScanning => "registry-scanning".into(),
            Self::Signing => "signing-configuration".into(),
            Self::PullTimeExclusion { principal } => {
                format!("pull-time-exclusion-{}", plain(principal.rsplit('/').next().unwrap_or_default()))
            }
            Self::AccountSetting { name } => format!("account-setting-{}", plain(name)),
            Self::Iam(iam) => plain(&iam.stem()),
        }
    }

    /// The larger resource that contains it in Terraform and CloudFormation, if it has no resource of its own.
    pub(super) fn part_of(&self) -> Option<&'static str> {
        match self {
            Self::TagMutability(_) | Self::ScanOnPush(_) => Some("repository"),
            Self::Iam(IamSubject::Trust(_)) => Some("role"),
            _ => None,
        }
    }
}

impl IamSubject {
    fn phrase(&self) -> String {
        let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
        match self {
            Self::Entity(kind, name) => format!("{} `{name}`", kind.word()),
            Self::Trust(role) => format!("the trust policy of role `{role}`"),
            Self::Policy(arn) => format!("managed policy `{}`", last(arn)),
            Self::Inline(kind, name, policy) => {
                format!("inline policy `{policy}` of {} `{name}`", kind.word())
            }
            Self::Attached(kind, name, arn) => {
                format!("the attachment of policy `{}` to {} `{name}`", last(arn), kind.word())
            }
            Self::Member { user, group } => format!("the membership of user `{user}` in group `{group}`"),
            Self::Key { user, id } => format!("access key `{id}` of user `{user}`"),
        }
    }

    fn stem(&self) -> String {
        let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
        match self {
            Self::Entity(kind, name) => format!("iam-{}-{name}", kind.word()),
            Self::Trust(role) => format!("trust-policy-{role}"),
            Self::Policy(arn) => format!("managed-policy-{}", last(arn)),
            Self::Inline(kind, name, policy) => format!("inline-policy-{}-{name}-{policy}", kind.word()),
            Self::Attached(kind, name, arn) => format!("attachment-{}-{name}-{}", kind.word(), last(arn)),
            Self::Member { user, group } => format!("membership-{user}-{group}"),
            Self::Key { user, id } => format!("access-key-{user}-{id}"),
        }
    }
}

/// The name and the path of a managed policy, from its ARN: `("name", "/path/")`.
pub(super) fn policy_parts(arn: &str) -> Option<(&str, &str)> {
    let rest = arn.splitn(6, ':').nth(5)?.strip_prefix("policy")?;
    let at = rest.rfind('/')?;
    Some((rest.get(at + 1..)?, rest.get(..=at)?))
}

/// A member of an object that is a document: as a value, also if it is written as a text.
pub(super) fn document_member(content: &Value, name: &str) -> Option<Value> {
    match content.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())),
        other => Some(other.clone()),
    }
}
