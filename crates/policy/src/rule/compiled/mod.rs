//! A rule whose every text was understood, and what it selects.

pub(crate) mod check_destination;
pub(crate) mod check_rules;
pub(crate) mod compile;
pub(crate) mod facts;
pub(crate) mod matcher;
pub(crate) mod naming;
pub(crate) mod newest;
pub(crate) mod reason;
pub(crate) mod select;
pub(crate) mod timetable;
