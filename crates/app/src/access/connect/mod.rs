//! Connecting accounts, one by one and several at once.

mod by_source;
mod organization;
mod regions;
