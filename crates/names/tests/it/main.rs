//! Names, digests and patterns, by examples and by properties.
#![allow(clippy::unwrap_used)]

mod properties;
mod typed;
