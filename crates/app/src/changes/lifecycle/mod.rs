//! Lifecycle policies of repositories: read, checked, tried on the images that are there, and written.

mod images;
mod perform;
mod plan;
mod view;

pub(crate) use images::ListedImages;
pub(in crate::changes) use perform::SetLifecyclePolicy;
pub(crate) use plan::plan_put;
pub(in crate::changes) use plan::replacing;
pub(crate) use view::accepted;
