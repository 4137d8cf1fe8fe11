//! Tag schemes: what the tags of a repository look like, and which of two is later.

mod calendar;
mod custom;
mod immutable;
mod moving;
mod next;
mod recognise;
mod semantic;
mod suffix;
mod text;
mod vcs;

use std::{cmp::Ordering, fmt};

pub use calendar::{CalendarForm, CalendarTag};
pub use custom::CustomScheme;
pub use immutable::TagMutability;
pub use moving::{MovingTag, is_moving, moving_tags};
pub use next::{NextFacts, NoNextTag, Step, next_tag};
pub use recognise::{Recognition, recognise};
pub use semantic::SemanticTag;
pub use suffix::SuffixTag;
pub use text::SchemeText;
pub use vcs::VcsLength;

/// What the tags of a repository look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagScheme {
    /// The id of a commit; such tags have no order.
    Vcs(VcsLength),
    /// A semantic version with this many numbers, 2 or 3.
    Semantic {
        /// 3, or 2 for products that number releases so (`16.2`).
        parts: u8,
    },
    /// An upstream version with a suffix that counts one's own builds: `8.0.12-c15`.
    UpstreamSuffix,
    /// A date in one of these forms. New tags use the first.
    Calendar(Vec<CalendarForm>),
    /// One's own regular expression.
    Custom(CustomScheme),
}

impl TagScheme {
    /// Full semantic versions.
    pub const SEMVER: Self = Self::Semantic { parts: 3 };

    /// Dates in any of the known forms that have a day. `2026.02.30` would otherwise be the thirtieth tag
    /// of a month.
    pub fn any_calendar() -> Self {
        let known = CalendarForm::KNOWN.iter().filter_map(|form| CalendarForm::parse(form).ok());
        Self::Calendar(known.filter(CalendarForm::has_day).collect())
    }

    /// Whether a tag is of this scheme. A moving tag such as `1.4` or `latest` is not.
    pub fn fits(&self, tag: &str) -> bool {
        match self {
            Self::Vcs(length) => length.commit(tag).is_some(),
            Self::Semantic { parts } => SemanticTag::parse(tag, *parts).is_some(),
            Self::UpstreamSuffix => SuffixTag::parse(tag).is_some(),
            Self::Calendar(forms) => forms.iter().any(|form| form.read(tag).is_some()),
            Self::Custom(custom) => custom.matches(tag),
        }
    }

    /// The order of two tags. `None` if one is not of this scheme, or if they have no order: commits,
    /// variants, other suffixes.
    pub fn compare(&self, one: &str, two: &str) -> Option<Ordering> {
        match self {
            Self::Vcs(_) => None,
            Self::Semantic { parts } => {
                SemanticTag::parse(one, *parts)?.compare(&SemanticTag::parse(two, *parts)?)
            }
            Self::UpstreamSuffix => SuffixTag::parse(one)?.compare(&SuffixTag::parse(two)?),
            Self::Calendar(forms) => {
                let read = |tag: &str| forms.iter().find_map(|form| form.read(tag));
                Some(read(one)?.cmp(&read(two)?))
            }
            Self::Custom(custom) => custom.compare(one, two),
        }
    }

    /// The latest of some tags; `None` if none is of this scheme, or the scheme has no order. Of tags
    /// that have no order among them, the first counts.
    pub fn latest<'t>(&self, tags: impl IntoIterator<Item = &'t str>) -> Option<&'t str> {
        if matches!(self, Self::Vcs(_)) {
            return None;
        }
        tags.into_iter()
            .filter(|tag| self.fits(tag))
            .reduce(|best, tag| if self.compare(tag, best) == Some(Ordering::Greater) { tag } else { best })
    }

    /// What a tag of this scheme is, for sentences: *a tag such as …*.
    pub fn wanted(&self) -> String {
        let example = self.example();
        match self {
            Self::Calendar(_) => format!("a tag of the form `{example}`"),
            Self::Custom(_) => format!("a tag that matches `{example}`"),
            _ => format!("a tag such as `{example}`"),
        }
    }

    /// A tag of this scheme; the form of a calendar and one's own expression as they are written.
    pub fn example(&self) -> String {
        match self {
            Self::Vcs(length) => length.example().to_owned(),
            Self::Semantic { parts: 2 } => "16.2".to_owned(),
            Self::Semantic { .. } => "1.4.2".to_owned(),
            Self::UpstreamSuffix => "8.0.12-c15".to_owned(),
            Self::Calendar(forms) => forms.first().map_or("2026.01.31".to_owned(), ToString::to_string),
            Self::Custom(custom) => custom.as_str().to_owned(),
        }
    }
}

/// The scheme in words, after *the scheme*.
impl fmt::Display for TagScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vcs(VcsLength::Short) => f.write_str("short commit id"),
            Self::Vcs(VcsLength::Long) => f.write_str("full commit id"),
            Self::Vcs(VcsLength::Any) => f.write_str("commit id"),
            Self::Semantic { parts: 2 } => f.write_str("version of two numbers"),
            Self::Semantic { .. } => f.write_str("semantic version"),
            Self::UpstreamSuffix => f.write_str("upstream version with suffix"),
            Self::Calendar(forms) => match forms.as_slice() {
                [only] => write!(f, "calendar {only}"),
                _ => f.write_str("calendar"),
            },
            Self::Custom(custom) => write!(f, "`{}`", custom.as_str()),
        }
    }
}
