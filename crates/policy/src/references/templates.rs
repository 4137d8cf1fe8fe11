//! Files that are YAML only after something else was done to them, such as templates of Helm: every line
//! with a key `image` is read by itself.

use super::{Found, Kind, collect::Collector, documents::by_path};
use crate::paste::text::Text;

/// The references of such a file. `problem` is why it is not YAML, unless that is expected.
pub(super) fn find(path: &str, text: &Text, problem: Option<String>) -> Found {
    let name = path.rsplit('/').next().unwrap_or_default();
    let kind = by_path(path, name).unwrap_or(match name.contains("compose") {
        true => Kind::Compose,
        false => Kind::Helm,
    });
    let mut out = Collector::new(kind);
    for line in text.lines() {
        if let Some(value) = value_of(&text.slice(line)) {
            out.plausible(&value);
        }
    }
    let kinds = if out.found.is_empty() { Vec::new() } else { vec![kind] };
    let note = problem.map(|problem| format!("Only the lines with `image:` were read, because {problem}."));
    Found { references: out.found, kinds, note }
}

/// The value in `- image: "…" # comment`.
fn value_of(line: &Text) -> Option<Text> {
    let mut rest = line.trimmed();
    while rest.starts_with(0, "- ") {
        rest = rest.slice(2..rest.len()).trimmed();
    }
    let quoted = rest.get(0) == Some('"');
    let key = if quoted { "\"image\"" } else { "image" };
    if !rest.starts_with(0, key) {
        return None;
    }
    let after = rest.slice(key.len()..rest.len()).trimmed();
    let value = after.slice(1..after.len()).trimmed();
    if after.get(0) != Some(':') || value.is_empty() {
        return None;
    }
    let end = match value.get(0) {
        Some(quote @ ('"' | '\'')) => {
            // A template may have the same quotes inside its braces.
            let last = (1..value.len()).rev().find(|i| value.get(*i) == Some(quote))?;
            return Some(value.slice(1..last));
        }
        _ => value.find(" #", 0).unwrap_or(value.len()),
    };
    Some(value.slice(0..end).trimmed())
}
