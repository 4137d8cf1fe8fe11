//! Images that are deleted, as they were shown.

mod perform;
pub(super) mod plan;
pub(super) mod storage;

pub(crate) use perform::{
    DeleteImages, Doomed, DoomedTag, delete_by_digest, deletions, deletions_of, not_found, remove,
};
