//! Tags that count up: `1.4.2` and `1.5.0`, `build-17` and `build-18`.

use std::cmp::Ordering;

/// The longest number that is compared; longer ones are hashes.
const LONGEST_NUMBER: usize = 18;
/// Hexadecimal words from this length on are hashes of commits.
const SHORTEST_HASH: usize = 7;

/// A tag as its text around numbers, and the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scheme {
    /// The text, with `#` for each number.
    pub(super) text: String,
    /// The numbers in their order.
    pub(super) numbers: Vec<u64>,
}

impl Scheme {
    /// `None` for a tag without numbers, and for one that looks like the hash of a commit.
    pub(super) fn of(tag: &str) -> Option<Self> {
        if tag.split(['-', '_', '.']).any(is_hash) {
            return None;
        }
        let (mut text, mut numbers, mut digits) = (String::new(), Vec::new(), String::new());
        for c in tag.chars().map(Some).chain([None]) {
            match c {
                Some(c) if c.is_ascii_digit() => digits.push(c),
                other => {
                    if !digits.is_empty() {
                        if digits.len() > LONGEST_NUMBER {
                            return None;
                        }
                        numbers.push(digits.parse().ok()?);
                        text.push('#');
                        digits.clear();
                    }
                    text.extend(other);
                }
            }
        }
        (!numbers.is_empty()).then_some(Self { text, numbers })
    }

    /// Whether this is later than another tag of the same scheme.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        self.text == other.text && self.numbers.cmp(&other.numbers) == Ordering::Greater
    }
}

/// Letters and digits in a hexadecimal word. A word of digits alone may be a date or a number of a build.
fn is_hash(word: &str) -> bool {
    word.len() >= SHORTEST_HASH
        && word.chars().all(|c| c.is_ascii_hexdigit())
        && word.chars().any(|c| c.is_ascii_digit())
        && word.chars().any(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_one_scheme_are_compared_by_their_numbers() {
        let after = |a: &str, b: &str| Scheme::of(a).zip(Scheme::of(b)).is_some_and(|(a, b)| a.is_after(&b));
        for (later, earlier) in [
            ("1.10.0", "1.9.9"),
            ("v2", "v1"),
            ("build-100", "build-99"),
            ("20260102", "20260101"),
            ("1.2.3-alpine", "1.2.2-alpine"),
        ] {
            assert!(after(later, earlier), "{later} {earlier}");
            assert!(!after(earlier, later), "{earlier} {later}");
        }
        for (one, other) in [
            ("1.2.3", "1.2.3"),
            ("1.2.4-alpine", "1.2.3"),
            ("1.2.3", "1.2.3-rc1"),
            ("v2", "1"),
            ("1.2", "1.1.9"),
            ("latest", "1.0"),
            ("a1b2c3d", "a1b2c2d"),
            ("main-0a1b2c3", "main-0a1b2c2"),
        ] {
            assert!(!after(one, other) && !after(other, one), "{one} {other}");
        }
        assert_eq!(Scheme::of(&"9".repeat(19)), None);
    }
}
