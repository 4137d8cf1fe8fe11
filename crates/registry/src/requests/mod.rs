//! What is asked of a registry: blobs, manifests, tags, referrers, uploads.

pub(crate) mod blobs;
pub(crate) mod listing;
pub(crate) mod manifests;
pub(crate) mod mount;
pub(crate) mod put;
pub(crate) mod referrers;
pub(crate) mod referrers_index;
pub(crate) mod upload;
