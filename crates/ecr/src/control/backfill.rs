//! Replication of images that were there before their rule: backfills.

use aws_sdk_ecr::types as sdk;
use chrono::{DateTime, Utc};
use longshore_names::{AccountId, Region, RegistryId};
use serde::{Deserialize, Serialize};

use crate::{
    Call, EcrClient, EcrError, Fate, Page,
    client::convert,
    control::write::{once, unconfirmed},
};

/// The largest page of backfills.
const PAGE: i32 = 50;
/// The largest page of results.
const RESULTS: i32 = 1_000;

/// The state of a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackfillState {
    /// ECR finds out what to replicate.
    Preparing,
    /// It replicates.
    InProgress,
    /// Ended; single replications may have failed.
    Complete,
    /// Ended, because too many replications failed.
    Failed,
    /// It is being stopped.
    Stopping,
    /// Stopped; what it replicated stays.
    Stopped,
    /// A state newer than this program.
    #[serde(untagged)]
    Other(String),
}

impl BackfillState {
    /// Whether it goes on.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Preparing | Self::InProgress | Self::Stopping)
    }
}

/// A backfill of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backfill {
    /// Its id.
    pub id: String,
    /// Where it replicates to.
    pub destination: RegistryId,
    /// Its state.
    pub state: BackfillState,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// How far it is; absent while it is being prepared. Each tag of an image counts.
    pub progress: Option<BackfillProgress>,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
}

/// How far a backfill is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackfillProgress {
    /// Replications in all.
    pub total: u32,
    /// Those that are complete.
    pub completed: u32,
    /// Those that failed.
    pub failed: u32,
    /// Why, each reason once.
    pub failure_codes: Vec<String>,
}

/// One replication of a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackfillResult {
    /// The repository.
    pub repository: String,
    /// The image's digest.
    pub digest: Option<String>,
    /// The image's tag.
    pub tag: Option<String>,
    /// Whether it failed.
    pub failed: bool,
    /// Why.
    pub failure_code: Option<String>,
    /// Why images of an index failed.
    pub of_children: Vec<String>,
}

impl EcrClient {
    /// Starts to replicate the images that are there to a destination of the replication configuration.
    /// Sent once: after a request without a response, the list of backfills says whether it was started.
    ///
    /// # Errors
    /// `backfill-in-progress` when one to the same Region goes on,
    /// [`LimitExceeded`](crate::EcrErrorKind::LimitExceeded) when ten go on, [`InvalidParameter`](crate::EcrErrorKind::InvalidParameter)
    /// when it is no destination, [`Unconfirmed`](crate::EcrErrorKind::Unconfirmed), and as `StartReplicationBackfill`.
    pub async fn start_backfill(&self, destination: &RegistryId) -> Result<String, EcrError> {
        self.own_registry("StartReplicationBackfill").await?;
        let call = self.call("StartReplicationBackfill", None);
        let before: Vec<String> = self.backfills().await?.into_iter().map(|known| known.id).collect();
        let to = sdk::ReplicationDestination::builder()
            .region(destination.region.to_string())
            .registry_id(destination.account.to_string())
            .build()
            .map_err(|error| self.invalid(call.clone(), &error.to_string()))?;
        let operation = self
            .ecr()
            .start_replication_backfill()
            .registry_id(self.account())
            .destination(to)
            .customize()
            .config_override(once());
        let error = match self.send(call.clone(), operation.send()).await {
            Ok(answer) => {
                let id = answer.replication_backfill_id().map(str::to_owned);
                return id.ok_or_else(|| self.protocol(call, "there is no id in it"));
            }
            Err(error) if error.fate() == Fate::Unknown => error,
            Err(error) => return Err(error),
        };
        let Ok(now) = self.backfills().await else { return Err(unconfirmed(&call, error)) };
        let started =
            now.into_iter().find(|known| known.destination == *destination && !before.contains(&known.id));
        started.map(|known| known.id).ok_or_else(|| unconfirmed(&call, error))
    }

