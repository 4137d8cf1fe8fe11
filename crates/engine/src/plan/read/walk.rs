//! Walks from an image's own manifest down to everything that it names.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Descriptor, Manifest, ManifestView, Platform, Source, media_types};

use crate::{EngineError, EngineErrorKind, PlannedManifest, plan::read::intern::Interner};

/// Manifests of one image that are read concurrently.
const AT_ONCE: usize = 16;
/// No image in use is deeper than an index of indexes of images.
pub(crate) const MOST_DEPTH: usize = 4;
const MOST_MANIFESTS: usize = 2_000;
/// Manifests kept from planning for the run, in bytes.
const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// All manifests and blobs of an image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closure {
    /// Children first.
    pub(crate) manifests: Vec<PlannedManifest>,
    /// Each digest once.
    pub(crate) blobs: Vec<Named>,
}

/// A blob that a manifest names.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) descriptor: Arc<Descriptor>,
    /// It stays where the manifest says.
    pub(crate) foreign: bool,
}

impl Closure {
    /// Adds another closure's blobs, each digest once.
    pub(crate) fn join(&mut self, blobs: Vec<Named>) {
        let mut known: HashSet<Digest> =
            self.blobs.iter().map(|blob| blob.descriptor.digest.clone()).collect();
        self.blobs.extend(blobs.into_iter().filter(|blob| known.insert(blob.descriptor.digest.clone())));
    }
}

/// Reads manifests of one registry, each once, and remembers them as far as memory allows.
pub(crate) struct Walker<'a> {
    pub(crate) source: &'a Arc<dyn Source>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: HashMap<Digest, Manifest>,
    bytes: usize,
    /// Manifests that a task is reading; others wait for them.
    reading: HashMap<Digest, Arc<tokio::sync::Mutex<()>>>,
    interner: Interner,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(source: &'a Arc<dyn Source>) -> Self {
        Self { source, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The manifests that were read and kept.
    pub(crate) fn into_kept(self) -> HashMap<Digest, Manifest> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).kept
    }

    /// Keeps a manifest that was read by tag.
    pub(crate) fn keep(&self, manifest: &Manifest) {
        let state = &mut *self.state();
        if state.bytes + manifest.bytes.len() > MOST_KEPT_BYTES || state.kept.contains_key(&manifest.digest) {
            return;
        }
        state.bytes += manifest.bytes.len();
        // A slice of a network buffer would keep the whole buffer.
        let kept = Manifest {
            media_type: manifest.media_type.clone(),
            bytes: Bytes::copy_from_slice(&manifest.bytes),
            digest: state.interner.digest(&manifest.digest),
        };
        state.kept.insert(kept.digest.clone(), kept);
    }

    /// A manifest by digest, from memory or from the source.
    pub(crate) async fn read(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, EngineError> {
        let turn = {
            let state = &mut *self.state();
            if let Some(manifest) = state.kept.get(digest) {
                return Ok(manifest.clone());
            }
            state.reading.entry(digest.clone()).or_default().clone()
        };
        let _turn = turn.lock().await;
        if let Some(manifest) = self.state().kept.get(digest) {
            return Ok(manifest.clone());
        }
        let read = self.source.manifest(repository, digest).await.map_err(EngineError::source);
        if let Ok(manifest) = &read {
            self.keep(manifest);
        }
        self.state().reading.remove(digest);
        read
    }

    /// Walks from an image's own manifest down to everything that it names.
    pub(crate) async fn close_over(
        &self,
        repository: &RepositoryName,
        root: &Manifest,
    ) -> Result<Closure, EngineError> {
        let complex = |problem: &str| {
            EngineError::source(EngineErrorKind::TooComplex {
                digest: root.digest.clone(),
                problem: problem.to_owned(),
            })
        };
        let mut levels: Vec<Vec<PlannedManifest>> = Vec::new();
        let mut blobs = Blobs::default();
        let mut seen = HashSet::from([root.digest.clone()]);
        let mut level: Vec<(Manifest, Option<Platform>)> = vec![(root.clone(), None)];
        loop {
            let mut next: Vec<(Digest, Option<Platform>)> = Vec::new();
            let mut planned = Vec::with_capacity(level.len());
            for (manifest, platform) in level.drain(..) {
                let view = view_of(&manifest)?;
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
                let mut entry = PlannedManifest {
                    descriptor: manifest.descriptor(),
                    platform,
                    blobs: own.iter().map(|blob| blob.digest.clone()).collect(),
                    children,
                };
                let interner = &mut self.state().interner;
                interner.manifest(&mut entry);
                blobs.add(interner, &own, false);
                blobs.add(interner, &view.foreign, true);
                planned.push(entry);
            }
            levels.push(planned);
            if next.is_empty() {
                break;
            }
            if levels.len() >= MOST_DEPTH {
                return Err(complex("has indexes inside indexes inside indexes"));
            }
            if seen.len() > MOST_MANIFESTS {
                return Err(complex("names too many manifests"));
            }
            let reads: Vec<_> = next
                .into_iter()
                .map(|(digest, platform)| async move {
                    Ok::<_, EngineError>((self.read(repository, &digest).await?, platform))
                })
                .collect();
            level = futures::stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        }
        let mut blobs = blobs.list;
        blobs.shrink_to_fit();
        Ok(Closure { manifests: levels.into_iter().rev().flatten().collect(), blobs })
    }
}

/// The content of a manifest; the error names the manifest.
pub(crate) fn view_of(manifest: &Manifest) -> Result<ManifestView, EngineError> {
    ManifestView::parse(&manifest.media_type, &manifest.bytes).map_err(|error| {
        EngineError::source(EngineErrorKind::Manifest { digest: manifest.digest.clone(), error })
    })
}

/// Blobs in the order in which they were found, each digest once.
#[derive(Default)]
struct Blobs {
    list: Vec<Named>,
    places: HashMap<Digest, usize>,
}

impl Blobs {
    fn add(&mut self, interner: &mut Interner, descriptors: &[Descriptor], foreign: bool) {
        for descriptor in descriptors {
            let descriptor = interner.descriptor(descriptor);
            if let Some(known) = self.places.get(&descriptor.digest).and_then(|at| self.list.get_mut(*at)) {
                // The same bytes are an ordinary layer of another manifest, so they are needed.
                if known.foreign && !foreign {
                    *known = Named { descriptor, foreign };
                }
                continue;
            }
            self.places.insert(descriptor.digest.clone(), self.list.len());
            self.list.push(Named { descriptor, foreign });
        }
    }
}
