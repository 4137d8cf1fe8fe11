//! Runs a plan of removals.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Backoff, RegistryErrorKind, Sink, TagOrDigest, Tries, Untagged};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    EngineError, EngineErrorKind, Event, Failure, PrunePlan, Removal, Reporter, Silent,
    prune::prune_plan::digests,
};

const AT_ONCE: usize = 8;
/// How long a lookup of all tags of a repository counts before an image is deleted with its tags:
/// on registries that know only digests, each lookup takes a request for each tag.
const COUNTS_FOR: Duration = Duration::from_secs(5);

/// The context of a run of removals.
#[derive(Clone)]
pub struct PruneContext {
    /// The registry that the plan is for.
    pub sink: Arc<dyn Sink>,
    /// Receives the events.
    pub reporter: Arc<dyn Reporter>,
    /// Stops the run; tags that are not yet removed stay.
    pub cancel: CancellationToken,
    /// Tries and waits for one removal.
    pub backoff: Backoff,
}

impl PruneContext {
    /// Without a reporter and without a stop.
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        Self {
            sink,
            reporter: Arc::new(Silent),
            cancel: CancellationToken::new(),
            backoff: Backoff::default(),
        }
    }
}

/// The result of a removal.
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
    /// The run was stopped before it.
    Cancelled,
}

/// One removal of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalOutcome {
    /// Which.
    pub removal: Removal,
    /// The result.
    pub end: RemovalEnd,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// The results of all removals, in the order of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneOutcome {
    /// One by one.
    pub removals: Vec<RemovalOutcome>,
}

impl PruneOutcome {
    /// How many ended this way.
    pub fn count(&self, end: RemovalEnd) -> usize {
        self.removals.iter().filter(|outcome| outcome.end == end).count()
    }
}

