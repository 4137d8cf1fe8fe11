//! Replication status: of images on the screen that a rule replicates, and of newly pushed images,
//! until they are complete or have failed.

use std::{collections::HashSet, time::Duration};

use futures::{TryStreamExt, stream};
use longshore_ecr::{EcrError, EcrErrorKind, ImageId};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::replication::RuleView;
use rusqlite::{Transaction, params};

use super::{
    documents,
    rows::{self, FIRST_WORD, StatusView},
    store,
    watched::{MOST, Watched, stalest, watched},
};
use crate::{
    App,
    api::{
        ApiError, AppEvent, RecentReplication, RecentReplications, RegistryKey, ReplicationState,
        ReplicationStatus, RepositoryKey, Visible,
    },
    db::{from_ms, to_ms},
};

/// Concurrent calls.
const AT_ONCE: usize = 4;
/// How long after a push its end is worth a notification although its progress was not observed.
const NEWS: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

impl App {
    async fn rules_seen(&self, key: &RegistryKey) -> Result<Vec<RuleView>, ApiError> {
        let key = key.clone();
        self.db.read(move |tx| documents::rules(tx, &key)).await
    }

    /// The repository to read next, if the last read of any is old enough.
    pub(super) async fn stalest(&self, key: &RegistryKey) -> Result<Option<RepositoryKey>, ApiError> {
        let (now, rules) = (self.timing.clock.now(), self.rules_seen(key).await?);
        let old =
            |age: Duration| to_ms(now).saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let ages = (old(self.timing.stale), old(self.timing.stale_replicated));
        let registry = key.clone();
        self.db.read(move |tx| stalest(tx, registry, ages, &rules)).await
    }

    /// Requests the status of replications that a person may be waiting for. `round` counts the
    /// calls, so that every image gets its turn. Returns the number of images.
    pub(super) async fn read_watched(
        &self,
        key: &RegistryKey,
        visible: &Visible,
        round: usize,
    ) -> Result<usize, ApiError> {
        let rules = self.rules_seen(key).await?;
        if rules.is_empty() {
            return Ok(0);
        }
        let first_word = to_ms(self.timing.clock.now() - FIRST_WORD);
        let registry = key.clone();
        let shown = visible.repository.as_ref().filter(|shown| shown.registry == registry).map(|shown| {
            let digests = visible.images.iter().take(MOST).cloned().collect();
            (shown.repository.clone(), digests)
        });
        let watched = self
            .inventory
            .db
            .read(move |tx| {
                let Some(number) = rows::registry_number(tx, &registry, false)? else {
                    return Ok(Vec::new());
                };
                watched(tx, number, &rules, first_word, round, shown)
            })
            .await?;
        let count = watched.len();
        stream::iter(watched.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |image| async move { self.read_status(key, &image).await })
            .await?;
        Ok(count)
    }

