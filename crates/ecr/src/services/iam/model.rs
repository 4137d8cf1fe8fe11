//! What is read from IAM. Names are kept as they are, since they are sent back; who shows them escapes them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::xml::Node;

/// A kind of principal, or of a set of them, that policies are attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IamKind {
    /// A user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
}

impl IamKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Group, Self::Role];

    /// `user`, as ARNs have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// The kind of a word of an ARN.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The parameter and member with the name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "UserName",
            Self::Group => "GroupName",
            Self::Role => "RoleName",
        }
    }

    /// The element of answers.
    pub(super) fn element(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }

    /// Characters that its inline policies may have together, without white space (IAM quotas).
    pub fn most_inline(self) -> usize {
        match self {
            Self::User => 2_048,
            Self::Group => 5_120,
            Self::Role => 10_240,
        }
    }
}

/// A user, a group or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamEntity {
    /// What it is.
    pub kind: IamKind,
    /// Its name.
    pub name: String,
    /// Its path, `/` for none.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// The ARN of its permissions boundary. Lists do not have it.
    pub boundary: Option<String>,
    /// The trust policy of a role.
    pub trust: Option<String>,
    /// The description of a role.
    pub description: Option<String>,
    /// How long a session of a role may last, in seconds.
    pub longest_session: Option<u32>,
    /// Its tags. Lists do not have them.
    pub tags: Vec<(String, String)>,
}

impl IamEntity {
    pub(super) fn read(kind: IamKind, from: &Node) -> Option<Self> {
        let text = |name| from.text_of(name).map(str::to_owned);
        let tag = |tag: &Node| Some((tag.text_of("Key")?.to_owned(), tag.text_of("Value")?.to_owned()));
        let boundary = from.child("PermissionsBoundary");
        Some(Self {
            kind,
            name: text(kind.name())?,
            path: text("Path").unwrap_or_else(|| "/".into()),
            arn: text("Arn").unwrap_or_default(),
            created: time(from, "CreateDate"),
            boundary: boundary.and_then(|one| one.text_of("PermissionsBoundaryArn")).map(str::to_owned),
            trust: from.text_of("AssumeRolePolicyDocument").map(decoded),
            description: text("Description").filter(|text| !text.is_empty()),
            longest_session: text("MaxSessionDuration").and_then(|seconds| seconds.parse().ok()),
            tags: from.members("Tags").filter_map(tag).collect(),
        })
    }

    /// All that it is created with.
    pub fn value(&self) -> Value {
        let mut members = Map::new();
        members.insert("Path".into(), self.path.as_str().into());
        if let Some(trust) = &self.trust {
            let document = serde_json::from_str(trust).unwrap_or_else(|_| trust.as_str().into());
            members.insert("AssumeRolePolicyDocument".into(), document);
        }
        let mut add = |name: &str, text: &Option<String>| {
            if let Some(text) = text {
                members.insert(name.into(), text.as_str().into());
            }
        };
        add("Description", &self.description);
        add("PermissionsBoundary", &self.boundary);
        // An hour is what a role has without one.
        if let Some(seconds) = self.longest_session.filter(|seconds| *seconds != 3_600) {
            members.insert("MaxSessionDuration".into(), seconds.into());
        }
        if !self.tags.is_empty() {
            let mut tags = self.tags.clone();
            tags.sort();
            let tags = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
            members.insert("Tags".into(), tags.collect::<Vec<_>>().into());
        }
        members.into()
    }
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it is for. Lists do not have it.
    pub description: Option<String>,
    /// The version that is in force, such as `v3`.
    pub default_version: String,
    /// How many users, groups and roles it is attached to.
    pub attached_to: u32,
    /// Whether AWS manages it, so that nobody in the account can change it.
    pub of_aws: bool,
}

