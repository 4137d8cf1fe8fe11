//! Where builds are, and the names that a build has.

use std::{cmp::Ordering, collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_policy::rule::Registry;
use serde::{Deserialize, Serialize};

use crate::scheme::TagScheme;

/// A repository in a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The registry.
    pub registry: Registry,
    /// The repository.
    pub repository: RepositoryName,
}

impl Place {
    /// The repository of that name in a registry.
    pub fn new(registry: Registry, repository: RepositoryName) -> Self {
        Self { registry, repository }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}

/// Since when a build is somewhere. An image's own date is not used: its builder chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "clock", content = "at")]
pub enum Since {
    /// The registry says when it was pushed.
    Pushed(DateTime<Utc>),
    /// The registry has no push times; Longshore first saw it then.
    FirstSeen(DateTime<Utc>),
}

impl Since {
    /// The moment.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Pushed(at) | Self::FirstSeen(at) => *at,
        }
    }
}

/// One image of a repository, as a registry lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags there.
    pub tags: Vec<Tag>,
    /// Since when it is there; `None` if nobody knows.
    pub since: Option<Since>,
}

impl StagedImage {
    /// Whether it is later than another image of the same repository: by the order of tags where the
    /// scheme has one, else by the time of arrival. `None` if nobody knows.
    ///
    /// A person who promotes an image that is not later than the current one holds the stage.
    pub fn is_later_than(&self, other: &Self, scheme: Option<&TagScheme>) -> Option<bool> {
        let orders = scheme.into_iter().flat_map(|scheme| {
            let pairs = self.tags.iter().flat_map(|ours| other.tags.iter().map(move |theirs| (ours, theirs)));
            pairs.filter_map(|(ours, theirs)| scheme.compare(ours.as_str(), theirs.as_str()))
        });
        match orders.max() {
            Some(order) => Some(order == Ordering::Greater),
            None => Some(self.since?.at() > other.since?.at()),
        }
    }
}

/// A build: one digest with all its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The digest, which never changes on the way.
    pub digest: Digest,
    /// Where it is, with its tags and the time there.
    pub names: BTreeMap<Place, (Vec<Tag>, Option<Since>)>,
}

impl Build {
    /// The builds of what registries list, by digest.
    pub fn gather(listed: impl IntoIterator<Item = (Place, StagedImage)>) -> BTreeMap<Digest, Self> {
        let mut builds: BTreeMap<Digest, Self> = BTreeMap::new();
        for (place, image) in listed {
            let build = builds
                .entry(image.digest.clone())
                .or_insert_with(|| Self { digest: image.digest.clone(), names: BTreeMap::new() });
            let (tags, since) = build.names.entry(place).or_default();
            for tag in image.tags {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            *since = since.or(image.since);
        }
        builds
    }

    /// Every tag that it has anywhere, without repeats, in order.
    pub fn tags(&self) -> Vec<&Tag> {
        let mut tags: Vec<&Tag> = self.names.values().flat_map(|(tags, _)| tags).collect();
        tags.sort();
        tags.dedup();
        tags
    }
}
