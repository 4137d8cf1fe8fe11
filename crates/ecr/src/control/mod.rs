//! The control plane: repositories, images, settings, and documents that are replaced as a whole.

pub(crate) mod backfill;
pub(crate) mod documents;
pub(crate) mod images;
pub(crate) mod lifecycle;
pub(crate) mod lookup;
pub(crate) mod registry_documents;
pub(crate) mod repositories;
pub(crate) mod repository_policy;
pub(crate) mod settings;
pub(crate) mod storage;
pub(crate) mod templates;
pub(crate) mod write;
