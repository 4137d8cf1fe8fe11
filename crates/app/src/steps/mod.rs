//! Steps: the changes that plans list, and a run that carries them out.
//!
//! A [`Change`] belongs to its feature, in `changes`. A plan holds [`Step`]s; a run performs them one
//! after the other, each as a [`Job`], and shows itself through [`Live`]. Copying is a step like the
//! others: its images are rows of [`RunImages`], which also pauses and limits it.

mod change;
mod images;
mod job;
mod limits;
mod live;
mod meter;
mod writes;

pub(crate) use change::{
    COPYING, Change, Context, DocumentChange, ExpectedImage, Outcome, PolicyRewrite, ReplacedDocument,
    Rewrite, Step,
};
pub(crate) use images::{Before, RunImages};
pub(crate) use job::Job;
pub(crate) use limits::Limits;
pub(crate) use live::Live;
pub use writes::{Ledger, ListedWrite, Place, TagOfWrite};
