//! The backend of the window, over a real sandbox.
#![allow(clippy::unwrap_used)]

mod cleanup;
mod copies;
mod creates;
mod deletion;
mod doctor;
mod engine_rules;
mod expiry;
mod guard;
mod inventory;
mod lifecycle;
mod losses;
mod network;
mod owners;
mod permissions;
mod places;
mod plans;
mod policy_scope;
mod promotion;
mod readiness;
mod replication_status;
mod restore;
mod rule_names;
mod rule_not_looked_at;
mod rule_test;
mod rules;
mod rules_many;
mod scale;
mod second_writer;
mod settings;
mod start;
mod steering;
mod steps;
mod support;
mod templates;
mod waiting;
