//! The compiled patterns of a rule.
//!
//! Every pattern is matched against the whole name. Matching takes at most the length of the
//! pattern times the length of the name.

use globset::{GlobBuilder, GlobMatcher};
use longshore_names::{RepositoryName, Tag};
use regex::bytes::{Regex, RegexBuilder};
use semver::{Version, VersionReq};

use crate::rule::{RepositoryPattern, TagPattern};

/// The longest pattern, in characters.
const MAX_PATTERN: usize = 512;
/// The most memory that one regular expression may use, in bytes.
const MAX_REGEX_BYTES: usize = 1024 * 1024;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(in crate::rule) enum Matcher {
    Prefix(String),
    Exact(String),
    Glob(GlobMatcher),
    Regex(Regex),
    Semver(VersionReq),
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rule) struct PatternProblem {
    pub(in crate::rule) code: &'static str,
    pub(in crate::rule) text: String,
    pub(in crate::rule) hint: Option<String>,
}

impl PatternProblem {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Matcher {
    pub(in crate::rule) fn of_repository(pattern: &RepositoryPattern) -> Result<Self, PatternProblem> {
        let text = pattern.text();
        bounded(text)?;
        match pattern {
            RepositoryPattern::Prefix(_) | RepositoryPattern::Exact(_)
                if text.contains(['*', '?', '[', '{']) =>
            {
                let problem =
                    format!("`{text}` looks like a pattern, and `{}` takes it literally.", pattern.kind());
                Err(PatternProblem::new("rule-literal-pattern", problem)
                    .hint(format!("Write `glob: {text}`.")))
            }
            RepositoryPattern::Prefix(_) => Ok(Self::Prefix(text.to_owned())),
            RepositoryPattern::Exact(_) => match text.parse::<RepositoryName>() {
                Ok(_) => Ok(Self::Exact(text.to_owned())),
                Err(error) => {
                    Err(PatternProblem::new("rule-repository", crate::sentence::whole(&error.to_string())))
                }
            },
            RepositoryPattern::Glob(_) => glob(text),
            RepositoryPattern::Regex(_) => regex(text),
        }
    }

    pub(in crate::rule) fn of_tag(pattern: &TagPattern) -> Result<Self, PatternProblem> {
        let text = pattern.text();
        bounded(text)?;
        match pattern {
            TagPattern::Exact(_) if text.contains(['*', '?']) => {
                let problem = format!("`{text}` looks like a pattern, and `exact` takes it literally.");
                Err(PatternProblem::new("rule-literal-pattern", problem)
                    .hint(format!("Write `glob: {text}`.")))
            }
            TagPattern::Exact(_) => match text.parse::<Tag>() {
                Ok(_) => Ok(Self::Exact(text.to_owned())),
                Err(error) => {
                    Err(PatternProblem::new("rule-tag", crate::sentence::whole(&error.to_string())))
                }
            },
            TagPattern::Glob(_) => glob(text),
            TagPattern::Regex(_) => regex(text),
            TagPattern::Semver(_) => VersionReq::parse(text).map(Self::Semver).map_err(|error| {
                PatternProblem::new("rule-semver", format!("`{text}` is not a range of versions: {error}."))
                    .hint("Write a range such as `>=1.4, <2`, `~1.4` or `=1.4.2`.")
            }),
        }
    }

    pub(in crate::rule) fn fits(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::Exact(exact) => text == exact,
            Self::Glob(glob) => glob.is_match(text),
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
            Self::Semver(range) => version_of(text).is_some_and(|version| range.matches(&version)),
        }
    }
}

/// The semantic version in a tag, with or without a leading `v`.
pub(in crate::rule) fn version_of(tag: &str) -> Option<Version> {
    let number = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    // Version numbers are bounded, and no tag is longer than 300 characters.
    Version::parse(number).ok()
}

fn bounded(text: &str) -> Result<(), PatternProblem> {
    if text.is_empty() {
        return Err(PatternProblem::new("rule-pattern-empty", "A pattern is not empty.")
            .hint("Leave the pattern out to take everything."));
    }
    if text.chars().count() > MAX_PATTERN {
        let problem = format!("A pattern has at most {MAX_PATTERN} characters.");
        return Err(PatternProblem::new("rule-pattern-long", problem));
    }
    Ok(())
}

fn glob(text: &str) -> Result<Matcher, PatternProblem> {
    GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map(|glob| Matcher::Glob(glob.compile_matcher()))
        .map_err(|error| {
            PatternProblem::new("rule-glob", format!("`{text}` is not a glob: {}.", error.kind()))
        })
}

