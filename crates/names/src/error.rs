//! The error for text that is not a valid name.

use std::fmt;

use crate::shown;

/// The kind of name that a text was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A 12-digit AWS account id.
    AccountId,
    /// An AWS Region such as `us-west-2`.
    Region,
    /// A repository name such as `team/service`.
    RepositoryName,
    /// An image tag.
    Tag,
    /// A content digest such as `sha256:…`.
    Digest,
    /// The prefix of a replication filter.
    Prefix,
}

impl NameKind {
    /// A stable code for tables of texts and actions.
    pub fn code(self) -> &'static str {
        match self {
            Self::AccountId => "account-id",
            Self::Region => "region",
            Self::RepositoryName => "repository-name",
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Prefix => "prefix",
        }
    }
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccountId => "account id",
            Self::Region => "Region",
            Self::RepositoryName => "repository name",
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Prefix => "prefix",
        })
    }
}

/// Text that is not a valid name of its kind, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}: {problem}")]
pub struct NameError {
    /// The kind of name that it was meant to be.
    pub kind: NameKind,
    /// The text as given, cut to 100 characters, with hidden characters escaped.
    pub text: String,
    /// What is wrong and what to change, as a sentence without a full stop.
    pub problem: String,
}

impl NameError {
    /// As [`new`](Self::new), with a valid name as a suggestion.
    pub(crate) fn proposing(
        kind: NameKind,
        text: &str,
        problem: impl Into<String>,
        near: Option<impl fmt::Display>,
    ) -> Self {
        let problem = problem.into();
        match near {
            Some(near) => Self::new(kind, text, format!("{problem}; try `{near}`")),
            None => Self::new(kind, text, problem),
        }
    }

    pub(crate) fn new(kind: NameKind, text: &str, problem: impl Into<String>) -> Self {
        let beginning: String = text.chars().take(100).collect();
        Self { kind, text: shown(&beginning, 1_000), problem: shown(&problem.into(), 1_000) }
    }
}
