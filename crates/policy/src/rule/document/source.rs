//! What a rule copies, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule copies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The registry that is read: an ECR registry as `111122223333.dkr.ecr.us-west-2.amazonaws.com`
    /// or `111122223333/us-west-2`, any other registry as `host` or `host:port`, or a directory in
    /// OCI image layout as `oci:DIR`.
    #[schemars(length(min = 1))]
    pub registry: String,
    /// The repositories; a repository is taken when one of these fits. Without it, all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<RepositoryPattern>,
    /// Repositories that are left out although `repositories` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<RepositoryPattern>,
    /// The tags. Without it, all tags are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagFilter>,
    /// Platforms such as `linux/amd64` or `linux/arm64/v8`: images that have none of them are not
    /// taken. With one platform here, its image is copied out of each index, and the tag names that
    /// image; with several, an index is copied whole. Without it, all are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// What refers to an image: signatures, SBOMs, attestations. Without it, `where-possible`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrers: Option<Referrers>,
    /// Labels of the image's configuration that must be there with exactly this value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the image's manifest or index that must be there with exactly this value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Source {
    /// Everything in `registry`.
    pub fn new(registry: &str) -> Self {
        Self { registry: registry.to_owned(), ..Self::default() }
    }
}

/// How repositories are chosen; each has exactly one of these keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryPattern {
    /// Names that begin with this text, as a filter of ECR's own replication does.
    Prefix(String),
    /// The one repository of this name.
    Exact(String),
    /// A pattern over the whole name: `*` is any text without a slash, `**` any text, `?` one
    /// character, `[ab]` one of these, `{x,y}` one of these texts.
    Glob(String),
    /// A regular expression over the whole name (Rust's `regex`, ASCII; no look-around).
    Regex(String),
}

impl RepositoryPattern {
    /// The key, such as `prefix`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Prefix(_) => "prefix",
            Self::Exact(_) => "exact",
            Self::Glob(_) => "glob",
            Self::Regex(_) => "regex",
        }
    }

    /// What the key holds.
    pub fn text(&self) -> &str {
        match self {
            Self::Prefix(text) | Self::Exact(text) | Self::Glob(text) | Self::Regex(text) => text,
        }
    }
}

/// How tags are chosen; each has exactly one of these keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TagPattern {
    /// The tag itself.
    Exact(String),
    /// A pattern over the whole tag: `*` is any text, `?` one character, `[ab]` one of these,
    /// `{x,y}` one of these texts.
    Glob(String),
    /// A regular expression over the whole tag (Rust's `regex`, ASCII; no look-around).
    Regex(String),
    /// A range of semantic versions such as `>=1.4, <2`, `~1.4` or `=1.4.2`. Tags are read as
    /// versions with or without a leading `v`; all others do not fit. A pre-release such as
    /// `2.0.0-rc.1` fits only when the range names a pre-release of the same version.
    Semver(String),
}

impl TagPattern {
    /// The key, such as `glob`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Glob(_) => "glob",
            Self::Regex(_) => "regex",
            Self::Semver(_) => "semver",
        }
    }

    /// What the key holds.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Glob(text) | Self::Regex(text) | Self::Semver(text) => text,
        }
    }
}

/// Which tags of a repository a rule copies. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagFilter {
    /// A tag is taken when one of these fits. Without it, every tag is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<TagPattern>,
    /// Tags that are left out although `include` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<TagPattern>,
    /// Only this many tags of each repository: the newest of those that everything else takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub newest: Option<u32>,
    /// What is newest. Without it: the highest version when `include` has version ranges only, else
    /// the latest push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_by: Option<NewestBy>,
    /// Only images pushed to the source at this time or later: a date (`2026-01-31`, which begins
    /// at midnight UTC) or a time (`2026-01-31T08:00:00Z`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_after: Option<String>,
    /// Only images pushed to the source before this date or time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_before: Option<String>,
    /// Only images that have been in the source for at least this long (quarantine), such as `7d`,
    /// `36h` or `1d12h`. An image whose push time the registry does not tell is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<String>,
}

/// What makes one tag newer than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NewestBy {
    /// The time at which the image was pushed to the source.
    Pushed,
    /// The version that the tag says, by the precedence of semantic versions.
    Version,
}

/// What happens to artifacts that refer to an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Referrers {
    /// They stay behind.
    Without,
    /// They are copied; an image whose referrers the destination refuses has failed.
    With,
    /// They are copied; what the destination refuses is told of, and the image is copied without.
    WherePossible,
}
