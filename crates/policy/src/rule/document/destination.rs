//! Where a rule copies to, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a rule copies to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The registry that is written; the same forms as the source's.
    #[schemars(length(min = 1))]
    pub registry: String,
    /// What repositories are called there. Without it, they keep their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<Rename>,
    /// What tags are called there. Without it, they keep their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagNames>,
    /// What is done about repositories that are not there. Without it, they are created as the
    /// registry does by itself (ECR: tags may move, no scan on push, AES-256).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Create>,
    /// What is done when the tag is there with another digest. Without it, `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_conflict: Option<OnConflict>,
    /// What is done when life-cycle policies there expire images after the copy. Without it, `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_expiry: Option<OnExpiry>,
}

impl Destination {
    /// `registry`, under the same names.
    pub fn new(registry: &str) -> Self {
        Self { registry: registry.to_owned(), ..Self::default() }
    }
}

/// How repositories are renamed; exactly one of these keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rename {
    /// Replaces the beginning of the name; names that begin otherwise are kept.
    Prefix(PrefixChange),
    /// A new name out of parts of the old one, here for `team/app/api`: `{repository}` (the whole),
    /// `{basename}` (`api`), `{namespace}` (`team/app`; empty for a name without a slash, and a
    /// slash beside it is left out then).
    Template(String),
}

/// Another beginning of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrefixChange {
    /// The beginning at the source; empty to put `to` in front of every name.
    pub from: String,
    /// The beginning at the destination; empty to leave `from` out.
    pub to: String,
}

/// How tags are renamed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagNames {
    /// New names of single tags; tags that are not in it are named by `template`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, String>,
    /// A new name out of the old one: `{tag}` stands for the tag. Without it, `{tag}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// What is done about repositories that are not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Create {
    /// Nothing: their images are failures.
    Never,
    /// They are created as ECR's creation template for pushes says; without one that fits, they are
    /// failures.
    Template,
    /// They are created with these settings.
    Settings(RepositorySettings),
}

/// What a new repository gets. Only ECR has such settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositorySettings {
    /// Whether a tag that is there can be moved to another image. Without it, `mutable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutability: Option<Immutability>,
    /// Tags for which the opposite of `immutability` holds; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub immutability_exceptions: Vec<String>,
    /// Whether each push is scanned. Without it, no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_on_push: Option<bool>,
    /// How images are encrypted; it cannot be changed later. Without it, `aes256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Resource tags of the repository.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// Whether tags can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Immutability {
    /// They can.
    Mutable,
    /// They cannot.
    Immutable,
}

/// Encryption at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// With keys of S3.
    Aes256,
    /// With a key of KMS in the destination's Region: its ARN, its id or its alias.
    Kms(String),
    /// Twice, with a key of KMS (GovCloud only).
    KmsDsse(String),
}

/// What is done when the destination's tag has another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// The tag stays, and the run has not done everything.
    Fail,
    /// The tag stays, and that is fine.
    Skip,
    /// The tag is moved. An immutable tag never is.
    Overwrite,
}

/// What is done when life-cycle policies of the destination expire images after the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnExpiry {
    /// Nothing is copied unless somebody agrees to this plan.
    Fail,
    /// It is copied all the same.
    Accept,
}
