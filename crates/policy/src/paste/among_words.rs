//! JSON values between words: in a message, or in a table cell.
//!
//! A value counts only on its own. A value inside an object or list that cannot be parsed is a part
//! of it: an intact statement of a broken policy is not that policy.

use super::{
    lenient::{self, Problem, Read},
    text::{Text, is_blank, is_double_quote, is_invisible, is_single_quote},
};

/// The most brackets among the words, such as those of prompts, that are skipped.
const MAX_BRACKETS: usize = 64;

/// The outermost objects and lists of `text`, each with its start index.
///
/// # Errors
/// The position at which an object or a list is broken.
pub(super) fn values(text: &Text) -> Result<Vec<(usize, Read)>, Problem> {
    let (mut found, mut stray, mut brackets, mut i) = (Vec::new(), None, 0, 0);
    while let Some(c) = text.get(i) {
        if !matches!(c, '{' | '[') {
            if matches!(c, '}' | ']') && stray.is_none() {
                stray = Some(i);
            }
            i += 1;
            continue;
        }
        let problem = match lenient::value(text, i) {
            Ok(read) => {
                let end = read.end;
                found.push((i, read));
                i = end;
                continue;
            }
            Err(problem) => problem,
        };
        let end = end_of(text, i);
        let inside = text.slice(i + 1..end.unwrap_or(text.len()));
        brackets += 1;
        let is_word = !inside.chars().contains(&'{') || (end.is_none() && c == '[');
        if opens_json(text, i) || !is_word || brackets > MAX_BRACKETS {
            return Err(problem);
        }
        i = end.unwrap_or(i + 1);
    }
    match stray {
        Some(at) if !found.is_empty() => Err(Problem {
            at: text.at(at),
            problem: "this closes an object or a list whose beginning is missing".into(),
            unfinished: false,
        }),
        _ => Ok(found),
    }
}

/// Whether the bracket at `i` opens JSON: a key, an element or the end follows.
fn opens_json(text: &Text, i: usize) -> bool {
    let next = text.chars()[i + 1..].iter().copied().find(|c| !is_blank(*c) && !is_invisible(*c));
    next.is_some_and(|c| "{[}\"'".contains(c) || is_double_quote(c) || is_single_quote(c))
}

/// The index after the bracket that closes the one at `start`. Brackets in quotes do not count.
fn end_of(text: &Text, start: usize) -> Option<usize> {
    let (mut open, mut quoted) = (0_usize, false);
    for (i, c) in text.chars().iter().enumerate().skip(start) {
        match c {
            '\n' => quoted = false,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => open += 1,
            '}' | ']' if !quoted => {
                open -= 1;
                if open == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}
