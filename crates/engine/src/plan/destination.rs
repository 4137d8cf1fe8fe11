//! The destination's content under the tags of a plan.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, RepositoryState, Sink, TagOrDigest};

use crate::{CopyItem, EngineError};

const AT_ONCE: usize = 16;
/// Up to this many tags are requested one by one, because a list could be very long.
const FEW: usize = 3;

/// The known facts about one destination repository before its images are looked at.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) state: RepositoryState,
    /// All its tags, with their digests where the list contains them; `None` when it was not
    /// listed.
    tags: Option<HashMap<Tag, Option<Digest>>>,
}

/// What is known of one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// The tag does not exist.
    Absent,
    /// It points at this digest.
    At(Digest),
    /// The registry has to be asked.
    Ask,
}

impl Standing {
    /// Nothing is known of it.
    fn to_be_asked() -> Self {
        Self { state: RepositoryState::Filled, tags: None }
    }

    pub(crate) fn of(&self, reference: &TagOrDigest) -> Known {
        if self.state != RepositoryState::Filled {
            return Known::Absent;
        }
        match (reference, &self.tags) {
            (TagOrDigest::Tag(tag), Some(tags)) => match tags.get(tag) {
                None => Known::Absent,
                Some(Some(digest)) => Known::At(digest.clone()),
                Some(None) => Known::Ask,
            },
            _ => Known::Ask,
        }
    }

    /// Returns where a tag points, asking the registry if that is not known.
    pub(crate) async fn digest_of(
        &self,
        sink: &dyn Sink,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<Option<Digest>, EngineError> {
        let reference = TagOrDigest::Tag(tag.clone());
        match self.of(&reference) {
            Known::Absent => Ok(None),
            Known::At(digest) => Ok(Some(digest)),
            Known::Ask => {
                let found = sink.resolve(repository, &reference).await.map_err(EngineError::destination)?;
                Ok(found.map(|found| found.digest))
            }
        }
    }
}

/// The facts about each repository, or the transient failure that prevented reading them.
pub(crate) type Standings = HashMap<RepositoryName, Result<Standing, EngineError>>;

/// Reads every repository that is written to, with one question each.
///
/// # Errors
/// When the registry refuses the credentials.
pub(crate) async fn read_standings(sink: &dyn Sink, items: &[CopyItem]) -> Result<Standings, EngineError> {
    let mut wanted: BTreeMap<&RepositoryName, usize> = BTreeMap::new();
    for item in items {
        *wanted.entry(&item.destination).or_default() += 1;
    }
    let asked: Vec<_> = wanted
        .into_iter()
        .map(|(repository, items)| async move {
            let standing =
                if items <= FEW { few(sink, repository).await } else { many(sink, repository).await };
            let standing = match standing {
                Err(error) if is_refused(&error) => Ok(Standing::to_be_asked()),
                standing => standing,
            };
            match standing {
                Err(error) if !error.is_retryable() => Err(EngineError::destination(error)),
                other => Ok((repository.clone(), other.map_err(EngineError::destination))),
            }
        })
        .collect();
    futures::stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
}

/// A refused list says nothing about the tags, which are then requested by name.
fn is_refused(error: &RegistryError) -> bool {
    matches!(
        error,
        RegistryError { kind: RegistryErrorKind::Denied { .. }, .. }
            | RegistryError { kind: RegistryErrorKind::Unsupported { .. }, .. }
            | RegistryError { kind: RegistryErrorKind::Refused { .. }, .. }
            | RegistryError { kind: RegistryErrorKind::Protocol { .. }, .. }
            | RegistryError { kind: RegistryErrorKind::TooLarge { .. }, .. }
    )
}

async fn few(sink: &dyn Sink, repository: &RepositoryName) -> Result<Standing, RegistryError> {
    Ok(Standing { state: sink.state(repository).await?, tags: None })
}

async fn many(sink: &dyn Sink, repository: &RepositoryName) -> Result<Standing, RegistryError> {
    let listed = match sink.list(repository).await {
        Ok(listed) => listed,
        Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
            return Ok(Standing { state: RepositoryState::Absent, tags: None });
        }
        // A refused list says nothing: each tag is requested.
        Err(error) if list_is_refused(&error) => return few(sink, repository).await,
        Err(error) => return Err(error),
    };
    let state = if listed.is_empty() { sink.state(repository).await? } else { RepositoryState::Filled };
    let tags = listed.into_iter().map(|listed| (listed.tag, listed.digest)).collect();
    Ok(Standing { state, tags: Some(tags) })
}

fn list_is_refused(error: &RegistryError) -> bool {
    matches!(
        error.cause(),
        RegistryErrorKind::Unauthorized { .. }
            | RegistryErrorKind::Denied { .. }
            | RegistryErrorKind::Unsupported { .. }
            | RegistryErrorKind::Refused { .. }
    )
}
