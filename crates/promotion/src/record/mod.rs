//! The record: an append-only chain of entries, in which every change is found.

mod chain;
mod entry;
mod history;
mod rollback;
mod statement;
mod undo;

pub use chain::{Anchor, Chain, ChainBreak, ChainProblem, follow, verify_rows};
pub use entry::{Entry, Event, RecordedDestination};
pub use history::{HistoryQuery, in_stage_at, in_stages_at};
pub use rollback::{NoRollback, RollbackTarget, rollback_target};
pub use statement::{PREDICATE_TYPE, in_toto_statement};
pub use undo::{NoUndo, UndoStep, undo_steps};
