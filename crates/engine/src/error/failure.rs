//! A failure as plain values: where, what, and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// The longest message, in characters. Registries, images and files supply parts of it.
const MOST_OF_MESSAGE: usize = 2_000;

/// Where something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At the registry that is read.
    Source,
    /// At the registry that is written.
    Destination,
    /// Here.
    ThisMachine,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::ThisMachine => "this machine",
        })
    }
}

/// An error as plain values, for events, outcomes and plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Where.
    pub side: Side,
}

impl Failure {
    /// What happened and what to do, as sentences.
    pub fn in_words(&self) -> String {
        format!("{}. {}", self.message.trim_end_matches('.'), self.hint)
    }
}

impl EngineError {
    /// The error as plain values.
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code().to_owned(),
            message: longshore_names::shown(&self.to_string(), MOST_OF_MESSAGE),
            hint: self.hint().to_owned(),
            side: self.side,
        }
    }
}
