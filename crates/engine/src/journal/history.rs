//! The runs in the journal: their state, and how many are kept.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{
    broken,
    schema::{CANCELLED, DONE, FAILED},
    writer::End,
};
use crate::{EngineError, Summary};

/// Finished runs that are still listed.
const KEPT: u32 = 200;

/// Why an unfinished run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// Its process ended.
    Interrupted,
    /// It was stopped on request.
    Cancelled,
    /// Some images failed.
    Failed,
}

/// A run that can be resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedRun {
    /// Its id.
    pub run: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// The registry that it reads.
    pub source: String,
    /// The registry that it writes.
    pub destination: String,
    /// Why it stopped.
    pub left: Left,
    /// Images in its plan.
    pub images: u32,
    /// Images that it finished.
    pub finished: u32,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process works on it.
    Running,
    /// Its process ended; it can be resumed.
    Interrupted,
    /// It was stopped on request; it can be resumed.
    Cancelled,
    /// Some images failed; it can be resumed.
    Failed,
    /// Nothing is left to do.
    Done,
}

impl RunState {
    /// Whether something is left to do that no process is working on.
    pub fn can_go_on(self) -> bool {
        matches!(self, Self::Interrupted | Self::Cancelled | Self::Failed)
    }
}

/// A run in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub run: String,
    /// Its state.
    pub state: RunState,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When its last part ended, if that was recorded.
    pub ended: Option<DateTime<Utc>>,
    /// The registry that it reads.
    pub source: String,
    /// The registry that it writes.
    pub destination: String,
    /// Images in its plan.
    pub images: u32,
    /// Images that it copied or found at the destination; conflicts do not count.
    pub finished: u32,
    /// A note that the caller stores with it.
    pub note: Option<String>,
    /// The numbers of its last part, if that part ended.
    pub summary: Option<Summary>,
}

impl RunRecord {
    /// The run as one that can be resumed now.
    pub(super) fn unfinished(self) -> Option<UnfinishedRun> {
        let left = match self.state {
            RunState::Interrupted => Left::Interrupted,
            RunState::Cancelled => Left::Cancelled,
            RunState::Failed => Left::Failed,
            RunState::Running | RunState::Done => return None,
        };
        let Self { run, started, source, destination, images, finished, .. } = self;
        Some(UnfinishedRun { run, started, source, destination, left, images, finished })
    }
}

/// All runs, newest first. Those without an end in the journal are `Interrupted` here.
pub(super) fn runs(connection: &Connection) -> Result<Vec<RunRecord>, EngineError> {
    let mut statement = connection
        .prepare(
            "SELECT run, started, ended, source, destination, state, images, note, summary,
                    (SELECT count(*) FROM images WHERE images.run = runs.id AND done = 1)
             FROM runs ORDER BY id DESC",
        )
        .map_err(broken)?;
    let rows = statement
        .query_map([], |row| {
            let state: String = row.get(5)?;
            let images: u32 = row.get(6)?;
            let summary: Option<String> = row.get(8)?;
            let state = match state.as_str() {
                CANCELLED => RunState::Cancelled,
                FAILED => RunState::Failed,
                DONE => RunState::Done,
                _ => RunState::Interrupted,
            };
            let summary: Option<Summary> = summary.and_then(|json| serde_json::from_str(&json).ok());
            Ok(RunRecord {
                run: row.get(0)?,
                state,
                started: time(row.get(1)?).unwrap_or_default(),
                ended: row.get::<_, Option<String>>(2)?.and_then(time),
                source: row.get(3)?,
                destination: row.get(4)?,
                images,
                // The rows of a finished run are deleted.
                finished: match (state, &summary) {
                    (RunState::Done, Some(summary)) => images.saturating_sub(not_done(summary)),
                    (RunState::Done, None) => images,
                    _ => row.get(9)?,
                },
                note: row.get(7)?,
                summary,
            })
        })
        .map_err(broken)?;
    rows.collect::<Result<_, _>>().map_err(broken)
}

/// Images that a run finished with without copying them.
fn not_done(summary: &Summary) -> u32 {
    u32::try_from(summary.conflicts + summary.failed).unwrap_or(u32::MAX)
}

fn time(text: String) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text).ok().map(|time| time.with_timezone(&Utc))
}

/// Records how a run ended. A finished run keeps only its line in the list; the oldest lines are
/// deleted.
pub(super) fn end(
    connection: &mut Connection,
    id: i64,
    end: End,
    summary: &Summary,
) -> Result<(), EngineError> {
    let state = match end {
        End::Done => DONE,
        End::Cancelled => CANCELLED,
        End::Failed => FAILED,
    };
    let summary = serde_json::to_string(summary).map_err(broken)?;
    let transaction = connection.transaction().map_err(broken)?;
    let write = || -> rusqlite::Result<()> {
        transaction.execute(
            "UPDATE runs SET state = ?2, ended = ?3, summary = ?4, stop = 0 WHERE id = ?1",
            params![id, state, Utc::now().to_rfc3339(), summary],
        )?;
        if end == End::Done {
            for table in ["images", "blobs", "manifests", "uploads"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [id])?;
            }
            transaction.execute(
                "DELETE FROM runs WHERE state = ?1 AND id NOT IN
                 (SELECT id FROM runs WHERE state = ?1 ORDER BY id DESC LIMIT ?2)",
                params![DONE, KEPT],
            )?;
        }
        Ok(())
    };
    write().map_err(broken)?;
    transaction.commit().map_err(broken)
}
