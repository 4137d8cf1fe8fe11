//! Why a tag is not copied.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::rule::{
    NewestBy,
    units::duration::{in_words, words},
};

/// Why a repository or a tag is not copied. The text is for display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotSelectedReason {
    /// No pattern for repositories matches.
    RepositoryNotIncluded,
    /// A pattern excludes the repository.
    RepositoryExcluded {
        /// The pattern, such as `prefix prod/old`.
        pattern: String,
    },
    /// No pattern for tags matches.
    TagNotIncluded,
    /// A pattern excludes the tag.
    TagExcluded {
        /// The pattern, such as `glob *-dev`.
        pattern: String,
    },
    /// The tag contains signatures or other artifacts of an image; they are copied with it.
    CopiedWithSubject {
        /// The image's digest.
        subject: String,
    },
    /// The tag contains artifacts of an image, and the rule copies none.
    ReferrersLeftOut {
        /// The image's digest.
        subject: String,
    },
    /// It has not been in the source long enough.
    TooYoung {
        /// How long it has been there, in seconds.
        age: i64,
        /// How long the rule requires, in seconds.
        wanted: i64,
        /// When it will be old enough.
        from: DateTime<Utc>,
    },
    /// It was pushed before the rule's start time.
    PushedBefore {
        /// When it was pushed.
        pushed: DateTime<Utc>,
        /// The rule's time.
        after: DateTime<Utc>,
    },
    /// It was pushed after the rule's end time.
    PushedAfter {
        /// When it was pushed.
        pushed: DateTime<Utc>,
        /// The rule's time.
        before: DateTime<Utc>,
    },
    /// The rule needs the push time, which the registry does not report.
    PushTimeUnknown,
    /// The newest versions are copied, and the tag is not a version.
    NotAVersion,
    /// Others are newer.
    NotAmongNewest {
        /// Its rank by age; the newest is 1.
        rank: usize,
        /// How many the rule copies.
        wanted: usize,
        /// What makes a tag newer.
        by: NewestBy,
    },
    /// A label is missing or has another value.
    Label {
        /// The label.
        key: String,
        /// The value that the rule requires.
        wanted: String,
        /// The value that the image has.
        found: Option<String>,
    },
    /// An annotation is missing or has another value.
    Annotation {
        /// The annotation.
        key: String,
        /// The value that the rule requires.
        wanted: String,
        /// The value that the image has.
        found: Option<String>,
    },
    /// It is for other platforms.
    Platform {
        /// The platforms that the rule copies.
        wanted: Vec<String>,
        /// The platforms that the image has.
        found: Vec<String>,
    },
    /// The name that it would get at a destination is invalid.
    Name {
        /// The destination's registry.
        destination: String,
        /// What is wrong with the name.
        problem: String,
    },
}

fn day(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn cut(text: &str) -> String {
    longshore_names::shown(text, 80)
}

fn pair(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    key: &str,
    wanted: &str,
    found: Option<&String>,
) -> fmt::Result {
    let (key, wanted) = (cut(key), cut(wanted));
    match found {
        None => write!(f, "not copied: no {what} `{key}`, the rule requires `{wanted}`"),
        Some(found) => {
            write!(f, "not copied: {what} `{key}` is `{}`, the rule requires `{wanted}`", cut(found))
        }
    }
}

impl fmt::Display for NotSelectedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepositoryNotIncluded => {
                f.write_str("not copied: the rule does not include this repository")
            }
            Self::RepositoryExcluded { pattern } => {
                write!(f, "not copied: the rule excludes repositories by {}", cut(pattern))
            }
            Self::TagNotIncluded => f.write_str("not copied: the rule does not include this tag"),
            Self::TagExcluded { pattern } => {
                write!(f, "not copied: the rule excludes tags by {}", cut(pattern))
            }
            Self::CopiedWithSubject { subject } => write!(f, "copied with {subject}, which it belongs to"),
            Self::ReferrersLeftOut { subject } => {
                write!(f, "not copied: it belongs to {subject}, and the rule does not copy such artifacts")
            }
            Self::TooYoung { age, wanted, .. } => {
                let (has, unit) = words(TimeDelta::seconds(*age));
                let (wants, wanted_unit) = words(TimeDelta::seconds(*wanted));
                let one = |unit: &'static str| unit.strip_suffix('s').unwrap_or(unit);
                if one(unit) == one(wanted_unit) {
                    write!(f, "not copied: {has} {unit} old, the rule requires {wants}")
                } else {
                    write!(
                        f,
                        "not copied: {has} {unit} old, the rule requires {}",
                        in_words(TimeDelta::seconds(*wanted))
                    )
                }
            }
            Self::PushedBefore { pushed, after } => {
                write!(f, "not copied: pushed {}, the rule starts at {}", day(pushed), day(after))
            }
            Self::PushedAfter { pushed, before } => {
                write!(f, "not copied: pushed {}, the rule ends at {}", day(pushed), day(before))
            }
            Self::PushTimeUnknown => {
                f.write_str("not copied: the registry does not report the push time, which the rule requires")
            }
            Self::NotAVersion => {
                f.write_str("not copied: the tag is not a version, and the rule copies the newest versions")
            }
            Self::NotAmongNewest { rank, wanted, by } => {
                let newest = match by {
                    NewestBy::Pushed => "pushed last",
                    NewestBy::Version => "highest versions",
                };
                write!(f, "not copied: number {rank} by age, the rule copies the {wanted} {newest}")
            }
            Self::Label { key, wanted, found } => pair(f, "label", key, wanted, found.as_ref()),
            Self::Annotation { key, wanted, found } => pair(f, "annotation", key, wanted, found.as_ref()),
            Self::Platform { wanted, found } => {
                let found = if found.is_empty() { "no platform".to_owned() } else { cut(&found.join(", ")) };
                write!(
                    f,
                    "not copied: it is for {found}, the rule requires {}",
                    crate::sentence::list(wanted, "or")
                )
            }
            Self::Name { destination, problem } => {
                write!(f, "not copied to {destination}: {problem}")
            }
        }
    }
}

impl NotSelectedReason {
    /// A stable code for tables of texts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RepositoryNotIncluded => "repository-not-included",
            Self::RepositoryExcluded { .. } => "repository-excluded",
            Self::TagNotIncluded => "tag-not-included",
            Self::TagExcluded { .. } => "tag-excluded",
            Self::CopiedWithSubject { .. } => "copied-with-subject",
            Self::ReferrersLeftOut { .. } => "referrers-left-out",
            Self::TooYoung { .. } => "too-young",
            Self::PushedBefore { .. } => "pushed-before",
            Self::PushedAfter { .. } => "pushed-after",
            Self::PushTimeUnknown => "push-time-unknown",
            Self::NotAVersion => "not-a-version",
            Self::NotAmongNewest { .. } => "not-among-newest",
            Self::Label { .. } => "label",
            Self::Annotation { .. } => "annotation",
            Self::Platform { .. } => "platform",
            Self::Name { .. } => "name",
        }
    }
}
