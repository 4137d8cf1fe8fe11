//! Text from outside: from a registry, an image, an archive or a file.
//!
//! Such text may be of any length and may contain characters that mislead the reader: an escape
//! sequence that clears a terminal, a line break that forges a line of our output, a bidirectional
//! override that reverses a file name, an invisible character. [`ForeignText`] limits the length
//! and shows those characters as escapes, such as `\u{202e}`. Text that has been escaped once is
//! not changed by escaping it again.
//!
//! ```
//! use longshore_names::{ForeignText, shown};
//!
//! assert_eq!(ForeignText::new("linux/\u{202e}46dma").as_str(), r"linux/\u{202e}46dma");
//! assert_eq!(shown("two\nlines\u{1b}[2J", 100), r"two\nlines\u{1b}[2J");
//! assert_eq!(shown(&"x".repeat(100), 40), format!("{}… (83 more characters)", "x".repeat(17)));
//! ```

use std::fmt;

use serde::Serialize;

/// How many characters of a foreign text are shown unless the caller gives another limit.
const USUAL: usize = 2_000;

/// Foreign text that is safe to show: bounded, on one line, with hidden characters escaped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ForeignText(String);

impl ForeignText {
    /// At most 2,000 characters of a text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self::bounded(text, USUAL)
    }

    /// At most `max` characters of a text, including the note about what was cut.
    pub fn bounded(text: impl AsRef<str>, max: usize) -> Self {
        Self(shown(text.as_ref(), max))
    }

    /// The text that is safe to show.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For places that read markup, such as the body of a desktop notification (Desktop
    /// Notifications Specification, "Markup"): `&`, `<` and `>` as entities.
    pub fn in_markup(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                other => out.push(other),
            }
        }
        out
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ForeignText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<ForeignText> for String {
    fn from(text: ForeignText) -> String {
        text.0
    }
}

/// At most `max` characters of a foreign text on one line, as [`ForeignText`] shows it.
pub fn shown(text: &str, max: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    let total = text.chars().count();
    let room = max.saturating_sub(note(total).chars().count());
    // Where the text is cut if it turns out to be too long.
    let (mut cut, mut before_cut) = (0, 0);
    for (index, character) in text.chars().enumerate() {
        if length <= room {
            (cut, before_cut) = (out.len(), index);
        }
        length += push(&mut out, character, false);
        if length > max {
            out.truncate(cut);
            out.push_str(&if room == 0 { "…".into() } else { note(total - before_cut) });
            return out;
        }
    }
    out
}

/// Our own lines that quote foreign text: line breaks and tabs stay, other hidden characters are
/// escaped. The length is not limited.
pub fn shown_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut out, character, true);
    }
    out
}

/// JSON with the same value, with hidden characters escaped. They can only occur in strings, where
/// JSON's own escapes are used.
pub fn shown_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if is_hidden(character) && !matches!(character, '\n' | '\r' | '\t') {
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a character is invisible or changes how others are shown: control characters, line and
/// paragraph separators, characters that Unicode does not draw (`Default_Ignorable_Code_Point` of
/// DerivedCoreProperties.txt: bidirectional controls, zero-width characters, variation selectors,
/// tags), and interlinear annotations.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Adds a character as it is shown, and returns how many characters that took.
fn push(out: &mut String, character: char, lines: bool) -> usize {
    if !is_hidden(character) || (lines && matches!(character, '\n' | '\t')) {
        out.push(character);
        return 1;
    }
    let before = out.len();
    // `\n`, `\r`, `\t`, and `\u{…}` for all others: ASCII, so that bytes are characters.
    out.extend(character.escape_default());
    out.len() - before
}

fn note(cut: usize) -> String {
    let s = if cut == 1 { "" } else { "s" };
    format!("… ({cut} more character{s})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_left_and_each_is_named() {
        for hidden in [
            '\0',
            '\u{7}',
            '\u{8}',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{e007f}',
        ] {
            let text = shown(&format!("a{hidden}b"), 100);
            assert_eq!(text, format!("a\\u{{{:x}}}b", u32::from(hidden)));
            assert_eq!(shown_lines(&format!("a{hidden}b")), text);
        }
        assert_eq!(shown("a\r\n\tb", 100), r"a\r\n\tb");
        assert_eq!(shown_lines("a\r\n\tb"), "a\\r\n\tb", "a carriage return overwrites the line before it");
    }

    #[test]
    fn other_scripts_stay() {
        for text in ["Gebäude", "образ", "イメージ", "صورة", "🚢", r"C:\u{41}", "a b"] {
            assert_eq!(shown(text, 100), text);
            assert_eq!(shown_lines(text), text);
        }
    }

    #[test]
    fn the_bound_holds_for_what_is_shown_and_tells_what_was_cut() {
        for (text, max) in [
            ("x".repeat(5_000), 100),
            ("\u{202e}".repeat(5_000), 100),
            ("é".repeat(101), 100),
            ("x".repeat(98) + "\u{e0041}", 100),
            ("xy".repeat(10), 3),
        ] {
            let cut = shown(&text, max);
            assert!(cut.chars().count() <= max, "{cut}");
            assert!(cut.contains('…'), "{cut}");
            assert_eq!(shown(&cut, max), cut, "shown twice is shown once");
        }
        assert_eq!(shown(&"x".repeat(100), 100), "x".repeat(100));
        let cut = shown(&"x".repeat(5_000), 100);
        let kept = cut.chars().take_while(|c| *c == 'x').count();
        assert!(cut.ends_with(&format!("… ({} more characters)", 5_000 - kept)), "{cut}");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"a\u{202e}": ["\u{e0041}\u{7f}\u{9b}", "\n", "é"]});
        let json = shown_json(&value.to_string());
        assert!(!json.chars().any(is_hidden), "{json}");
        assert_eq!(json.parse::<serde_json::Value>().ok(), Some(value));
    }

    #[test]
    fn markup_is_text() {
        let text = ForeignText::new("<a href='x'>1 & 2</a>\u{202e}");
        assert_eq!(text.in_markup(), r"&lt;a href='x'&gt;1 &amp; 2&lt;/a&gt;\u{202e}");
    }
}
