//! What plans say, what they cost, and how they are divided.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod deciding;
mod platforms;
mod pruning;
mod referrers;
mod requests;
mod sharding;
mod watched;
