//! What the data plane stores and removes: blobs, uploads, manifests and the repositories around them.

pub(crate) mod blobs;
pub(crate) mod create_on_push;
pub(crate) mod deletion;
pub(crate) mod expiry;
pub(crate) mod manifest;
pub(crate) mod push;
pub(crate) mod uploads;
