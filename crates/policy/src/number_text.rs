//! Numbers that keep their text.
//!
//! JSON numbers are read as 64-bit values, which turn `1.10` into `1.1` and lose digits of long
//! numbers. A policy is the user's text, so a number that would be written differently is carried
//! as a string with a mark that no document contains, and written as it was read.

use std::borrow::Cow;

use serde_json::Value;

/// A noncharacter, which interchanged text does not contain (Unicode, section 23.7).
const MARK: char = '\u{fdd0}';

/// The JSON text with each such number as a marked string. The text must be JSON.
pub(crate) fn carried(text: &str) -> Cow<'_, str> {
    if text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..].iter().take_while(|b| is_part(**b)).count();
                let number = &text[at..at + length];
                if !survives(number) {
                    out.push_str(&text[copied..at]);
                    out.push('"');
                    out.push(MARK);
                    out.push_str(number);
                    out.push('"');
                    copied = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The JSON text with marked strings turned back into numbers.
pub(crate) fn restored(text: String) -> String {
    let start = format!("\"{MARK}");
    if !text.contains(&start) {
        return text;
    }
    let mut parts = text.split(&start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('"') {
            Some((number, rest)) if !number.is_empty() && number.bytes().all(is_part) => {
                out.push_str(number);
                out.push_str(rest);
            }
            _ => {
                out.push_str(&start);
                out.push_str(part);
            }
        }
    }
    out
}

/// The value of one number of a JSON text.
pub(crate) fn value(number: &str) -> Value {
    if survives(number) {
        return serde_json::from_str(number).unwrap_or(Value::Null);
    }
    Value::String(format!("{MARK}{number}"))
}

/// Whether a text is one JSON number and nothing else.
pub(crate) fn is_number(text: &str) -> bool {
    text.bytes().all(is_part) && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// The text of a string, or of the number that it carries.
pub(crate) fn plain(text: &str) -> &str {
    text.strip_prefix(MARK).filter(|number| is_number(number)).unwrap_or(text)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

fn survives(number: &str) -> bool {
    let written = serde_json::from_str::<Value>(number).map(|value| value.to_string());
    written.is_ok_and(|written| written == number)
}

/// The position after the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_written() {
        let text = r#"{"a":[1.0,1.10,-0,1e5,1E+5,12345678901234567890,123456789012345678901234567890],"b \" 1.10":"1.10","c":7}"#;
        let value: Value = serde_json::from_str(&carried(text)).unwrap();
        assert_eq!(restored(value.to_string()), text);
        assert_eq!(value["c"], 7);
        assert_eq!(value["b \" 1.10"], "1.10");
    }

    #[test]
    fn what_is_not_a_number_stays() {
        for text in [r#"{"a":1}"#, "{\"\u{fdd0}\":\"\u{fdd0}x\"}"] {
            assert_eq!(carried(text), text);
            assert_eq!(restored(text.to_owned()), text);
        }
    }
}
