//! The next tag that a scheme proposes.

use chrono::{DateTime, Utc};
use longshore_names::Tag;
use schemars::JsonSchema;
use semver::{BuildMetadata, Prerelease, Version};
use serde::{Deserialize, Serialize};

use super::{CalendarForm, SemanticTag, SuffixTag, TagScheme};

/// Which part of a version is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The last number: `1.4.2` becomes `1.4.3`, `1.5.0-rc.1` becomes `1.5.0`.
    #[default]
    Patch,
    /// The second number: `1.4.2` becomes `1.5.0`.
    Minor,
    /// The first number: `1.4.2` becomes `2.0.0`.
    Major,
    /// The number of the suffix: `8.0.12-c15` becomes `8.0.12-c16`.
    Suffix,
}

/// What a proposal depends on.
#[derive(Debug, Clone, Copy)]
pub struct NextFacts<'a> {
    /// The tags of the repository.
    pub existing: &'a [Tag],
    /// The time of the proposal.
    pub now: DateTime<Utc>,
    /// The build's commit, from its labels.
    pub commit: Option<&'a str>,
    /// The upstream version that the build has, such as `8.0.13`: a suffix begins again at 1 for a new
    /// one.
    pub upstream: Option<&'a str>,
}

/// Why no tag is proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNextTag {
    /// No tag of the repository has the scheme, so there is nothing to raise.
    #[error("no tag is a {scheme}, so there is no next one")]
    Nothing {
        /// The scheme in words.
        scheme: String,
    },
    /// The scheme has no such part.
    #[error("a {scheme} has no {part} to raise")]
    NoPart {
        /// The scheme in words.
        scheme: String,
        /// The part.
        part: &'static str,
    },
    /// The build's commit is not known.
    #[error("the build's commit is not known, so it has no tag of this scheme")]
    NoCommit,
    /// The scheme gives a tag that no registry accepts, or that exists already.
    #[error("the next tag would be `{tag}`, which {problem}")]
    NotATag {
        /// The text, shortened.
        tag: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl NoNextTag {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "promotion-no-next-tag"
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// The tag that follows the latest tag of `scheme`. For commits it is the build's own, for a calendar the
/// date of `now`, with a counter if it is taken.
///
/// # Errors
/// See [`NoNextTag`].
pub fn next_tag(scheme: &TagScheme, step: Step, facts: &NextFacts<'_>) -> Result<Tag, NoNextTag> {
    let existing: Vec<&str> = facts.existing.iter().map(Tag::as_str).collect();
    let nothing = || NoNextTag::Nothing { scheme: scheme.to_string() };
    let no_part = |part| Err(NoNextTag::NoPart { scheme: scheme.to_string(), part });
    let latest = || scheme.latest(existing.iter().copied()).ok_or_else(nothing);
    let text = match scheme {
        TagScheme::Vcs(length) => {
            let commit = facts.commit.filter(|commit| super::VcsLength::Any.commit(commit).is_some());
            let commit = commit.ok_or(NoNextTag::NoCommit)?;
            let model = existing.iter().rev().find(|tag| length.commit(tag).is_some());
            return tag(length.tag_of(commit, model.map_or("", |tag| length.prefix_of(tag))));
        }
        TagScheme::Semantic { .. } if step == Step::Suffix => return no_part("suffix"),
        TagScheme::Semantic { parts: 2 } if step == Step::Patch => return no_part("patch number"),
        TagScheme::Semantic { parts } => {
            // A variant such as `-alpine` is raised only if there is nothing else.
            let plain = |tag: &&str| SemanticTag::parse(tag, *parts).is_some_and(|tag| tag.variant.is_none());
            let latest = scheme.latest(existing.iter().copied().filter(plain)).map_or_else(latest, Ok)?;
            let mut next = SemanticTag::parse(latest, *parts).ok_or_else(nothing)?;
            next.version = raised(&next.version, step).ok_or_else(nothing)?;
            next.to_string()
        }
        TagScheme::UpstreamSuffix => {
            next_suffix(step, facts.upstream, &existing, latest()?).ok_or_else(nothing)?
        }
        TagScheme::Calendar(forms) => next_date(forms, facts.now, &existing).ok_or_else(nothing)?,
        TagScheme::Custom(custom) => custom.raised(latest()?).ok_or_else(nothing)?,
    };
    if existing.contains(&text.as_str()) {
        return Err(NoNextTag::NotATag {
            tag: longshore_names::shown(&text, 140),
            problem: "exists already",
        });
    }
    tag(text)
}

fn tag(text: String) -> Result<Tag, NoNextTag> {
    let problem = "is not a valid tag";
    Tag::for_input(&text).map_err(|_| NoNextTag::NotATag { tag: longshore_names::shown(&text, 140), problem })
}

/// The version after this one. A pre-release becomes its release if the step would not pass it.
fn raised(version: &Version, step: Step) -> Option<Version> {
    let Version { major, minor, patch, .. } = *version;
    let is_pre_release = !version.pre.is_empty();
    let (major, minor, patch) = match step {
        Step::Major if is_pre_release && minor == 0 && patch == 0 => (major, 0, 0),
        Step::Major => (major.checked_add(1)?, 0, 0),
        Step::Minor if is_pre_release && patch == 0 => (major, minor, 0),
        Step::Minor => (major, minor.checked_add(1)?, 0),
        Step::Patch if is_pre_release => (major, minor, patch),
        Step::Patch | Step::Suffix => (major, minor, patch.checked_add(1)?),
    };
    Some(Version { major, minor, patch, pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY })
}

/// The suffix raised by one, or begun again for another upstream version.
fn next_suffix(step: Step, upstream: Option<&str>, existing: &[&str], latest: &str) -> Option<String> {
    let mut next = SuffixTag::parse(latest)?;
    let wanted = match (upstream, step) {
        (Some(upstream), _) => {
            let numbers = upstream.strip_prefix('v').unwrap_or(upstream);
            Some(numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?)
        }
        (None, Step::Patch | Step::Suffix) => None,
        // The product's own version is upstream's to raise.
        (None, Step::Minor | Step::Major) => return None,
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != next.upstream) {
        let taken = existing.iter().filter_map(|tag| SuffixTag::parse(tag));
        let taken = taken.filter(|tag| tag.upstream == wanted && tag.letters == next.letters);
        next.number = taken.map(|tag| tag.number).max().unwrap_or(0);
        next.upstream = wanted;
    }
    next.number = next.number.checked_add(1)?;
    Some(next.to_string())
}

/// Today's tag in the form that most tags have.
fn next_date(forms: &[CalendarForm], now: DateTime<Utc>, existing: &[&str]) -> Option<String> {
    let used = |form: &&CalendarForm| existing.iter().filter(|tag| form.read(tag).is_some()).count();
    // Of forms that are used alike, the first.
    let form = forms.iter().rev().max_by_key(used)?;
    let first = form.write(now.naive_utc(), 0);
    if !existing.contains(&first.as_str()) && !existing.iter().any(|tag| is_same_date(form, tag, &first)) {
        return Some(first);
    }
    let taken = existing.iter().filter(|tag| is_same_date(form, tag, &first));
    let highest = taken.filter_map(|tag| form.read(tag)).map(|tag| tag.counter).max().unwrap_or(0);
    form.counts().then(|| form.write(now.naive_utc(), highest.saturating_add(1)))
}

fn is_same_date(form: &CalendarForm, one: &str, two: &str) -> bool {
    let date = |tag: &str| form.read(tag).map(|tag| (tag.date, tag.time));
    date(one).is_some_and(|one| date(two) == Some(one))
}
