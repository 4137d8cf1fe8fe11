//! The reasons why a command ended, and its exit codes.

use std::{fmt, process::ExitCode};

use longshore_app::{
    api::{ApiError, Side},
    transfer::{EngineError, NOTHING_SELECTED},
};
use longshore_sandbox::SandboxError;
use serde_json::{Value, json};

/// The failure of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It failed: exit code 1.
    Failed(String),
    /// It was called wrongly: exit code 2.
    Usage(String),
    /// Nothing is lost, but not everything was done: exit code 3, as for what something else manages.
    Incomplete(String),
    /// It was interrupted: exit code 130.
    Interrupted,
    /// A run was interrupted: exit code 130. The given command resumes it.
    Stopped(String),
    /// An error with a code, a hint and a side: exit code 2 for invalid input, otherwise 1.
    Of(Box<ApiError>),
}

impl Failure {
    /// The exit code that scripts see.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The exit code as a number.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Incomplete(_) => 3,
            Self::Interrupted | Self::Stopped(_) => 130,
            // The owner of the document has to change it.
            Self::Of(error) if error.code == "managed-elsewhere" => 3,
            Self::Of(error) if is_typed(error) => 2,
            Self::Of(_) => 1,
        }
    }

    /// Whether a person stopped the command.
    pub(crate) fn is_stop(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Stopped(_))
    }

    /// The `error` of a summary.
    pub(crate) fn event(&self) -> Value {
        let plain = |code: &str, text: &str| {
            let (message, hint) = text.split_once('\n').unwrap_or((text, ""));
            json!({"code": code, "message": message, "hint": hint.trim(), "side": "this_machine"})
        };
        match self {
            Self::Failed(text) => plain("failed", text),
            Self::Usage(text) => plain("usage", text),
            Self::Incomplete(text) => plain("incomplete", text),
            Self::Interrupted => {
                plain("interrupted", "The command was interrupted.\nRun it again at any time.")
            }
            Self::Stopped(command) => {
                plain("stopped", &format!("The run was stopped.\n`{command}` resumes it."))
            }
            Self::Of(error) => event_of(error),
        }
    }
}

/// Whether the input itself is invalid. An account that was never added, for example, is a
/// different case.
fn is_typed(error: &ApiError) -> bool {
    let typed = error.field.is_some() || error.code == "reference" || error.code.starts_with("invalid-");
    error.side == Side::Input && typed
}

/// An error in the form of events.
pub(crate) fn event_of(error: &ApiError) -> Value {
    json!({
        "code": error.code, "message": error.message, "hint": error.hint.as_deref().unwrap_or_default(),
        "side": match error.side {
            Side::Source => "source",
            Side::Destination => "destination",
            Side::Input | Side::Service | Side::ThisMachine => "this_machine",
        },
    })
}

/// An error's message, followed by what to do on the next line.
pub(crate) fn in_lines(error: &ApiError) -> String {
    match &error.hint {
        Some(hint) => format!("{}\n{hint}", error.message),
        None => error.message.clone(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) | Self::Usage(message) | Self::Incomplete(message) => f.write_str(message),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Stopped(command) => write!(f, "stopped; `{command}` resumes it"),
            Self::Of(error) => f.write_str(&in_lines(error)),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        if error.code == NOTHING_SELECTED {
            return Self::Incomplete(in_lines(&error));
        }
        Self::Of(Box::new(error))
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
