//! Variables in references: `$NAME`, `${NAME}`, `${NAME:-default}`.
//!
//! Every character of the result keeps its position in the file, also those of a default or of a value
//! that is written elsewhere in the file.

use crate::paste::text::Text;

/// Deeper than any default that has a variable with a default.
const MAX_DEPTH: usize = 8;

/// More characters than any reference with its variables.
const LONGEST: usize = 4_096;

/// A text with its variables replaced.
pub(super) struct Expanded {
    pub(super) text: Text,
    /// Whether the value of a variable is not known; it is then left as written.
    pub(super) is_open: bool,
}

/// Replaces the variables of a text by what `known` says.
pub(super) fn expand(text: &Text, known: &dyn Fn(&str) -> Option<Text>) -> Expanded {
    if text.len() > LONGEST {
        return Expanded { text: text.clone(), is_open: true };
    }
    within(text, known, MAX_DEPTH)
}

/// As [`expand`], where a file itself gives no variable a value.
pub(super) fn expand_defaults(text: &Text) -> Expanded {
    expand(text, &|_| None)
}

fn within(text: &Text, known: &dyn Fn(&str) -> Option<Text>, depth: usize) -> Expanded {
    let mut out = Expanded { text: text.slice(0..0), is_open: false };
    let mut i = 0;
    while let Some(c) = text.get(i) {
        // Templates of GitHub Actions and of Go.
        if text.starts_with(i, "{{") || text.starts_with(i, "$(") {
            out.is_open = true;
        }
        let Some(variable) = (c == '$').then(|| variable(text, i)).flatten() else {
            let skip = if c == '$' && text.get(i + 1) == Some('$') { 2 } else { 1 };
            out.text.append(&text.slice(i..i + 1));
            i += skip;
            continue;
        };
        let value = known(&variable.name).filter(|value| !value.is_empty());
        let value = match (variable.operator, value) {
            (Operator::Alternative, Some(_)) => Some(variable.word.clone()),
            (Operator::Alternative, None) => Some(text.slice(i..i)),
            (_, Some(value)) => Some(value),
            (Operator::Default, None) => Some(variable.word.clone()),
            (Operator::None, None) => None,
        };
        match value {
            Some(value) if depth > 0 && out.text.len() + value.len() <= LONGEST => {
                let value = within(&value, known, depth - 1);
                out.is_open |= value.is_open;
                out.text.append(&value.text);
            }
            _ => {
                out.is_open = true;
                out.text.append(&text.slice(i..variable.end));
            }
        }
        i = variable.end;
    }
    out
}

#[derive(Clone, Copy)]
enum Operator {
    None,
    /// `:-`, `-`, `:=` and `=`.
    Default,
    /// `:+` and `+`.
    Alternative,
}

struct Variable {
    name: String,
    operator: Operator,
    /// What follows the operator.
    word: Text,
    /// The index after it.
    end: usize,
}

/// The variable that begins with the dollar sign at `i`.
fn variable(text: &Text, i: usize) -> Option<Variable> {
    let braced = text.get(i + 1) == Some('{');
    let start = if braced { i + 2 } else { i + 1 };
    let length = (start..text.len())
        .take_while(|at| text.get(*at).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'))
        .count();
    if length == 0 || text.get(start).is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let (name, after) = (text.slice(start..start + length).to_string(), start + length);
    if !braced {
        return Some(Variable { name, operator: Operator::None, word: text.slice(0..0), end: after });
    }
    let close = closing(text, after)?;
    let rest = text.slice(after..close);
    let colon = usize::from(rest.get(0) == Some(':'));
    let (operator, skip) = match rest.get(colon) {
        Some('-' | '=') => (Operator::Default, colon + 1),
        Some('+') => (Operator::Alternative, colon + 1),
        _ => (Operator::None, 0),
    };
    Some(Variable { name, operator, word: rest.slice(skip..rest.len()), end: close + 1 })
}

/// The index of the brace that closes a variable whose name ends before `from`.
fn closing(text: &Text, from: usize) -> Option<usize> {
    let mut open = 1;
    for i in from..text.len() {
        match text.get(i) {
            Some('{') => open += 1,
            Some('}') => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(i);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_by_their_value_or_default() {
        let known = |name: &str| match name {
            "TAG" => Some(Text::new("1.27")),
            "BASE" => Some(Text::new("nginx:${TAG}")),
            "LOOP" => Some(Text::new("${LOOP}")),
            "EMPTY" => Some(Text::new("")),
            _ => None,
        };
        for (text, expected, is_open) in [
            ("nginx:$TAG", "nginx:1.27", false),
            ("nginx:${TAG}-x", "nginx:1.27-x", false),
            ("${BASE}", "nginx:1.27", false),
            ("${OTHER:-redis}:${TAG}", "redis:1.27", false),
            ("${OTHER-redis:$TAG}", "redis:1.27", false),
            ("${EMPTY:-x}${TAG:+y}${OTHER:+z}", "xy", false),
            ("${A:-${B:-c}}", "c", false),
            ("$OTHER/app", "$OTHER/app", true),
            ("${OTHER:?needed}", "${OTHER:?needed}", true),
            ("${{ matrix.image }}", "${{ matrix.image }}", true),
            ("{{ .Values.image }}:1", "{{ .Values.image }}:1", true),
            ("$(IMAGE)", "$(IMAGE)", true),
            ("${LOOP}", "${LOOP}", true),
            ("a$$b", "a$b", false),
            ("${TAG", "${TAG", false),
        ] {
            let found = expand(&Text::new(text), &known);
            assert_eq!((found.text.to_string().as_str(), found.is_open), (expected, is_open), "{text}");
        }
    }
}
