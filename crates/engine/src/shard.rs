//! A deterministic part of the work, so that many machines share it without a coordinator.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One part of a divided plan. Written `0/4`: the first of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Shard {
    index: u32,
    of: u32,
}

#[derive(Deserialize)]
struct Parts {
    index: u32,
    of: u32,
}

impl TryFrom<Parts> for Shard {
    type Error = ShardError;

    fn try_from(parts: Parts) -> Result<Self, ShardError> {
        Self::new(parts.index, parts.of)
    }
}

/// No part of anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard; write `I/N` with I from 0 to N - 1, for example `0/4`")]
pub struct ShardError(String);

impl Shard {
    /// Part `index` (from 0) of `of`.
    ///
    /// # Errors
    /// When `index` is not below `of`.
    pub fn new(index: u32, of: u32) -> Result<Self, ShardError> {
        if index < of { Ok(Self { index, of }) } else { Err(ShardError(format!("{index}/{of}"))) }
    }

    /// Which part, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.of
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let error = || ShardError(text.chars().take(40).collect());
        let (index, of) = text.trim().split_once('/').ok_or_else(error)?;
        let (index, of) = (index.parse().map_err(|_| error())?, of.parse().map_err(|_| error())?);
        Self::new(index, of).map_err(|_| error())
    }
}
