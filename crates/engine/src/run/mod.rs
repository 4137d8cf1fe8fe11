//! A run from its first check to its last: what is started when, what is checked, how it is resumed.

pub(crate) mod end_check;
pub(crate) mod other_shards;
pub(crate) mod progress;
pub(crate) mod replan;
pub(crate) mod running;
pub(crate) mod scheduler;
pub(crate) mod start_check;
pub(crate) mod tag_check;
pub(crate) mod vanished;
