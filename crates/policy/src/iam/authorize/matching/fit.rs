//! Three-valued logic: whether something matches, does not match, or may match.

use std::collections::BTreeSet;

use crate::iam::condition;

/// Something that was not given and on which a match depends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::iam::authorize) enum Gap {
    /// A condition key.
    Key(String),
    /// Something else, as the end of "because …".
    Other(String),
}

impl Gap {
    /// A key as AWS spells it, or as the policy does.
    pub(in crate::iam::authorize) fn key(key: &str) -> Self {
        let spelled = condition::spelled(key);
        let is_lower = spelled == key.to_ascii_lowercase();
        Self::Key(if is_lower { key.to_owned() } else { spelled })
    }
}

/// Whether something matches a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::iam::authorize) enum Fit {
    Yes,
    No,
    /// It depends on these.
    Maybe(BTreeSet<Gap>),
}

impl Fit {
    pub(in crate::iam::authorize) fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    pub(in crate::iam::authorize) fn on_key(key: &str) -> Self {
        Self::Maybe([Gap::key(key)].into())
    }

    pub(in crate::iam::authorize) fn because(reason: impl Into<String>) -> Self {
        Self::Maybe([Gap::Other(reason.into())].into())
    }

    pub(in crate::iam::authorize) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            maybe => maybe,
        }
    }

    /// Whether all match; none match if there are none.
    pub(in crate::iam::authorize) fn all(fits: impl IntoIterator<Item = Self>) -> Self {
        let mut gaps = BTreeSet::new();
        for fit in fits {
            match fit {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Maybe(more) => gaps.extend(more),
            }
        }
        if gaps.is_empty() { Self::Yes } else { Self::Maybe(gaps) }
    }

    /// Whether one of them matches.
    pub(in crate::iam::authorize) fn any(fits: impl IntoIterator<Item = Self>) -> Self {
        Self::all(fits.into_iter().map(Self::not)).not()
    }
}
