//! The data of ECR as plain values. Times are UTC; sizes are bytes.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use longshore_registry::TagOrDigest;
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<String>,
}

/// A repository and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// Its name.
    pub name: RepositoryName,
    /// Its ARN.
    pub arn: String,
    /// What clients push to and pull from: host and name without a scheme.
    pub uri: String,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Whether tags may move.
    pub tag_mutability: TagMutability,
    /// Whether a push starts a scan.
    pub scan_on_push: bool,
    /// How content is encrypted at rest.
    pub encryption: Encryption,
}

impl Repository {
    /// Host and port in front of the name in [`uri`](Self::uri).
    pub fn host(&self) -> &str {
        self.uri.split('/').next().unwrap_or_default()
    }
}

/// Whether tags may move. `except` are wildcard patterns (`*` stands for any characters) of tags
/// for which the opposite holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "mode")]
pub enum TagMutability {
    /// Tags may move, except those that match.
    Mutable {
        /// Wildcard patterns, at most 5.
        except: Vec<String>,
    },
    /// Tags may not move, except those that match.
    Immutable {
        /// Wildcard patterns, at most 5.
        except: Vec<String>,
    },
    /// A mode newer than this program.
    Other {
        /// The service's word for it.
        name: String,
    },
}

impl TagMutability {
    /// All tags may move.
    pub const MUTABLE: Self = Self::Mutable { except: Vec::new() };
    /// No tag may move.
    pub const IMMUTABLE: Self = Self::Immutable { except: Vec::new() };

    /// Whether a tag, once it exists, cannot be put again.
    pub fn protects(&self, tag: &Tag) -> bool {
        let matches = |except: &[String]| except.iter().any(|p| wildcard_matches(p, tag.as_str()));
        match self {
            Self::Mutable { except } => matches(except),
            Self::Immutable { except } => !matches(except),
            Self::Other { .. } => false,
        }
    }
}

/// `*` stands for any number of any characters; everything else for itself.
fn wildcard_matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last: &str| rest.ends_with(last))
}

/// Encryption at rest; fixed when a repository is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Encryption {
    /// Keys of S3.
    Aes256,
    /// A KMS key; `None` stands for the account's default key for ECR.
    Kms {
        /// Id, alias or ARN of the key, in the same Region.
        key: Option<String>,
    },
    /// Two layers of KMS encryption.
    KmsDsse {
        /// Id, alias or ARN of the key, in the same Region.
        key: Option<String>,
    },
    /// A kind newer than this program.
    Other {
        /// The service's word for it.
        name: String,
    },
}

/// The settings of a new repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositorySettings {
    /// Whether tags may move.
    pub tag_mutability: TagMutability,
    /// Whether a push starts a scan.
    pub scan_on_push: bool,
    /// How content is encrypted at rest.
    pub encryption: Encryption,
    /// Resource tags, at most 50.
    pub tags: Vec<ResourceTag>,
}

impl Default for RepositorySettings {
    /// ECR's own defaults: tags may move, no scan, AES-256.
    fn default() -> Self {
        Self {
            tag_mutability: TagMutability::MUTABLE,
            scan_on_push: false,
            encryption: Encryption::Aes256,
            tags: Vec::new(),
        }
    }
}

/// A resource tag of a repository (not an image tag).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTag {
    /// At most 128 characters.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

/// An image by digest, by tag, or both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageId {
    /// The manifest's digest.
    pub digest: Option<Digest>,
    /// One tag.
    pub tag: Option<Tag>,
}

impl From<TagOrDigest> for ImageId {
    fn from(reference: TagOrDigest) -> Self {
        match reference {
            TagOrDigest::Tag(tag) => Self { digest: None, tag: Some(tag) },
            TagOrDigest::Digest(digest) => Self { digest: Some(digest), tag: None },
        }
    }
}

/// The description of an image from `DescribeImages`, which does not count as a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageDetail {
    /// The manifest's digest.
    pub digest: Digest,
    /// Its tags; none for children of an index and for images that lost their tag.
    pub tags: Vec<Tag>,
    /// Compressed bytes of all layers; for an index the largest of its manifests.
    pub size: Option<u64>,
    /// When the manifest was pushed.
    pub pushed_at: Option<DateTime<Utc>>,
    /// Media type of the manifest.
    pub media_type: Option<String>,
    /// Media type of the artifact or config.
    pub artifact_media_type: Option<String>,
    /// The last pull that ECR recorded, exact to a day.
    pub last_pulled_at: Option<DateTime<Utc>>,
    /// The manifest that this one refers to.
    pub subject: Option<Digest>,
    /// Where the image is stored.
    pub status: ImageStatus,
    /// When it was last put into the archive.
    #[serde(default)]
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was last taken out of the archive.
    #[serde(default)]
    pub activated_at: Option<DateTime<Utc>>,
}

