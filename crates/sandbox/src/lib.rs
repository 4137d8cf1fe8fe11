//! The embedded ECR: a data plane and a control plane per account and Region on loopback, with
//! native replication, so that everything can be tried, rehearsed and tested without AWS.
//!
//! ```no_run
//! use longshore_sandbox::{Sandbox, SandboxOptions};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start(SandboxOptions::new("/tmp/sandbox")).await?;
//! println!("{}", serde_json::to_string(&sandbox.ready())?);
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Its defaults are ECR's verified behaviour; what is odd or not confirmed by AWS is one of the
//! [`Switches`]. It shares no code with the product's own crates except the names, so that a
//! mistake on one side shows up against the other.
//!
//! Not for: anything that must hold against an attacker on the same machine, or more than one
//! process on one state directory.
//!
//! Not confirmed by AWS: most values of `failureCode`, and that a new tag on an existing manifest
//! replicates.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod clock;
mod control;
mod counters;
mod data;
mod error;
mod events;
mod files;
mod iam;
mod images;
mod options;
mod planting;
mod replication;
mod sandbox;
mod server;
mod state;
mod switches;
mod writes;

pub use clock::Clock;
pub use counters::{Counters, OperationCount, Traffic};
pub use error::{SandboxError, StorageError};
pub use events::Change;
pub use options::{DEFAULT_PORT, PortChoice, SandboxOptions};
pub use planting::{KeyState, PlantedResource, PlantedStack};
pub use sandbox::Sandbox;
pub use server::ready::{Ready, ReadyCredential, ReadyRegistry};
pub use state::{BackfillStatus, ReplicationOutcome};
pub use switches::{SwitchError, Switches};
pub use writes::Written;
