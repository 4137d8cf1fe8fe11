//! The last step: the promotion is written into the record.

use async_trait::async_trait;
use longshore_promotion::record::Entry;
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, Space},
    promotion::{append, entries},
    steps::{Change, Job, Outcome},
};

/// Adds entries to the record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordBuilds {
    pub(super) space: Space,
    /// Without number, time and hashes.
    pub(super) entries: Vec<Entry>,
}

#[typetag::serde(name = "recordBuilds")]
#[async_trait]
impl Change for RecordBuilds {
    fn permissions(&self) -> &'static [&'static str] {
        &[]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let known = entries(job.app, self.space).await?;
        // The process may have ended after it wrote them.
        let is_new = |entry: &&Entry| {
            let last = known.iter().rev().find(|other| other.stage_key() == entry.stage_key());
            last.is_none_or(|last| last.plan_hash != entry.plan_hash || last.event != entry.event)
        };
        let now = job.app.now();
        let new: Vec<Entry> =
            self.entries.iter().filter(is_new).map(|entry| Entry { at: now, ..entry.clone() }).collect();
        if new.is_empty() {
            return Ok(Outcome::Skipped("The record has it already".into()));
        }
        let written = append(job.app, self.space, new).await?;
        Ok(Outcome::Done(match written.as_slice() {
            [only] => format!("Entry {} of the record, {}", only.sequence, &only.hash[..12]),
            many => format!("{} entries of the record", many.len()),
        }))
    }
}
