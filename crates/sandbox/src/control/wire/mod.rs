//! How a call comes in and its answer goes out: signature, caller, members, pages, errors.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod constraints;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod members;
pub(crate) mod page;
pub(crate) mod recorder;
pub(crate) mod signing;
pub(crate) mod throttle;
pub(crate) mod xml;
