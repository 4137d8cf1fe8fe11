//! What the tasks of a run share: the registries, what was done, the repositories; limits.

pub(crate) mod bandwidth;
pub(crate) mod blob_table;
pub(crate) mod control;
pub(crate) mod ledger;
pub(crate) mod options;
pub(crate) mod registries;
pub(crate) mod repositories;
pub(crate) mod shared;
