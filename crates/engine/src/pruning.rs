//! Runs a plan of removals.

use std::{collections::BTreeMap, sync::Arc};

use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Backoff, Error as RegistryError, Listed, Sink, TagOrDigest};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{EngineError, Event, Failure, PrunePlan, Removal, Reporter, Silent, prune::digests};

const AT_ONCE: usize = 8;

/// With what removals are run.
#[derive(Clone)]
pub struct PruneContext {
    /// The registry that the plan is for.
    pub sink: Arc<dyn Sink>,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
    /// Stops the run: what is not removed then stays.
    pub cancel: CancellationToken,
    /// Tries and waits for one removal.
    pub backoff: Backoff,
}

impl PruneContext {
    /// Tells nobody and is not stopped.
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        Self {
            sink,
            reporter: Arc::new(Silent),
            cancel: CancellationToken::new(),
            backoff: Backoff::default(),
        }
    }
}

/// What came of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalEnd {
    /// The tag is gone.
    Removed,
    /// It was gone already.
    Gone,
    /// It points elsewhere since the plan, and stays.
    Moved,
    /// The registry did not remove it.
    Failed,
    /// The run was stopped before.
    Cancelled,
}

/// One removal of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalOutcome {
    /// Which.
    pub removal: Removal,
    /// What came of it.
    pub end: RemovalEnd,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// What came of all removals, in the order of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneOutcome {
    /// One by one.
    pub removals: Vec<RemovalOutcome>,
}

impl PruneOutcome {
    /// How many ended so.
    pub fn count(&self, end: RemovalEnd) -> usize {
        self.removals.iter().filter(|outcome| outcome.end == end).count()
    }
}

/// Removes what a plan says, each tag only while it points at what the plan saw. Removals that fail
/// do not stop the others.
///
/// # Errors
/// When the plan is for another registry or above its cap; then nothing is removed.
pub async fn run_prune(plan: PrunePlan, context: PruneContext) -> Result<PruneOutcome, EngineError> {
    if plan.destination != context.sink.name() {
        let given = context.sink.name().to_owned();
        return Err(EngineError::OtherRegistry { planned: plan.destination, given });
    }
    plan.within_cap()?;
    let mut outcomes: Vec<RemovalOutcome> = plan
        .removals
        .into_iter()
        .map(|removal| RemovalOutcome { removal, end: RemovalEnd::Cancelled, error: None })
        .collect();
    let mut repositories: BTreeMap<RepositoryName, Vec<usize>> = BTreeMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        repositories.entry(outcome.removal.repository.clone()).or_default().push(index);
    }
    for (repository, indexes) in repositories {
        let removals: Vec<(usize, Removal)> = indexes
            .into_iter()
            .filter_map(|index| Some((index, outcomes.get(index)?.removal.clone())))
            .collect();
        let work = Pruning { context: &context, repository: &repository };
        let ends = work.run(removals).await;
        for (index, result) in ends {
            let Some(outcome) = outcomes.get_mut(index) else { continue };
            match result {
                Ok(end) => outcome.end = end,
                Err(error) => {
                    outcome.end = RemovalEnd::Failed;
                    outcome.error = Some(error.failure());
                }
            }
        }
    }
    Ok(PruneOutcome { removals: outcomes })
}

struct Pruning<'a> {
    context: &'a PruneContext,
    repository: &'a RepositoryName,
}

type Ended = (usize, Result<RemovalEnd, EngineError>);

