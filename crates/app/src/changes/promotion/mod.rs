//! Plans that move images: promotion to another name, registry or account; sending again what
//! native replication could not; a sample image to try things with.

mod endpoint;
mod perform;
mod plan;
mod replicate;
mod sample;
mod tar;

pub(crate) use endpoint::{copy_request, endpoint};
pub(crate) use perform::{CopyImage, CopyTag, PushSample};
pub(crate) use plan::{Wish, plan_promote};
pub(crate) use replicate::{plan_replicate_again, plan_sample};
pub(crate) use sample::Sample;
