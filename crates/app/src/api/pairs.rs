//! Two registries side by side: their images, and whether one can stand in for the other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, RegistryKey};

/// Which images are needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "by")]
pub enum NeededImages {
    /// Every tag of either registry.
    All,
    /// The tags that one of these patterns selects: `REPOSITORY[:TAG]`, in which `*` is any text.
    Patterns {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// The images that a text lists, one in each line.
    List {
        /// The text.
        text: String,
    },
    /// The images that files of a folder of this computer refer to.
    Folder {
        /// Its path.
        path: String,
    },
}

/// How a needed image stands in the second registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ImageStanding {
    /// Both registries have it with the same digest.
    Equal,
    /// The tag points at another digest in the second.
    Different,
    /// Only the first has it.
    Missing,
    /// Only the second has it.
    Extra,
    /// Neither has it.
    Nowhere,
}

/// Asks how two registries compare, as they were last read. No network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetPair {
    /// The first registry, from which images would be copied.
    pub here: RegistryKey,
    /// The second registry.
    pub there: RegistryKey,
    /// Which images count.
    pub needed: NeededImages,
    /// Only rows that stand so; empty for all.
    pub only: Vec<ImageStanding>,
    /// Part of a repository's name or a tag; empty for all.
    pub text: String,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
}

/// How two registries compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairView {
    /// The first registry.
    pub here: PairSide,
    /// The second registry.
    pub there: PairSide,
    /// How many needed images stand in which way.
    pub counts: PairCounts,
    /// When the newest image was pushed to the first registry that the second lacks or has under another
    /// digest.
    pub newest_gap: Option<DateTime<Utc>>,
    /// Rows that fit the request.
    pub total: u32,
    /// The rows, by repository and tag.
    pub rows: Vec<PairRow>,
    /// References of the list or folder to other registries.
    pub foreign: Vec<String>,
    /// What of the list or folder could not be used, with the reason.
    pub unusable: Vec<String>,
    /// What stands otherwise than at the look before; absent if there was none.
    pub since: Option<PairSince>,
}

/// One of two registries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairSide {
    /// The registry.
    pub registry: RegistryKey,
    /// The host of its images; absent if it is not known.
    pub host: Option<String>,
    /// When its list of repositories was read; absent if it never was.
    pub as_of: Option<DateTime<Utc>>,
    /// When its images were read, the oldest; absent if those of no repository were.
    pub images_as_of: Option<DateTime<Utc>>,
    /// Why it could not be read the last time.
    pub problem: Option<ApiError>,
    /// How many repositories it has.
    pub repositories: u32,
    /// How many of them have images that were never read, so that none of them is counted.
    pub unread: u32,
}

/// How many images stand in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairCounts {
    /// The same digest in both.
    pub equal: u32,
    /// Another digest in the second.
    pub different: u32,
    /// Not in the second.
    pub missing: u32,
    /// Not in the first.
    pub extra: u32,
    /// In neither.
    pub nowhere: u32,
}

/// An image in two registries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairRow {
    /// The repository.
    pub repository: String,
    /// The tag; absent for an image that is named by its digest.
    pub tag: Option<String>,
    /// How it stands.
    pub standing: ImageStanding,
    /// Its digest in the first registry.
    pub here: Option<String>,
    /// Its digest in the second registry.
    pub there: Option<String>,
    /// When it was pushed to the first registry.
    pub pushed: Option<DateTime<Utc>>,
}

/// What stands otherwise than at an earlier look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairSince {
    /// When that look was.
    pub at: DateTime<Utc>,
    /// How many images stand otherwise.
    pub total: u32,
    /// The first of them, by name; at most 500.
    pub changes: Vec<PairChange>,
}

/// An image that stands otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairChange {
    /// `REPOSITORY[:TAG][@DIGEST]`
    pub image: String,
    /// How it stood; absent if it was not there.
    pub before: Option<ImageStanding>,
    /// How it stands; absent if it is gone.
    pub now: Option<ImageStanding>,
    /// Whether the tag was moved in the first registry.
    pub moved: bool,
}

/// Names a pair of registries with the images that are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairKey {
    /// The first registry.
    pub here: RegistryKey,
    /// The second registry.
    pub there: RegistryKey,
    /// Which images count.
    pub needed: NeededImages,
}

/// The needed images as references to the second registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairList {
    /// One reference in each line; those that the second registry lacks are comments.
    pub text: String,
    /// How many references.
    pub images: u32,
    /// How many of them the second registry lacks, or has under another digest.
    pub absent: u32,
    /// A map of prefixes for `longshore references --rewrite`.
    pub map: String,
}
