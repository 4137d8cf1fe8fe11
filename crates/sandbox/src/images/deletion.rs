//! `deleteReplication`: destinations follow what is deleted at the source (User Guide,
//! "replication-delete").
//!
//! A deleted tag is deleted at the destination. A deleted image (by digest, with its last tag, or
//! expired) is deleted there with all the tags of its digest. AWS does not document the rest, and
//! the sandbox does what loses least: a tag that names another image at the destination stays; what
//! is at the source again stays; an image that a list at the destination still names stays; and
//! another account's registry policy has to allow `ecr:ReplicateImage`.

use std::{collections::BTreeSet, sync::Arc};

use longshore_names::{Digest, RegistryId, Tag};
use uuid::Uuid;

use crate::{
    Change,
    error::CommitError,
    replication,
    state::{Deletion, DeletionJob, Mutation, Registry, Repository, RepositoryState, State, World},
};

/// Makes the changes that `decide` decides on, and starts the replication of those that delete.
pub(crate) async fn commit<T, E>(
    state: &Arc<State>,
    registry: &Arc<Registry>,
    repository: &Arc<Repository>,
    decide: impl FnOnce(&RepositoryState) -> Result<(Vec<Mutation>, T), E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<CommitError> + Send + 'static,
{
    let world = state.world();
    let (planner, destinations, source, name) =
        (state.clone(), world.clone(), registry.clone(), repository.name.clone());
    let (answer, jobs) = repository
        .commit(move |content| -> Result<_, E> {
            let (mut group, answer) = decide(content)?;
            let jobs = plan(&planner, &destinations, &source, &name, &deleted(content, &group));
            group.extend(jobs.iter().map(|job| Mutation::QueueDeletion { job: job.clone() }));
            Ok((group, (answer, jobs)))
        })
        .await?;
    for job in jobs {
        start(state, &world, repository, job);
    }
    Ok(answer)
}

/// What a group of changes deletes from `content`.
fn deleted(content: &RepositoryState, group: &[Mutation]) -> Vec<Deletion> {
    let deletions = group.iter().filter_map(|mutation| match mutation {
        Mutation::Untag { tag } => {
            content.tags.get(tag).map(|digest| Deletion::Tag { tag: tag.clone(), digest: digest.clone() })
        }
        Mutation::RemoveImage { digest } => Some(Deletion::Image { digest: digest.clone() }),
        _ => None,
    });
    deletions.collect()
}

fn plan(
    state: &State,
    world: &World,
    source: &Registry,
    repository: &longshore_names::RepositoryName,
    deletions: &[Deletion],
) -> Vec<DeletionJob> {
    if deletions.is_empty() {
        return Vec::new();
    }
    let document = source.document();
    replication::deletion_destinations(document.replication_at(state.clock.now()), repository)
        .into_iter()
        .filter(|destination| *destination != source.id)
        .map(|destination| DeletionJob {
            id: Uuid::now_v7(),
            may_replicate: replication::may(
                state,
                world,
                &source.id,
                &destination,
                repository,
                "ecr:ReplicateImage",
            ),
            destination,
            due: state.replication_due(),
            deletions: deletions.to_vec(),
        })
        .collect()
}

/// Runs one job in the background.
pub(crate) fn start(state: &Arc<State>, world: &Arc<World>, source: &Arc<Repository>, job: DeletionJob) {
    let (state, world, source) = (state.clone(), world.clone(), source.clone());
    state.tasks.clone().spawn(async move {
        tokio::select! {
            () = world.closed.cancelled() => return,
            () = ready(&state, &source, &job) => {}
        }
        let (tags, images) = follow(&world, &source, &job).await;
        let id = job.id;
        let recorded: Result<(), CommitError> =
            source.commit(move |_| Ok((vec![Mutation::DeletionReplicated { job: id }], ()))).await;
        if let Err(CommitError::Storage(error)) = recorded {
            // It is repeated at the next start.
            tracing::error!(%error, "the end of a replicated deletion was not recorded");
        }
        state.announce(Change::DeletionReplicated {
            source: source.registry.clone(),
            destination: job.destination,
            repository: source.name.clone(),
            tags,
            images,
        });
    });
}

/// Waits until the job is due, and until what was pushed before it has arrived.
async fn ready(state: &State, source: &Repository, job: &DeletionJob) {
    let mut changes = state.changes.subscribe();
    state.clock.sleep_until(job.due).await;
    let digests: BTreeSet<&Digest> = job
        .deletions
        .iter()
        .map(|deletion| match deletion {
            Deletion::Tag { digest, .. } | Deletion::Image { digest } => digest,
        })
        .collect();
    let under_way = || {
        source.read(|content| {
            content.pending.values().any(|copy| {
                copy.destination == job.destination && copy.due <= job.due && digests.contains(&copy.digest)
            })
        })
    };
    while under_way() {
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = changes.recv().await {
            return;
        }
    }
}

/// Deletes at the destination; returns the tags and the images that were deleted.
async fn follow(world: &World, source: &Repository, job: &DeletionJob) -> (Vec<Tag>, Vec<Digest>) {
    let Some(repository) = destination(world, source, &job.destination).filter(|_| job.may_replicate) else {
        return Default::default();
    };
    let wanted: Vec<Deletion> = source.read(|content| {
        let gone = |deletion: &&Deletion| match deletion {
            Deletion::Tag { tag, digest } => content.tags.get(tag) != Some(digest),
            Deletion::Image { digest } => !content.images.contains_key(digest),
        };
        job.deletions.iter().filter(gone).cloned().collect()
    });
    let written: Result<_, CommitError> = repository
        .commit(move |content| {
            let (mut rest, mut group) = (content.clone(), Vec::new());
            let (mut tags, mut images) = (Vec::new(), Vec::new());
            for deletion in wanted {
                let mutation = match deletion {
                    Deletion::Tag { tag, digest } if rest.tags.get(&tag) == Some(&digest) => {
                        tags.push(tag.clone());
                        Mutation::Untag { tag }
                    }
                    Deletion::Image { digest }
                        if rest.images.contains_key(&digest) && rest.parent_of(&digest).is_none() =>
                    {
                        images.push(digest.clone());
                        Mutation::RemoveImage { digest }
                    }
                    _ => continue,
                };
                rest.apply(&mutation);
                group.push(mutation);
            }
            Ok((group, (tags, images)))
        })
        .await;
    written.unwrap_or_else(|error| {
        tracing::error!(%error, "a deletion was not replicated");
        Default::default()
    })
}

fn destination(world: &World, source: &Repository, destination: &RegistryId) -> Option<Arc<Repository>> {
    let enabled = |registry: &Arc<Registry>| registry.opted_in.load(std::sync::atomic::Ordering::Relaxed);
    if source.registry.region.partition() != destination.region.partition() {
        return None;
    }
    world.registry(&source.registry).filter(enabled)?;
    world.registry(destination).filter(enabled)?.repository(&source.name)
}
