//! What a promotion writes, the hash that is approved, and what has changed since it was evaluated.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use longshore_names::{Digest, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    gate::Evidence,
    hash::canonical_hash,
    names::{PathName, Service, StageName},
    path::TagChange,
    place::Place,
};

/// What a promotion writes at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDestination {
    /// Where.
    pub place: Place,
    /// Whether replication carries it there, so that it is not written.
    pub replicated: bool,
    /// The tags, the main one first.
    pub tags: Vec<(Tag, TagChange)>,
}

/// Where a build is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSource {
    /// The repository.
    pub place: Place,
    /// The tag by which it was chosen; `None` if by its digest.
    pub tag: Option<Tag>,
}

/// The promotion of one build into one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionPlan {
    /// The path.
    pub path: PathName,
    /// The SHA-256 of the path as it was written.
    pub path_hash: String,
    /// The stage to enter.
    pub stage: StageName,
    /// The service.
    pub service: Service,
    /// The build.
    pub digest: Digest,
    /// Where it is read.
    pub source: PlannedSource,
    /// What is written, and where.
    pub destinations: Vec<PlannedDestination>,
    /// The referrers that go along: SBOM, signatures, attestations.
    pub referrers: Vec<Digest>,
}

/// What has changed since a plan was made. As text, a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The path was changed.
    Path,
    /// The source no longer has the build.
    SourceGone(Place),
    /// The tag by which the build was chosen names another one.
    SourceMoved {
        /// The tag.
        tag: Tag,
        /// What it names now; `None` if it no longer exists.
        now: Option<Digest>,
    },
    /// A tag at a destination is not as it was.
    Destination {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
        /// What it names now; `None` if it does not exist.
        now: Option<Digest>,
    },
    /// A repository could not be read again.
    NotKnown(Place, String),
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |digest: &Option<Digest>| match digest {
            Some(digest) => format!("names {} now", digest.short()),
            None => "does not exist now".to_owned(),
        };
        match self {
            Self::Path => f.write_str("The path was changed."),
            Self::SourceGone(place) => write!(f, "{place} no longer has the build."),
            Self::SourceMoved { tag, now } => write!(f, "The source's tag `{tag}` {}.", names(now)),
            Self::Destination { place, tag, now } => write!(f, "The tag `{tag}` in {place} {}.", names(now)),
            Self::NotKnown(place, why) => write!(f, "{place} could not be read again: {why}."),
        }
    }
}

/// A repository as it is now: its digests, and what its tags name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryNow {
    /// Every manifest.
    pub digests: BTreeSet<Digest>,
    /// The tags.
    pub tags: BTreeMap<Tag, Digest>,
}

impl PromotionPlan {
    /// The SHA-256 of the plan's canonical text, in hexadecimal: what a request names and an approval signs.
    pub fn hash(&self) -> String {
        canonical_hash(self)
    }

    /// The tags that are refused, each with its place and a sentence: the plan must not run with one.
    pub fn refused(&self) -> Vec<(&Place, &Tag, &str)> {
        let tags = self.destinations.iter().flat_map(|one| one.tags.iter().map(move |tag| (&one.place, tag)));
        tags.filter_map(|(place, (tag, change))| match change {
            TagChange::Refused { reason, .. } => Some((place, tag, reason.as_str())),
            _ => None,
        })
        .collect()
    }

    /// What has changed since the plan was made; it is asked directly before the run. Anything is a reason
    /// to evaluate again. A destination that has the build under a tag already has not changed: an
    /// interrupted run went that far.
    pub fn changed(&self, path_hash: &str, now: &BTreeMap<Place, Evidence<RepositoryNow>>) -> Vec<Changed> {
        let mut changed = Vec::new();
        if self.path_hash != path_hash {
            changed.push(Changed::Path);
        }
        let nothing = RepositoryNow::default();
        let read = |place: &Place| match now.get(place) {
            Some(Evidence::Known(repository)) => Ok(repository),
            Some(Evidence::Missing) => Ok(&nothing),
            Some(Evidence::NotKnown(why)) => Err(Changed::NotKnown(place.clone(), why.clone())),
            None => Err(Changed::NotKnown(place.clone(), "Longshore did not look".to_owned())),
        };
        match read(&self.source.place) {
            Err(unread) => changed.push(unread),
            Ok(repository) if !repository.digests.contains(&self.digest) => {
                changed.push(Changed::SourceGone(self.source.place.clone()));
            }
            Ok(repository) => changed.extend(self.source.tag.iter().filter_map(|tag| {
                let now = repository.tags.get(tag).cloned();
                (now.as_ref() != Some(&self.digest)).then(|| Changed::SourceMoved { tag: tag.clone(), now })
            })),
        }
        for one in &self.destinations {
            let repository = match read(&one.place) {
                Err(unread) => {
                    changed.push(unread);
                    continue;
                }
                Ok(repository) => repository,
            };
            for (tag, change) in &one.tags {
                let now = repository.tags.get(tag);
                let before = match change {
                    TagChange::Create => None,
                    TagChange::AlreadyThere => Some(&self.digest),
                    TagChange::Move { from } | TagChange::Refused { from, .. } => Some(from),
                };
                if now != before && now != Some(&self.digest) {
                    changed.push(Changed::Destination {
                        place: one.place.clone(),
                        tag: tag.clone(),
                        now: now.cloned(),
                    });
                }
            }
        }
        changed
    }
}
