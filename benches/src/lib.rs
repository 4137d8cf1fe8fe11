//! How fast Longshore copies: workloads, the limit of the machine, and other tools, side by side.
//!
//! `make bench` is the entry point; `docs/performance.md` describes what is measured and how.
//! Absolute times depend on the machine and the moment, so only ratios of alternating runs are
//! claimed.
//!
//! This package uses no crate of the product: it starts the built `longshore` like any user.
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
