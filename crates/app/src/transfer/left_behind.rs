//! Signatures, SBOMs and attestations that a copy without referrers leaves at the source.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt};
use longshore_engine::CopyPlan;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Descriptor, Error, Source, TagOrDigest};
use tokio::task::JoinHandle;

/// The number of images for which a registry is asked. For more, the answer would cost more than it
/// is worth.
const MOST_ASKED: usize = 16;
/// Concurrent requests.
const AT_ONCE: usize = 4;
/// How long the end of a copy waits for the answers.
const PATIENCE: Duration = Duration::from_secs(1);
/// The tag suffixes of the artifacts that cosign stores beside an image, under tags made of its
/// digest.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];

/// How many referrers stay behind, once that is known.
#[derive(Debug, Clone, Default)]
pub struct LeftBehind(Arc<OnceLock<usize>>);

impl LeftBehind {
    /// The number; `None` while it is unknown.
    pub fn get(&self) -> Option<usize> {
        self.0.get().copied()
    }

    /// Nothing stays behind: referrers are copied.
    pub(super) fn none() -> Self {
        Self(Arc::new(OnceLock::from(0)))
    }

    /// Starts to ask the source, unless that would take too many requests.
    pub(super) fn ask(&self, source: &Arc<dyn Source>, plan: &CopyPlan, is_local: bool) -> Option<Asking> {
        let images = copied(plan);
        if images.is_empty() || (images.len() > MOST_ASKED && !is_local) {
            return None;
        }
        let (source, left) = (source.clone(), self.clone());
        Some(Asking(tokio::spawn(async move {
            match count(source.as_ref(), images).await {
                Ok(count) => drop(left.0.set(count)),
                Err(error) => tracing::debug!(%error, "referrers that stay behind are unknown"),
            }
        })))
    }
}

/// Requests in progress. They end with this value.
pub(super) struct Asking(JoinHandle<()>);

impl Asking {
    /// Waits for the answers for a short time.
    pub(super) async fn end(mut self) {
        if tokio::time::timeout(PATIENCE, &mut self.0).await.is_err() {
            tracing::debug!("the source has not reported which referrers stay behind");
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The images that are copied. If an index of referrers is copied under its tag, the referrers of
/// its image are at the destination.
fn copied(plan: &CopyPlan) -> BTreeSet<(RepositoryName, Digest)> {
    let tags: BTreeSet<(&RepositoryName, &Tag)> = plan
        .images
        .iter()
        .filter_map(|image| match &image.reference {
            TagOrDigest::Tag(tag) => Some((&image.repository, tag)),
            TagOrDigest::Digest(_) => None,
        })
        .collect();
    plan.images
        .iter()
        .filter(|image| image.action.is_work())
        .filter_map(|image| Some((image.repository.clone(), image.digest.clone()?)))
        .filter(|(repository, digest)| {
            about(digest).parse().map_or(true, |tag: Tag| !tags.contains(&(repository, &tag)))
        })
        .collect()
}

async fn count(source: &dyn Source, images: BTreeSet<(RepositoryName, Digest)>) -> Result<usize, Error> {
    let asked = images.iter().map(|(repository, digest)| referrers(source, repository, digest));
    let asked: Vec<_> = asked.collect();
    futures::stream::iter(asked)
        .buffer_unordered(AT_ONCE)
        .try_fold(0, |sum, found| async move { Ok(sum + found.len()) })
        .await
}

/// The referrers of an image: those that the registry lists, and those that cosign stores under
/// tags.
pub(super) async fn referrers(
    source: &dyn Source,
    repository: &RepositoryName,
    digest: &Digest,
) -> Result<Vec<(Option<Tag>, Descriptor)>, Error> {
    let prefix = about(digest);
    let tags = COSIGN.iter().filter_map(|kind| format!("{prefix}.{kind}").parse().ok());
    let tags: Vec<TagOrDigest> = tags.map(TagOrDigest::Tag).collect();
    let (listed, tagged) =
        futures::try_join!(source.referrers(repository, digest), source.resolve_many(repository, &tags))?;
    let mut all: Vec<_> = listed.into_iter().map(|descriptor| (None, descriptor)).collect();
    let mut tagged: Vec<_> = tagged
        .into_iter()
        .filter_map(|(reference, descriptor)| match reference {
            TagOrDigest::Tag(tag) => Some((Some(tag), descriptor)),
            TagOrDigest::Digest(_) => None,
        })
        .collect();
    tagged.sort_by(|(one, _), (other, _)| one.cmp(other));
    all.extend(tagged);
    Ok(all)
}

fn about(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().as_str(), digest.hex())
}
