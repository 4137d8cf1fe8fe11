//! One file for each thing that a gate can ask.

pub(super) mod age;
pub(super) mod approvals;
pub(super) mod image;
pub(super) mod metadata;
pub(super) mod presence;
pub(super) mod superseded;
pub(super) mod tag;

/// `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
