//! `iam/<account>.json`: what an account has in IAM.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a policy can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Group,
    Role,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::User, Self::Group, Self::Role];

    /// As ARNs and messages of IAM spell it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// A user, a group or a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub(crate) name: String,
    /// With a slash at both ends.
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created_at: DateTime<Utc>,
    /// ARNs of managed policies.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) attached: BTreeSet<String>,
    /// Inline policies by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) inline: BTreeMap<String, String>,
    /// ARN of the managed policy that is the boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boundary: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// The groups of a user.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) groups: BTreeSet<String>,
    /// What only a role has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<RoleSettings>,
}

impl Entity {
    /// A new one without policies.
    pub(crate) fn new(name: String, path: String, id: String, created_at: DateTime<Utc>) -> Self {
        Self {
            name,
            path,
            id,
            created_at,
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
            boundary: None,
            tags: BTreeMap::new(),
            groups: BTreeSet::new(),
            role: None,
        }
    }
}

/// What only a role has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoleSettings {
    /// Who may assume it.
    pub(crate) trust: String,
    pub(crate) description: Option<String>,
    /// Seconds that a session can last.
    pub(crate) longest_session: u32,
}

/// A customer managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub(crate) name: String,
    /// With a slash at both ends.
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// By number: 1 is `v1`.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    pub(crate) default: u32,
    /// The number of the next version; one that was deleted is not used again.
    pub(crate) next: u32,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) document: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// An access key of a user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub(crate) user: String,
    pub(crate) secret_access_key: String,
    pub(crate) active: bool,
    pub(crate) created_at: DateTime<Utc>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What an account has in IAM. Names are the keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct IamDocument {
    pub(crate) users: BTreeMap<String, Entity>,
    pub(crate) groups: BTreeMap<String, Entity>,
    pub(crate) roles: BTreeMap<String, Entity>,
    pub(crate) policies: BTreeMap<String, ManagedPolicy>,
    /// By their id.
    pub(crate) keys: BTreeMap<String, AccessKey>,
    /// Roles that were deleted. Others that were not created exist.
    pub(crate) deleted_roles: BTreeSet<String>,
}

impl IamDocument {
    /// All users, groups or roles, by name.
    pub(crate) fn all(&self, kind: Kind) -> &BTreeMap<String, Entity> {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
            Kind::Role => &self.roles,
        }
    }

    /// As [`all`](Self::all), to change them.
    pub(crate) fn all_mut(&mut self, kind: Kind) -> &mut BTreeMap<String, Entity> {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
            Kind::Role => &mut self.roles,
        }
    }

    /// Everything that policies can be attached to.
    pub(crate) fn entities(&self) -> impl Iterator<Item = (Kind, &Entity)> {
        Kind::ALL.into_iter().flat_map(|kind| self.all(kind).values().map(move |entity| (kind, entity)))
    }

    /// The default version of the managed policy with this ARN, of the account or of AWS.
    pub(crate) fn text_of(&self, arn: &str) -> Option<String> {
        if let Some(policy) = super::managed_by_aws(arn) {
            return Some(policy.document.to_owned());
        }
        let policy = self.policies.get(arn.rsplit('/').next()?)?;
        policy.versions.get(&policy.default).map(|version| version.document.clone())
    }
}
