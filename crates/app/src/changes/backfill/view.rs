//! Backfills as they are shown.

use longshore_ecr::{Backfill, BackfillState};

use crate::{
    App,
    api::{ApiError, BackfillFailure, BackfillKey, BackfillStatus, BackfillView, RegistryKey},
};

/// The most failures of one answer.
const MOST: usize = 200;

impl App {
    /// The backfills of a registry, the newest first, asked now.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn backfills(&self, registry: RegistryKey) -> Result<Vec<BackfillView>, ApiError> {
        let found = self.connection(&registry).await?.client.backfills().await?;
        let mut views: Vec<BackfillView> = found.into_iter().map(|known| view(&registry, known)).collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.started));
        Ok(views)
    }

    /// Why images of a backfill that ended failed; at most 200.
    ///
    /// # Errors
    /// `backfill-not-found`; when the registry cannot be asked.
    pub async fn backfill_failures(&self, key: BackfillKey) -> Result<Vec<BackfillFailure>, ApiError> {
        let found = self.connection(&key.registry).await?.client.backfill_results(&key.id, true).await?;
        let failure = |result: longshore_ecr::BackfillResult| BackfillFailure {
            repository: result.repository,
            tag: result.tag,
            digest: result.digest,
            codes: result.failure_code.into_iter().chain(result.of_children).collect(),
        };
        Ok(found.into_iter().take(MOST).map(failure).collect())
    }
}

fn view(registry: &RegistryKey, from: Backfill) -> BackfillView {
    let progress = from.progress.unwrap_or_default();
    BackfillView {
        id: from.id,
        destination: RegistryKey::of(registry.space, &from.destination),
        status: match from.state {
            BackfillState::Preparing => BackfillStatus::Preparing,
            BackfillState::Complete => BackfillStatus::Complete,
            BackfillState::Failed => BackfillStatus::Failed,
            BackfillState::Stopping => BackfillStatus::Stopping,
            BackfillState::Stopped => BackfillStatus::Stopped,
            BackfillState::InProgress | BackfillState::Other(_) => BackfillStatus::InProgress,
        },
        failure_code: from.failure_code,
        total: progress.total,
        completed: progress.completed,
        failed: progress.failed,
        failure_codes: progress.failure_codes,
        started: from.started,
        ended: from.ended,
    }
}
