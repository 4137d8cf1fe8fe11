//! What registries hold: descriptors, manifests, digests, references, configs.

pub(crate) mod config;
pub(crate) mod digest;
pub(crate) mod graph;
pub(crate) mod manifest;
pub mod media_types;
pub(crate) mod reference;
pub(crate) mod resume;
pub(crate) mod stored;
pub(crate) mod types;
pub(crate) mod verified;
