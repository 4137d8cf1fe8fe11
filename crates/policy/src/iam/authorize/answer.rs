//! The answer to a question, and its reason.

use serde::Serialize;

/// A kind of policy that takes part in an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The policies of a user or a role, and of the user's groups.
    Identity,
    /// The policies of the resource: those of the registry and of the repository.
    Resource,
    /// The permissions boundary of the user or role.
    Boundary,
    /// The policies that were passed when the session was created.
    Session,
    /// The service control policies of the caller's account.
    Scp,
    /// The resource control policies of the resource's account.
    Rcp,
}

impl Layer {
    /// Every layer.
    pub const ALL: [Self; 6] =
        [Self::Identity, Self::Resource, Self::Boundary, Self::Session, Self::Scp, Self::Rcp];

    /// The layer as one word, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }

    /// The layer as a phrase for sentences.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Identity => "the identity policies",
            Self::Resource => "the resource policy",
            Self::Boundary => "the permissions boundary",
            Self::Session => "the session policy",
            Self::Scp => "the service control policies (SCPs)",
            Self::Rcp => "the resource control policies (RCPs)",
        }
    }

    /// Whether its statements name principals.
    pub(super) fn names_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Rcp)
    }
}

/// A statement of a document that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementAt {
    /// What the document is.
    #[serde(skip)]
    pub layer: Layer,
    /// The label of the document.
    pub document: String,
    /// The statement's Sid.
    pub sid: Option<String>,
    /// Its place in the document, from 0.
    pub index: usize,
}

impl StatementAt {
    /// The statement as a phrase for sentences.
    pub fn phrase(&self) -> String {
        match &self.sid {
            Some(sid) => format!("statement `{sid}` of {}", self.document),
            None => format!("statement number {} of {}", self.index + 1, self.document),
        }
    }
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes, as far as the given documents show.
    Allowed,
    /// No: a statement denies it.
    Denied,
    /// No: nothing allows it, or a layer that limits permissions does not.
    NotAllowed,
    /// It depends on something that was not given.
    Unknown,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Yes, no, or unknown.
    pub decision: Decision,
    /// The statement that decides; for an unknown answer the one that it depends on. `None` if no
    /// statement does: nothing allows it, or the caller is the root user.
    pub by: Option<StatementAt>,
    /// The further statements without which it would not be allowed.
    pub also: Vec<StatementAt>,
    /// For what is not allowed, the layer that does not allow it.
    pub layer: Option<Layer>,
    /// The condition keys on which an unknown answer depends.
    pub keys: Vec<String>,
    /// The layers that were not given and could change the answer.
    pub unseen: Vec<Layer>,
    /// The layers that were given and do not apply to this caller or action.
    pub ignored: Vec<Layer>,
    /// The reason, in one or two sentences.
    pub reason: String,
}
