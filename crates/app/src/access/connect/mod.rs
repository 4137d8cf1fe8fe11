//! Connecting accounts, one by one and several at once.

mod acting;
mod by_source;
mod organization;
mod regions;
