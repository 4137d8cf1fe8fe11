//! Registries of every kind: Debian's docker-registry, servers that are wrong or evil, layout
//! directories, archives; and the credentials for them.
#![allow(clippy::unwrap_used)]

mod archives;
mod auth;
mod credentials;
mod docker_registry;
mod hostile;
mod layouts;
mod lists;
mod once;
mod pacing;
mod referrers;
mod skopeo;
mod support;
mod tls;
