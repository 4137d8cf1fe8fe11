//! Tag schemes as a path file writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CalendarForm, CustomScheme, TagScheme, VcsLength};

/// What tags look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SchemeText {
    /// A semantic version, with or without a leading `v`; `+` is written `_`.
    Semver,
    /// A version of two numbers, such as `16.2`.
    TwoNumbers,
    /// A commit id, short or full.
    Vcs,
    /// A commit id of 7 to 16 digits.
    VcsShort,
    /// A full commit id.
    VcsLong,
    /// An upstream version with a suffix that counts builds, such as `8.0.12-c15`.
    UpstreamSuffix,
    /// A date with year, month and day in a usual form.
    Calendar,
    /// A date in this form, such as `YYYY.0M.0D[.N]`.
    CalendarForm(String),
    /// A regular expression for the whole tag; its groups order tags.
    Regex(String),
}

impl SchemeText {
    /// The scheme that it means.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn scheme(&self) -> Result<TagScheme, String> {
        Ok(match self {
            Self::Semver => TagScheme::SEMVER,
            Self::TwoNumbers => TagScheme::Semantic { parts: 2 },
            Self::Vcs => TagScheme::Vcs(VcsLength::Any),
            Self::VcsShort => TagScheme::Vcs(VcsLength::Short),
            Self::VcsLong => TagScheme::Vcs(VcsLength::Long),
            Self::UpstreamSuffix => TagScheme::UpstreamSuffix,
            Self::Calendar => TagScheme::any_calendar(),
            Self::CalendarForm(form) => TagScheme::Calendar(vec![CalendarForm::parse(form)?]),
            Self::Regex(text) => TagScheme::Custom(CustomScheme::parse(text)?),
        })
    }
}

impl From<&TagScheme> for SchemeText {
    fn from(scheme: &TagScheme) -> Self {
        match scheme {
            TagScheme::Vcs(VcsLength::Any) => Self::Vcs,
            TagScheme::Vcs(VcsLength::Short) => Self::VcsShort,
            TagScheme::Vcs(VcsLength::Long) => Self::VcsLong,
            TagScheme::Semantic { parts: 2 } => Self::TwoNumbers,
            TagScheme::Semantic { .. } => Self::Semver,
            TagScheme::UpstreamSuffix => Self::UpstreamSuffix,
            TagScheme::Calendar(forms) => match forms.as_slice() {
                [only] => Self::CalendarForm(only.to_string()),
                _ => Self::Calendar,
            },
            TagScheme::Custom(custom) => Self::Regex(custom.as_str().to_owned()),
        }
    }
}
