//! Images as a lifecycle policy sees them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use serde::Serialize;

use super::StorageClass;

/// An image of a repository, or one that is about to be copied there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LifecycleImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was pushed to this repository; for a copy, the time of the copy.
    pub pushed: DateTime<Utc>,
    /// When it was last pulled, as far as ECR recorded it.
    pub pulled: Option<DateTime<Utc>>,
    /// When it was archived (`lastArchivedAt`).
    pub archived: Option<DateTime<Utc>>,
    /// When it was restored from the archive (`lastActivatedAt`).
    pub activated: Option<DateTime<Utc>>,
    /// Where it is stored.
    pub storage_class: StorageClass,
    /// For an index: the manifests that it lists.
    pub members: Vec<Digest>,
    /// For a signature, an SBOM or another referrer: its subject.
    pub subject: Option<Digest>,
    /// Whether it is about to be copied.
    pub incoming: bool,
}

impl LifecycleImage {
    /// An existing untagged image, pushed at this time.
    pub fn new(digest: Digest, pushed: DateTime<Utc>) -> Self {
        Self {
            digest,
            tags: Vec::new(),
            pushed,
            pulled: None,
            archived: None,
            activated: None,
            storage_class: StorageClass::Standard,
            members: Vec::new(),
            subject: None,
            incoming: false,
        }
    }
}

/// The repository after `incoming` is copied to the `existing` images.
///
/// An existing image keeps its push time, because another tag does not renew it. A tag belongs to
/// one image only, so it leaves the image that had it.
pub fn with_incoming(existing: &[LifecycleImage], incoming: &[LifecycleImage]) -> Vec<LifecycleImage> {
    let mut images = existing.to_vec();
    let mut places: HashMap<Digest, usize> =
        images.iter().enumerate().map(|(i, image)| (image.digest.clone(), i)).collect();
    // The image of each tag, so that the work is linear in the two lists.
    let mut owners: HashMap<Tag, usize> = HashMap::new();
    for (i, image) in images.iter().enumerate() {
        owners.extend(image.tags.iter().map(|tag| (tag.clone(), i)));
    }
    for new in incoming {
        let place = *places.entry(new.digest.clone()).or_insert(images.len());
        if place == images.len() {
            images.push(LifecycleImage { incoming: true, tags: Vec::new(), ..new.clone() });
        }
        let image = &mut images[place];
        if image.members.is_empty() {
            image.members.clone_from(&new.members);
        }
        for tag in &new.tags {
            let before = owners.insert(tag.clone(), place);
            if before == Some(place) {
                continue;
            }
            if let Some(former) = before {
                images[former].tags.retain(|other| other != tag);
            }
            images[place].tags.push(tag.clone());
        }
    }
    images
}
