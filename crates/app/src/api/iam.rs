//! Users, groups, roles and policies of IAM.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, PolicyAnswer, RegistryKey, StatementMeaning};

/// What policies are attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum IamKind {
    /// A user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
}

/// A user, a group or a role by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamName {
    /// What it is.
    pub kind: IamKind,
    /// Its name, as typed.
    pub name: String,
}

/// A list of IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum IamList {
    /// The users.
    Users,
    /// The groups.
    Groups,
    /// The roles.
    Roles,
    /// The account's own managed policies.
    Policies,
    /// The managed policies of AWS.
    AwsPolicies,
}

/// Asks for a list of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListIam {
    /// The account, by one of its Regions. IAM has no Region.
    pub registry: RegistryKey,
    /// Which list.
    pub list: IamList,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamRow {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its path; `/` for none.
    pub path: String,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// Of a policy: how many users, groups and roles it is attached to.
    pub attached_to: Option<u32>,
}

/// Asks for a user, a group or a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetIam {
    /// The account, by one of its Regions.
    pub registry: RegistryKey,
    /// Which one.
    pub of: IamName,
}

/// A user, a group or a role with what belongs to it. What could not be read is absent, never empty, and
/// [`problems`](Self::problems) says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamView {
    /// Which one.
    pub of: IamName,
    /// Its ARN.
    pub arn: String,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// The trust policy of a role, indented JSON.
    pub trust: Option<String>,
    /// Managed policies that are attached to it.
    pub attached: Option<Vec<IamPolicyText>>,
    /// Its inline policies.
    pub inline: Option<Vec<IamPolicyText>>,
    /// The groups of a user.
    pub groups: Option<Vec<String>>,
    /// The users in a group.
    pub members: Option<Vec<String>>,
    /// The access keys of a user.
    pub keys: Option<Vec<IamKey>>,
    /// What could not be read.
    pub problems: Vec<ApiError>,
    /// Whether Longshore leaves it as it is: the account depends on it.
    pub locked: bool,
}

/// A policy with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamPolicyText {
    /// Its name.
    pub name: String,
    /// Its ARN; absent for an inline policy.
    pub arn: Option<String>,
    /// Its document, indented JSON; absent if it could not be read.
    pub text: Option<String>,
}

/// An access key. IAM tells its secret only when it is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamKey {
    /// Its id.
    pub id: String,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// When it was last used; absent if never, or if that is not known.
    pub last_used: Option<DateTime<Utc>>,
    /// For which service and in which Region it was last used: `ecr, us-west-2`.
    pub last_used_for: Option<String>,
}

/// Asks for a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetIamPolicy {
    /// The account, by one of its Regions.
    pub registry: RegistryKey,
    /// Its ARN, or its name.
    pub arn: String,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamPolicyView {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether AWS manages it.
    pub of_aws: bool,
    /// The version that is in force.
    pub version: String,
    /// How many versions are kept; absent if they could not be read.
    pub versions: Option<u32>,
    /// The document that is in force, indented JSON.
    pub text: String,
    /// Its statements in plain sentences.
    pub statements: Vec<StatementMeaning>,
    /// What it is attached to; absent if it could not be read.
    pub attached_to: Option<Vec<IamName>>,
    /// What could not be read.
    pub problems: Vec<ApiError>,
}

/// Asks what a user, a group or a role may do on repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskIam {
    /// The registry with the repositories; its account is that of the user, group or role.
    pub registry: RegistryKey,
    /// Who.
    pub of: IamName,
    /// Actions, or `pull`, `push`, `push-pull`, `delete`.
    pub actions: Vec<String>,
    /// Names of repositories.
    pub repositories: Vec<String>,
}

/// What it may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IamAnswers {
    /// Every action with every repository, by action first; and the login with `*`.
    pub answers: Vec<PolicyAnswer>,
    /// Policies that could not be read. With one, nothing is answered.
    pub problems: Vec<ApiError>,
}

/// A change of IAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "act")]
pub enum IamChange {
    /// Create a user, a group or a role.
    Create {
        /// What and how it is named.
        of: IamName,
        /// The path; `/` if empty.
        #[serde(default)]
        #[ts(as = "Option<String>", optional)]
        path: String,
        /// The trust policy of a role.
        #[serde(default)]
        #[ts(optional)]
        trust: Option<String>,
        /// The description of a role.
        #[serde(default)]
        #[ts(optional)]
        description: Option<String>,
        /// ARNs or names of managed policies to attach.
        #[serde(default)]
        #[ts(as = "Option<Vec<String>>", optional)]
        policies: Vec<String>,
        /// The groups of a user, or the users in a group.
        #[serde(default)]
        #[ts(as = "Option<Vec<String>>", optional)]
        with: Vec<String>,
    },
    /// Create a managed policy, and attach it.
    CreatePolicy {
        /// Its name.
        name: String,
        /// The path; `/` if empty.
        #[serde(default)]
        #[ts(as = "Option<String>", optional)]
        path: String,
        /// Its document.
        text: String,
        /// What it is attached to.
        #[serde(default)]
        #[ts(as = "Option<Vec<IamName>>", optional)]
        attach: Vec<IamName>,
    },
    /// Bring a new version of a managed policy into force.
    PutPolicy {
        /// Its ARN or name.
        arn: String,
        /// Its document.
        text: String,
    },
    /// Attach managed policies.
    Attach {
        /// To what.
        to: Vec<IamName>,
        /// Their ARNs or names.
        policies: Vec<String>,
    },
    /// Detach managed policies.
    Detach {
        /// From what.
        from: Vec<IamName>,
        /// Their ARNs or names.
        policies: Vec<String>,
    },
    /// Write an inline policy.
    PutInline {
        /// Of what.
        of: IamName,
        /// Its name.
        policy: String,
        /// Its document.
        text: String,
    },
    /// Delete an inline policy.
    DeleteInline {
        /// Of what.
        of: IamName,
        /// Its name.
        policy: String,
    },
    /// Replace the trust policy of a role.
    PutTrust {
        /// The role.
        role: String,
        /// The document.
        text: String,
    },
    /// Add users to a group.
    AddToGroup {
        /// The group.
        group: String,
        /// The users.
        users: Vec<String>,
    },
    /// Remove users from a group.
    RemoveFromGroup {
        /// The group.
        group: String,
        /// The users.
        users: Vec<String>,
    },
    /// Delete a user, a group or a role with what belongs to it.
    Delete {
        /// Which one.
        of: IamName,
    },
    /// Detach a managed policy from everything, and delete it.
    DeletePolicy {
        /// Its ARN or name.
        arn: String,
    },
    /// Create an access key. Its secret is shown once.
    CreateKey {
        /// Whose.
        user: String,
    },
    /// Activate or deactivate an access key.
    SetKey {
        /// Whose.
        user: String,
        /// Its id.
        id: String,
        /// Whether requests may be signed with it.
        active: bool,
    },
    /// Delete an access key.
    DeleteKey {
        /// Whose.
        user: String,
        /// Its id.
        id: String,
    },
}

/// A new access key with its secret. It is told once and stored nowhere.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NewAccessKey {
    /// Whose.
    pub user: String,
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl std::fmt::Debug for NewAccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccessKey").field("user", &self.user).field("id", &self.id).finish_non_exhaustive()
    }
}
