//! Who may do what in a registry: tokens of the data plane, and the policies that are asked.

pub(crate) mod policy;
pub(crate) mod token;
