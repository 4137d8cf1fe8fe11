//! One image: its blobs, its referrers, its manifests and tags.

pub(crate) mod attach;
pub(crate) mod finish;
pub(crate) mod throttle;
pub(crate) mod transfer;
