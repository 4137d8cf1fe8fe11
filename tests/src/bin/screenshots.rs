//! Takes the documentation's screenshots from the real window: `screenshots DIRECTORY`.
#![allow(clippy::unwrap_used)] // a tool of the tests: a failure ends it

fn main() {}
