//! Waits until replication has carried tags to a registry that Longshore does not write.

use std::time::Duration;

use async_trait::async_trait;
use longshore_names::Tag;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::{
    copy::At,
    tag::{TaggedBuild, retried},
};
use crate::{
    api::{ApiError, Side, Space},
    steps::{Change, Job, Outcome},
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// ECR replicates most images within 30 minutes (ECR user guide, "Private image replication").
const PATIENCE: Duration = Duration::from_secs(45 * 60);

/// Waits until tags resolve to their builds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AwaitReplicated {
    pub(super) space: Space,
    pub(super) at: At,
    pub(super) builds: Vec<TaggedBuild>,
}

#[typetag::serde(name = "awaitReplicated")]
#[async_trait]
impl Change for AwaitReplicated {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchGetImage"]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let sink = self.at.open(job, self.space).await?;
        let begun = Instant::now();
        let mut open: Vec<&TaggedBuild> = self.builds.iter().collect();
        loop {
            let mut left = Vec::new();
            for build in open {
                let tags: Vec<Tag> = build.tags.iter().map(|one| one.tag.clone()).collect();
                let now = retried(|| sink.tags_now(&build.repository, &tags)).await;
                let now = now.map_err(|error| ApiError::from(error).on(Side::Destination))?;
                if !tags.iter().all(|tag| now.get(tag) == Some(&build.digest)) {
                    left.push(build);
                }
            }
            let Some(first) = left.first() else {
                return Ok(Outcome::Done("Replication has carried every tag".into()));
            };
            if begun.elapsed() > PATIENCE {
                let text =
                    format!("Replication has not carried `{}` to {}.", first.repository, self.at.registry);
                return Err(ApiError::new("promotion-not-replicated", Side::Destination, text));
            }
            job.say(format!("Waiting for replication to carry `{}`", first.repository));
            open = left;
            sleep(LOOK).await;
        }
    }
}
