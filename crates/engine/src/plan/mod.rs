//! Plans a copy: what is read at both sides, what is decided for each image, and the plan as a value.

pub(crate) mod copy_plan;
pub(crate) mod decide;
pub(crate) mod destination;
pub(crate) mod expiry;
pub(crate) mod gather;
pub(crate) mod planned;
pub(crate) mod read;
pub(crate) mod request;
pub(crate) mod shard;
pub(crate) mod writes;
