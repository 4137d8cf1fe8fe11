//! Why a change to a document was refused.

/// Why a change does not apply to the document as it is now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No rule or statement has the content to be changed.
    #[error("the {what} was changed or removed elsewhere")]
    ChangedElsewhere {
        /// `rule` or `statement`.
        what: &'static str,
    },
    /// The document already has an equal rule or statement.
    #[error("the document already has an equal {what}")]
    AlreadyThere {
        /// `rule` or `statement`.
        what: &'static str,
    },
    /// Another statement has this Sid, with a different effect, action, resource or condition.
    #[error("the statement id `{sid}` belongs to a statement with different content; `{proposed}` is free")]
    SidTaken {
        /// The Sid that is taken.
        sid: String,
        /// A Sid that is free.
        proposed: String,
    },
    /// The principal is not a plain list of accounts, so no account can be removed from it.
    #[error("the statement's principal is not a list of accounts")]
    NotAccounts,
}

impl EditError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ChangedElsewhere { .. } => "changed-elsewhere",
            Self::AlreadyThere { .. } => "already-there",
            Self::SidTaken { .. } => "sid-taken",
            Self::NotAccounts => "not-accounts",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::SidTaken { proposed, .. } => format!("Use `{proposed}`, or edit the other statement."),
            _ => longshore_codes::way_out(self.code()).to_owned(),
        }
    }
}
