//! The embedded ECR: an own data plane and control plane per account and Region.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![allow(dead_code, unused_imports)]

mod blobs;
mod clock;
mod control;
mod counters;
mod error;
mod events;
mod files;
mod manifest;
mod options;
mod policy;
mod push;
mod replication;
mod state;
mod token;
mod uploads;

pub use clock::Clock;
pub use counters::Counters;
pub use error::{SandboxError, StorageError};
pub use events::Change;
pub use options::{DEFAULT_PORT, PortChoice, SandboxOptions, Switches};
pub use state::ReplicationOutcome;
