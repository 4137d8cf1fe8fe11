//! What planning reads: manifests, indexes down to their platforms, referrers.

pub(crate) mod intern;
pub(crate) mod platform;
pub(crate) mod referring;
pub(crate) mod resolve;
pub(crate) mod walk;
