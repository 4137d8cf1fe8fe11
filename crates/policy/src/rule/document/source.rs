//! The source of a rule, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule copies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The registry to copy from: an ECR registry as `111122223333.dkr.ecr.us-west-2.amazonaws.com`
    /// or `111122223333/us-west-2`, any other registry as `host` or `host:port`, or a directory in
    /// OCI image layout as `oci:DIR`.
    #[schemars(length(min = 1))]
    pub registry: String,
    /// The repositories to copy: those that match one of these patterns. Without it, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<RepositoryPattern>,
    /// Repositories that are excluded even if `repositories` selects them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<RepositoryPattern>,
    /// The tags to copy. Without it, all tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagFilter>,
    /// Platforms such as `linux/amd64` or `linux/arm64/v8`: images with none of them are not
    /// copied. With one platform, its image is copied out of each index, and the tag points to that
    /// image; with several, an index is copied whole. Without it, all platforms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Referrers of an image: signatures, SBOMs, attestations. Without it, `where-possible`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrers: Option<Referrers>,
    /// Labels that the image's configuration must have, with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations that the image's manifest or index must have, with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Source {
    /// Everything in `registry`.
    pub fn new(registry: &str) -> Self {
        Self { registry: registry.to_owned(), ..Self::default() }
    }
}

/// A pattern that selects repositories, with exactly one of these keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryPattern {
    /// Names that begin with this text, as a filter of ECR's own replication does.
    Prefix(String),
    /// The repository with this name.
    Exact(String),
    /// A pattern for the whole name: `*` is any text without a slash, `**` any text, `?` one
    /// character, `[ab]` one of these, `{x,y}` one of these texts.
    Glob(String),
    /// A regular expression for the whole name (Rust's `regex`, ASCII; no look-around).
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

/// A pattern that selects tags, with exactly one of these keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TagPattern {
    /// The tag itself.
    Exact(String),
    /// A pattern for the whole tag: `*` is any text, `?` one character, `[ab]` one of these,
    /// `{x,y}` one of these texts.
    Glob(String),
    /// A regular expression for the whole tag (Rust's `regex`, ASCII; no look-around).
    Regex(String),
    /// A range of semantic versions such as `>=1.4, <2`, `~1.4` or `=1.4.2`. Tags are read as
    /// versions with or without a leading `v`; all others do not match. A pre-release such as
    /// `2.0.0-rc.1` matches only if the range names a pre-release of the same version.
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

/// Which tags of a repository a rule copies. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagFilter {
    /// Tags that match one of these are copied. Without it, all tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<TagPattern>,
    /// Tags that are excluded even if `include` selects them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<TagPattern>,
    /// Only this many tags of each repository: the newest of those that all other conditions
    /// select.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub newest: Option<u32>,
    /// What counts as newest. Without it: the highest version if `include` has only version ranges,
    /// else the latest push.
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
    /// `36h` or `1d12h`. An image whose push time the registry does not report is not copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<String>,
}

/// What makes one tag newer than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NewestBy {
    /// The time at which the image was pushed to the source.
    Pushed,
    /// The version in the tag, by the precedence of semantic versions.
    Version,
}

/// What happens to the referrers of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Referrers {
    /// They are not copied.
    Without,
    /// They are copied; an image whose referrers the destination refuses fails.
    With,
    /// They are copied; if the destination refuses one, that is reported and the image is copied
    /// without it.
    WherePossible,
}
