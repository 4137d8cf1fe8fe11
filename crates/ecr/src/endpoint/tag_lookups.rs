//! Looks up tags right before they are put, with one request for many that wait for their turn.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Error, Sink};
use tokio::time::Instant;

use crate::{EcrEndpoint, EcrError, EcrErrorKind, ImageFailureCode, ImageId};

/// The most tags that one request names.
const BATCH: usize = 100;
/// How long a response counts: ECR accepts ten manifests a second, so about ten puts share one.
const COUNTS_FOR: Duration = Duration::from_secs(1);

/// Tags that are about to be put, and their latest lookups.
#[derive(Default)]
pub(crate) struct TagLooks {
    state: Mutex<State>,
    /// Held during a request, so that waiting tasks share its response.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<RepositoryName, BTreeSet<Tag>>,
    seen: HashMap<(RepositoryName, Tag), (Instant, Option<Digest>)>,
}

/// A tag that waits for its turn to be put. While this value lives, other lookups include the tag.
pub(crate) struct Waiting<'a> {
    looks: &'a TagLooks,
    repository: &'a RepositoryName,
    tag: &'a Tag,
}

impl TagLooks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn waiting<'a>(&'a self, repository: &'a RepositoryName, tag: &'a Tag) -> Waiting<'a> {
        let mut state = self.state();
        state.waiting.entry(repository.clone()).or_default().insert(tag.clone());
        // A lookup from before it waited is too old.
        state.seen.remove(&(repository.clone(), tag.clone()));
        Waiting { looks: self, repository, tag }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.looks.state();
        state.seen.remove(&(self.repository.clone(), self.tag.clone()));
        if let Some(tags) = state.waiting.get_mut(self.repository) {
            tags.remove(self.tag);
            if tags.is_empty() {
                state.waiting.remove(self.repository);
            }
        }
    }
}

impl Waiting<'_> {
    fn seen(&self) -> Option<Option<Digest>> {
        let state = self.looks.state();
        let (at, digest) = state.seen.get(&(self.repository.clone(), self.tag.clone()))?;
        (at.elapsed() < COUNTS_FOR).then(|| digest.clone())
    }

    /// Where the tag points now, from a lookup within the last second, or from a new one for it and
    /// the others that wait. The tag stops waiting before the next lookup can begin: looking up a
    /// tag that was put in the meantime would be a pull.
    pub(crate) async fn now(self, endpoint: &EcrEndpoint) -> Result<Option<Digest>, Error> {
        let looks = self.looks;
        let _asking = looks.asking.lock().await;
        // Dropped before the lock, because the last declared value is dropped first.
        let waiting = self;
        if let Some(seen) = waiting.seen() {
            return Ok(seen);
        }
        let mut tags = vec![waiting.tag.clone()];
        if let Some(others) = looks.state().waiting.get(waiting.repository) {
            tags.extend(others.iter().filter(|tag| *tag != waiting.tag).take(BATCH - 1).cloned());
        }
        let asked = Instant::now();
        let found = endpoint.tags_now(waiting.repository, &tags).await?;
        let mut state = looks.state();
        for tag in tags {
            let still = state.waiting.get(waiting.repository).is_some_and(|others| others.contains(&tag));
            if still && tag != *waiting.tag {
                let digest = found.get(&tag).cloned();
                state.seen.insert((waiting.repository.clone(), tag), (asked, digest));
            }
        }
        Ok(found.get(waiting.tag).cloned())
    }
}

impl EcrEndpoint {
    /// `BatchGetImage` by tag. It reports missing tags one by one, which `DescribeImages` does not
    /// do, and reading nothing is no pull. A tag that cannot be read, such as that of an archived
    /// image, is described.
    pub(crate) async fn ask_for_tags(
        &self,
        repository: &RepositoryName,
        tags: &[Tag],
    ) -> Result<HashMap<Tag, Digest>, EcrError> {
        let mut found = HashMap::new();
        for batch in tags.chunks(BATCH) {
            let (there, failures) = match self.client().where_tags_are(repository, batch).await {
                Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(HashMap::new()),
                // A principal that may not read may still be allowed to describe.
                Err(EcrError { kind: EcrErrorKind::AccessDenied { .. }, .. }) => (HashMap::new(), Vec::new()),
                answer => answer?,
            };
            let absent: BTreeSet<&Tag> = failures
                .iter()
                .filter(|failure| failure.code == ImageFailureCode::NotFound)
                .filter_map(|failure| failure.id.tag.as_ref())
                .collect();
            for tag in batch.iter().filter(|tag| !there.contains_key(*tag) && !absent.contains(tag)) {
                if let Some(digest) = self.described(repository, tag).await? {
                    found.insert(tag.clone(), digest);
                }
            }
            found.extend(there);
        }
        Ok(found)
    }

    /// `DescribeImages` for one tag, which is no pull; archived images too.
    pub(crate) async fn described(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<Option<Digest>, EcrError> {
        let id = ImageId { digest: None, tag: Some(tag.clone()) };
        match self.client().describe_images(repository, &[id]).await {
            Ok(details) => Ok(details.into_iter().next().map(|detail| detail.digest)),
            Err(
                EcrError { kind: EcrErrorKind::ImageNotFound, .. }
                | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