impl IamPolicy {
    pub(super) fn read(from: &Node) -> Option<Self> {
        let arn = from.text_of("Arn")?.to_owned();
        let number = |name| from.text_of(name).and_then(|count| count.parse().ok()).unwrap_or(0);
        Some(Self {
            name: from.text_of("PolicyName")?.to_owned(),
            description: from.text_of("Description").filter(|text| !text.is_empty()).map(str::to_owned),
            default_version: from.text_of("DefaultVersionId").unwrap_or_default().to_owned(),
            attached_to: number("AttachmentCount"),
            of_aws: arn.split(':').nth(4) == Some("aws"),
            arn,
        })
    }
}

/// Which managed policies are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedPolicies {
    /// Those of the account.
    Own,
    /// Those that AWS manages.
    Aws,
}

/// A managed policy that is attached to something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
}

/// What a managed policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyUse {
    /// The kind.
    pub kind: IamKind,
    /// Its name.
    pub name: String,
    /// Whether the policy is its permissions boundary.
    pub as_boundary: bool,
}

/// A version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Such as `v3`.
    pub id: String,
    /// Whether it is in force.
    pub is_default: bool,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
}

impl PolicyVersion {
    pub(super) fn read(from: &Node) -> Option<Self> {
        Some(Self {
            id: from.text_of("VersionId")?.to_owned(),
            is_default: from.text_of("IsDefaultVersion") == Some("true"),
            created: time(from, "CreateDate"),
        })
    }

    /// `3` for `v3`.
    pub(super) fn number(&self) -> u32 {
        self.id.trim_start_matches('v').parse().unwrap_or(0)
    }
}

pub(super) fn time(of: &Node, name: &str) -> Option<DateTime<Utc>> {
    let text = of.text_of(name)?;
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// A document of an answer, which has it percent-encoded (RFC 3986). A document begins with a brace, so that
/// one that is not encoded is known as such.
pub(super) fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    String::from_utf8_lossy(&urlencoding::decode_binary(text.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_with_everything_that_it_is_created_with() {
        let text = "<R><Role><Path>/team/</Path><RoleName>deploy</RoleName><Arn>arn:aws:iam::1:role/team/deploy</Arn>\
            <AssumeRolePolicyDocument>%7B%22Version%22%3A%20%222012%2B1%22%7D</AssumeRolePolicyDocument>\
            <MaxSessionDuration>7200</MaxSessionDuration><Tags><member><Key>b</Key><Value>2</Value></member>\
            <member><Key>a</Key><Value>1</Value></member></Tags><PermissionsBoundary>\
            <PermissionsBoundaryArn>arn:aws:iam::1:policy/b</PermissionsBoundaryArn></PermissionsBoundary></Role></R>";
        let answer = Node::parse(text.as_bytes()).unwrap();
        let role = IamEntity::read(IamKind::Role, answer.child("Role").unwrap()).unwrap();
        assert_eq!(
            role.value(),
            json!({
                "Path": "/team/", "AssumeRolePolicyDocument": {"Version": "2012+1"}, "MaxSessionDuration": 7_200,
                "PermissionsBoundary": "arn:aws:iam::1:policy/b",
                "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
            })
        );
    }

    #[test]
    fn a_document_is_decoded_once_and_only_if_it_is_encoded() {
        assert_eq!(decoded("%7B%22a%22%3A%22%2520%2B%22%7D"), r#"{"a":"%20+"}"#);
        assert_eq!(decoded(r#"{"a":"%20+"}"#), r#"{"a":"%20+"}"#);
    }

    #[test]
    fn a_policy_of_aws_is_known_by_its_arn_in_every_partition() {
        for (arn, of_aws) in [
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws:iam::111122223333:policy/aws", false),
        ] {
            let text = format!("<P><Arn>{arn}</Arn><PolicyName>x</PolicyName></P>");
            assert_eq!(IamPolicy::read(&Node::parse(text.as_bytes()).unwrap()).unwrap().of_aws, of_aws);
        }
    }
}
