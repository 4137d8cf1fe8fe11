//! Removes tags that a rule no longer selects from a destination: planned first, with a cap.
//!
//! Only tags are removed. Registries that remove an image with its last tag, or know only digests,
//! must not take away content that a remaining tag or index needs. That is checked when the plan is
//! made, and again just before anything is removed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Error as RegistryError, Listed, RegistryErrorKind, Sink, TagOrDigest, media_types};
use serde::{Deserialize, Serialize};

use crate::{EngineError, EngineErrorKind, plan::read::walk::view_of};

const REPOSITORIES_AT_ONCE: usize = 4;
const MANIFESTS_AT_ONCE: usize = 16;

/// The tags to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PruneRequest {
    /// The tags that stay, for each repository that is looked at. Other repositories are not
    /// touched.
    pub keep: BTreeMap<RepositoryName, BTreeSet<Tag>>,
    /// The most tags that may be removed; a plan with more cannot be run.
    pub cap: usize,
}

/// A tag that will be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Where.
    pub repository: RepositoryName,
    /// Which.
    pub tag: Tag,
    /// The digest that it points at; the tag is removed only while it does.
    pub digest: Digest,
    /// When that was pushed there, if the registry says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<DateTime<Utc>>,
    /// Whether nothing that stays needs the digest, so that it may be deleted with its last tag.
    pub unneeded: bool,
}

/// The tags to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrunePlan {
    /// Name of the registry.
    pub destination: String,
    /// The tags that will be removed.
    pub removals: Vec<Removal>,
    /// Tags that the request does not name and that stay all the same, with the reason.
    pub spared: Vec<Spared>,
    /// How many tags stay.
    pub kept: usize,
    /// The most tags that may be removed.
    pub cap: usize,
}

/// A tag that stays although the request does not name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spared {
    /// Where.
    pub repository: RepositoryName,
    /// Which.
    pub tag: Tag,
    /// Why, as a sentence.
    pub reason: String,
}

impl PrunePlan {
    /// Whether more tags would be removed than the cap allows.
    pub fn is_over_cap(&self) -> bool {
        self.removals.len() > self.cap
    }

    /// # Errors
    /// When it would remove more tags than the cap allows.
    pub(crate) fn within_cap(&self) -> Result<(), EngineError> {
        if self.is_over_cap() {
            return Err(EngineError::here(EngineErrorKind::PruneCap {
                count: self.removals.len(),
                cap: self.cap,
            }));
        }
        Ok(())
    }
}

/// Looks up the tags of a registry that are not to stay. Changes nothing. A repository that does
/// not exist has none.
///
/// # Errors
/// When the registry cannot be asked. Nothing is guessed: without an answer nothing is removed.
pub async fn plan_prune(sink: Arc<dyn Sink>, request: &PruneRequest) -> Result<PrunePlan, EngineError> {
    let reading: Vec<_> = request
        .keep
        .iter()
        .map(|(repository, keep)| one_repository(sink.as_ref(), repository, keep))
        .collect();
    let found: Vec<Found> =
        futures::stream::iter(reading).buffered(REPOSITORIES_AT_ONCE).try_collect().await?;
    let mut plan = PrunePlan {
        destination: sink.name().to_owned(),
        removals: Vec::new(),
        spared: Vec::new(),
        kept: 0,
        cap: request.cap,
    };
    for found in found {
        plan.removals.extend(found.removals);
        plan.spared.extend(found.spared);
        plan.kept += found.kept;
    }
    Ok(plan)
}

#[derive(Default)]
struct Found {
    removals: Vec<Removal>,
    spared: Vec<Spared>,
    kept: usize,
}

async fn one_repository(
    sink: &dyn Sink,
    repository: &RepositoryName,
    keep: &BTreeSet<Tag>,
) -> Result<Found, EngineError> {
    let listed = match sink.list(repository).await {
        Ok(listed) => listed,
        Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
            return Ok(Found::default());
        }
        Err(error) => return Err(EngineError::destination(error)),
    };
    let (stay, go): (Vec<Listed>, Vec<Listed>) =
        listed.into_iter().partition(|listed| keep.contains(&listed.tag));
    let mut found = Found { kept: stay.len(), ..Found::default() };
    if go.is_empty() {
        return Ok(found);
    }
    let needed = needed(sink, repository, &stay).await?;
    let digests = digests(sink, repository, &go).await?;
    for listed in go {
        // It was deleted in the meantime.
        let Some(digest) = digests.get(&listed.tag).cloned() else { continue };
        if let Some(subject) = listed.tag.subject().filter(|subject| needed.contains(subject)) {
            let reason = format!("it belongs to {}, which stays", subject.short());
            found.spared.push(Spared { repository: repository.clone(), tag: listed.tag, reason });
            continue;
        }
        let unneeded = !needed.contains(&digest);
        let (repository, tag, pushed) = (repository.clone(), listed.tag, listed.pushed);
        found.removals.push(Removal { repository, tag, digest, pushed, unneeded });
    }
    spare_last_names(&mut found, &needed, &stay_digests(&stay, &needed));
    found.removals.sort_by(|a, b| a.tag.cmp(&b.tag));
    Ok(found)
}

