//! Reads what a plan is decided on: digests, manifests, and what the destination has.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Mutex,
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{
    Descriptor, Error as RegistryError, Manifest, ManifestView, Platform, Sink, Source, TagOrDigest,
    media_types,
};

use crate::{CopyItem, CopyRequest, EngineError, Failure, OnConflict, PlannedManifest};

const AT_ONCE: usize = 16;
/// An index of indexes of images is as deep as anything in use.
const MOST_DEPTH: usize = 4;
const MOST_MANIFESTS: usize = 2_000;
/// Manifests kept from planning for the run.
const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// What was found out.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) items: Vec<ItemFacts>,
    /// Blobs that repositories of the destination have, of those that were asked for.
    pub(crate) present: HashMap<RepositoryName, HashSet<Digest>>,
    /// Repositories that the destination does not have.
    pub(crate) absent: BTreeSet<RepositoryName>,
    pub(crate) manifests: HashMap<Digest, Manifest>,
}

/// What was found out about one item.
pub(crate) struct ItemFacts {
    /// What the reference is at the source, or why the image cannot be had.
    pub(crate) root: Result<Descriptor, Failure>,
    /// What is at the destination under the tag or digest.
    pub(crate) existing: Option<Digest>,
    /// Everything the image is made of, if that matters.
    pub(crate) closure: Option<Closure>,
}

/// All manifests and blobs of an image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closure {
    /// Children first.
    pub(crate) manifests: Vec<PlannedManifest>,
    /// Each digest once.
    pub(crate) blobs: Vec<Descriptor>,
}

pub(crate) async fn gather(
    source: &dyn Source,
    sink: &dyn Sink,
    request: &CopyRequest,
) -> Result<Facts, EngineError> {
    let same_registry = source.name() == sink.name();
    let kept = Kept::default();
    let one = |item: &CopyItem| {
        let (item, kept, conflict) = (item.clone(), &kept, request.on_conflict);
        async move { look_at(source, sink, item, conflict, same_registry, kept).await }
    };
    let futures: Vec<_> = request.items.iter().map(one).collect();
    let items: Vec<ItemFacts> = futures::stream::iter(futures).buffered(AT_ONCE).try_collect().await?;

    let mut wanted: HashMap<RepositoryName, BTreeSet<Digest>> = HashMap::new();
    for (item, facts) in request.items.iter().zip(&items) {
        if let Some(closure) = &facts.closure {
            let blobs = closure.blobs.iter().map(|blob| blob.digest.clone());
            wanted.entry(item.destination.clone()).or_default().extend(blobs);
        }
    }
    let asked: Vec<_> = wanted
        .into_iter()
        .map(|(repository, digests)| async move {
            let digests: Vec<Digest> = digests.into_iter().collect();
            match sink.exists_many(&repository, &digests).await {
                Ok(found) => Ok((repository, Some(found))),
                Err(RegistryError::RepositoryNotFound { .. }) => Ok((repository, None)),
                Err(error) => Err(EngineError::destination(error)),
            }
        })
        .collect();
    let answers: Vec<_> = futures::stream::iter(asked).buffer_unordered(4).try_collect().await?;
    let mut facts = Facts { items, manifests: kept.take(), ..Facts::default() };
    for (repository, found) in answers {
        match found {
            Some(found) => drop(facts.present.insert(repository, found)),
            None => drop(facts.absent.insert(repository)),
        }
    }
    Ok(facts)
}

async fn look_at(
    source: &dyn Source,
    sink: &dyn Sink,
    item: CopyItem,
    conflict: OnConflict,
    same_registry: bool,
    kept: &Kept,
) -> Result<ItemFacts, EngineError> {
    let unavailable =
        |error: &EngineError| ItemFacts { root: Err(error.failure()), existing: None, closure: None };
    let root = match source.resolve(&item.repository, &item.reference).await {
        Ok(Some(root)) => root,
        Ok(None) => {
            return Ok(unavailable(&EngineError::SourceMissing {
                registry: source.name().to_owned(),
                repository: item.repository.to_string(),
                reference: item.reference.to_string(),
            }));
        }
        Err(error) => return tolerable(error).map(|error| unavailable(&error)),
    };
    let there = match &item.tag {
        Some(tag) => TagOrDigest::Tag(tag.clone()),
        None => TagOrDigest::Digest(root.digest.clone()),
    };
    let existing = sink.resolve(&item.destination, &there).await.map_err(EngineError::destination)?;
    let existing = existing.map(|descriptor| descriptor.digest);
    let settled = match &existing {
        Some(digest) if *digest == root.digest => true,
        Some(_) => conflict == OnConflict::Fail,
        None => false,
    };
    let retag = same_registry && item.repository == item.destination;
    if settled || retag {
        return Ok(ItemFacts { root: Ok(root), existing, closure: None });
    }
    match close_over(source, &item.repository, &root, kept).await {
        Ok(closure) => Ok(ItemFacts { root: Ok(root), existing, closure: Some(closure) }),
        Err(EngineError::Registry { error, .. }) => tolerable(error).map(|error| unavailable(&error)),
        Err(error) => Ok(unavailable(&error)),
    }
}

