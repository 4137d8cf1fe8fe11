//! What the tasks of a run share: registries, the table of blobs, limits.

pub(crate) mod bandwidth;
pub(crate) mod blob_table;
pub(crate) mod control;
pub(crate) mod shared;
