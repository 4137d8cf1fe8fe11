//! The work of the limit copier, computed before it is timed, with perfect knowledge.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The work between two repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The source repository.
    pub from: String,
    /// The destination repository.
    pub to: String,
    /// The jobs, in the order in which they start.
    pub jobs: Vec<Job>,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// `GET` at the source, `POST` and `PUT` at the destination.
    Blob {
        /// The blob.
        digest: String,
    },
    /// `POST` at the destination with the source's repository to mount from.
    Mount {
        /// The blob.
        digest: String,
    },
    /// `GET` of a manifest at the source.
    Fetch {
        /// Tag or digest.
        reference: String,
        /// Its type.
        media_type: String,
    },
    /// `PUT` of a fetched manifest at the destination.
    Put {
        /// The job that fetches it.
        fetch: usize,
        /// The other jobs that must be done before.
        after: Vec<usize>,
        /// Tag or digest.
        reference: String,
        /// Its type.
        media_type: String,
    },
    /// `HEAD` of a manifest, whose digest must be this one.
    Head {
        /// The registry.
        side: Side,
        /// The tag.
        reference: String,
        /// Its type.
        media_type: String,
        /// The digest that the tag points to.
        digest: String,
    },
}

/// One of the two registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The source.
    Source,
    /// The destination.
    Destination,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// If the file cannot be read or is not a plan.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(Failure::file(path))?;
        serde_json::from_slice(&bytes).map_err(|error| Failure::file(path)(error.into()))
    }

    /// Writes a plan.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(self).map_err(|error| Failure::file(path)(error.into()))?;
        fs::write(path, bytes).map_err(Failure::file(path))
    }

    /// The number of requests of the plan.
    pub fn requests(&self) -> usize {
        let cost = |job: &Job| if matches!(job, Job::Blob { .. }) { 3 } else { 1 };
        self.jobs.iter().map(cost).sum()
    }
}
