//! ECR as the copy engine's source and sink.

pub(crate) mod ecr_endpoint;
pub(crate) mod layer_uploads;
pub(crate) mod login;
pub(crate) mod optional;
pub(crate) mod pace;
pub(crate) mod part;
pub(crate) mod push_parts;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod tag_lookups;
