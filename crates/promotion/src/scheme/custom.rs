//! Tags that one's own regular expression describes.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

/// The longest expression, in characters.
const MAX_PATTERN: usize = 512;
/// The most memory that an expression may use, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// A regular expression for whole texts. Its groups are the parts that order tags, the first first:
/// numbers by value; texts must be equal.
#[derive(Debug, Clone)]
pub struct CustomScheme {
    text: String,
    regex: Regex,
}

impl PartialEq for CustomScheme {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CustomScheme {}

impl CustomScheme {
    /// Compiles an expression (Rust's `regex`; no look-around), which must match a whole text.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown = longshore_names::shown(text, 100);
        if text.is_empty() || text.chars().count() > MAX_PATTERN {
            return Err(format!("a regular expression has 1 to {MAX_PATTERN} characters"));
        }
        let regex = RegexBuilder::new(&format!("^(?:{text})$"))
            .unicode(false)
            .size_limit(MAX_BYTES)
            .build()
            .or_else(|_| RegexBuilder::new(&format!("^(?:{text})$")).size_limit(MAX_BYTES).build());
        match regex {
            // An expression such as `a)|(b` would escape the anchors.
            Ok(regex) if Regex::new(text).is_ok() => Ok(Self { text: text.to_owned(), regex }),
            _ => Err(format!("`{shown}` is not a regular expression, or is too large")),
        }
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The order by the groups; `None` if there are none, or texts differ.
    pub fn compare(&self, one: &str, two: &str) -> Option<Ordering> {
        let (one, two) = (self.regex.captures(one)?, self.regex.captures(two)?);
        let groups = one.iter().zip(two.iter()).skip(1);
        let mut seen = false;
        for (one, two) in groups {
            seen = true;
            let (one, two) = (one.map_or("", |one| one.as_str()), two.map_or("", |two| two.as_str()));
            match (number(one), number(two)) {
                (Some(one), Some(two)) if one != two => return Some(one.cmp(&two)),
                (Some(_), Some(_)) => {}
                _ if one != two => return None,
                _ => {}
            }
        }
        seen.then_some(Ordering::Equal)
    }

    /// The text with its last numeric group raised by one; `None` if there is no such group.
    pub fn raised(&self, text: &str) -> Option<String> {
        let captures = self.regex.captures(text)?;
        let last =
            captures.iter().skip(1).flatten().filter(|group| number(group.as_str()).is_some()).last()?;
        let next = number(last.as_str())?.checked_add(1)?;
        let width = if last.as_str().starts_with('0') { last.len() } else { 1 };
        let raised = format!("{}{next:0width$}{}", &text[..last.start()], &text[last.end()..]);
        self.matches(&raised).then_some(raised)
    }
}

fn number(text: &str) -> Option<u64> {
    ((1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
