//! The progress of runs, on disk, so that they can be resumed after a stop of any kind.
//!
//! `journal.db` stores unfinished runs with their plans, image by image, and how the newest
//! finished runs ended. A run is owned by the process that holds the lock on `<run>.lock`; the
//! system releases it however the process ends.

mod guard;
mod history;
mod lease;
mod rows;
mod schema;
mod writer;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::UploadState;
use rusqlite::Connection;

use crate::{CopyPlan, EngineError, EngineErrorKind, private};
use guard::Open;
pub use history::{Left, RunRecord, RunState, UnfinishedRun};
pub(crate) use lease::Lease;
pub(crate) use writer::{End, Record, Stop, Writer};

/// The journal of runs. Nothing is opened or created until a run needs it.
#[derive(Debug, Clone)]
pub struct Journal {
    directory: Arc<PathBuf>,
}

/// What an earlier part of a run finished.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) images: HashSet<usize>,
    pub(crate) blobs: HashSet<(RepositoryName, Digest)>,
    pub(crate) manifests: HashSet<(RepositoryName, Digest)>,
    pub(crate) uploads: HashMap<(RepositoryName, Digest), UploadState>,
}

/// What a new run records about itself.
#[derive(Clone)]
pub(crate) struct Begin {
    /// Stored for the process that resumes the run.
    pub(crate) note: Option<String>,
    /// Called when another process asks the run to stop.
    pub(crate) stop: Stop,
}

/// A run that is resumed.
pub(crate) struct Begun {
    pub(crate) writer: Writer,
    pub(crate) plan: CopyPlan,
    pub(crate) finished: Finished,
}

impl Journal {
    /// The journal in a directory, which is created when needed.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Arc::new(directory.into()) }
    }

    fn database(&self) -> PathBuf {
        self.directory.join("journal.db")
    }

    /// Runs that can be resumed and that no living process owns, oldest first.
    ///
    /// # Errors
    /// When the journal exists but cannot be read.
    pub async fn unfinished(&self) -> Result<Vec<UnfinishedRun>, EngineError> {
        let runs = self.list().await?;
        Ok(runs.into_iter().rev().filter_map(RunRecord::unfinished).collect())
    }

    /// All runs in the journal, newest first: those under way, those that can be resumed, and the
    /// newest finished ones.
    ///
    /// # Errors
    /// When the journal exists but cannot be read.
    pub async fn list(&self) -> Result<Vec<RunRecord>, EngineError> {
        self.read(|journal, connection| {
            let mut runs = history::runs(connection)?;
            for run in runs.iter_mut().filter(|run| run.state != RunState::Done) {
                // A run without a recorded end is under way, or its process died.
                if Lease::take(&journal.directory, &run.run)?.is_none() {
                    run.state = RunState::Running;
                }
            }
            Ok(runs)
        })
        .await
        .map(Option::unwrap_or_default)
    }

    /// The plan of an unfinished run.
    ///
    /// # Errors
    /// When there is no such run or the journal cannot be read.
    pub async fn plan(&self, run: &str) -> Result<CopyPlan, EngineError> {
        let name = run.to_owned();
        let plan = self.read(move |_, connection| rows::plan(connection, &name)).await?;
        plan.ok_or_else(|| EngineError::here(EngineErrorKind::NoSuchRun(run.to_owned())))
    }

    /// Forgets a run; the images that it copied stay.
    ///
    /// # Errors
    /// When it is under way somewhere or the journal cannot be written.
    pub async fn forget(&self, run: &str) -> Result<(), EngineError> {
        let run = run.to_owned();
        self.change(move |journal, connection| {
            let _lease = Lease::take_patiently(&journal.directory, &run)?
                .ok_or_else(|| EngineError::here(EngineErrorKind::Owned(run.clone())))?;
            schema::forget(connection, &run)
        })
        .await
        .map(drop)
    }

    /// Asks a run that may be under way in another process to stop, as its stop button does. It
    /// stops within a second or two; `false` when no process is working on it.
    ///
    /// # Errors
    /// When there is no such unfinished run, or the journal cannot be written.
    pub async fn ask_to_stop(&self, run: &str) -> Result<bool, EngineError> {
        let name = run.to_owned();
        let asked = self
            .change(move |journal, connection| {
                if Lease::take(&journal.directory, &name)?.is_some() {
                    return rows::header(connection, &name).map(|_| false);
                }
                schema::ask_to_stop(connection, &name).map(|()| true)
            })
            .await?;
        asked.ok_or_else(|| EngineError::here(EngineErrorKind::NoSuchRun(run.to_owned())))
    }

    /// Opens the journal for a run that begins.
    pub(crate) async fn begin(
        &self,
        run: String,
        plan: Arc<CopyPlan>,
        begin: Begin,
    ) -> Result<Writer, EngineError> {
        let journal = self.clone();
        blocking(move || {
            private::make_directory(&journal.directory).map_err(broken)?;
            let lease = Lease::take_patiently(&journal.directory, &run)?
                .ok_or_else(|| EngineError::here(EngineErrorKind::Owned(run.clone())))?;
            let mut connection = schema::open(&journal.database())?;
            rows::begin(&mut connection, &run, &plan, begin.note.as_deref())?;
            Writer::start(connection, run, lease, begin.stop)
        })
        .await
    }

    /// Opens the journal for a run that is resumed.
    pub(crate) async fn resume(&self, run: &str, stop: Stop) -> Result<Begun, EngineError> {
        let name = run.to_owned();
        let journal = self.clone();
        blocking(move || {
            let connection = journal
                .existing()?
                .ok_or_else(|| EngineError::here(EngineErrorKind::NoSuchRun(name.clone())))?;
            let lease = Lease::take_patiently(&journal.directory, &name)?
                .ok_or_else(|| EngineError::here(EngineErrorKind::Owned(name.clone())))?;
            let plan = rows::plan(&connection, &name)?;
            let finished = rows::finished(&connection, &name)?;
            schema::go_on(&connection, &name)?;
            Ok(Begun { writer: Writer::start(connection, name, lease, stop)?, plan, finished })
        })
        .await
    }

    /// Reads the journal if there is one.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<Option<T>, EngineError> {
        let journal = self.clone();
        blocking(move || {
            let path = journal.database();
            let open = if is_there(&path)? { schema::open_to_read(&path)? } else { None };
            open.map(|open| work(&journal, &open)).transpose()
        })
        .await
    }

    /// Changes the journal if there is one.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<Option<T>, EngineError> {
        let journal = self.clone();
        blocking(move || journal.existing()?.map(|open| work(&journal, &open)).transpose()).await
    }

    fn existing(&self) -> Result<Option<Open>, EngineError> {
        let path = self.database();
        if is_there(&path)? { schema::open(&path).map(Some) } else { Ok(None) }
    }
}

fn is_there(path: &Path) -> Result<bool, EngineError> {
    path.try_exists().map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> EngineError {
    EngineError::here(EngineErrorKind::Journal(error.to_string()))
}

/// Files and SQLite block; they stay off the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(EngineError::internal(error.to_string())),
    }
}
