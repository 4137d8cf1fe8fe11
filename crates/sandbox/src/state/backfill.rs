//! A replication backfill: what it copies, how far it is, and its file.

use std::{
    collections::BTreeSet,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    journal::{Durability, Journal},
    repository::ReplicationOutcome,
};
use crate::{
    error::{IoContext, SandboxError, StorageError},
    files,
};

/// How long a backfill that ended is kept (API model, `ListReplicationBackfills`).
const KEPT: TimeDelta = TimeDelta::days(90);

/// `ReplicationBackfillStatus` of the ECR API model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BackfillStatus {
    /// The images are being found.
    Preparing,
    /// The images are being copied.
    InProgress,
    /// Every image was copied, or too few failed to end it.
    Complete,
    /// Too many images failed.
    Failed,
    /// It was stopped, and ends with the copies that are under way.
    Stopping,
    /// It was stopped.
    Stopped,
}

impl BackfillStatus {
    /// The status as the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preparing => "PREPARING",
            Self::InProgress => "IN_PROGRESS",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
        }
    }

    /// Whether it ended.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Stopped)
    }
}

/// One replication of a backfill: an image with one of its tags, or without any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackfillItem {
    pub(crate) repository: RepositoryName,
    pub(crate) digest: Digest,
    pub(crate) tag: Option<Tag>,
    /// Whether it is a list, which is copied with its manifests.
    pub(crate) list: bool,
}

/// The first line of a backfill's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackfillStart {
    pub(crate) id: Uuid,
    pub(crate) destination: RegistryId,
    pub(crate) at: DateTime<Utc>,
    /// When the images are to be found.
    pub(crate) due: DateTime<Utc>,
}

/// What happens to a backfill. The other lines of its file are lists of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub(crate) enum BackfillEvent {
    Prepared {
        items: Vec<BackfillItem>,
    },
    /// One replication ended; items are counted from 0.
    Finished {
        item: usize,
        outcome: ReplicationOutcome,
    },
    Stopping,
    Ended {
        status: BackfillStatus,
        failure: Option<String>,
        at: DateTime<Utc>,
    },
}

/// How far a backfill is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BackfillState {
    pub(crate) start: BackfillStart,
    pub(crate) status: BackfillStatus,
    /// `None` until they were found.
    pub(crate) items: Option<Vec<(BackfillItem, Option<ReplicationOutcome>)>>,
    /// Why it is [`BackfillStatus::Failed`].
    pub(crate) failure: Option<String>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

impl BackfillState {
    fn new(start: BackfillStart) -> Self {
        Self { start, status: BackfillStatus::Preparing, items: None, failure: None, ended_at: None }
    }

    fn apply(&mut self, event: &BackfillEvent) {
        match event {
            BackfillEvent::Prepared { items } => {
                self.status = BackfillStatus::InProgress;
                self.items = Some(items.iter().map(|item| (item.clone(), None)).collect());
            }
            BackfillEvent::Finished { item, outcome } => {
                if let Some((_, found)) = self.items.as_mut().and_then(|items| items.get_mut(*item)) {
                    *found = Some(outcome.clone());
                }
            }
            BackfillEvent::Stopping => self.status = BackfillStatus::Stopping,
            BackfillEvent::Ended { status, failure, at } => {
                self.status = *status;
                self.failure.clone_from(failure);
                self.ended_at = Some(*at);
            }
        }
    }

    /// The replications that ended, with their number.
    pub(crate) fn finished(&self) -> impl Iterator<Item = (usize, &BackfillItem, &ReplicationOutcome)> {
        let items = self.items.iter().flatten().enumerate();
        items.filter_map(|(at, (item, outcome))| Some((at, item, outcome.as_ref()?)))
    }

    /// The replications that did not end yet, by their number.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (usize, &BackfillItem)> {
        let items = self.items.iter().flatten().enumerate();
        items.filter(|(_, (_, outcome))| outcome.is_none()).map(|(at, (item, _))| (at, item))
    }

    /// The failure codes of those that ended, each once.
    pub(crate) fn failures(&self) -> BTreeSet<&str> {
        self.finished().filter_map(|(_, _, outcome)| failure(outcome)).collect()
    }

    pub(super) fn is_kept(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none_or(|ended| now.signed_duration_since(ended) < KEPT)
    }
}

/// The failure code of a replication that failed.
pub(crate) fn failure(outcome: &ReplicationOutcome) -> Option<&str> {
    match outcome {
        ReplicationOutcome::Complete => None,
        ReplicationOutcome::Failed { code } => Some(code),
    }
}

/// A backfill: its state in memory and its file on disk.
#[derive(Debug)]
pub(crate) struct Backfill {
    /// Ends the wait for what was not begun yet.
    pub(crate) stopped: CancellationToken,
    state: RwLock<BackfillState>,
    /// Held while an event is decided on, so events follow each other.
    journal: Mutex<Journal>,
}

impl Backfill {
    /// Makes the file of a new backfill.
    pub(super) fn create(path: &Path, start: BackfillStart) -> Result<Self, StorageError> {
        let mut text = serde_json::to_vec(&start).map_err(io::Error::other).at("serialise", path)?;
        text.push(b'\n');
        Ok(Self::with(BackfillState::new(start), Journal::create(path, &text)?))
    }

    /// Reads a backfill.
    pub(super) fn open(path: &Path) -> Result<Self, SandboxError> {
        let mut state: Option<BackfillState> = None;
        let journal = Journal::open(path, |number, line| {
            let wrong = |error: serde_json::Error| format!("line {number}: {error}");
            let Some(state) = &mut state else {
                state = Some(BackfillState::new(serde_json::from_slice(line).map_err(wrong)?));
                return Ok(());
            };
            let events: Vec<BackfillEvent> = serde_json::from_slice(line).map_err(wrong)?;
            events.iter().for_each(|event| state.apply(event));
            Ok(())
        })?;
        let problem = "it does not say what it copies".to_owned();
        let state = state.ok_or_else(|| SandboxError::Corrupt { path: path.to_owned(), problem })?;
        Ok(Self::with(state, journal))
    }

    fn with(state: BackfillState, journal: Journal) -> Self {
        Self { stopped: CancellationToken::new(), state: RwLock::new(state), journal: Mutex::new(journal) }
    }

    /// Reads the state. Keep it short: writers wait.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&BackfillState) -> R) -> R {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides on the current state and notes the events decided on as one. That a replication ended
    /// may be lost in a power cut: it is then copied again.
    pub(crate) async fn commit<T, E>(
        self: &Arc<Self>,
        decide: impl FnOnce(&BackfillState) -> Result<(Vec<BackfillEvent>, T), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let backfill = self.clone();
        files::blocking(move || {
            let mut journal = backfill.journal.lock().unwrap_or_else(PoisonError::into_inner);
            let (events, answer) = backfill.read(decide)?;
            if !events.is_empty() {
                let repeatable = |event: &BackfillEvent| matches!(event, BackfillEvent::Finished { .. });
                let durability = match events.iter().all(repeatable) {
                    true => Durability::Written,
                    false => Durability::Synced,
                };
                journal.append(&events, durability)?;
                let mut state = backfill.state.write().unwrap_or_else(PoisonError::into_inner);
                events.iter().for_each(|event| state.apply(event));
            }
            Ok(answer)
        })
        .await
    }

    pub(super) fn remove(&self) -> Result<(), StorageError> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).remove()
    }
}
