//! Why a change to a document was refused.

/// A change to a document that does not fit what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No rule or statement has the content that was to be changed.
    #[error("the {what} is no longer there as it was: somebody changed it elsewhere")]
    ChangedElsewhere {
        /// `rule` or `statement`.
        what: &'static str,
    },
    /// An equal rule or statement is there already.
    #[error("an equal {what} is there already")]
    AlreadyThere {
        /// `rule` or `statement`.
        what: &'static str,
    },
    /// Another statement has this Sid, with another effect, action, resource or condition.
    #[error("the statement id `{sid}` belongs to a statement with another content; `{proposed}` is free")]
    SidTaken {
        /// The Sid that is taken.
        sid: String,
        /// A Sid that is free.
        proposed: String,
    },
    /// The principal of the statement is not a plain list of accounts, so none can be taken out.
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
            Self::ChangedElsewhere { .. } => "Read the document again and look at the difference.".into(),
            Self::AlreadyThere { what } => format!("Nothing to do: leave the {what} as it is."),
            Self::SidTaken { proposed, .. } => format!("Use `{proposed}`, or edit the other statement."),
            Self::NotAccounts => "Edit the statement as JSON.".into(),
        }
    }
}
