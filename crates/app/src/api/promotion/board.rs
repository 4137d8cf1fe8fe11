//! The board of a path, and one build.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PathKey, PromotionEntry};
use crate::api::{NameValue, Space};

/// Names a service of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceKey {
    /// The path.
    pub path: PathKey,
    /// The service.
    pub service: String,
}

/// Which build of each service is in each stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// The path.
    pub path: String,
    /// The stages in their order.
    pub stages: Vec<String>,
    /// The services, by name.
    pub rows: Vec<BoardRow>,
    /// How many services are left out, because there are too many.
    pub more: u32,
    /// When it was read.
    pub at: DateTime<Utc>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardRow {
    /// The service.
    pub service: String,
    /// One for each stage, in their order.
    pub cells: Vec<BoardCell>,
}

/// A service in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardCell {
    /// The stage.
    pub stage: String,
    /// The build; absent if there is none, or no destination could be read.
    pub digest: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// Since when it is there.
    pub since: Option<DateTime<Utc>>,
    /// Whether that is when Longshore first saw it, because the registry has no push times.
    pub first_seen: bool,
    /// Who promoted it, if the record knows.
    pub by: Option<String>,
    /// How many builds of the stage before came later; absent for the first stage, or if nobody knows.
    pub behind: Option<u32>,
    /// Tags that were moved or removed outside Longshore.
    pub drift: Vec<BoardDrift>,
    /// The hold, as a sentence.
    pub hold: Option<String>,
    /// The block of the build, as a sentence.
    pub block: Option<String>,
    /// Destinations that have another build, or could not be read, as sentences.
    pub differing: Vec<String>,
}

/// A tag that was moved or removed outside Longshore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardDrift {
    /// Where.
    pub place: String,
    /// The tag.
    pub tag: String,
    /// The build of the last promotion; absent if the tag is gone.
    pub recorded: Option<String>,
    /// The build that it names now; absent if the tag is gone.
    pub found: Option<String>,
}

/// A build to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetBuild {
    /// The space.
    pub space: Space,
    /// The path.
    pub path: String,
    /// The service.
    pub service: String,
    /// A digest or a tag.
    pub build: String,
    /// The stage in which a tag is looked up; the first if absent.
    pub stage: Option<String>,
}

/// A build of a service: where it is and was, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuildView {
    /// The service.
    pub service: String,
    /// The digest.
    pub digest: String,
    /// The commit that its labels name.
    pub commit: Option<String>,
    /// The labels that every platform has alike.
    pub labels: Vec<NameValue>,
    /// The annotations of the manifest.
    pub annotations: Vec<NameValue>,
    /// The platforms.
    pub platforms: Vec<BuildPlatform>,
    /// Digests of signatures, SBOMs and attestations.
    pub referrers: Vec<String>,
    /// Why its content could not be read.
    pub problem: Option<String>,
    /// Where it is now.
    pub places: Vec<BuildPlace>,
    /// What the record says about it, newest first.
    pub history: Vec<PromotionEntry>,
    /// Its block, as a sentence.
    pub block: Option<String>,
}

/// One platform of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuildPlatform {
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The bytes of its manifest, configuration and layers.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// Where a build is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuildPlace {
    /// The stage.
    pub stage: String,
    /// The registry and the repository.
    pub place: String,
    /// Its tags there.
    pub tags: Vec<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}