    /// Every backfill of the registry that ECR remembers (90 days).
    ///
    /// # Errors
    /// As `ListReplicationBackfills`.
    pub async fn backfills(&self) -> Result<Vec<Backfill>, EcrError> {
        let call = self.call("ListReplicationBackfills", None);
        self.collect(call.clone(), |next| {
            let operation = self
                .ecr()
                .list_replication_backfills()
                .registry_id(self.account())
                .max_results(PAGE)
                .set_next_token(next);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                let next = answer.next_token().map(str::to_owned);
                Ok(Page { items: answer.backfills().iter().filter_map(backfill).collect(), next })
            }
        })
        .await
    }

    /// The results of a backfill that ended; only the failed ones with `failed_only`.
    ///
    /// # Errors
    /// `backfill-not-found`, and as `DescribeReplicationBackfillResults`.
    pub async fn backfill_results(
        &self,
        id: &str,
        failed_only: bool,
    ) -> Result<Vec<BackfillResult>, EcrError> {
        let call = self.call("DescribeReplicationBackfillResults", None);
        let filter = failed_only.then_some(sdk::ReplicationBackfillResultStatus::Failed);
        self.collect(call.clone(), |next| {
            let operation = self
                .ecr()
                .describe_replication_backfill_results()
                .registry_id(self.account())
                .replication_backfill_id(id)
                .set_result_status_filter(filter.clone())
                .max_results(RESULTS)
                .set_next_token(next);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                let next = answer.next_token().map(str::to_owned);
                Ok(Page { items: answer.results().iter().map(result).collect(), next })
            }
        })
        .await
    }

    /// Stops a backfill; what it replicated stays. One that has ended is no error.
    ///
    /// # Errors
    /// `backfill-not-found`, and as `StopReplicationBackfill`.
    pub async fn stop_backfill(&self, id: &str) -> Result<(), EcrError> {
        let call: Call = self.call("StopReplicationBackfill", None);
        let operation =
            self.ecr().stop_replication_backfill().registry_id(self.account()).replication_backfill_id(id);
        match self.send(call, operation.send()).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == "backfill-ended" => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn backfill(from: &sdk::ReplicationBackfillSummary) -> Option<Backfill> {
    let to = from.destination()?;
    let account: AccountId = to.registry_id().parse().ok()?;
    let region: Region = to.region().parse().ok()?;
    Some(Backfill {
        id: from.replication_backfill_id().to_owned(),
        destination: RegistryId::new(account, region),
        state: match from.status().as_str() {
            "PREPARING" => BackfillState::Preparing,
            "IN_PROGRESS" => BackfillState::InProgress,
            "COMPLETE" => BackfillState::Complete,
            "FAILED" => BackfillState::Failed,
            "STOPPING" => BackfillState::Stopping,
            "STOPPED" => BackfillState::Stopped,
            other => BackfillState::Other(other.to_owned()),
        },
        failure_code: from.failure_code().map(str::to_owned),
        progress: from.progress().map(|progress| BackfillProgress {
            total: count(progress.total_replication_count()),
            completed: count(progress.completed_replication_count()),
            failed: count(progress.failed_replication_count()),
            failure_codes: progress.failure_codes().to_vec(),
        }),
        started: convert::time(from.started_at()),
        ended: from.ended_at().and_then(convert::time),
    })
}

fn result(from: &sdk::ReplicationBackfillResult) -> BackfillResult {
    let image = from.image_id();
    BackfillResult {
        repository: from.repository_name().to_owned(),
        digest: image.and_then(|image| image.image_digest()).map(str::to_owned),
        tag: image.and_then(|image| image.image_tag()).map(str::to_owned),
        failed: *from.status() == sdk::ReplicationBackfillResultStatus::Failed,
        failure_code: from.failure_code().map(str::to_owned),
        of_children: from.sub_image_failure_codes().to_vec(),
    }
}

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
