//! How bytes move: places, pauses, limits, parts, several destinations.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod mending;
mod parts;
mod places;
mod steering;
mod tee;
mod verifying;
