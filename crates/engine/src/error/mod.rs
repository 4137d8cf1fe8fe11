//! What can go wrong with a copy, and on which side.

mod failure;
mod hint;
mod kind;

use std::fmt;

use longshore_registry::{Error as RegistryError, RegistryErrorKind};

use crate::EngineErrorKind as Kind;

pub use failure::{Failure, Side};
pub use kind::EngineErrorKind;

/// The code of an image that a transient failure kept from being looked at.
pub(crate) const NOT_READ: &str = "not-looked-at";

/// Why a plan or a run failed, and where.
#[derive(Debug, Clone)]
pub struct EngineError {
    /// Where it went wrong.
    pub side: Side,
    /// What happened.
    pub kind: EngineErrorKind,
}

impl std::error::Error for EngineError {}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A person stopped it; nothing went wrong anywhere.
            Self { kind: kind @ Kind::Cancelled, .. } => write!(f, "{kind}"),
            Self { side, kind } => write!(f, "{side}: {kind}"),
        }
    }
}

impl EngineError {
    /// A failure at the registry that is read.
    pub fn source(kind: impl Into<EngineErrorKind>) -> Self {
        Self { side: Side::Source, kind: kind.into() }
    }

    /// A failure at the registry that is written.
    pub fn destination(kind: impl Into<EngineErrorKind>) -> Self {
        Self { side: Side::Destination, kind: kind.into() }
    }

    /// A failure of this machine, or a limit that was set here.
    pub fn here(kind: EngineErrorKind) -> Self {
        Self { side: Side::ThisMachine, kind }
    }

    /// A mistake in Longshore.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::here(Kind::Internal(what.into()))
    }

    /// What a registry said, when it is what failed.
    pub(crate) fn refusal(&self) -> Option<&RegistryErrorKind> {
        match &self.kind {
            Kind::Registry(error) => Some(&error.kind),
            _ => None,
        }
    }

    /// Whether the same operation may succeed later.
    pub(crate) fn passes(&self) -> bool {
        matches!(&self.kind, Kind::Registry(error) if error.is_retryable())
    }

    /// A transient failure is no answer, and says nothing about the image.
    pub(crate) fn while_reading(self) -> Self {
        match self.kind {
            Kind::Registry(error) if error.is_retryable() => Self { kind: Kind::NotRead(error), ..self },
            kind => Self { kind, ..self },
        }
    }

    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            Kind::Registry(error) => error.code(),
            Kind::SourceMissing { .. } => "source-missing",
            Kind::Manifest { error, .. } => error.code(),
            Kind::TooComplex { .. } => "manifest-too-complex",
            Kind::NoPlatform { .. } => "platform-missing",
            Kind::RepositoryGone { .. } => "changed-elsewhere",
            Kind::CreationNotPlanned { .. } => "creation-not-planned",
            Kind::TagMoved { .. } => "tag-moved",
            Kind::NotKept { .. } => "not-kept",
            Kind::NotRead(_) => NOT_READ,
            Kind::Immutable { .. } => "tag-immutable",
            Kind::Conflict { .. } => "tag-conflict",
            Kind::OtherRegistry { .. } => "other-registry",
            Kind::PruneCap { .. } => "prune-cap",
            Kind::ExpiryNotAccepted { .. } => "expiry-not-accepted",
            Kind::Journal(_) | Kind::JournalNewer(_) | Kind::JournalHeld(_) => "journal",
            Kind::Owned(_) => "run-owned",
            Kind::NoSuchRun(_) => "no-such-run",
            Kind::Report(_) => "report",
            Kind::Cancelled => "cancelled",
            Kind::Internal(_) => "internal",
        }
    }
}

/// Decides whose failure it is when bytes flow from one registry into another.
pub(crate) fn while_copying(error: RegistryError, source: &str, sink: &str) -> EngineError {
    if error.registry == source && source != sink {
        EngineError::source(error)
    } else {
        EngineError::destination(error)
    }
}
