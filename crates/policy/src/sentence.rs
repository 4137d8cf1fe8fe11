//! Helpers for building sentences.

pub(crate) use longshore_names::capital;
use longshore_names::{AccountId, RegistryId};

/// `a`, `a and b`, `a, b and c`; empty for none.
pub(crate) fn list(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// `Prod (444455556666)`, or only the number.
pub(crate) fn account(id: &AccountId, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
    match names(id) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_string(),
    }
}

/// `Prod (444455556666) in us-west-2`.
pub(crate) fn registry(id: &RegistryId, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
    format!("{} in {}", account(&id.account, names), id.region)
}

/// `1 image`, `2 images`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A problem without a full stop as a sentence: a capital at the beginning, a full stop at the end
/// unless it ends as a question.
pub(crate) fn whole(problem: &str) -> String {
    let sentence = capital(problem);
    if sentence.ends_with(['.', '?', '!']) { sentence } else { format!("{sentence}.") }
}
