//! Replication backfill: copies the images that a registry already has to one destination of its
//! rules (User Guide, "replication-backfill").
//!
//! Every replication of it is one of native replication, in the queue of its repository: it is
//! evaluated, copied and recorded as if the image had just been pushed. A backfill finds its images
//! after one replication delay, and then copies [`WAVE`] at a time, each of them for one delay; AWS
//! specifies no times.

use std::{collections::BTreeSet, sync::Arc};

use futures::{StreamExt, stream};
use longshore_names::{Digest, RegistryId};
use uuid::Uuid;

use crate::{
    BackfillStatus, Change, ReplicationOutcome, StorageError,
    error::CommitError,
    replication::{self, failure},
    state::{
        Backfill, BackfillEvent, BackfillItem, BackfillState, Mutation, Registry, ReplicationJob, Repository,
        RepositoryState, State, World,
    },
};

/// How many replications run at once.
const WAVE: usize = 100;
/// How many have to end before their failures can end a backfill.
const JUDGED: usize = 100;
/// `failureCode` of a backfill in which at least half failed. AWS does not document its value.
const TOO_MANY: &str = "FAILURE_THRESHOLD_EXCEEDED";

/// Where a backfill runs.
struct Run {
    state: Arc<State>,
    world: Arc<World>,
    registry: Arc<Registry>,
    backfill: Arc<Backfill>,
    id: Uuid,
    destination: RegistryId,
}

/// What a backfill does next.
enum Next {
    /// These replications, by their number.
    Copy(Vec<(usize, BackfillItem)>),
    /// It ended.
    Nothing,
}

/// Runs a backfill in the background.
pub(crate) fn start(
    state: &Arc<State>,
    world: &Arc<World>,
    registry: &Arc<Registry>,
    backfill: &Arc<Backfill>,
) {
    let (id, destination) = backfill.read(|found| (found.start.id, found.start.destination.clone()));
    let run = Run {
        state: state.clone(),
        world: world.clone(),
        registry: registry.clone(),
        backfill: backfill.clone(),
        id,
        destination,
    };
    state.tasks.clone().spawn(async move {
        if let Err(error) = run.to_its_end().await {
            tracing::error!(%error, "a backfill was not recorded; it is resumed at the next start");
        }
    });
}

/// Resumes the backfills of a registry that were under way when the sandbox ended, and returns their
/// ids.
pub(crate) fn resume(state: &Arc<State>, world: &Arc<World>, registry: &Arc<Registry>) -> BTreeSet<Uuid> {
    let backfills = registry.backfills.all(state.clock.now());
    let under_way = backfills.iter().filter(|backfill| backfill.read(|found| !found.status.is_terminal()));
    under_way
        .map(|backfill| {
            start(state, world, registry, backfill);
            backfill.read(|found| found.start.id)
        })
        .collect()
}

impl Run {
    async fn to_its_end(&self) -> Result<(), StorageError> {
        if self.backfill.read(|found| found.items.is_none()) {
            let due = self.backfill.read(|found| found.start.due);
            tokio::select! {
                () = self.world.closed.cancelled() => return Ok(()),
                () = self.backfill.stopped.cancelled() => return Ok(()),
                () = self.state.clock.sleep_until(due) => {}
            }
            self.prepare().await?;
        }
        // What an earlier process began is finished first, even if the backfill was stopped.
        let begun = self.begun();
        if !begun.is_empty() && !self.copy(begun).await? {
            return Ok(());
        }
        while let Next::Copy(items) = self.next().await? {
            if !self.copy(items).await? {
                break;
            }
        }
        Ok(())
    }

    /// Finds the images of the repositories that a rule replicates to the destination.
    async fn prepare(&self) -> Result<(), StorageError> {
        let document = self.registry.document();
        let configuration = document.replication_at(self.state.clock.now());
        let referrers = self.state.switches().referrers_replicate;
        let mut items = Vec::new();
        for repository in self.registry.repositories() {
            if replication::destinations(configuration, &repository.name).contains(&self.destination) {
                repository.read(|content| items.extend(items_of(&repository, content, referrers)));
            }
        }
        self.backfill
            .commit(move |found| match found.status {
                BackfillStatus::Preparing => Ok((vec![BackfillEvent::Prepared { items }], ())),
                _ => Ok((Vec::new(), ())),
            })
            .await
    }

