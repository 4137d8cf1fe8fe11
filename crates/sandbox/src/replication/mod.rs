//! Native replication: ECR copies what is pushed to the destinations of the matching rules.
//!
//! The queue is part of the source repository's log: a push and its replications are one commit, so
//! after a kill everything that was IN_PROGRESS continues.

pub(crate) mod backfill;
pub(crate) mod distance;

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use longshore_names::{AccountId, Digest, Region, RegistryId, RepositoryName, Tag};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Change, ReplicationOutcome,
    access::policy::{Decision, Principal},
    error::CommitError,
    images::deletion,
    state::{
        CreateError, ImageRecord, Mutation, Occasion, Registry, ReplicationJob, Repository,
        RepositorySettings, State, World,
    },
};

/// `failureCode`s. AWS documents none. Users have seen two: the one of a destination that refuses,
/// and, in a runbook, the one of a repository that does not exist and may not be created. The
/// others are the sandbox's own, in the same style.
pub(crate) mod failure {
    /// The destination's registry policy does not allow `ecr:ReplicateImage`, or there is no such
    /// account or Region, which allows nothing.
    pub(crate) const DENIED: &str = "DESTINATION_REGISTRY_ACCESS_DENIED";
    /// The repository does not exist and `ecr:CreateRepository` is not allowed.
    pub(crate) const NO_REPOSITORY: &str = "REPOSITORY_NOT_FOUND";
    /// The Region is not opted in, at the destination or at the source.
    pub(crate) const NOT_OPTED_IN: &str = "REGION_NOT_ENABLED";
    /// The image was deleted before it was copied.
    pub(crate) const NO_IMAGE: &str = "IMAGE_NOT_FOUND";
    /// The destination's template for the repository cannot create it.
    pub(crate) const TEMPLATE: &str = "REPOSITORY_CREATION_FAILED";
    /// The two Regions are in different partitions.
    pub(crate) const PARTITION: &str = "PARTITION_MISMATCH";
    /// The sandbox could not write.
    pub(crate) const INTERNAL: &str = "INTERNAL_ERROR";
}

/// Which replications a push starts, with what the destinations' policies allow now.
pub(crate) fn plan(
    state: &State,
    world: &World,
    source: &Registry,
    repository: &RepositoryName,
    image: &ImageRecord,
    tag: Option<&Tag>,
) -> Vec<ReplicationJob> {
    let switches = state.switches();
    if image.subject.is_some() && !switches.referrers_replicate {
        return Vec::new();
    }
    let document = source.document();
    destinations(document.replication_at(state.clock.now()), repository)
        .into_iter()
        .filter(|destination| *destination != source.id)
        .map(|destination| {
            job(state, world, &source.id, destination, repository, (image.digest.clone(), tag.cloned()))
        })
        .collect()
}

/// The replication of one image to one destination, with what the destination's policy allows now.
pub(crate) fn job(
    state: &State,
    world: &World,
    source: &RegistryId,
    destination: RegistryId,
    repository: &RepositoryName,
    (digest, tag): (Digest, Option<Tag>),
) -> ReplicationJob {
    let may = |action: &str| may(state, world, source, &destination, repository, action);
    ReplicationJob {
        id: Uuid::now_v7(),
        digest,
        tag,
        may_replicate: may("ecr:ReplicateImage"),
        may_create: may("ecr:CreateRepository"),
        due: state.replication_due(),
        destination,
        backfill: None,
    }
}

/// Whether the destination allows the source to do `action` on the repository: always within one
/// account, in another account as its registry policy says.
pub(crate) fn may(
    state: &State,
    world: &World,
    source: &RegistryId,
    destination: &RegistryId,
    repository: &RepositoryName,
    action: &str,
) -> bool {
    match world.registry(destination) {
        Some(_) if destination.account == source.account => true,
        Some(registry) => {
            let account = Principal::account(&source.account, source.region.partition());
            let decision = registry.policy_decision(&state.switches(), &account, action, Some(repository));
            decision == Decision::Allow
        }
        None => false,
    }
}

/// The destinations of all rules that match the repository, each once.
pub(crate) fn destinations(configuration: &Value, repository: &RepositoryName) -> BTreeSet<RegistryId> {
    destinations_of(configuration, repository, |_| true)
}

/// The destinations of the rules that replicate deletions. Of two rules with the same destination
/// one is enough; AWS does not say which wins.
pub(crate) fn deletion_destinations(
    configuration: &Value,
    repository: &RepositoryName,
) -> BTreeSet<RegistryId> {
    destinations_of(configuration, repository, |rule| {
        rule.pointer("/deleteReplication/enabled").and_then(Value::as_bool) == Some(true)
    })
}

