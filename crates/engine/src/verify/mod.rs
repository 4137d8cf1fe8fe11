//! Walks images down to their last blob and proves that everything exists and is what it claims to
//! be.

mod model;
mod of_record;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Descriptor, Manifest, RegistryErrorKind, Source, open_verified};

use crate::{
    EngineError, EngineErrorKind,
    plan::planned::name,
    plan::read::walk::{MOST_DEPTH, Walker},
};

pub use model::{Problem, VerifyItem, VerifyOptions, VerifyOutcome};

const IMAGES_AT_ONCE: usize = 16;
const READ_AT_ONCE: usize = 8;
/// Problems that are listed; the rest are counted.
const LISTED: usize = 1_000;
/// Referrers of one image that are checked.
const MOST_REFERRERS: usize = 1_000;

/// Verifies images of a registry. Nothing is changed. Reading manifests counts as a pull on ECR.
pub async fn verify(source: Arc<dyn Source>, items: &[VerifyItem], options: VerifyOptions) -> VerifyOutcome {
    let verifying = Verifying {
        walker: Walker::new(&source),
        source: &source,
        options: &options,
        state: Mutex::default(),
    };
    let all = async {
        let verifying = &verifying;
        let one = |index: usize| async move {
            if let Some(item) = items.get(index) {
                verifying.image(index, item).await;
            }
        };
        futures::stream::iter(0..items.len()).for_each_concurrent(IMAGES_AT_ONCE, one).await;
    };
    let cancelled = tokio::select! {
        biased;
        () = options.cancel.cancelled() => true,
        () = all => false,
    };
    let outcome = std::mem::take(&mut verifying.state().outcome);
    VerifyOutcome { cancelled, ..outcome }
}

struct Verifying<'a> {
    walker: Walker<'a>,
    source: &'a Arc<dyn Source>,
    options: &'a VerifyOptions,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    outcome: VerifyOutcome,
    /// What is being checked or has been checked.
    seen: HashSet<(RepositoryName, Digest)>,
}

/// A problem with something that was checked.
enum Wrong {
    Missing(String),
    Mismatched(&'static str, String),
    Failed(EngineError),
}

impl From<EngineError> for Wrong {
    fn from(error: EngineError) -> Self {
        match &error.kind {
            EngineErrorKind::Registry(inner) => match inner.cause() {
                RegistryErrorKind::NotFound { .. } | RegistryErrorKind::RepositoryNotFound { .. } => {
                    Self::Missing(inner.to_string())
                }
                RegistryErrorKind::DigestMismatch { .. } => {
                    Self::Mismatched("digest-mismatch", inner.to_string())
                }
                RegistryErrorKind::SizeMismatch { .. } => {
                    Self::Mismatched("size-mismatch", inner.to_string())
                }
                _ => Self::Failed(error),
            },
            _ => Self::Failed(error),
        }
    }
}

impl Verifying<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `true` for the first caller that checks something.
    fn first(&self, repository: &RepositoryName, digest: &Digest) -> bool {
        let mut state = self.state();
        let first = state.seen.insert((repository.clone(), digest.clone()));
        state.outcome.checked += usize::from(first);
        first
    }

    fn wrong(&self, item: &VerifyItem, digest: Option<&Digest>, wrong: Wrong) {
        let outcome = &mut self.state().outcome;
        let (code, message) = match wrong {
            Wrong::Missing(message) => {
                outcome.missing += 1;
                ("missing", message)
            }
            Wrong::Mismatched(code, message) => {
                outcome.mismatched += 1;
                (code, message)
            }
            Wrong::Failed(error) => {
                outcome.failed += 1;
                (error.code(), error.to_string())
            }
        };
        if outcome.problems.len() < LISTED {
            let image = name(&item.repository, &item.reference);
            let problem = Problem { code: code.to_owned(), image, digest: digest.cloned(), message };
            outcome.problems.push(problem);
        }
    }

    async fn image(&self, index: usize, item: &VerifyItem) {
        if let Err(wrong) = self.root(item).await {
            self.wrong(item, item.expected.as_ref(), wrong);
        }
        self.state().outcome.images += 1;
        self.options.reporter.report(crate::Event::Checked { image: index });
    }

