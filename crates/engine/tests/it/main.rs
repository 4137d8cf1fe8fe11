//! Plans, runs and resumed runs, over registries in memory and real ones.
#![allow(clippy::unwrap_used)]

mod docker_registry;
mod leave;
mod moving;
mod planning;
mod resuming;
mod running;
mod support;
