//! Plans, runs and what goes on after a stop, over registries in memory and real ones.
#![allow(clippy::unwrap_used)]

mod docker_registry;
mod leave;
mod moving;
mod planning;
mod resuming;
mod running;
mod support;
