//! Tag patterns and prefixes of rules. `*` is any text; every other character is itself.

/// The most characters of a tag in ECR's API.
const LONGEST_TAG: usize = 300;

/// Whether the whole tag matches a pattern of ECR's, in which `*` is any text; case counts.
pub fn tag_matches(pattern: &str, tag: &str) -> bool {
    TagPattern::new(pattern).matches(tag)
}

/// A pattern, split at its `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagPattern<'a> {
    /// What a tag begins with.
    first: &'a str,
    /// What follows, in this order, with any text before each; `None` if the pattern has no `*`.
    rest: Option<(Vec<&'a str>, &'a str)>,
}

impl<'a> TagPattern<'a> {
    /// An entry of `tagPatternList`.
    pub(crate) fn new(text: &'a str) -> Self {
        let Some((first, rest)) = text.split_once('*') else { return Self { first: text, rest: None } };
        let (middle, last) = match rest.rsplit_once('*') {
            Some((middle, last)) => (middle.split('*').filter(|part| !part.is_empty()).collect(), last),
            None => (Vec::new(), rest),
        };
        Self { first, rest: Some((middle, last)) }
    }

    /// An entry of `tagPrefixList`.
    pub(super) fn prefix(text: &'a str) -> Self {
        Self { first: text, rest: Some((Vec::new(), "")) }
    }

    /// What every matching tag begins with.
    pub(super) fn beginning(&self) -> &'a str {
        self.first
    }

    /// Whether the whole tag matches; case counts.
    pub(crate) fn matches(&self, tag: &str) -> bool {
        let Some((middle, last)) = &self.rest else { return tag == self.first };
        let Some(left) = tag.strip_prefix(self.first) else { return false };
        let mut left = left.as_bytes();
        // The earliest place of each part leaves the most for the next.
        for part in middle {
            match place(left, part.as_bytes()) {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last.as_bytes())
    }

    /// Whether every tag that `other` matches also matches this pattern.
    ///
    /// A character that no pattern names stands for what a `*` of `other` takes: only a `*` of this
    /// pattern can match it, and then it matches any text in its place.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.matches(&other.with_stars_as("\u{0}"))
    }

    /// The pattern as a text, with `star` for each `*`.
    fn with_stars_as(&self, star: &str) -> String {
        let Some((middle, last)) = &self.rest else { return self.first.to_owned() };
        let mut text = format!("{}{star}", self.first);
        for part in middle {
            text.push_str(part);
            text.push_str(star);
        }
        text.push_str(last);
        text
    }

    /// Why no tag can match, as a sentence without a full stop.
    ///
    /// Source: OCI distribution specification, tags; length of `ImageTag` in ECR's API model.
    pub(crate) fn matches_no_tag(&self) -> Option<String> {
        let fixed = self.with_stars_as("");
        if let Some(c) = fixed.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-".contains(*c))) {
            return Some(match c {
                ' ' => "a tag has no spaces".to_owned(),
                _ => format!("no tag has the character `{c}`"),
            });
        }
        if self.first.starts_with(['.', '-']) {
            return Some(format!("no tag begins with `{}`", &self.first[..1]));
        }
        let length = fixed.chars().count();
        (length > LONGEST_TAG).then(|| format!("a tag has at most {LONGEST_TAG} characters"))
    }
}

/// The first place of a part in a tag. Both are short, so that preparing a search would take longer.
fn place(text: &[u8], part: &[u8]) -> Option<usize> {
    let (first, rest) = part.split_first()?;
    let last = text.len().checked_sub(part.len())?;
    (0..=last).find(|at| text[*at] == *first && text[at + 1..].starts_with(rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pattern;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_matches_like_the_patterns_of_iam(text in "[ab*]{0,7}", tag in "[ab]{0,8}") {
            prop_assert_eq!(TagPattern::new(&text).matches(&tag), pattern::matches(&text, &tag));
        }

        #[test]
        fn what_covers_another_pattern_matches_all_its_tags(
            a in "[ab*]{0,6}", b in "[ab*]{0,6}", tag in "[abc]{0,7}",
        ) {
            let (covering, covered) = (TagPattern::new(&a), TagPattern::new(&b));
            if covering.covers(&covered) && covered.matches(&tag) {
                prop_assert!(covering.matches(&tag));
            }
            // The other way round: a tag of `b` with a letter that `a` does not name for each `*`.
            prop_assert_eq!(covering.covers(&covered), covering.matches(&b.replace('*', "c")));
        }

        #[test]
        fn a_prefix_is_a_pattern_that_ends_with_a_star(prefix in "[ab]{0,3}", tag in "[ab]{0,5}") {
            prop_assert_eq!(TagPattern::prefix(&prefix).matches(&tag), tag.starts_with(&prefix));
            let starred = format!("{prefix}*");
            prop_assert!(TagPattern::new(&starred).covers(&TagPattern::prefix(&prefix)));
        }
    }

    #[test]
    fn a_pattern_that_no_tag_can_match_says_why() {
        for (text, why) in [
            ("v1.*-rc_2", None),
            ("*", None),
            ("*-dev", None),
            ("v?", Some("no tag has the character `?`")),
            ("^v[0-9]+$", Some("no tag has the character `^`")),
            ("feature/*", Some("no tag has the character `/`")),
            ("release *", Some("a tag has no spaces")),
            ("-dev*", Some("no tag begins with `-`")),
            (".*", Some("no tag begins with `.`")),
            ("prod\u{200b}", Some("no tag has the character `\u{200b}`")),
        ] {
            assert_eq!(TagPattern::new(text).matches_no_tag().as_deref(), why, "{text}");
        }
        assert!(TagPattern::new(&"a".repeat(301)).matches_no_tag().is_some());
        assert!(TagPattern::new(&"a".repeat(300)).matches_no_tag().is_none());
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        assert!(!TagPattern::new(&format!("{}b", "*a".repeat(10_000))).matches(&"a".repeat(20_000)));
    }
}