/// The digests of tags that stay, as far as the list contains them.
fn stay_digests(stay: &[Listed], needed: &Needed) -> HashSet<Digest> {
    let with_digest = stay.iter().filter_map(|listed| listed.digest.clone());
    with_digest.chain(needed.tagged.iter().cloned()).collect()
}

/// A digest that only an index needs keeps its tags: a registry that removes an image with its last
/// tag would be asked to take it from the index.
fn spare_last_names(found: &mut Found, needed: &Needed, tagged: &HashSet<Digest>) {
    let (spared, removals): (Vec<Removal>, Vec<Removal>) = std::mem::take(&mut found.removals)
        .into_iter()
        .partition(|removal| needed.contains(&removal.digest) && !tagged.contains(&removal.digest));
    found.removals = removals;
    found.spared.extend(spared.into_iter().map(|removal| Spared {
        repository: removal.repository,
        tag: removal.tag,
        reason: format!("{} is needed by an index that stays", removal.digest.short()),
    }));
}

/// Digests that the remaining content consists of.
#[derive(Default)]
struct Needed {
    tagged: HashSet<Digest>,
    children: HashSet<Digest>,
}

impl Needed {
    fn contains(&self, digest: &Digest) -> bool {
        self.tagged.contains(digest) || self.children.contains(digest)
    }
}

/// The digests of tags that stay, and the children of their indexes. Only the manifests of indexes
/// are read.
async fn needed(
    sink: &dyn Sink,
    repository: &RepositoryName,
    stay: &[Listed],
) -> Result<Needed, EngineError> {
    let references: Vec<TagOrDigest> =
        stay.iter().map(|listed| TagOrDigest::Tag(listed.tag.clone())).collect();
    let resolved = sink.resolve_many(repository, &references).await.map_err(EngineError::destination)?;
    let mut needed = Needed::default();
    let mut level: Vec<Digest> = Vec::new();
    for descriptor in resolved.into_values() {
        if needed.tagged.insert(descriptor.digest.clone()) && media_types::is_index(&descriptor.media_type) {
            level.push(descriptor.digest);
        }
    }
    while !level.is_empty() {
        let reads: Vec<_> = level
            .drain(..)
            .map(|digest| async move {
                let manifest = sink.manifest(repository, &digest).await.map_err(EngineError::destination)?;
                view_of(&manifest)
            })
            .collect();
        let mut views = futures::stream::iter(reads).buffer_unordered(MANIFESTS_AT_ONCE);
        while let Some(view) = views.try_next().await? {
            for child in view.children() {
                let digest = &child.descriptor.digest;
                if needed.children.insert(digest.clone())
                    && media_types::is_index(&child.descriptor.media_type)
                {
                    level.push(digest.clone());
                }
            }
        }
    }
    Ok(needed)
}

/// The digests of tags, from the list or by asking.
pub(crate) async fn digests(
    sink: &dyn Sink,
    repository: &RepositoryName,
    listed: &[Listed],
) -> Result<HashMap<Tag, Digest>, EngineError> {
    let (with_digest, without_digest): (Vec<&Listed>, Vec<&Listed>) =
        listed.iter().partition(|listed| listed.digest.is_some());
    let mut digests: HashMap<Tag, Digest> = with_digest
        .into_iter()
        .filter_map(|listed| Some((listed.tag.clone(), listed.digest.clone()?)))
        .collect();
    let references: Vec<TagOrDigest> =
        without_digest.iter().map(|listed| TagOrDigest::Tag(listed.tag.clone())).collect();
    if !references.is_empty() {
        let found = sink.resolve_many(repository, &references).await.map_err(EngineError::destination)?;
        digests.extend(found.into_iter().filter_map(|(reference, found)| match reference {
            TagOrDigest::Tag(tag) => Some((tag, found.digest)),
            TagOrDigest::Digest(_) => None,
        }));
    }
    Ok(digests)
}
