//! Images that are deleted by rule, or moved out of the way: selected, shown, planned in batches, and looked at
//! again before each batch.

mod again;
mod perform;
mod plan;
mod preview;
mod select;

pub(crate) use plan::plan;
