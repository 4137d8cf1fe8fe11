//! How fast Longshore copies: workloads, the limit of the machine, and other tools, side by side.
//!
//! `make bench` is the way in; `docs/performance.md` says what is measured and how. Absolute times
//! are of one machine in one minute, so only ratios of runs that alternated are claimed.
//!
//! This package uses no crate of the product: it starts the built `longshore` as anybody would.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod aims;
pub mod build;
pub mod contender;
pub mod content;
pub mod copier;
pub mod delay;
pub mod driver;
pub mod failure;
pub mod generate;
pub mod measure;
pub mod plan;
pub mod proxies;
pub mod registry;
pub mod report;
pub mod requests;
pub mod sandbox;
pub mod sizes;
pub mod tee;
pub mod wire;
pub mod workload;

pub use failure::Failure;
