//! What a run did so far, on disk, so that it can go on after a stop of any kind.
//!
//! `journal.db` holds unfinished runs only: a run that is done leaves it. A run is owned by the
//! process that holds the lock on `<run>.lock`; the system lets go of it however the process ends.

mod lease;
mod schema;
mod writer;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::{CopyPlan, EngineError};
pub(crate) use lease::Lease;
pub(crate) use writer::{End, Record, Writer};

/// Where runs are remembered. Nothing is opened or created until a run needs it.
#[derive(Debug, Clone)]
pub struct Journal {
    directory: Arc<PathBuf>,
}

/// How an unfinished run was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// Its process ended.
    Interrupted,
    /// Somebody stopped it.
    Cancelled,
    /// Some images failed.
    Failed,
}

/// A run that can go on.
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
    /// How it was left.
    pub left: Left,
    /// Images in its plan.
    pub images: u32,
    /// Images that it finished.
    pub finished: u32,
}

/// What an earlier part of a run finished.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) images: HashSet<usize>,
    pub(crate) blobs: HashSet<(RepositoryName, Digest)>,
    pub(crate) manifests: HashSet<(RepositoryName, Digest)>,
}

impl Journal {
    /// The journal in a directory, which is created when it is needed.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Arc::new(directory.into()) }
    }

    fn database(&self) -> PathBuf {
        self.directory.join("journal.db")
    }

    /// Runs that can go on and that no living process owns, oldest first.
    ///
    /// # Errors
    /// When the journal is there and cannot be read.
    pub async fn unfinished(&self) -> Result<Vec<UnfinishedRun>, EngineError> {
        let journal = self.clone();
        blocking(move || {
            let Some(connection) = journal.existing()? else { return Ok(Vec::new()) };
            let mut runs = Vec::new();
            for run in schema::runs(&connection)? {
                if Lease::take(&journal.directory, &run.run)?.is_some() {
                    runs.push(run);
                }
            }
            Ok(runs)
        })
        .await
    }

    /// The plan of an unfinished run.
    ///
    /// # Errors
    /// When there is no such run or the journal cannot be read.
    pub async fn plan(&self, run: &str) -> Result<CopyPlan, EngineError> {
        let (journal, run) = (self.clone(), run.to_owned());
        blocking(move || {
            let connection = journal.existing()?.ok_or_else(|| EngineError::NoSuchRun(run.clone()))?;
            read_plan(&connection, &run)
        })
        .await
    }

    /// Forgets a run; what it copied stays.
    ///
    /// # Errors
    /// When it is under way somewhere or the journal cannot be written.
    pub async fn forget(&self, run: &str) -> Result<(), EngineError> {
        let (journal, run) = (self.clone(), run.to_owned());
        blocking(move || {
            let Some(connection) = journal.existing()? else { return Ok(()) };
            let lease =
                Lease::take(&journal.directory, &run)?.ok_or_else(|| EngineError::Owned(run.clone()))?;
            schema::forget(&connection, &run)?;
            lease.end();
            Ok(())
        })
        .await
    }

    /// Opens the journal for a run that begins.
    pub(crate) async fn begin(&self, run: String, plan: Arc<CopyPlan>) -> Result<Writer, EngineError> {
        let journal = self.clone();
        blocking(move || {
            std::fs::create_dir_all(journal.directory.as_path()).map_err(broken)?;
            let lease =
                Lease::take(&journal.directory, &run)?.ok_or_else(|| EngineError::Owned(run.clone()))?;
            let connection = schema::open(&journal.database())?;
            let json = serde_json::to_string(&*plan).map_err(broken)?;
            schema::begin(&connection, &run, &plan, &json)?;
            Writer::start(connection, run, lease)
        })
        .await
    }

    /// Opens the journal for a run that goes on.
    pub(crate) async fn resume(&self, run: &str) -> Result<(Writer, CopyPlan, Finished), EngineError> {
        let (journal, run) = (self.clone(), run.to_owned());
        blocking(move || {
            let connection = journal.existing()?.ok_or_else(|| EngineError::NoSuchRun(run.clone()))?;
            let lease =
                Lease::take(&journal.directory, &run)?.ok_or_else(|| EngineError::Owned(run.clone()))?;
            let plan = read_plan(&connection, &run)?;
            let finished = schema::finished(&connection, &run)?;
            schema::set_state(&connection, &run, schema::RUNNING)?;
            Ok((Writer::start(connection, run, lease)?, plan, finished))
        })
        .await
    }

    fn existing(&self) -> Result<Option<Connection>, EngineError> {
        let path: &Path = &self.database();
        if path.try_exists().map_err(broken)? { schema::open(path).map(Some) } else { Ok(None) }
    }
}

fn read_plan(connection: &Connection, run: &str) -> Result<CopyPlan, EngineError> {
    let json: Option<String> = connection
        .query_row("SELECT plan FROM runs WHERE run = ?1", [run], |row| row.get(0))
        .optional()
        .map_err(broken)?;
    let json = json.ok_or_else(|| EngineError::NoSuchRun(run.to_owned()))?;
    serde_json::from_str(&json).map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> EngineError {
    EngineError::Journal(error.to_string())
}

/// Files and SQLite block; they stay off the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(EngineError::Internal(error.to_string())),
    }
}
