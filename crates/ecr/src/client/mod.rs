//! One client for one registry: calls, their counts, retries, and errors with their kinds.

pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod classify;
pub(crate) mod convert;
pub(crate) mod ecr_client;
pub(crate) mod json_call;
pub(crate) mod query_call;
pub(crate) mod signed;
pub(crate) mod sts;
pub(crate) mod token;
pub(crate) mod transport;
pub(crate) mod xml;
