//! Requests to copy images.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Listed, Platform, TagOrDigest};
use serde::{Deserialize, Serialize};

/// One image to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyItem {
    /// Where it is read.
    pub repository: RepositoryName,
    /// Which one.
    pub reference: TagOrDigest,
    /// Where it is written.
    pub destination: RepositoryName,
    /// The tag that it gets; `None` writes it by digest only.
    pub tag: Option<Tag>,
    /// The digest that `reference` points at, if the caller has just learnt it, for example from a
    /// list of tags: the planner does not ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When it was pushed to the source, if that is known; for [`Order::Pushed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<DateTime<Utc>>,
}

impl CopyItem {
    /// An image that nothing is known about yet.
    pub fn new(
        repository: RepositoryName,
        reference: TagOrDigest,
        destination: RepositoryName,
        tag: Option<Tag>,
    ) -> Self {
        Self { repository, reference, destination, tag, digest: None, pushed: None }
    }

    /// An image from a list of a repository's tags, with everything that the list contains. It
    /// keeps its tag.
    pub fn listed(repository: RepositoryName, listed: Listed, destination: RepositoryName) -> Self {
        Self {
            repository,
            reference: TagOrDigest::Tag(listed.tag.clone()),
            destination,
            tag: Some(listed.tag),
            digest: listed.digest,
            pushed: listed.pushed,
        }
    }
}

/// What to do when the destination's tag has another digest. An immutable tag is never moved: the
/// registry refuses, and the image is a conflict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Leave the tag where it is; the image is a conflict, and the run is incomplete.
    #[default]
    Fail,
    /// Leave the tag where it is, as intended.
    Skip,
    /// Move the tag.
    Overwrite,
}

/// Whether referrers of an image (signatures, SBOMs, attestations) are copied with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Referrers {
    /// The image alone.
    #[default]
    Without,
    /// All of them; an image whose referrers cannot all be copied fails.
    With,
    /// As many as the destination takes; those that it refuses are reported.
    WherePossible,
}

impl Referrers {
    /// Whether referrers are looked for at all.
    pub fn wanted(self) -> bool {
        self != Self::Without
    }
}

/// In which order images are begun, and tags put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As given; many at once.
    #[default]
    Given,
    /// Within each destination repository the oldest push to the source first, one tag after the
    /// other. ECR counts an image's age from the copy, so a lifecycle policy that keeps the newest
    /// images keeps the right ones. Images of unknown age come last, in the given order.
    Pushed,
}

/// Images to copy from one registry to one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRequest {
    /// The images, in the order in which they are begun.
    pub items: Vec<CopyItem>,
    /// What to do with tags that are taken.
    pub on_conflict: OnConflict,
    /// Whether the destination is expected to mount blobs between its repositories. With `false`,
    /// blobs are uploaded instead.
    pub mounting: bool,
    /// Copies the image of one platform out of each index instead of the index. The tag then
    /// points at that image's own manifest, as with crane and skopeo, and has another digest than
    /// the source's tag.
    pub platform: Option<Platform>,
    /// Whether signatures, SBOMs and attestations are copied too.
    pub referrers: Referrers,
    /// In which order. Repositories with a lifecycle policy have [`Order::Pushed`] in any case.
    pub order: Order,
    /// The time of the plan, for the effect of lifecycle policies.
    pub now: DateTime<Utc>,
    /// All tags of source repositories that the caller has just listed. Others are listed when
    /// needed, which is for cosign's tags only.
    pub source_tags: HashMap<RepositoryName, Arc<[Tag]>>,
}

impl CopyRequest {
    /// Copies these items, moves no tag, mounts where possible.
    pub fn new(items: Vec<CopyItem>) -> Self {
        Self {
            items,
            on_conflict: OnConflict::default(),
            mounting: true,
            platform: None,
            referrers: Referrers::default(),
            order: Order::default(),
            now: Utc::now(),
            source_tags: HashMap::new(),
        }
    }

    /// The indices of the items; repositories that `in_order` accepts have the oldest push to the
    /// source first.
    pub(crate) fn ordered(&self, in_order: impl Fn(&RepositoryName) -> bool) -> Vec<usize> {
        let mut ordered: Vec<usize> = (0..self.items.len()).collect();
        // Each repository keeps its places in the list and fills them anew, so that repositories
        // that were mixed stay mixed.
        let mut places: HashMap<&RepositoryName, Vec<usize>> = HashMap::new();
        for (place, item) in self.items.iter().enumerate().filter(|(_, item)| in_order(&item.destination)) {
            places.entry(&item.destination).or_default().push(place);
        }
        for places in places.into_values() {
            let mut sorted = places.clone();
            let pushed = |place: &usize| self.items.get(*place).and_then(|item| item.pushed);
            sorted.sort_by_key(|place| (pushed(place).is_none(), pushed(place)));
            for (place, item) in places.into_iter().zip(sorted) {
                if let Some(slot) = ordered.get_mut(place) {
                    *slot = item;
                }
            }
        }
        ordered
    }
}