    async fn root(&self, item: &VerifyItem) -> Result<(), Wrong> {
        let fetched = self.source.fetch(&item.repository, &item.reference).await;
        let Some(root) = fetched.map_err(EngineError::source)? else {
            return Err(Wrong::Missing(format!(
                "{} has no {} in `{}`",
                self.source.name(),
                item.reference,
                item.repository
            )));
        };
        if let Some(expected) = item.expected.as_ref().filter(|expected| **expected != root.digest) {
            let message = format!("it points at {} and should point at {expected}", root.digest);
            self.wrong(item, Some(&root.digest), Wrong::Mismatched("differs", message));
        }
        if let Some(other) = &self.options.against {
            self.compare(item, &root, other.as_ref()).await?;
        }
        let mut level = self.tree(item, &root).await?;
        if !self.options.referrers {
            return Ok(());
        }
        let (mut seen, mut found): (HashSet<Digest>, usize) = (level.iter().cloned().collect(), 0);
        for _ in 0..MOST_DEPTH {
            let mut next = Vec::new();
            for subject in level {
                let referrers = self.source.referrers(&item.repository, &subject).await;
                for referrer in referrers.map_err(EngineError::source)? {
                    if found < MOST_REFERRERS && seen.insert(referrer.digest.clone()) {
                        found += 1;
                        next.extend(self.referrer(item, &referrer).await);
                    }
                }
            }
            level = next;
        }
        Ok(())
    }

    /// One that is wrong does not keep the others from being checked.
    async fn referrer(&self, item: &VerifyItem, referrer: &Descriptor) -> Vec<Digest> {
        let tree = async {
            let manifest = self.walker.read(&item.repository, &referrer.digest).await?;
            self.tree(item, &manifest).await
        };
        match tree.await {
            Ok(manifests) => manifests,
            Err(wrong) => {
                self.wrong(item, Some(&referrer.digest), wrong);
                Vec::new()
            }
        }
    }

    async fn compare(&self, item: &VerifyItem, root: &Manifest, other: &dyn Source) -> Result<(), Wrong> {
        let (repository, reference) = match &item.against {
            Some((repository, reference)) => (repository, reference),
            None => (&item.repository, &item.reference),
        };
        let there = other.resolve(repository, reference).await.map_err(EngineError::destination)?;
        match there {
            Some(there) if there.digest == root.digest => Ok(()),
            Some(there) => {
                let message =
                    format!("it points at {}, but at {} in {}", root.digest, there.digest, other.name());
                self.wrong(item, Some(&root.digest), Wrong::Mismatched("differs", message));
                Ok(())
            }
            None => Err(Wrong::Missing(format!("{} has no {}", other.name(), name(repository, reference)))),
        }
    }

    /// Verifies a manifest and all that it names; gives its manifests.
    async fn tree(&self, item: &VerifyItem, root: &Manifest) -> Result<Vec<Digest>, Wrong> {
        if self.first(&item.repository, &root.digest) {
            self.walker.keep(root);
        }
        let closure = self.walker.close_over(&item.repository, root).await?;
        let manifests: Vec<Digest> =
            closure.manifests.iter().map(|manifest| manifest.descriptor.digest.clone()).collect();
        for digest in &manifests {
            // They were read, and their digests computed.
            self.first(&item.repository, digest);
        }
        let blobs: Vec<Descriptor> = closure
            .blobs
            .iter()
            .filter(|blob| !blob.foreign && self.first(&item.repository, &blob.descriptor.digest))
            .map(|blob| blob.descriptor.as_ref().clone())
            .collect();
        self.blobs(item, &blobs).await?;
        Ok(manifests)
    }

    async fn blobs(&self, item: &VerifyItem, blobs: &[Descriptor]) -> Result<(), Wrong> {
        if blobs.is_empty() {
            return Ok(());
        }
        let sizes: HashMap<Digest, u64> =
            self.source.blob_sizes(&item.repository, blobs).await.map_err(EngineError::source)?;
        let mut there = Vec::new();
        for blob in blobs {
            match sizes.get(&blob.digest) {
                None => {
                    let message = format!("{} has no blob {}", self.source.name(), blob.digest);
                    self.wrong(item, Some(&blob.digest), Wrong::Missing(message));
                }
                Some(size) if *size != blob.size => {
                    let message = format!("it has {size} bytes and should have {}", blob.size);
                    self.wrong(item, Some(&blob.digest), Wrong::Mismatched("size-mismatch", message));
                }
                Some(_) => there.push(blob),
            }
        }
        if self.options.deep {
            let reads: Vec<_> = there.into_iter().map(|blob| self.read(item, blob)).collect();
            futures::stream::iter(reads).buffer_unordered(READ_AT_ONCE).collect::<()>().await;
        }
        Ok(())
    }

    async fn read(&self, item: &VerifyItem, blob: &Descriptor) {
        let bytes = open_verified(self.source.clone(), &item.repository, blob, self.options.backoff);
        let read = bytes.try_fold(0_u64, |sum, bytes| std::future::ready(Ok(sum + bytes.len() as u64))).await;
        match read {
            Ok(bytes) => self.state().outcome.bytes += bytes,
            Err(error) => self.wrong(item, Some(&blob.digest), EngineError::source(error).into()),
        }
    }
}
