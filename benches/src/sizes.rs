//! The size of a workload in bytes, to compare what was sent with what was needed.

use std::{collections::HashMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::{Failure, build::Built};

/// Sizes of a workload, bytes of blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Tags.
    pub tags: u64,
    /// Manifests.
    pub manifests: u64,
    /// Every blob once.
    pub distinct: u64,
    /// Every blob once in each repository.
    pub by_repository: u64,
}

impl Sizes {
    /// The sizes of repositories that are copied together.
    pub fn of(repositories: &[Built]) -> Self {
        let mut sizes = Self::default();
        let mut distinct = HashMap::new();
        for built in repositories {
            sizes.manifests += built.manifests.len() as u64;
            sizes.tags += built.manifests.iter().filter(|one| one.reference != one.digest).count() as u64;
            for blob in &built.blobs {
                sizes.by_repository += blob.bytes.len();
                distinct.insert(blob.digest.as_str(), blob.bytes.len());
            }
        }
        sizes.distinct = distinct.values().sum();
        sizes
    }

    /// Reads the sizes that were written when the workload was pushed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(Failure::file(path))?;
        serde_json::from_slice(&bytes).map_err(|error| Failure::file(path)(error.into()))
    }

    /// Writes the sizes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::json!(self).to_string();
        fs::write(path, text).map_err(Failure::file(path))
    }
}
