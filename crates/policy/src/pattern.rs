//! IAM patterns: `*` is any text, `?` is any one character.
//!
//! Matching keeps a set of positions, so it takes at most the length of the pattern times the
//! length of the text.

/// Positions in a pattern that are reachable after some text.
struct Positions<'a> {
    pattern: &'a [char],
    live: Vec<bool>,
}

impl<'a> Positions<'a> {
    fn start(pattern: &'a [char]) -> Self {
        let mut live = vec![false; pattern.len() + 1];
        live[0] = true;
        let mut positions = Self { pattern, live };
        positions.skip_stars();
        positions
    }

    /// A star may match nothing.
    fn skip_stars(&mut self) {
        for at in 0..self.pattern.len() {
            if self.live[at] && self.pattern[at] == '*' {
                self.live[at + 1] = true;
            }
        }
    }

    fn read(&mut self, c: char) {
        let mut next = vec![false; self.pattern.len() + 1];
        for at in 0..self.pattern.len() {
            if self.live[at] {
                match self.pattern[at] {
                    '*' => next[at] = true,
                    '?' => next[at + 1] = true,
                    literal => next[at + 1] |= literal == c,
                }
            }
        }
        self.live = next;
        self.skip_stars();
    }

    fn run(pattern: &'a [char], text: &str) -> Self {
        let mut positions = Self::start(pattern);
        text.chars().for_each(|c| positions.read(c));
        positions
    }
}

/// The pattern with each run of wildcards in a fixed order, `?` first and then at most one `*`:
/// `*?` and `?*` mean the same.
fn chars(text: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut star = false;
    for c in text.chars() {
        if c == '*' {
            star = true;
            continue;
        }
        if c != '?' && star {
            out.push('*');
            star = false;
        }
        out.push(c);
    }
    out.extend(star.then_some('*'));
    out
}

/// A pattern that is read character by character, for deciding several patterns together.
pub(crate) struct Stepper {
    pattern: Vec<char>,
}

impl Stepper {
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: chars(pattern) }
    }

    /// The state after `text`.
    pub(crate) fn after(&self, text: &str) -> Vec<bool> {
        Positions::run(&self.pattern, text).live
    }

    /// The state after one more character.
    pub(crate) fn step(&self, state: &[bool], c: char) -> Vec<bool> {
        let mut positions = Positions { pattern: &self.pattern, live: state.to_vec() };
        positions.read(c);
        positions.live
    }

    /// Whether the text that led to this state matches.
    pub(crate) fn is_match(&self, state: &[bool]) -> bool {
        state[self.pattern.len()]
    }

    /// The characters that the pattern names.
    pub(crate) fn literals(&self) -> impl Iterator<Item = char> + '_ {
        self.pattern.iter().copied().filter(|c| !matches!(c, '*' | '?'))
    }
}

/// Whether the whole `text` matches `pattern`; case counts.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = chars(pattern);
    Positions::run(&pattern, text).live[pattern.len()]
}

/// Whether every text that begins with `prefix` matches `pattern`.
pub(crate) fn covers_prefix(pattern: &str, prefix: &str) -> bool {
    // A text can continue with characters that are not in the pattern: only a final star matches
    // those.
    let pattern = chars(pattern);
    let after = Positions::run(&pattern, prefix);
    pattern.last() == Some(&'*') && after.live[pattern.len() - 1]
}

/// Whether some text that begins with `prefix` matches `pattern`.
pub(crate) fn overlaps_prefix(pattern: &str, prefix: &str) -> bool {
    let pattern = chars(pattern);
    Positions::run(&pattern, prefix).live.contains(&true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition written down directly: slow and simple.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some('*'), _) => naive(&pattern[1..], text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (Some('?'), Some(_)) => naive(&pattern[1..], &text[1..]),
            (Some(p), Some(t)) => p == t && naive(&pattern[1..], &text[1..]),
            (Some(_), None) => false,
        }
    }

    fn all_texts(length: usize) -> Vec<String> {
        (0..=length).fold(vec![], |mut all, n| {
            let shorter: Vec<String> = if n == 0 {
                vec![String::new()]
            } else {
                all.iter().filter(|t: &&String| t.len() == n - 1).cloned().collect()
            };
            if n == 0 {
                all.extend(shorter);
            } else {
                all.extend(shorter.iter().flat_map(|t| ["a", "b", "c"].map(|c| format!("{t}{c}"))));
            }
            all
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_matches_like_the_naive_model(pattern in "[ab*?]{0,6}", text in "[ab]{0,7}") {
            let plain = |t: &str| t.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), naive(&plain(&pattern), &plain(&text)));
        }

        #[test]
        fn covering_and_overlapping_speak_about_every_continuation(pattern in "[ab*?]{0,5}", prefix in "[ab]{0,3}") {
            let continued: Vec<bool> =
                all_texts(5).iter().map(|rest| matches(&pattern, &format!("{prefix}{rest}"))).collect();
            prop_assert_eq!(covers_prefix(&pattern, &prefix), continued.iter().all(|m| *m));
            prop_assert_eq!(overlaps_prefix(&pattern, &prefix), continued.iter().any(|m| *m));
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1500)));
    }
}
