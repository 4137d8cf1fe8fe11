//! The doctor: reads what is known about both sides of a rule, and lets the policy crate decide.

mod convert;
mod fixes;
mod gather;
mod told;
mod view;