/// A failure of one image leaves the others; a failure of the registry ends the plan.
fn tolerable(error: RegistryError) -> Result<EngineError, EngineError> {
    let of_the_registry = error.is_retryable() || matches!(error, RegistryError::Unauthorized { .. });
    let error = EngineError::source(error);
    if of_the_registry { Err(error) } else { Ok(error) }
}

/// Walks from an image's own manifest down to all that it names.
async fn close_over(
    source: &dyn Source,
    repository: &RepositoryName,
    root: &Descriptor,
    kept: &Kept,
) -> Result<Closure, EngineError> {
    let complex =
        |problem: &str| EngineError::TooComplex { digest: root.digest.clone(), problem: problem.to_owned() };
    let mut levels: Vec<Vec<PlannedManifest>> = Vec::new();
    let mut blobs = Vec::new();
    let (mut seen, mut seen_blobs) = (HashSet::from([root.digest.clone()]), HashSet::new());
    let mut next: Vec<(Digest, Option<Platform>)> = vec![(root.digest.clone(), None)];
    while !next.is_empty() {
        if levels.len() >= MOST_DEPTH {
            return Err(complex("has indexes inside indexes inside indexes"));
        }
        if seen.len() > MOST_MANIFESTS {
            return Err(complex("names too many manifests"));
        }
        let reads: Vec<_> = next
            .drain(..)
            .map(|(digest, platform)| async move {
                Ok::<_, EngineError>((read(source, repository, &digest, kept).await?, platform))
            })
            .collect();
        let read: Vec<_> = futures::stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        let mut level = Vec::new();
        for (manifest, platform) in read {
            let view = ManifestView::parse(&manifest.media_type, &manifest.bytes)
                .map_err(|error| EngineError::Manifest { digest: manifest.digest.clone(), error })?;
            let mut own = view.blobs();
            let mut children = Vec::new();
            for child in view.children() {
                // Build caches list layers where an index has manifests.
                if !media_types::is_manifest(&child.descriptor.media_type) {
                    own.push(child.descriptor.clone());
                    continue;
                }
                children.push(child.descriptor.digest.clone());
                if seen.insert(child.descriptor.digest.clone()) {
                    next.push((child.descriptor.digest.clone(), child.platform.clone()));
                }
            }
            level.push(PlannedManifest {
                descriptor: manifest.descriptor(),
                platform,
                blobs: own.iter().map(|blob| blob.digest.clone()).collect(),
                children,
            });
            blobs.extend(own.into_iter().filter(|blob| seen_blobs.insert(blob.digest.clone())));
        }
        levels.push(level);
    }
    Ok(Closure { manifests: levels.into_iter().rev().flatten().collect(), blobs })
}

async fn read(
    source: &dyn Source,
    repository: &RepositoryName,
    digest: &Digest,
    kept: &Kept,
) -> Result<Manifest, EngineError> {
    if let Some(manifest) = kept.get(digest) {
        return Ok(manifest);
    }
    let manifest = source.manifest(repository, digest).await.map_err(EngineError::source)?;
    kept.put(&manifest);
    Ok(manifest)
}

/// Manifests read so far, as far as memory allows.
#[derive(Default)]
struct Kept(Mutex<(HashMap<Digest, Manifest>, usize)>);

impl Kept {
    fn lock(&self) -> std::sync::MutexGuard<'_, (HashMap<Digest, Manifest>, usize)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn get(&self, digest: &Digest) -> Option<Manifest> {
        self.lock().0.get(digest).cloned()
    }

    fn put(&self, manifest: &Manifest) {
        let (kept, bytes) = &mut *self.lock();
        if *bytes + manifest.bytes.len() <= MOST_KEPT_BYTES
            && kept.insert(manifest.digest.clone(), manifest.clone()).is_none()
        {
            *bytes += manifest.bytes.len();
        }
    }

    fn take(self) -> HashMap<Digest, Manifest> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).0
    }
}
