//! Who calls: signatures of requests, sessions of roles and users, and the principal.

pub(crate) mod caller;
pub(crate) mod canonical;
pub(crate) mod sessions;
pub(crate) mod sigv4;
