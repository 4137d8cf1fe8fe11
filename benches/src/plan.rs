//! What the limit copier does, written down before it is timed: perfect knowledge of the work.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The work between two repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The source's repository.
    pub from: String,
    /// The destination's repository.
    pub to: String,
    /// In the order in which they are begun.
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
        /// Which job fetches it.
        fetch: usize,
        /// The jobs that must be done before, besides the fetch.
        after: Vec<usize>,
        /// Tag or digest.
        reference: String,
        /// Its type.
        media_type: String,
    },
    /// `HEAD` of a manifest, whose digest must be this one.
    Head {
        /// Where.
        side: Side,
        /// The tag.
        reference: String,
        /// Its type.
        media_type: String,
        /// What the tag points at.
        digest: String,
    },
}

/// One of the two registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Read from.
    Source,
    /// Written to.
    Destination,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When the file cannot be read or is no plan.
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

    /// Requests that the plan costs.
    pub fn requests(&self) -> usize {
        let cost = |job: &Job| if matches!(job, Job::Blob { .. }) { 3 } else { 1 };
        self.jobs.iter().map(cost).sum()
    }
}
