//! Faults: what goes wrong between two registries, made to go wrong by a proxy in front of Debian's
//! docker-registry, and what a copy makes of it.
#![allow(clippy::unwrap_used)]

mod content;
mod kill;
mod network;
mod proxy;
mod redirects;
mod world;