/// Storage status of an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImageStatus {
    /// Can be pulled.
    Active,
    /// In the archive: a pull answers 404.
    Archived,
    /// On its way out of the archive.
    Activating,
    /// A status newer than this program.
    #[serde(untagged)]
    Other(String),
}

/// Which images `DescribeImages` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageScope {
    /// Only those that can be pulled (ECR's default).
    #[default]
    Active,
    /// Only those that can be pulled and have a tag.
    Tagged,
    /// Archived and activating ones too.
    Any,
}

/// The progress of an image's replication to one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationStatus {
    /// The destination registry.
    pub destination: RegistryId,
    /// The progress.
    pub state: ReplicationState,
    /// ECR's reason when it failed; a free text without a documented list.
    pub failure_code: Option<String>,
}

/// State of one replication.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplicationState {
    /// Begun.
    InProgress,
    /// The destination has the image.
    Complete,
    /// Failed; ECR does not retry it.
    Failed,
    /// A state newer than this program.
    #[serde(untagged)]
    Other(String),
}

/// One image of a batch that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageFailure {
    /// Which image.
    pub id: ImageId,
    /// Why.
    pub code: ImageFailureCode,
    /// The service's words.
    pub reason: String,
}

/// Why one image of a batch could not be handled (`ImageFailureCode` of the API model).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImageFailureCode {
    /// No such image.
    NotFound,
    /// An index names it; delete the index first.
    ReferencedByIndex,
    /// The tag points at another digest than the one given with it.
    TagDoesNotMatchDigest,
    /// The digest is not valid.
    InvalidDigest,
    /// The tag is not valid.
    InvalidTag,
    /// Neither digest nor tag was given.
    MissingDigestAndTag,
    /// The encryption key could not be used.
    Kms,
    /// Another reason, in the service's word.
    #[serde(untagged)]
    Other(String),
}

/// The result of a batch deletion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deletion {
    /// What was deleted, as ECR reports it: a digest for each tag and image.
    pub deleted: Vec<ImageId>,
    /// What was not deleted.
    pub failures: Vec<ImageFailure>,
}

/// The status of a layer in a repository, according to ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerStatus {
    /// The layer.
    pub digest: Digest,
    /// Whether the repository has it.
    pub available: bool,
    /// Its size, when the repository has it.
    pub size: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        text.parse().unwrap()
    }

    #[test]
    fn wildcards_match_as_ecr_documents() {
        for (pattern, text, expected) in [
            ("latest", "latest", true),
            ("latest", "latest2", false),
            ("dev-*", "dev-", true),
            ("dev-*", "dev-42", true),
            ("dev-*", "prod-dev-42", false),
            ("*-rc*", "1.0-rc1", true),
            ("*-rc*", "1.0", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("a*a", "a", false),
            ("*", "anything", true),
        ] {
            assert_eq!(wildcard_matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn exclusions_turn_protection_around() {
        let except = vec!["latest".to_owned(), "dev-*".to_owned()];
        let immutable = TagMutability::Immutable { except: except.clone() };
        assert!(immutable.protects(&tag("21")));
        assert!(!immutable.protects(&tag("dev-1")));
        let mutable = TagMutability::Mutable { except };
        assert!(!mutable.protects(&tag("21")));
        assert!(mutable.protects(&tag("latest")));
        assert!(TagMutability::IMMUTABLE.protects(&tag("x")));
        assert!(!TagMutability::MUTABLE.protects(&tag("x")));
    }

    #[test]
    fn a_newer_word_survives_storage() {
        let state = ReplicationState::Other("PAUSED".into());
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(text, "\"PAUSED\"");
        assert_eq!(serde_json::from_str::<ReplicationState>(&text).unwrap(), state);
        assert_eq!(serde_json::to_string(&ReplicationState::InProgress).unwrap(), "\"inProgress\"");
    }
}