    /// The replications that are in the queues of their repositories.
    fn begun(&self) -> Vec<(usize, BackfillItem)> {
        self.backfill.read(|found| {
            let queued = |item: &BackfillItem| {
                let repository = self.registry.repository(&item.repository);
                repository.is_some_and(|r| r.read(|content| self.queued(content, item).is_some()))
            };
            found.unfinished().filter(|(_, item)| queued(item)).map(|(at, item)| (at, item.clone())).collect()
        })
    }

    fn queued(&self, content: &RepositoryState, item: &BackfillItem) -> Option<ReplicationJob> {
        let mut jobs = content.pending.values().filter(|job| job.backfill == Some(self.id));
        jobs.find(|job| job.digest == item.digest && job.tag == item.tag).cloned()
    }

    /// Decides what comes next, and ends the backfill if nothing does.
    async fn next(&self) -> Result<Next, StorageError> {
        let now = self.state.clock.now();
        let (next, ended) = self
            .backfill
            .commit(move |found| -> Result<_, StorageError> {
                if found.status.is_terminal() {
                    return Ok((Vec::new(), (Next::Nothing, false)));
                }
                let Some((status, failure)) = end(found) else {
                    let items = found.unfinished().take(WAVE).map(|(at, item)| (at, item.clone()));
                    return Ok((Vec::new(), (Next::Copy(items.collect()), false)));
                };
                let failure = failure.map(str::to_owned);
                Ok((vec![BackfillEvent::Ended { status, failure, at: now }], (Next::Nothing, true)))
            })
            .await?;
        if ended {
            self.announce();
        }
        Ok(next)
    }

    /// Copies these images at once, and notes how each of them ended. `false` if the sandbox ends
    /// first.
    async fn copy(&self, items: Vec<(usize, BackfillItem)>) -> Result<bool, StorageError> {
        let mut jobs = Vec::new();
        for group in items.chunk_by(|(_, one), (_, other)| one.repository == other.repository) {
            jobs.extend(self.queue(group).await?);
        }
        self.announce();
        let outcomes = jobs.into_iter().map(|(at, job)| async move {
            let outcome = match job {
                Some((repository, job)) => {
                    replication::perform(&self.state, &self.world, &repository, job).await
                }
                None => Some(ReplicationOutcome::Failed { code: failure::NO_IMAGE.to_owned() }),
            };
            (at, outcome)
        });
        let mut outcomes = stream::iter(outcomes).buffer_unordered(WAVE);
        while let Some((item, outcome)) = outcomes.next().await {
            let Some(outcome) = outcome else { return Ok(false) };
            self.backfill
                .commit(move |_| -> Result<_, StorageError> {
                    Ok((vec![BackfillEvent::Finished { item, outcome }], ()))
                })
                .await?;
        }
        Ok(true)
    }

    /// Puts images of one repository in its queue. An image that is not there any more under its tag
    /// has no replication.
    async fn queue(
        &self,
        items: &[(usize, BackfillItem)],
    ) -> Result<Vec<(usize, Option<(Arc<Repository>, ReplicationJob)>)>, StorageError> {
        let gone = || items.iter().map(|(at, _)| (*at, None)).collect();
        let Some(repository) = items.first().and_then(|(_, item)| self.registry.repository(&item.repository))
        else {
            return Ok(gone());
        };
        let planned: Vec<(usize, ReplicationJob)> = items
            .iter()
            .map(|(at, item)| {
                let queued = repository.read(|content| self.queued(content, item));
                (*at, queued.unwrap_or_else(|| self.job(item)))
            })
            .collect();
        let committed: Result<Vec<(usize, Option<ReplicationJob>)>, CommitError> = repository
            .commit(move |content| {
                let (mut group, mut jobs) = (Vec::new(), Vec::new());
                for (at, job) in planned {
                    let there = match &job.tag {
                        Some(tag) => content.tags.get(tag) == Some(&job.digest),
                        None => content.images.contains_key(&job.digest),
                    };
                    if there && !content.pending.contains_key(&job.id) {
                        group.push(Mutation::Queue { job: job.clone() });
                    }
                    jobs.push((at, there.then_some(job)));
                }
                Ok((group, jobs))
            })
            .await;
        match committed {
            Ok(jobs) => {
                let with = |job| (repository.clone(), job);
                Ok(jobs.into_iter().map(|(at, job)| (at, job.map(with))).collect())
            }
            Err(CommitError::Deleted) => Ok(gone()),
            Err(CommitError::Storage(error)) => Err(error),
        }
    }