fn destinations_of(
    configuration: &Value,
    repository: &RepositoryName,
    wanted: impl Fn(&Value) -> bool,
) -> BTreeSet<RegistryId> {
    named(configuration, |rule| matches(rule, repository) && wanted(rule)).collect()
}

/// Whether a rule, for any repository, names the destination.
pub(crate) fn is_destination(configuration: &Value, destination: &RegistryId) -> bool {
    named(configuration, |_| true).any(|named| named == *destination)
}

/// The destinations of the rules that are wanted, as often as they name them.
fn named(configuration: &Value, wanted: impl Fn(&Value) -> bool) -> impl Iterator<Item = RegistryId> {
    let rules = configuration.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules
        .filter(move |rule| wanted(rule))
        .flat_map(|rule| rule.get("destinations").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|destination| {
            let account: AccountId = destination.get("registryId")?.as_str()?.parse().ok()?;
            let region: Region = destination.get("region")?.as_str()?.parse().ok()?;
            Some(RegistryId::new(account, region))
        })
}

/// No filters: everything. Several: any of them.
fn matches(rule: &Value, repository: &RepositoryName) -> bool {
    match rule.get("repositoryFilters").and_then(Value::as_array) {
        None => true,
        Some(filters) if filters.is_empty() => true,
        Some(filters) => filters
            .iter()
            .filter(|f| f.get("filterType").and_then(Value::as_str) == Some("PREFIX_MATCH"))
            .filter_map(|f| f.get("filter").and_then(Value::as_str))
            .any(|prefix| repository.as_str().starts_with(prefix)),
    }
}

/// Runs one replication in the background.
pub(crate) fn start(state: &Arc<State>, world: &Arc<World>, source: &Arc<Repository>, job: ReplicationJob) {
    let (state, world, source) = (state.clone(), world.clone(), source.clone());
    state.tasks.clone().spawn(async move { perform(&state, &world, &source, job).await });
}

/// Waits until the replication is due, runs it, and records how it ended. `None` if the sandbox ends
/// first, or cannot record it: the replication stays IN_PROGRESS and is resumed at the next start.
pub(crate) async fn perform(
    state: &Arc<State>,
    world: &Arc<World>,
    source: &Arc<Repository>,
    job: ReplicationJob,
) -> Option<ReplicationOutcome> {
    tokio::select! {
        () = world.closed.cancelled() => return None,
        () = state.clock.sleep_until(job.due) => {}
    }
    let outcome = match copy(state, world, source, &job).await {
        Ok(()) => ReplicationOutcome::Complete,
        Err(code) => ReplicationOutcome::Failed { code: code.to_owned() },
    };
    let (id, recorded) = (job.id, outcome.clone());
    let committed: Result<(), CommitError> =
        source.commit(move |_| Ok((vec![Mutation::Replicated { job: id, outcome: recorded }], ()))).await;
    if let Err(CommitError::Storage(error)) = committed {
        tracing::error!(%error, "the end of a replication was not recorded");
        return None;
    }
    state.announce(Change::ReplicationFinished {
        source: source.registry.clone(),
        destination: job.destination,
        repository: source.name.clone(),
        digest: job.digest,
        tag: job.tag,
        outcome: outcome.clone(),
    });
    Some(outcome)
}

/// Resumes everything that was IN_PROGRESS when the sandbox ended.
pub(crate) fn resume(state: &Arc<State>, world: &Arc<World>) {
    for registry in world.registries() {
        let backfills = backfill::resume(state, world, &registry);
        for repository in registry.repositories() {
            let pending: Vec<_> = repository.read(|content| content.pending.values().cloned().collect());
            // A backfill resumes its own.
            let of_backfill = |job: &ReplicationJob| job.backfill.is_some_and(|id| backfills.contains(&id));
            for job in pending.into_iter().filter(|job| !of_backfill(job)) {
                start(state, world, &repository, job);
            }
            let pending: Vec<_> =
                repository.read(|content| content.pending_deletions.values().cloned().collect());
            for job in pending {
                deletion::start(state, world, &repository, job);
            }
        }
    }
}

