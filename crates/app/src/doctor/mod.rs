//! The doctor: reads what is known about both sides of a rule, and lets the policy crate decide.

mod contents;
mod convert;
mod fixes;
mod gather;
mod permissions;
mod told;
mod view;