    fn job(&self, item: &BackfillItem) -> ReplicationJob {
        let image = (item.digest.clone(), item.tag.clone());
        let destination = self.destination.clone();
        let job = replication::job(
            &self.state,
            &self.world,
            &self.registry.id,
            destination,
            &item.repository,
            image,
        );
        ReplicationJob { backfill: Some(self.id), ..job }
    }

    fn announce(&self) {
        self.state.announce(change(&self.registry, &self.backfill));
    }
}

/// Tells subscribers how far a backfill is.
pub(crate) fn change(registry: &Registry, backfill: &Backfill) -> Change {
    backfill.read(|found| Change::BackfillChanged {
        source: registry.id.clone(),
        destination: found.start.destination.clone(),
        id: found.start.id,
        status: found.status,
    })
}

/// How a backfill ends with what it has copied; `None` if it goes on.
fn end(found: &BackfillState) -> Option<(BackfillStatus, Option<&'static str>)> {
    let (mut ended, mut failed) = (0, 0);
    for (_, _, outcome) in found.finished() {
        ended += 1;
        failed += usize::from(*outcome != ReplicationOutcome::Complete);
    }
    if ended >= JUDGED && 2 * failed >= ended {
        Some((BackfillStatus::Failed, Some(TOO_MANY)))
    } else if found.status == BackfillStatus::Stopping {
        Some((BackfillStatus::Stopped, None))
    } else if found.unfinished().next().is_none() {
        Some((BackfillStatus::Complete, None))
    } else {
        None
    }
}

/// What a repository's content makes of itself: each image with each of its tags, and those without
/// any. Manifests that a list names are copied with it.
fn items_of(repository: &Repository, content: &RepositoryState, referrers: bool) -> Vec<BackfillItem> {
    let children: BTreeSet<&Digest> = content.images.values().flat_map(|image| &image.children).collect();
    let mut items = Vec::new();
    for image in content.images.values().filter(|image| referrers || image.subject.is_none()) {
        let mut tags: Vec<_> = content.tags_of(&image.digest).map(|tag| Some(tag.clone())).collect();
        if tags.is_empty() && !children.contains(&image.digest) {
            tags.push(None);
        }
        items.extend(tags.into_iter().map(|tag| BackfillItem {
            repository: repository.name.clone(),
            digest: image.digest.clone(),
            tag,
            list: !image.children.is_empty(),
        }));
    }
    items
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::state::BackfillStart;

    /// A backfill of 200 images of which some ended.
    fn backfill(complete: usize, failed: usize) -> BackfillState {
        let item = BackfillItem {
            repository: "app".parse().unwrap(),
            digest: format!("sha256:{}", "a".repeat(64)).parse().unwrap(),
            tag: None,
            list: false,
        };
        let outcome = |at: usize| match at {
            at if at < complete => Some(ReplicationOutcome::Complete),
            at if at < complete + failed => {
                Some(ReplicationOutcome::Failed { code: failure::DENIED.to_owned() })
            }
            _ => None,
        };
        let destination = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        BackfillState {
            start: BackfillStart {
                id: Uuid::nil(),
                destination,
                at: DateTime::UNIX_EPOCH,
                due: DateTime::UNIX_EPOCH,
            },
            status: BackfillStatus::InProgress,
            items: Some((0..200).map(|at| (item.clone(), outcome(at))).collect()),
            failure: None,
            ended_at: None,
        }
    }

    #[test]
    fn half_of_a_hundred_failures_end_it_and_fewer_do_not() {
        let status = |complete, failed| end(&backfill(complete, failed)).map(|(status, _)| status);
        for (complete, failed, expected) in [
            (0, 0, None),
            (0, 99, None),
            (50, 50, Some(BackfillStatus::Failed)),
            (51, 49, None),
            (101, 99, Some(BackfillStatus::Complete)),
            (100, 100, Some(BackfillStatus::Failed)),
            (200, 0, Some(BackfillStatus::Complete)),
        ] {
            assert_eq!(status(complete, failed), expected, "{complete} {failed}");
        }
    }

    #[test]
    fn one_that_was_stopped_ends_with_what_was_under_way() {
        let mut stopped = backfill(10, 0);
        stopped.status = BackfillStatus::Stopping;
        assert_eq!(end(&stopped), Some((BackfillStatus::Stopped, None)));
    }
}