async fn copy(
    state: &State,
    world: &World,
    source: &Arc<Repository>,
    job: &ReplicationJob,
) -> Result<(), &'static str> {
    if source.registry.region.partition() != job.destination.region.partition() {
        return Err(failure::PARTITION);
    }
    let registry = world.registry(&job.destination).ok_or(failure::DENIED)?;
    let source_registry = world.registry(&source.registry).ok_or(failure::DENIED)?;
    if !registry.opted_in.load(Ordering::Relaxed) || !source_registry.opted_in.load(Ordering::Relaxed) {
        return Err(failure::NOT_OPTED_IN);
    }
    if !job.may_replicate {
        return Err(failure::DENIED);
    }
    if source_registry.repository(&source.name).is_none_or(|found| !Arc::ptr_eq(&found, source)) {
        return Err(failure::NO_IMAGE);
    }
    let images = source.read(|content| closure(&content.images, &job.digest));
    if images.is_empty() {
        return Err(failure::NO_IMAGE);
    }
    let repository = destination_repository(state, &registry, &source.name, job.may_create).await?;
    let (digest, tag, now) = (job.digest.clone(), job.tag.clone(), state.clock.now());
    let written: Result<(), CommitError> = repository
        .commit(move |content| {
            let mut group = Vec::new();
            for mut image in images {
                if content.images.contains_key(&image.digest) {
                    continue;
                }
                let new = image.blobs.iter().filter(|(digest, _)| !content.layers.contains_key(digest));
                group.extend(
                    new.map(|(digest, size)| Mutation::Layer { digest: digest.clone(), size: *size }),
                );
                image.pushed_at = now;
                image.last_pulled_at = None;
                image.replications = Vec::new();
                group.push(Mutation::Image { image: Box::new(image) });
            }
            if let Some(tag) = tag {
                let there = content.tags.get(&tag);
                let refused = there.is_some() && content.settings.is_immutable(tag.as_str());
                if !refused && there != Some(&digest) {
                    group.push(Mutation::Tag { tag, digest });
                }
            }
            Ok((group, ()))
        })
        .await;
    written.map_err(|error| {
        tracing::error!(%error, "a replica was not written");
        failure::INTERNAL
    })
}

/// The image with everything it needs, dependencies first.
fn closure(images: &std::collections::BTreeMap<Digest, ImageRecord>, root: &Digest) -> Vec<ImageRecord> {
    let mut found: Vec<ImageRecord> = Vec::new();
    let mut visited = BTreeSet::new();
    let mut open = vec![(root.clone(), false)];
    while let Some((digest, done)) = open.pop() {
        let Some(image) = images.get(&digest) else { continue };
        if done {
            found.push(image.clone());
        } else if visited.insert(digest.clone()) {
            open.push((digest, true));
            open.extend(image.children.iter().map(|child| (child.clone(), false)));
        }
    }
    found
}

async fn destination_repository(
    state: &State,
    registry: &Arc<Registry>,
    name: &RepositoryName,
    may_create: bool,
) -> Result<Arc<Repository>, &'static str> {
    if let Some(repository) = registry.repository(name) {
        return Ok(repository);
    }
    if !may_create {
        return Err(failure::NO_REPOSITORY);
    }
    let now = state.clock.now();
    let by_template =
        registry.document().settings_by_template(&registry.id, name, Occasion::Replication, now);
    let settings = by_template.map_err(|error| {
        tracing::info!(%error, registry = %registry.id, repository = %name, "a repository was not created");
        failure::TEMPLATE
    })?;
    let settings = settings.unwrap_or_else(|| RepositorySettings::defaults(now));
    match registry.create_repository(name, settings).await {
        Ok(repository) => {
            state.announce(Change::RepositoryCreated {
                registry: registry.id.clone(),
                repository: name.clone(),
            });
            Ok(repository)
        }
        Err(CreateError::Exists) => registry.repository(name).ok_or(failure::INTERNAL),
        Err(CreateError::Storage(error)) => {
            tracing::error!(%error, "a repository was not created for replication");
            Err(failure::INTERNAL)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_match_by_prefix_and_a_destination_counts_once() {
        let destination = json!({"region": "us-west-2", "registryId": "444455556666"});
        let configuration = json!({"rules": [
            {"destinations": [destination], "repositoryFilters": [
                {"filter": "prod-", "filterType": "PREFIX_MATCH"},
                {"filter": "team/", "filterType": "PREFIX_MATCH"}]},
            {"destinations": [destination], "repositoryFilters": [{"filter": "prod", "filterType": "PREFIX_MATCH"}]},
        ]});
        let count = |name: &str| destinations(&configuration, &name.parse().unwrap()).len();
        assert_eq!(count("prod-microservice"), 1);
        assert_eq!(count("team/x"), 1);
        assert_eq!(count("production"), 1);
        assert_eq!(count("dev-prod-microservice"), 0);
        let everything = json!({"rules": [{"destinations": [destination]}]});
        assert_eq!(destinations(&everything, &"any".parse().unwrap()).len(), 1);
        assert!(destinations(&json!({"rules": []}), &"any".parse().unwrap()).is_empty());
    }
}
