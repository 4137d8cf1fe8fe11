//! Values in Terraform's language.

use serde_json::Value;

/// A quoted template that stands for exactly this text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `${` and `%{` would begin an expression.
            '$' | '%' => out.push(c),
            '{' if out.ends_with(['$', '%']) => {
                let sign = if out.ends_with('$') { '$' } else { '%' };
                out.push(sign);
                out.push('{');
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A value as an expression, indented by `depth` levels of two spaces.
pub(super) fn expression(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(list) if list.is_empty() => "[]".into(),
        Value::Array(list) => {
            let items: Vec<String> =
                list.iter().map(|v| format!("{inner}{},\n", expression(v, depth + 1))).collect();
            format!("[\n{}{outer}]", items.concat())
        }
        Value::Object(object) if object.is_empty() => "{}".into(),
        Value::Object(object) => {
            let items: Vec<String> = object
                .iter()
                .map(|(k, v)| format!("{inner}{} = {}\n", quoted(k), expression(v, depth + 1)))
                .collect();
            format!("{{\n{}{outer}}}", items.concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_an_expression() {
        assert_eq!(quoted("${aws:username}"), "\"$${aws:username}\"");
        assert_eq!(quoted("%{if}"), "\"%%{if}\"");
        assert_eq!(quoted("$5 100%"), "\"$5 100%\"");
        assert_eq!(quoted("a\"b\\c\n\u{8}"), "\"a\\\"b\\\\c\\n\\u0008\"");
    }
}
