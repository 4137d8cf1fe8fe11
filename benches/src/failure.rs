//! Errors of a measurement. Every failure is an error: a failed run has no time.

use std::{io, path::Path};

/// Why a measurement ended.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An operation on a file, a socket or a process failed.
    #[error("{what}: {source}")]
    Io {
        /// The operation.
        what: String,
        /// The system's error.
        source: io::Error,
    },
    /// An unexpected response from a registry.
    #[error("{request}: {problem}")]
    Answer {
        /// Method, host and path.
        request: String,
        /// What was wrong with the response.
        problem: String,
    },
    /// A measured program failed.
    #[error("{program} ended with {status}: {output}")]
    Program {
        /// Its command line.
        program: String,
        /// How it ended.
        status: String,
        /// The end of its output.
        output: String,
    },
    /// A copy differs from its source, so its time means nothing.
    #[error("{what} is not at the destination after {program} on {workload}")]
    Incomplete {
        /// The contender.
        program: String,
        /// The workload.
        workload: String,
        /// The tag.
        what: String,
    },
    /// The request cannot be carried out.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// For `map_err`: an I/O error with the operation.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// For `map_err`: an I/O error with the file that it is about.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(path.display().to_string())
    }
}
