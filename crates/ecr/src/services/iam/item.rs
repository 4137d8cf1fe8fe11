//! Everything of IAM that is written, each as something that is read and replaced as a whole: an entity, its trust
//! policy, a policy, and that something is attached, is a member or is active.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::IamKind;

/// Something of IAM. Its content is a JSON value; null if it does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IamItem {
    /// A user, a group or a role, with what it is created with.
    Entity {
        /// What it is.
        kind: IamKind,
        /// Its name.
        name: String,
    },
    /// The trust policy of a role.
    Trust {
        /// The role.
        role: String,
    },
    /// A managed policy: the document that is in force.
    Policy {
        /// Its ARN.
        arn: String,
    },
    /// That a managed policy is attached: `true`.
    Attached {
        /// To a user, a group or a role.
        kind: IamKind,
        /// Of this name.
        name: String,
        /// The policy's ARN.
        arn: String,
    },
    /// An inline policy: its document.
    Inline {
        /// Of a user, a group or a role.
        kind: IamKind,
        /// Of this name.
        name: String,
        /// The policy's name.
        policy: String,
    },
    /// That a user is in a group: `true`.
    Member {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// An access key: `"Active"` or `"Inactive"`.
    Key {
        /// Whose.
        user: String,
        /// Its id.
        id: String,
    },
}

/// The type of an [`IamItem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IamItemKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
    /// A trust policy.
    Trust,
    /// A managed policy.
    Policy,
    /// An attachment.
    Attached,
    /// An inline policy.
    Inline,
    /// A membership.
    Member,
    /// An access key.
    Key,
}

impl IamItemKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::Group,
        Self::Role,
        Self::Trust,
        Self::Policy,
        Self::Attached,
        Self::Inline,
        Self::Member,
        Self::Key,
    ];

    /// What it is, as a phrase.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "IAM user",
            Self::Group => "IAM group",
            Self::Role => "IAM role",
            Self::Trust => "trust policy",
            Self::Policy => "managed policy",
            Self::Attached => "attachment of a policy",
            Self::Inline => "inline policy",
            Self::Member => "group membership",
            Self::Key => "access key",
        }
    }

    /// Whether its content is a policy.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Trust | Self::Policy | Self::Inline)
    }
}

impl IamItem {
    /// Its type.
    pub fn kind(&self) -> IamItemKind {
        match self {
            Self::Entity { kind: IamKind::User, .. } => IamItemKind::User,
            Self::Entity { kind: IamKind::Group, .. } => IamItemKind::Group,
            Self::Entity { kind: IamKind::Role, .. } => IamItemKind::Role,
            Self::Trust { .. } => IamItemKind::Trust,
            Self::Policy { .. } => IamItemKind::Policy,
            Self::Attached { .. } => IamItemKind::Attached,
            Self::Inline { .. } => IamItemKind::Inline,
            Self::Member { .. } => IamItemKind::Member,
            Self::Key { .. } => IamItemKind::Key,
        }
    }

    /// The name under which versions of it are kept; [`parse`](Self::parse) reads it back. No name of IAM has a
    /// `/` or a space.
    pub fn key(&self) -> String {
        match self {
            Self::Entity { name, .. } => name.clone(),
            Self::Trust { role } => role.clone(),
            Self::Policy { arn } => arn.clone(),
            Self::Attached { kind, name, arn } => format!("{}/{name} {arn}", kind.word()),
            Self::Inline { kind, name, policy } => format!("{}/{name}/{policy}", kind.word()),
            Self::Member { user, group } => format!("{user}/{group}"),
            Self::Key { user, id } => format!("{user}/{id}"),
        }
    }

