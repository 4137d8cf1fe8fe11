//! One rule of a lifecycle policy.

use serde::{Deserialize, Serialize};

/// A parsed rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LifecycleRule {
    /// `rulePriority`: the lowest number is first.
    pub priority: u32,
    /// `description`.
    pub description: Option<String>,
    /// Selects images by their tags.
    pub tags: TagSelection,
    /// Selects images by where they are stored.
    pub storage_class: StorageClass,
    /// Which of the selected images.
    pub count: Count,
    /// What happens to them.
    pub action: Action,
}

/// Images by their tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "tag_status")]
pub enum TagSelection {
    /// `tagPrefixList`: for every prefix the image has a tag that begins with it.
    Prefixes {
        /// The prefixes.
        prefixes: Vec<String>,
    },
    /// `tagPatternList`: for every pattern the image has a tag that matches it; `*` is any text.
    Patterns {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// Images without a tag.
    Untagged,
    /// Every image.
    Any,
}

/// Where an image is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageClass {
    /// Not archived.
    #[default]
    Standard,
    /// Archived.
    Archive,
}

/// Which of the selected images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "number")]
pub enum Count {
    /// `imageCountMoreThan`: all but this many, the oldest pushes first.
    MoreThan(u32),
    /// `sinceImagePushed`: pushed more than this many days ago.
    DaysSincePushed(u32),
    /// `sinceImagePulled`: not pulled for more than this many days.
    DaysSincePulled(u32),
    /// `sinceImageTransitioned`: archived more than this many days ago.
    DaysSinceArchived(u32),
}

/// What happens to an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is deleted.
    Expire,
    /// It is archived, and must be restored before it can be pulled.
    Archive,
}
