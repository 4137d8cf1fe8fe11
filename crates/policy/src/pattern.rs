//! IAM patterns: `*` is any text, `?` is any one character.
//!
//! Matching keeps a set of positions, so it takes at most the length of the pattern times the
//! length of the text.

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// `*`: any text.
    Any,
    /// `?`: any one character.
    One,
    /// This character, which may be a `*` or a `?` that is meant as such.
    Exactly(char),
}

impl Piece {
    fn of(c: char) -> Self {
        match c {
            '*' => Self::Any,
            '?' => Self::One,
            c => Self::Exactly(c),
        }
    }
}

/// A pattern that is put together from text with wildcards and from text that is meant literally.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    /// The pattern that a text writes.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.chars().map(Piece::of).collect())
    }

    /// Adds one character of a text with wildcards.
    pub(crate) fn push(&mut self, c: char) {
        self.0.push(Piece::of(c));
    }

    /// Adds a text in which `*` and `?` are no wildcards.
    pub(crate) fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Piece::Exactly));
    }

    /// The text, for comparisons that have no wildcards.
    pub(crate) fn text(&self) -> String {
        let char = |piece: &Piece| match piece {
            Piece::Any => '*',
            Piece::One => '?',
            Piece::Exactly(c) => *c,
        };
        self.0.iter().map(char).collect()
    }

    /// Whether it is one or several `*` and nothing else.
    pub(crate) fn is_everything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|piece| *piece == Piece::Any)
    }

    /// The parts between the first `parts - 1` colons.
    pub(crate) fn split_at_colons(&self, parts: usize) -> Vec<Self> {
        self.0.splitn(parts, |piece| *piece == Piece::Exactly(':')).map(|part| Self(part.to_vec())).collect()
    }

    /// Whether the whole `text` matches; case counts.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let pieces = ordered(self.0.iter().copied());
        let shortest = pieces.iter().filter(|piece| **piece != Piece::Any).count();
        shortest <= text.chars().count() && Positions::run(&pieces, text).at_end()
    }
}

/// Positions in a pattern that are reachable after some text.
struct Positions<'a> {
    pattern: &'a [Piece],
    live: Vec<bool>,
}

impl<'a> Positions<'a> {
    fn start(pattern: &'a [Piece]) -> Self {
        let mut live = vec![false; pattern.len() + 1];
        live[0] = true;
        let mut positions = Self { pattern, live };
        positions.skip_stars();
        positions
    }

    /// A star may match nothing.
    fn skip_stars(&mut self) {
        for at in 0..self.pattern.len() {
            if self.live[at] && self.pattern[at] == Piece::Any {
                self.live[at + 1] = true;
            }
        }
    }

    fn read(&mut self, c: char) {
        // From the end, so that a position is set after its own step was taken.
        self.live[self.pattern.len()] = false;
        for at in (0..self.pattern.len()).rev() {
            let live = self.live[at];
            self.live[at] = live && self.pattern[at] == Piece::Any;
            self.live[at + 1] |= live
                && match self.pattern[at] {
                    Piece::Any => false,
                    Piece::One => true,
                    Piece::Exactly(literal) => literal == c,
                };
        }
        self.skip_stars();
    }

    /// Any text: only a star stays where it is.
    fn read_any(&mut self) {
        for at in 0..=self.pattern.len() {
            self.live[at] &= self.pattern.get(at) == Some(&Piece::Any);
        }
        self.skip_stars();
    }

    /// Any one character.
    fn read_one(&mut self) {
        let mut next = vec![false; self.pattern.len() + 1];
        for at in 0..self.pattern.len() {
            if self.live[at] {
                match self.pattern[at] {
                    Piece::Any => next[at] = true,
                    Piece::One => next[at + 1] = true,
                    Piece::Exactly(_) => {}
                }
            }
        }
        self.live = next;
        self.skip_stars();
    }

    fn run(pattern: &'a [Piece], text: &str) -> Self {
        let mut positions = Self::start(pattern);
        text.chars().for_each(|c| positions.read(c));
        positions
    }

    fn at_end(&self) -> bool {
        self.live[self.pattern.len()]
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    ordered(text.chars().map(Piece::of))
}

/// The pattern with each run of wildcards in a fixed order, `?` first and then at most one `*`:
/// `*?` and `?*` mean the same.
fn ordered(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut star = false;
    for piece in pieces {
        if piece == Piece::Any {
            star = true;
            continue;
        }
        if piece != Piece::One && star {
            out.push(Piece::Any);
            star = false;
        }
        out.push(piece);
    }
    out.extend(star.then_some(Piece::Any));
    out
}

/// A pattern that is read character by character, for deciding several patterns together.
pub(crate) struct Stepper {
    pattern: Vec<Piece>,
}

impl Stepper {
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: pieces(pattern) }
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
        self.pattern.iter().filter_map(|piece| match piece {
            Piece::Exactly(c) => Some(*c),
            Piece::Any | Piece::One => None,
        })
    }
}

/// Whether the whole `text` matches `pattern`; case counts.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern).matches(text)
}

/// Whether every text that matches `other` matches `pattern`, as far as that shows: a wildcard of `other`
/// must meet one of `pattern`. `false` may be wrong, `true` is not.
pub(crate) fn covers(pattern: &str, other: &str) -> bool {
    let pattern = pieces(pattern);
    let mut positions = Positions::start(&pattern);
    for c in pieces(other) {
        match c {
            Piece::Any => positions.read_any(),
            Piece::One => positions.read_one(),
            Piece::Exactly(literal) => positions.read(literal),
        }
    }
    positions.at_end()
}

/// Whether every text that begins with `prefix` matches `pattern`.
pub(crate) fn covers_prefix(pattern: &str, prefix: &str) -> bool {
    // A text can continue with characters that are not in the pattern: only a final star matches
    // those.
    let pattern = pieces(pattern);
    let after = Positions::run(&pattern, prefix);
    pattern.last() == Some(&Piece::Any) && after.live[pattern.len() - 1]
}

/// Whether some text that begins with `prefix` matches `pattern`.
pub(crate) fn overlaps_prefix(pattern: &str, prefix: &str) -> bool {
    Positions::run(&pieces(pattern), prefix).live.contains(&true)
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
        fn a_pattern_that_covers_another_matches_all_that_it_matches(pattern in "[ab*?]{0,5}", other in "[ab*?]{0,4}") {
            if covers(&pattern, &other) {
                for text in all_texts(5).iter().filter(|text| matches(&other, text)) {
                    prop_assert!(matches(&pattern, text), "{pattern} does not match {text}, as {other} does");
                }
            }
            prop_assert!(covers(&pattern, &pattern) && covers("*", &other));
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
    fn a_literal_wildcard_is_a_character() {
        let mut pattern = Pattern::new("a*");
        pattern.push_literal("*?");
        assert!(pattern.matches("abc*?") && pattern.matches("a*?") && !pattern.matches("abcde"));
        assert_eq!(pattern.text(), "a**?");
        assert!(Pattern::new("**").is_everything() && !Pattern::default().is_everything());
    }

    #[test]
    fn a_pattern_is_split_at_its_first_colons() {
        let mut pattern = Pattern::new("arn:*:");
        pattern.push_literal("b:c");
        let parts: Vec<String> = pattern.split_at_colons(3).iter().map(Pattern::text).collect();
        assert_eq!(parts, ["arn", "*", "b:c"]);
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1500)));
    }
}