    /// The item of a [`key`](Self::key); `None` if it is none of this type.
    pub fn parse(kind: IamItemKind, key: &str) -> Option<Self> {
        let pair = || key.split_once('/').map(|(one, other)| (one.to_owned(), other.to_owned()));
        let entity = |kind| Self::Entity { kind, name: key.to_owned() };
        Some(match kind {
            IamItemKind::User => entity(IamKind::User),
            IamItemKind::Group => entity(IamKind::Group),
            IamItemKind::Role => entity(IamKind::Role),
            IamItemKind::Trust => Self::Trust { role: key.to_owned() },
            IamItemKind::Policy => Self::Policy { arn: key.to_owned() },
            IamItemKind::Attached => {
                let (of, arn) = key.split_once(' ')?;
                let (kind, name) = of.split_once('/')?;
                Self::Attached { kind: IamKind::of(kind)?, name: name.to_owned(), arn: arn.to_owned() }
            }
            IamItemKind::Inline => {
                let (kind, rest) = key.split_once('/')?;
                let (name, policy) = rest.split_once('/')?;
                Self::Inline { kind: IamKind::of(kind)?, name: name.to_owned(), policy: policy.to_owned() }
            }
            IamItemKind::Member => {
                let (user, group) = pair()?;
                Self::Member { user, group }
            }
            IamItemKind::Key => {
                let (user, id) = pair()?;
                Self::Key { user, id }
            }
        })
    }

    /// The name and the path of a managed policy, from its ARN.
    pub(super) fn policy_parts(arn: &str) -> Option<(&str, &str)> {
        let rest = arn.splitn(6, ':').nth(5)?.strip_prefix("policy")?;
        let at = rest.rfind('/')?;
        Some((rest.get(at + 1..)?, rest.get(..=at)?))
    }

    /// The user, group or role that it is, or belongs to.
    pub fn entity(&self) -> Option<(IamKind, &str)> {
        match self {
            Self::Entity { kind, name }
            | Self::Attached { kind, name, .. }
            | Self::Inline { kind, name, .. } => Some((*kind, name)),
            Self::Trust { role } => Some((IamKind::Role, role)),
            Self::Member { user, .. } | Self::Key { user, .. } => Some((IamKind::User, user)),
            Self::Policy { .. } => None,
        }
    }
}

/// In words: *policy `a` attached to user `b`*.
impl fmt::Display for IamItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity { kind, name } => write!(f, "{} `{name}`", kind.word()),
            Self::Trust { role } => write!(f, "trust policy of role `{role}`"),
            Self::Policy { arn } => {
                write!(f, "policy `{}`", arn.rsplit('/').next().unwrap_or_default())
            }
            Self::Attached { kind, name, arn } => {
                let policy = arn.rsplit('/').next().unwrap_or_default();
                write!(f, "attachment of policy `{policy}` to {} `{name}`", kind.word())
            }
            Self::Inline { kind, name, policy } => {
                write!(f, "inline policy `{policy}` of {} `{name}`", kind.word())
            }
            Self::Member { user, group } => write!(f, "membership of user `{user}` in group `{group}`"),
            Self::Key { user, id } => write!(f, "access key `{id}` of user `{user}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_again_by_its_key() {
        let (kind, name, arn) = (IamKind::Role, "deploy".to_owned(), "arn:aws:iam::1:policy/a/b".to_owned());
        let all = [
            IamItem::Entity { kind, name: name.clone() },
            IamItem::Trust { role: name.clone() },
            IamItem::Policy { arn: arn.clone() },
            IamItem::Attached { kind, name: name.clone(), arn },
            IamItem::Inline { kind, name, policy: "p+q".into() },
            IamItem::Member { user: "johndoe".into(), group: "developers".into() },
            IamItem::Key { user: "johndoe".into(), id: "AKIAEXAMPLE".into() },
        ];
        for item in all {
            assert_eq!(IamItem::parse(item.kind(), &item.key()), Some(item.clone()), "{item}");
        }
        for kind in [IamItemKind::Attached, IamItemKind::Inline, IamItemKind::Member] {
            assert_eq!(IamItem::parse(kind, "nothing"), None);
        }
    }

    #[test]
    fn a_policy_has_its_name_and_path_in_its_arn() {
        let parts = IamItem::policy_parts;
        assert_eq!(parts("arn:aws:iam::111122223333:policy/team/a/Push"), Some(("Push", "/team/a/")));
        assert_eq!(parts("arn:aws-cn:iam::aws:policy/ReadOnlyAccess"), Some(("ReadOnlyAccess", "/")));
        assert_eq!(parts("arn:aws:iam::1:role/x"), None);
    }
}
