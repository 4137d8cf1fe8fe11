//! The record of a run: the plan, the results, and the proof of both. It can be checked against the
//! destination at any later time.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    EngineError, EngineErrorKind, Failure, ImageEnd, PlanTotals, Proof, RunOutcome, Summary,
    report::outcome::ImageOutcome,
};

/// The format of a record; a later format has another name.
const FORM: &str = "longshore-record-1";
/// The largest record that is read, in bytes: more than a million images need.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A run in writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The format of this record.
    pub form: String,
    /// The run's id.
    pub run: String,
    /// The registry that was read.
    pub source: String,
    /// The registry that was written.
    pub destination: String,
    /// When the run, or its last part, began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// What was planned, in numbers.
    pub planned: PlanTotals,
    /// The results, in numbers.
    pub summary: Summary,
    /// Image by image, in the order of the plan.
    pub images: Vec<ImageRecord>,
}

/// An image of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// `repository:tag` or `repository@digest` at the source.
    pub source: String,
    /// The same at the destination.
    pub destination: String,
    /// The image's digest.
    pub digest: Option<Digest>,
    /// What was planned.
    pub action: String,
    /// The result.
    pub end: ImageEnd,
    /// Why it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Each descriptor, and how it is known that the destination has it.
    pub proof: Vec<Proof>,
}

impl Record {
    /// The record of a run's outcome.
    pub fn of(outcome: &RunOutcome) -> Self {
        let image = |image: &ImageOutcome| ImageRecord {
            source: image.source.clone(),
            destination: image.destination.clone(),
            digest: image.digest.clone(),
            action: image.action.clone(),
            end: image.end,
            error: image.error.clone(),
            proof: image.proof.clone(),
        };
        Self {
            form: FORM.to_owned(),
            run: outcome.summary.run.clone(),
            source: outcome.source.clone(),
            destination: outcome.destination.clone(),
            started: outcome.started,
            ended: outcome.ended,
            planned: outcome.planned.clone(),
            summary: outcome.summary.clone(),
            images: outcome.images.iter().map(image).collect(),
        }
    }

    /// Writes it as JSON. If that fails, an existing file stays unchanged.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), EngineError> {
        let failed = |error: &dyn std::fmt::Display| report(path, error);
        let part = beside(path);
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(File::create_new(&part)?);
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            std::fs::rename(&part, path)
        };
        write().map_err(|error| {
            if let Err(left) = std::fs::remove_file(&part) {
                tracing::debug!(error = %left, "no part of a record to remove");
            }
            failed(&error)
        })
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the file cannot be read, is not a record, or was written by a later Longshore.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let file = File::open(path).map_err(|error| report(path, &error))?;
        let length = file.metadata().map_err(|error| report(path, &error))?.len();
        if length > MOST_BYTES {
            return Err(report(path, &format!("it has {length} bytes and is not a record")));
        }
        let record: Self = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|error| report(path, &format!("it is not a record: {error}")))?;
        if record.form != FORM {
            return Err(report(path, &format!("its format is `{}`, not `{FORM}`", record.form)));
        }
        Ok(record)
    }
}

fn report(path: &Path, error: &dyn std::fmt::Display) -> EngineError {
    EngineError::here(EngineErrorKind::Report(format!("{}: {error}", path.display())))
}

/// A unique name in the same directory.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", uuid::Uuid::now_v7()))
}
