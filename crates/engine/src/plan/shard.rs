//! A deterministic part of the work, so that many machines share it without a coordinator.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
};

use longshore_names::{Algorithm, Digest, RepositoryName};
use longshore_registry::digest_of;
use serde::{Deserialize, Serialize};

use crate::{
    Action, CopyPlan, CopyRequest, PlannedImage, Way,
    plan::decide::{count_bytes, explain, may_be_written, totals, written},
};

/// A repository with more images than this is divided by blobs.
const SPLIT_ABOVE: usize = 1_000;

/// One part of a divided plan. Written `0/4`: the first of four.
///
/// Each destination repository belongs to one shard, by a hash of its name. In a repository with
/// very many images the blobs are divided too, by their digests: the shard that owns the repository
/// puts all manifests and waits, for a bounded time, for the blobs that others upload. What a shard
/// does depends on names and digests only, so that shards need not know of each other. A shard that
/// ran late, or not at all, is simply run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Shard {
    index: u32,
    of: u32,
    split_above: usize,
}

#[derive(Deserialize)]
struct Parts {
    index: u32,
    of: u32,
    #[serde(default = "split_above")]
    split_above: usize,
}

fn split_above() -> usize {
    SPLIT_ABOVE
}

impl TryFrom<Parts> for Shard {
    type Error = ShardError;

    fn try_from(parts: Parts) -> Result<Self, ShardError> {
        Ok(Self::new(parts.index, parts.of)?.splitting_above(parts.split_above))
    }
}

/// An invalid shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a shard; write `I/N` with I from 0 to N - 1, for example `0/4`")]
pub struct ShardError(String);

impl Shard {
    /// Part `index` (from 0) of `of`.
    ///
    /// # Errors
    /// When `index` is not below `of`.
    pub fn new(index: u32, of: u32) -> Result<Self, ShardError> {
        if index < of {
            return Ok(Self { index, of, split_above: SPLIT_ABOVE });
        }
        Err(ShardError(format!("{index}/{of}")))
    }

    /// Divides the blobs of repositories with more images than this, instead of 1,000. All shards
    /// of a division must say the same.
    #[must_use]
    pub fn splitting_above(self, images: usize) -> Self {
        Self { split_above: images, ..self }
    }

    /// Which part, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether this shard puts the manifests and tags of a repository.
    pub fn owns(self, repository: &RepositoryName) -> bool {
        let name = digest_of(Algorithm::Sha256, repository.as_str().as_bytes());
        self.place(&name) == self.index
    }

    /// Whether a repository with so many images is divided by blobs.
    pub fn splits(self, images: usize) -> bool {
        self.of > 1 && images > self.split_above
    }

    /// The shard that uploads a blob of a repository that is divided.
    fn place(self, digest: &Digest) -> u32 {
        let number = digest.hex().get(..15).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        u32::try_from(number.unwrap_or_default() % u64::from(self.of.max(1))).unwrap_or_default()
    }
}

/// Cuts a plan to the part of one shard. The part says what other shards upload, and how many bytes
/// are sent twice at worst.
///
/// Plans of all shards may be made at different times, from requests that
/// [`for_shard`](CopyRequest::for_shard) cut to size; together they do what the whole plan does.
pub fn shard(plan: CopyPlan, shard: Shard) -> CopyPlan {
    let mut counts: HashMap<RepositoryName, usize> = HashMap::new();
    for image in &plan.images {
        *counts.entry(image.destination.clone()).or_default() += 1;
    }
    let splits = |repository: &RepositoryName| shard.splits(counts.get(repository).copied().unwrap_or(0));
    let mut places: Vec<Option<usize>> = Vec::with_capacity(plan.images.len());
    let mut images: Vec<PlannedImage> = Vec::new();
    for image in plan.images {
        let (owned, split) = (shard.owns(&image.destination), splits(&image.destination));
        let part = match (owned, split) {
            (true, true) => Some(without_others_blobs(image, shard)),
            (true, false) => Some(image),
            (false, true) => own_blobs(image, shard),
            (false, false) => None,
        };
        places.push(part.is_some().then_some(images.len()));
        images.extend(part);
    }
    let twice = mounts_in_order(&mut images, &places);
    for image in &mut images {
        let before = (image.bytes_elsewhere, image.bytes_to_move, image.bytes_to_mount);
        count_bytes(image);
        if before != (image.bytes_elsewhere, image.bytes_to_move, image.bytes_to_mount) {
            image.explanation = explain(image);
        }
    }
    let created = may_be_written(&images);
    let create_repositories =
        plan.create_repositories.into_iter().filter(|name| created.contains(name)).collect();
    let mut totals = totals(&images, written(&images).len());
    totals.bytes_twice = totals.bytes_elsewhere.saturating_add(twice);
    // The shard that puts a repository's manifests answers for the effect of its policy.
    let (mut in_order, mut expiry) = (plan.in_order, plan.expiry);
    in_order.retain(|name| shard.owns(name));
    expiry.repositories.retain(|of| shard.owns(&of.repository));
    CopyPlan { images, create_repositories, in_order, expiry, totals, shard: Some(shard), ..plan }
}

