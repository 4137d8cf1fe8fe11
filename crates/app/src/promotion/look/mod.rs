//! What registries say about builds now, and who asks.

mod build;
mod places;
mod scan;
mod who;

pub(super) use build::read as read_build;
pub(crate) use places::{PlaceNow, Reached, place_now, reach};
pub(super) use scan::read as read_scans;
pub(super) use who::on_this_computer;
pub(crate) use who::who;
