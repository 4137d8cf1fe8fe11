//! Journeys through the real window.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, unreachable_pub)]

mod clean_images;
mod engine_rule;
mod expiry;
mod first_start;
mod j1;
mod j10;
mod j11;
mod j1_actions;
mod j2;
mod j3;
mod j4;
mod j5;
mod keyboard;
mod kill;
mod many_accounts;
mod steps;
mod terminal;