/// Removes the tags of a plan, each only while it points at the planned digest. Removals that fail
/// do not stop the others.
///
/// # Errors
/// When the plan is for another registry or above its cap; then nothing is removed.
pub async fn run_prune(plan: PrunePlan, context: PruneContext) -> Result<PruneOutcome, EngineError> {
    if plan.destination != context.sink.name() {
        let given = context.sink.name().to_owned();
        return Err(EngineError::here(EngineErrorKind::OtherRegistry { planned: plan.destination, given }));
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

/// Where the tags of a repository pointed at a certain time.
#[derive(Clone)]
struct Names {
    seen: Instant,
    tags: Arc<HashMap<Tag, Digest>>,
}

impl Pruning<'_> {
    async fn run(&self, removals: Vec<(usize, Removal)>) -> Vec<Ended> {
        let tasks: Vec<_> = removals
            .into_iter()
            .map(|(index, removal)| async move {
                let result = self.unless_cancelled(self.delete_tag(&removal)).await;
                (index, removal, result)
            })
            .collect();
        let mut ended = Vec::with_capacity(tasks.len());
        let mut results = futures::stream::iter(tasks).buffer_unordered(AT_ONCE);
        let mut by_digest: BTreeMap<Digest, Vec<(usize, Removal)>> = BTreeMap::new();
        while let Some((index, removal, result)) = results.next().await {
            match result {
                None => {}
                Some(Err(error))
                    if removal.unneeded
                        && matches!(error.refusal(), Some(RegistryErrorKind::Unsupported { .. })) =>
                {
                    by_digest.entry(removal.digest.clone()).or_default().push((index, removal));
                }
                Some(end) => {
                    self.report(&removal, &end);
                    ended.push((index, end));
                }
            }
        }
        drop(results);
        ended.extend(self.by_digest(by_digest).await);
        ended
    }

    /// For registries that know only digests: an image is deleted with all its tags if all of them
    /// are to be removed.
    async fn by_digest(&self, images: BTreeMap<Digest, Vec<(usize, Removal)>>) -> Vec<Ended> {
        let (mut ended, known) = (Vec::new(), Mutex::new(None));
        for (digest, removals) in images {
            let Some(result) = self.unless_cancelled(self.delete_image(&digest, &removals, &known)).await
            else {
                return ended;
            };
            for (index, removal) in removals {
                let end = match &result {
                    Ok((names, deleted)) => Ok(match names.get(&removal.tag) {
                        Some(there) if *there != digest => RemovalEnd::Moved,
                        Some(_) if *deleted => RemovalEnd::Removed,
                        _ => RemovalEnd::Gone,
                    }),
                    Err(error) => Err(error.clone()),
                };
                self.report(&removal, &end);
                ended.push((index, end));
            }
        }
        ended
    }

    /// Deletes a tag while it points at the planned digest. Each attempt first looks it up: after a
    /// request without a response another image may have it.
    async fn delete_tag(&self, removal: &Removal) -> Result<RemovalEnd, EngineError> {
        let (sink, tries) = (self.context.sink.as_ref(), Tries::new(self.context.backoff));
        loop {
            let attempt = sink.delete_tag(self.repository, &removal.tag, &removal.digest);
            let error = match tries.within(attempt).await {
                Ok(Untagged::Removed) => return Ok(RemovalEnd::Removed),
                Ok(Untagged::Gone) => return Ok(RemovalEnd::Gone),
                Ok(Untagged::Moved) => return Ok(RemovalEnd::Moved),
                Err(error) => error,
            };
            let Some(wait) = tries.after(&error) else { return Err(EngineError::destination(error)) };
            tokio::time::sleep(wait).await;
        }
    }

    /// Deletes an image with all its tags while these are exactly the ones to remove. Returns where
    /// the tags pointed right before, and whether something was deleted.
    async fn delete_image(
        &self,
        digest: &Digest,
        removals: &[(usize, Removal)],
        known: &Mutex<Option<Names>>,
    ) -> Result<(Arc<HashMap<Tag, Digest>>, bool), EngineError> {
        let (sink, tries) = (self.context.sink.as_ref(), Tries::new(self.context.backoff));
        let reference = TagOrDigest::Digest(digest.clone());
        loop {
            // Sends many requests; each of them is retried on its own.
            let names = self.names(known).await?;
            match tags_of(digest, &names, removals) {
                Tags::None => return Ok((names, false)),
                Tags::Stays(tag) => {
                    return Err(EngineError::destination(
                        RegistryErrorKind::Unsupported {
                            message: format!("it removes images only with all their tags, and `{tag}` stays"),
                        }
                        .at(sink.name().to_owned()),
                    ));
                }
                Tags::AllGo => {}
            }
            let error = match tries.within(sink.delete(self.repository, &reference)).await {
                Ok(deleted) => return Ok((names, deleted)),
                Err(error) => error,
            };
            *known.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let Some(wait) = tries.after(&error) else { return Err(EngineError::destination(error)) };
            tokio::time::sleep(wait).await;
        }
    }

    /// Where the tags of the repository point, from a lookup that still counts.
    async fn names(&self, known: &Mutex<Option<Names>>) -> Result<Arc<HashMap<Tag, Digest>>, EngineError> {
        let before = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(names) = before.filter(|names| names.seen.elapsed() < COUNTS_FOR) {
            return Ok(names.tags);
        }
        let (sink, seen) = (self.context.sink.as_ref(), Instant::now());
        let listed = sink.list(self.repository).await.map_err(EngineError::destination)?;
        let tags = Arc::new(digests(sink, self.repository, &listed).await?);
        let names = Names { seen, tags: tags.clone() };
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(names);
        Ok(tags)
    }

    fn report(&self, removal: &Removal, end: &Result<RemovalEnd, EngineError>) {
        let (repository, tag) = (removal.repository.clone(), removal.tag.clone());
        match end {
            Ok(RemovalEnd::Removed) => self.context.reporter.report(Event::Removed { repository, tag }),
            Ok(_) => {}
            Err(error) => {
                let failure = error.failure();
                self.context.reporter.report(Event::NotRemoved { repository, tag, failure });
            }
        }
    }

    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => None,
            done = work => Some(done),
        }
    }
}

/// The tags that an image has.
enum Tags {
    None,
    AllGo,
    /// This one is not to be removed.
    Stays(Tag),
}

fn tags_of(digest: &Digest, names: &HashMap<Tag, Digest>, removals: &[(usize, Removal)]) -> Tags {
    let mut tags = names.iter().filter(|(_, at)| *at == digest).map(|(tag, _)| tag).peekable();
    if tags.peek().is_none() {
        return Tags::None;
    }
    let stays = tags.find(|tag| removals.iter().all(|(_, removal)| removal.tag != **tag));
    stays.map_or(Tags::AllGo, |tag| Tags::Stays(tag.clone()))
}
