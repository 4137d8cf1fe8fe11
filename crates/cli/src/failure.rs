//! Why a command ended, and its exit code.

use std::{fmt, process::ExitCode};

use longshore_app::{
    api::{ApiError, Side},
    transfer::EngineError,
};
use longshore_sandbox::SandboxError;

/// A command that did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It failed: exit code 1.
    Failed(String),
    /// It was called wrongly: exit code 2.
    Usage(String),
    /// Nothing is lost but not everything is done: exit code 3.
    Incomplete(String),
    /// It was interrupted: exit code 130.
    Interrupted,
    /// A run was interrupted: exit code 130. The command goes on with it.
    Stopped(String),
}

impl Failure {
    /// The exit code that scripts see.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Incomplete(_) => 3,
            Self::Interrupted | Self::Stopped(_) => 130,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) | Self::Usage(message) | Self::Incomplete(message) => f.write_str(message),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Stopped(command) => write!(f, "stopped; `{command}` goes on"),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let message = match error.hint {
            Some(hint) => format!("{}\n{hint}", error.message),
            None => error.message,
        };
        // What was typed is wrong in itself; that nobody added an account, say, is another matter.
        let typed = error.field.is_some() || error.code == "reference" || error.code.starts_with("invalid-");
        if error.side == Side::Input && typed { Self::Usage(message) } else { Self::Failed(message) }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
