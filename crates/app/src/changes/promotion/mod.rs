//! Plans that copy images: promotion to another name, registry or account; a repeat of a failed
//! native replication; a sample image for trying things out.

mod endpoint;
mod perform;
mod plan;
mod replicate;
mod sample;
mod tar;

pub(crate) use endpoint::{copy_request, endpoint};
pub(crate) use perform::{CopyImage, CopyTag, PushSample, transfer};
pub(crate) use plan::{Wish, plan_promote};
pub(crate) use replicate::{plan_replicate_again, plan_sample};
pub(crate) use sample::Sample;