fn regex(text: &str) -> Result<Matcher, PatternProblem> {
    // Compiled alone first, so that no bracket in the text can close ours.
    let build = |pattern: &str| {
        RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .build()
    };
    build(text).and_then(|_| build(&format!("^(?:{text})$"))).map(Matcher::Regex).map_err(|error| {
        let reason = match &error {
            regex::Error::CompiledTooBig(_) => "it would take too much memory".to_owned(),
            other => {
                other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        };
        PatternProblem::new("rule-regex", format!("`{text}` is not a regular expression: {reason}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(pattern: RepositoryPattern) -> Matcher {
        Matcher::of_repository(&pattern).unwrap()
    }

    fn tag(pattern: TagPattern) -> Matcher {
        Matcher::of_tag(&pattern).unwrap()
    }

    #[test]
    fn patterns_over_repositories() {
        let table: [(RepositoryPattern, &[&str], &[&str]); 7] = [
            (RepositoryPattern::Prefix("prod".into()), &["prod", "prod-old", "prod/x"], &["a/prod", "pro"]),
            (RepositoryPattern::Exact("apple".into()), &["apple"], &["apples", "apple/a"]),
            (RepositoryPattern::Glob("team/*".into()), &["team/a"], &["team/a/b", "team", "xteam/a"]),
            (RepositoryPattern::Glob("team/**".into()), &["team/a", "team/a/b"], &["team2/a"]),
            (RepositoryPattern::Glob("{dev,prod}-?".into()), &["dev-1", "prod-x"], &["dev-12", "prod-/"]),
            (RepositoryPattern::Regex("a|b".into()), &["a", "b"], &["ab", "xa", "bx"]),
            (RepositoryPattern::Regex(r"svc-\d+".into()), &["svc-12"], &["svc-", "svc-12a"]),
        ];
        for (pattern, yes, no) in table {
            let matcher = repository(pattern.clone());
            for name in yes {
                assert!(matcher.fits(name), "{pattern:?} {name}");
            }
            for name in no {
                assert!(!matcher.fits(name), "{pattern:?} {name}");
            }
        }
    }

    #[test]
    fn patterns_over_tags() {
        let table: [(TagPattern, &[&str], &[&str]); 6] = [
            (
                TagPattern::Semver(">=1.2, <2".into()),
                &["1.2.0", "v1.9.9"],
                &["1.1.9", "2.0.0", "1.3.0-rc.1", "1.2", "latest"],
            ),
            (
                TagPattern::Semver(">=2.0.0-rc.1".into()),
                &["2.0.0-rc.1", "2.0.0-rc.2", "2.0.0", "3.0.0"],
                &["3.0.0-rc.1", "2.0.0-beta"],
            ),
            (TagPattern::Semver("=1.4.2".into()), &["1.4.2"], &["1.4.3"]),
            (TagPattern::Semver("*".into()), &["0.1.0", "v10.0.0"], &["1.0.0-a", "main"]),
            (TagPattern::Glob("release-*".into()), &["release-1", "release-"], &["xrelease-1"]),
            (TagPattern::Regex("[0-9a-f]{7}".into()), &["0123abc"], &["0123abcd"]),
        ];
        for (pattern, yes, no) in table {
            let matcher = tag(pattern.clone());
            for name in yes {
                assert!(matcher.fits(name), "{pattern:?} {name}");
            }
            for name in no {
                assert!(!matcher.fits(name), "{pattern:?} {name}");
            }
        }
    }

    #[test]
    fn hostile_patterns_are_refused_or_cheap() {
        let problem = |pattern| Matcher::of_repository(&pattern).unwrap_err().code;
        assert_eq!(problem(RepositoryPattern::Regex("(((a{100}){100}){100}){100}".into())), "rule-regex");
        assert_eq!(problem(RepositoryPattern::Regex("a)(b".into())), "rule-regex");
        assert_eq!(problem(RepositoryPattern::Regex("(".repeat(600))), "rule-pattern-long");
        assert_eq!(problem(RepositoryPattern::Glob("[".into())), "rule-glob");
        assert_eq!(problem(RepositoryPattern::Prefix("prod*".into())), "rule-literal-pattern");
        assert_eq!(problem(RepositoryPattern::Exact("../x".into())), "rule-repository");
        let long = format!("{}b", "a".repeat(500));
        assert!(!repository(RepositoryPattern::Regex("(a*)*c".into())).fits(&long));
        assert!(!repository(RepositoryPattern::Glob("*a".repeat(200))).fits(&long));
    }
}
