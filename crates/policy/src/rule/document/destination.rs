//! The destinations of a rule, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a rule copies to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The registry to copy to; the same forms as for the source.
    #[schemars(length(min = 1))]
    pub registry: String,
    /// The names of repositories there. Without it, they keep their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<Rename>,
    /// The names of tags there. Without it, they keep their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagNames>,
    /// How missing repositories are handled. Without it, they are created with the registry's
    /// defaults (ECR: mutable tags, no scan on push, AES-256).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Create>,
    /// What happens if the tag exists with another digest. Without it, `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_conflict: Option<OnConflict>,
    /// What happens if lifecycle policies there would expire images after the copy. Without it,
    /// `fail`.
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
    /// Replaces the beginning of the name; names that begin differently are kept.
    Prefix(PrefixChange),
    /// A new name from parts of the old one, here for `team/app/api`: `{repository}` (the whole),
    /// `{basename}` (`api`), `{namespace}` (`team/app`; empty for a name without a slash, and then
    /// a slash next to it is left out).
    Template(String),
}

/// A replacement for the beginning of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrefixChange {
    /// The beginning at the source; empty to put `to` in front of every name.
    pub from: String,
    /// The beginning at the destination; empty to remove `from`.
    pub to: String,
}

/// How tags are renamed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagNames {
    /// New names of single tags; `template` names all others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, String>,
    /// A new name from the old one: `{tag}` stands for the tag. Without it, `{tag}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// How missing repositories are handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Create {
    /// They are not created, and their images fail.
    Never,
    /// They are created from ECR's creation template for pushes; if none matches, their images
    /// fail.
    Template,
    /// They are created with these settings.
    Settings(RepositorySettings),
}

/// The settings of a new repository. Only ECR has such settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositorySettings {
    /// Whether an existing tag can be moved to another image. Without it, `mutable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutability: Option<Immutability>,
    /// Tags for which the opposite of `immutability` holds; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub immutability_exceptions: Vec<String>,
    /// Whether each push is scanned. Without it, `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_on_push: Option<bool>,
    /// How images are encrypted; this cannot be changed later. Without it, `aes256`.
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
    /// With S3's keys.
    Aes256,
    /// With a KMS key in the destination's Region: its ARN, id or alias.
    Kms(String),
    /// Twice, with a KMS key (GovCloud only).
    KmsDsse(String),
}

/// What happens if the destination's tag has another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// The tag stays, and the run is incomplete.
    Fail,
    /// The tag stays, and the run still succeeds.
    Skip,
    /// The tag is moved. An immutable tag is never moved.
    Overwrite,
}

/// What happens if lifecycle policies of the destination would expire images after the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnExpiry {
    /// Nothing is copied unless a person confirms this plan.
    Fail,
    /// The images are copied anyway.
    Accept,
}