impl Pruning<'_> {
    async fn run(&self, removals: Vec<(usize, Removal)>) -> Vec<Ended> {
        let ask: Vec<Listed> = removals.iter().map(|(_, removal)| Listed::new(removal.tag.clone())).collect();
        let sink = self.context.sink.as_ref();
        let now = match self.unless_cancelled(digests(sink, self.repository, &ask)).await {
            None => return Vec::new(),
            Some(Ok(now)) => now,
            Some(Err(error)) => {
                return removals.into_iter().map(|(index, _)| (index, Err(error.clone()))).collect();
            }
        };
        let mut ended = Vec::with_capacity(removals.len());
        let mut by_tag = Vec::new();
        for (index, removal) in removals {
            match now.get(&removal.tag) {
                None => ended.push((index, Ok(RemovalEnd::Gone))),
                Some(digest) if *digest != removal.digest => ended.push((index, Ok(RemovalEnd::Moved))),
                Some(_) => by_tag.push((index, removal)),
            }
        }
        let tasks: Vec<_> = by_tag
            .into_iter()
            .map(|(index, removal)| async move {
                let result = self.unless_cancelled(self.delete(&TagOrDigest::Tag(removal.tag.clone()))).await;
                (index, removal, result)
            })
            .collect();
        let mut results = futures::stream::iter(tasks).buffer_unordered(AT_ONCE);
        let mut by_digest: BTreeMap<Digest, Vec<(usize, Removal)>> = BTreeMap::new();
        while let Some((index, removal, result)) = results.next().await {
            match result {
                None => {}
                Some(Err(RegistryError::Unsupported { .. })) if removal.unneeded => {
                    by_digest.entry(removal.digest.clone()).or_default().push((index, removal));
                }
                Some(result) => {
                    let end = result
                        .map(|gone| if gone { RemovalEnd::Removed } else { RemovalEnd::Gone })
                        .map_err(EngineError::destination);
                    self.tell(&removal, &end);
                    ended.push((index, end));
                }
            }
        }
        drop(results);
        if !by_digest.is_empty() {
            ended.extend(self.by_digest(by_digest).await);
        }
        ended
    }

    /// For registries that know only digests: an image goes with all its tags if all of them are
    /// to go. Tags that were put meanwhile are looked for first.
    async fn by_digest(&self, images: BTreeMap<Digest, Vec<(usize, Removal)>>) -> Vec<Ended> {
        let mut ended = Vec::new();
        let sink = self.context.sink.as_ref();
        let names = async {
            let listed = sink.list(self.repository).await.map_err(EngineError::destination)?;
            digests(sink, self.repository, &listed).await
        };
        let names = match self.unless_cancelled(names).await {
            None => return ended,
            Some(Ok(names)) => names,
            Some(Err(error)) => {
                let all = images.into_values().flatten();
                return all.map(|(index, _)| (index, Err(error.clone()))).collect();
            }
        };
        for (digest, removals) in images {
            let other: Option<&Tag> = names
                .iter()
                .filter(|(_, at)| **at == digest)
                .map(|(tag, _)| tag)
                .find(|tag| removals.iter().all(|(_, removal)| removal.tag != **tag));
            let result = match other {
                Some(tag) => Err(EngineError::destination(RegistryError::Unsupported {
                    registry: sink.name().to_owned(),
                    message: format!("it removes images with all their tags only, and `{tag}` stays"),
                })),
                None => match self.unless_cancelled(self.delete(&TagOrDigest::Digest(digest))).await {
                    None => continue,
                    Some(Ok(true)) => Ok(RemovalEnd::Removed),
                    Some(Ok(false)) => Ok(RemovalEnd::Gone),
                    Some(Err(error)) => Err(EngineError::destination(error)),
                },
            };
            for (index, removal) in removals {
                self.tell(&removal, &result);
                ended.push((index, result.clone()));
            }
        }
        ended
    }

    async fn delete(&self, reference: &TagOrDigest) -> Result<bool, RegistryError> {
        let mut failures = 0;
        loop {
            let error = match self.context.sink.delete(self.repository, reference).await {
                Ok(gone) => return Ok(gone),
                Err(error) => error,
            };
            failures += 1;
            let Some(wait) = self.context.backoff.after(failures, &error) else { return Err(error) };
            tokio::time::sleep(wait).await;
        }
    }

    fn tell(&self, removal: &Removal, end: &Result<RemovalEnd, EngineError>) {
        let (repository, tag) = (removal.repository.clone(), removal.tag.clone());
        self.context.reporter.tell(match end {
            Ok(_) => Event::Removed { repository, tag },
            Err(error) => Event::NotRemoved { repository, tag, failure: error.failure() },
        });
    }

    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => None,
            done = work => Some(done),
        }
    }
}
