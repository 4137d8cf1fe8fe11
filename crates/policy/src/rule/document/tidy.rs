//! Removes what editors and web pages put into a rule file: unusual spaces between words,
//! typographic quotes around names, invisible characters. They are removed, with a warning, where a
//! name cannot contain them.

use crate::rule::document::tree::{Kind, Node};
use crate::{
    Finding,
    paste::text::{is_double_quote, is_invisible, is_odd_blank, is_single_quote},
};

/// The text with plain spaces where YAML needs them: around its structural characters.
pub(in crate::rule) fn blanks(text: &str) -> (String, Option<Finding>) {
    if !text.contains(is_odd_blank) {
        return (text.to_owned(), None);
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = chars.clone();
    let mut first = None;
    let mut i = 0;
    while i < chars.len() {
        let blank = |c: char| c == ' ' || is_odd_blank(c);
        if !blank(chars[i]) {
            i += 1;
            continue;
        }
        let start = i;
        while i < chars.len() && blank(chars[i]) {
            i += 1;
        }
        let before = start.checked_sub(1).map(|k| chars[k]);
        let behind = chars.get(i);
        let marks =
            before.is_none_or(|c| "\n:-,[{".contains(c)) || behind.is_none_or(|c| "\r\n#:,]}".contains(*c));
        if marks && chars[start..i].iter().any(|c| is_odd_blank(*c)) {
            let odd = (start..i).find(|k| is_odd_blank(chars[*k])).unwrap_or(start);
            first = first.or(Some(odd));
            out[start..i].fill(' ');
        }
    }
    let finding = first.map(|at| {
        let before = &chars[..at];
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        Finding::warning(
            "typographic-blanks",
            "The text has no-break or other unusual spaces; they are read as plain ones.",
        )
        .in_text(line, column)
        .hint("Replace them with plain spaces.")
    });
    (out.into_iter().collect(), finding)
}

/// The tree without typographic quotes around names and without invisible characters.
pub(in crate::rule) fn names(node: &mut Node, findings: &mut Vec<Finding>) {
    inside(node, findings);
}

/// Keys with free text as values, in which every character may be intended.
fn is_free(key: &str) -> bool {
    ["name", "labels", "annotations", "settings", "reason", "run"].contains(&key)
}

fn inside(node: &mut Node, findings: &mut Vec<Finding>) {
    let at = node.at;
    match &mut node.kind {
        Kind::Scalar { text, .. } => tidy(text, at, findings),
        Kind::List(items) => items.iter_mut().for_each(|item| inside(item, findings)),
        Kind::Map(entries) => {
            for (key, at, value) in entries {
                tidy(key, *at, findings);
                if !is_free(key) {
                    inside(value, findings);
                }
            }
        }
    }
}

fn tidy(text: &mut String, at: crate::Position, findings: &mut Vec<Finding>) {
    let odd_quote = |c: char| is_double_quote(c) || (is_single_quote(c) && c != '`');
    if text.contains(is_invisible) {
        let found = text.chars().find(|c| is_invisible(*c)).unwrap_or_default();
        let what =
            format!("There is an invisible character here, U+{:04X}; it is ignored.", u32::from(found));
        findings.push(
            Finding::warning("invisible-character", what).in_text(at.line, at.column).hint("Remove it."),
        );
        *text = text.chars().filter(|c| !is_invisible(*c)).collect();
    }
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || is_odd_blank(c));
    let mut letters = trimmed.chars();
    if let (Some(first), Some(last)) = (letters.next(), letters.next_back())
        && odd_quote(first)
        && odd_quote(last)
    {
        let inner = letters.as_str().to_owned();
        let what = format!("The quotes around `{inner}` are typographic; they are ignored.");
        let finding = Finding::warning("typographic-quotes", what).in_text(at.line, at.column);
        findings.push(finding.hint(format!("Write \"{inner}\" with plain quotes, or without any.")));
        *text = inner;
    }
    if let Some(odd) = text.chars().find(|c| odd_quote(*c) || is_odd_blank(*c)) {
        let what = format!("`{text}` has U+{:04X}, which no name can contain.", u32::from(odd));
        let finding = Finding::error("typographic-quotes", what).in_text(at.line, at.column);
        findings.push(finding.hint("Use plain quotes and spaces."));
    }
}