impl CopyRequest {
    /// The items that a shard has to look at: those of its own repositories, and those of
    /// repositories that are divided by blobs.
    #[must_use]
    pub fn for_shard(mut self, shard: Shard) -> Self {
        let mut counts: HashMap<RepositoryName, usize> = HashMap::new();
        for item in &self.items {
            *counts.entry(item.destination.clone()).or_default() += 1;
        }
        self.items.retain(|item| {
            let images = counts.get(&item.destination).copied().unwrap_or(0);
            shard.owns(&item.destination) || shard.splits(images)
        });
        self
    }
}

fn moves(way: &Way) -> bool {
    matches!(way, Way::Upload | Way::Mount { .. })
}

/// An image of the owner, without the blobs that other shards upload.
fn without_others_blobs(mut image: PlannedImage, shard: Shard) -> PlannedImage {
    for blob in image.blobs.iter_mut().filter(|blob| moves(&blob.way)) {
        let place = shard.place(&blob.descriptor.digest);
        if place != shard.index {
            blob.way = Way::Elsewhere { shard: place };
        }
    }
    image
}

/// The part of an image that a shard other than the owner uploads; `None` when there is none.
fn own_blobs(mut image: PlannedImage, shard: Shard) -> Option<PlannedImage> {
    if !image.action.is_work() {
        return None;
    }
    image.blobs.retain(|blob| moves(&blob.way) && shard.place(&blob.descriptor.digest) == shard.index);
    if image.blobs.is_empty() {
        return None;
    }
    image.action = Action::Blobs;
    (image.tag, image.replaces) = (None, None);
    image.manifests.clear();
    image.referrers.clear();
    Some(image)
}

/// Sets for each mount the image of this part after which it can be made. Where another shard fills
/// the repository, the mount is tried all the same. Returns the bytes that are uploaded if such
/// mounts fail.
fn mounts_in_order(images: &mut [PlannedImage], places: &[Option<usize>]) -> u64 {
    let mut twice = 0_u64;
    let brings: Vec<HashSet<Digest>> = images
        .iter()
        .map(|image| {
            let own = image.blobs.iter().filter(|blob| !matches!(blob.way, Way::Elsewhere { .. }));
            own.map(|blob| blob.descriptor.digest.clone()).collect()
        })
        .collect();
    for image in images {
        for blob in &mut image.blobs {
            let Way::Mount { after: Some(before), .. } = &mut blob.way else { continue };
            let digest = &blob.descriptor.digest;
            let place = places.get(*before).copied().flatten();
            match place.filter(|place| brings.get(*place).is_some_and(|brings| brings.contains(digest))) {
                Some(place) => *before = place,
                None => {
                    let Way::Mount { after, .. } = &mut blob.way else { continue };
                    *after = None;
                    twice = twice.saturating_add(blob.descriptor.size);
                }
            }
        }
    }
    twice
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let error = || ShardError(text.chars().take(40).collect());
        let (index, of) = text.trim().split_once('/').ok_or_else(error)?;
        let (index, of) = (index.parse().map_err(|_| error())?, of.parse().map_err(|_| error())?);
        Self::new(index, of).map_err(|_| error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_strictly_and_survive_json() {
        let shard: Shard = " 2/5 ".parse().unwrap();
        assert_eq!((shard.index(), shard.of(), shard.to_string()), (2, 5, "2/5".into()));
        for wrong in ["5/5", "1", "a/b", "-1/3", "0/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        let json = serde_json::to_string(&shard.splitting_above(7)).unwrap();
        assert_eq!(serde_json::from_str::<Shard>(&json).unwrap(), shard.splitting_above(7));
        assert!(serde_json::from_str::<Shard>(r#"{"index":3,"of":3}"#).is_err());
    }

    /// All machines must agree for ever, whatever version they run.
    #[test]
    fn a_name_belongs_to_one_shard_and_always_the_same() {
        for of in 1..6 {
            for name in ["team/app", "team/web", "x"] {
                let owners =
                    (0..of).filter(|index| Shard::new(*index, of).unwrap().owns(&name.parse().unwrap()));
                assert_eq!(owners.count(), 1);
            }
        }
        let owner = (0..4).find(|index| Shard::new(*index, 4).unwrap().owns(&"team/app".parse().unwrap()));
        assert_eq!(owner, Some(3));
    }
}
