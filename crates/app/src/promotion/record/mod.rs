//! The record: what is stored, what it holds and blocks, and questions about it.

mod history;
mod holds;
mod store;

pub(super) use holds::checked_reason;
pub(crate) use store::{append, entries};
