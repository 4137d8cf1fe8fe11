//! A rule file as YAML, always in the same form.

use std::fmt::Write;

use longshore_names::is_hidden;
use serde_json::Value;

use crate::rule::RuleFile;

/// The file as YAML: keys in the order of the documentation, nothing that is left out, every text
/// that another reader might take for something else in quotes. [`parse_rules`](crate::rule::parse_rules)
/// reads the same file from it.
pub fn to_yaml(file: &RuleFile) -> String {
    let mut out = String::new();
    // Rules contain only strings, numbers and lists, which JSON can always express.
    let value = serde_json::to_value(file).unwrap_or_default();
    block(&value, 0, &mut out);
    out
}

/// Any JSON value as a YAML document in the same form.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// A value below its key or at the top level, on separate lines.
fn block(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                indent(level, out);
                entry(key, inner, level, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                indent(level, out);
                out.push_str("- ");
                match item {
                    Value::Object(object) if !object.is_empty() => {
                        for (i, (key, inner)) in object.iter().enumerate() {
                            if i > 0 {
                                indent(level + 1, out);
                            }
                            entry(key, inner, level + 1, out);
                        }
                    }
                    _ => {
                        scalar(item, out);
                        out.push('\n');
                    }
                }
            }
        }
        _ => {
            scalar(value, out);
            out.push('\n');
        }
    }
}

fn entry(key: &str, value: &Value, level: usize, out: &mut String) {
    text(key, out);
    out.push(':');
    let nested = match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        block(value, level + 1, out);
    } else {
        out.push(' ');
        scalar(value, out);
        out.push('\n');
    }
}

fn scalar(value: &Value, out: &mut String) {
    match value {
        Value::String(string) => text(string, out),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// Plain if every YAML 1.1 and 1.2 parser reads it as the same string.
fn text(text: &str, out: &mut String) {
    let reserved = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@+ ".contains(c);
    let safe = begins
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !reserved.contains(&text.to_ascii_lowercase().as_str());
    if safe {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Sections 5.1 and 5.7 of YAML 1.2.2.
            // The parser treats an unusual space as an editor's mistake.
            c if is_hidden(c) || (c.is_whitespace() && c != ' ') || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                let code = u32::from(c);
                let _ =
                    if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
