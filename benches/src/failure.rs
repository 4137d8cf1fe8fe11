//! What can go wrong in a measurement. Everything does so loudly: a run that failed has no time.

use std::{io, path::Path};

/// Why a measurement ended.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file, a socket or a process did not do what it was asked to.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A registry did not answer as it should.
    #[error("{request}: {problem}")]
    Answer {
        /// Method, host and path.
        request: String,
        /// What was wrong with the answer.
        problem: String,
    },
    /// A measured program failed.
    #[error("{program} ended with {status}: {output}")]
    Program {
        /// Its command line.
        program: String,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        output: String,
    },
    /// A copy is not what was to be copied, so its time means nothing.
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
    /// For `map_err`: an I/O error with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// For `map_err`: an I/O error with the file that it is about.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(path.display().to_string())
    }
}
