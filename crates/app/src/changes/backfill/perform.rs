//! Steps that start and stop a backfill. A run ends when ECR has accepted it: a backfill takes minutes to
//! days, and its progress is read like that of any replication.

use async_trait::async_trait;
use longshore_names::RegistryId;
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, RegistryKey, Space},
    steps::{Change, Job, ListedWrite, Outcome},
};

/// Starts a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartBackfill {
    pub(super) destination: RegistryId,
}

#[typetag::serde(name = "startBackfill")]
#[async_trait]
impl Change for StartBackfill {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:ListReplicationBackfills", "ecr:StartReplicationBackfill", "iam:CreateServiceLinkedRole"]
    }

    /// The images arrive in the destination's account.
    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        here.map(|here| (here.space, self.destination.account.to_string())).into_iter().collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter()
            .flat_map(|here| [here.clone(), RegistryKey::of(here.space, &self.destination)])
            .collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("StartReplicationBackfill", here, None)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let at = job.here().await?;
        let active = at.client.backfills().await?;
        if active.iter().any(|known| known.destination == self.destination && known.state.is_active()) {
            return Ok(Outcome::Skipped("a backfill to this destination is in progress already".into()));
        }
        let id = at.client.start_backfill(&self.destination).await?;
        Ok(Outcome::Done(format!("started backfill {id}")))
    }
}

/// Stops a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StopBackfill {
    pub(super) id: String,
}

#[typetag::serde(name = "stopBackfill")]
#[async_trait]
impl Change for StopBackfill {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:StopReplicationBackfill"]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("StopReplicationBackfill", here, None)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        job.here().await?.client.stop_backfill(&self.id).await?;
        Ok(Outcome::Done("stopped; what it replicated stays".into()))
    }
}
