//! How calls reach a service: the HTTP client of the SDK, and the budget of their retries.

pub(crate) mod http;
pub(crate) mod retries;
