//! Faults between two registries, caused by a proxy in front of Debian's docker-registry, and how a
//! copy handles them.
#![allow(clippy::unwrap_used)]

mod content;
mod kill;
mod network;
mod proxy;
mod redirects;
mod world;