    /// Requests the replication status of one image.
    pub(super) async fn read_status(&self, key: &RegistryKey, image: &Watched) -> Result<(), ApiError> {
        let connection = self.connection(key).await?;
        let name: RepositoryName = image.repository.parse()?;
        let digest: Digest = image.digest.parse()?;
        let id = ImageId { digest: Some(digest), tag: None };
        let found = match connection.client.replication_status(&name, &id).await {
            Ok(found) => found,
            // It was deleted since; the next read of the repository will show that.
            Err(
                EcrError { kind: EcrErrorKind::ImageNotFound, .. }
                | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
            ) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let (number, now) = (image.number, self.timing.clock.now());
        let (changes, is_first) = self.db.write(move |tx| store::statuses(tx, number, &found, now)).await?;
        let repository = RepositoryKey { registry: key.clone(), repository: image.repository.clone() };
        if changes.is_empty() {
            if is_first {
                self.events.send(AppEvent::Repository { repository });
            }
            return Ok(());
        }
        let seen = self.look_at_destinations(&repository, image, &changes).await?;
        let fresh = image.changed.is_some_and(|at| now - from_ms(at) < NEWS);
        for change in &changes {
            let destination = RegistryKey::of(key.space, &change.destination);
            let Some(status) = seen.1.iter().find(|status| status.destination == destination) else {
                continue;
            };
            let ended = status.state != ReplicationState::InProgress;
            let was_waited_for = match change.before {
                Some(before) => before == ReplicationState::InProgress,
                None => fresh,
            };
            if ended {
                self.touch_registry(&destination);
                self.touch_repository(&RepositoryKey {
                    registry: destination,
                    repository: image.repository.clone(),
                });
            }
            self.events.send(AppEvent::ReplicationStatus {
                repository: repository.clone(),
                digest: image.digest.clone(),
                tags: seen.0.clone(),
                status: Box::new(status.clone()),
            });
            if ended && was_waited_for && !seen.0.is_empty() {
                self.report_end(&image.repository, &seen.0, status).await;
            }
        }
        Ok(())
    }

    /// Reads what explains failures, and returns the image's tags and statuses for display.
    async fn look_at_destinations(
        &self,
        repository: &RepositoryKey,
        image: &Watched,
        changes: &[store::StatusChange],
    ) -> Result<(Vec<String>, Vec<ReplicationStatus>), ApiError> {
        let shown = async || {
            let key = crate::api::ImageKey { repository: repository.clone(), digest: image.digest.clone() };
            let row = self.inventory.image(&key).await?;
            Ok::<_, ApiError>(row.map(|row| (row.tags, row.replication)).unwrap_or_default())
        };
        let (tags, statuses) = shown().await?;
        let failed: HashSet<&RegistryKey> = statuses
            .iter()
            .filter(|status| status.state == ReplicationState::Failed)
            .filter(|status| {
                let destination = status.destination.id();
                changes.iter().any(|change| change.destination == destination)
            })
            .map(|status| &status.destination)
            .collect();
        let mut looked = false;
        for destination in failed {
            if self.accounts.find(destination.space, destination.account.as_str()).is_some() {
                // A policy that cannot be read is part of the explanation.
                looked |= self.read_policy(destination).await.is_ok();
            }
        }
        if looked { shown().await } else { Ok((tags, statuses)) }
    }

    async fn report_end(&self, repository: &str, tags: &[String], status: &ReplicationStatus) {
        let place = self.accounts.label(&status.destination);
        let image = format!("{repository}:{}", tags.join(", "));
        match status.state {
            ReplicationState::Complete => {
                self.notify("Replication complete", format!("{image} is in {place}.")).await;
            }
            ReplicationState::Failed => {
                let cause = status.cause.as_ref().map(|cause| cause.message.as_str()).unwrap_or_default();
                self.notify("Replication failed", format!("{image} is not in {place}. {cause}")).await;
            }
            ReplicationState::InProgress => {}
        }
    }

    /// The newest replicated images, from what was read; no network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_replications(
        &self,
        request: RecentReplications,
    ) -> Result<Vec<RecentReplication>, ApiError> {
        let view = StatusView::new(self.accounts.clone());
        self.db.read(move |tx| recent(tx, &request, &view)).await
    }
}

fn recent(
    tx: &Transaction<'_>,
    request: &RecentReplications,
    view: &StatusView,
) -> Result<Vec<RecentReplication>, ApiError> {
    let scope = match &request.registry {
        Some(key) => (key.space, Some(key.account.as_str()), Some(key.region.as_str())),
        None => (request.space, None, None),
    };
    let mut statement = tx.prepare_cached(
        "SELECT r.account, r.region, r.state, r.failure_code, g.space, g.account, g.region, p.name, i.digest,
                i.pushed, i.key
         FROM replication r JOIN image i ON i.key = r.image JOIN repository p ON p.key = i.repository
              JOIN registry g ON g.key = p.registry
         WHERE g.space = ?1 AND (?2 IS NULL OR g.account = ?2) AND (?3 IS NULL OR g.region = ?3)
         ORDER BY max(i.pushed, coalesce(i.changed, 0)) DESC, i.digest, r.account, r.region LIMIT ?4",
    )?;
    let space = crate::accounts::word(&scope.0)?;
    let mut found = statement.query(params![space, scope.1, scope.2, request.limit.clamp(1, 200)])?;
    let mut replications = Vec::new();
    while let Some(row) = found.next()? {
        let repository = RepositoryKey { registry: rows::registry(row, 4)?, repository: row.get(7)? };
        replications.push(RecentReplication {
            digest: row.get(8)?,
            tags: rows::tags(tx, row.get(10)?)?,
            pushed: from_ms(row.get(9)?),
            status: view.status(tx, row, scope.0, &repository)?,
            registry: repository.registry,
            repository: repository.repository,
        });
    }
    Ok(replications)
}
