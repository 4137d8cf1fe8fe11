//! What can go wrong with a copy, and on which side.

use std::{fmt, path::PathBuf};

use longshore_names::Digest;
use longshore_registry::{Error as RegistryError, ManifestError, RegistryErrorKind};
use serde::{Deserialize, Serialize};

/// The longest message, in characters. Registries, images and files supply parts of it.
const MOST_OF_MESSAGE: usize = 2_000;

/// The code of an image that a transient failure kept from being looked at.
pub(crate) const NOT_LOOKED_AT: &str = "not-looked-at";

/// Where something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At the registry that is read.
    Source,
    /// At the registry that is written.
    Destination,
    /// Here.
    ThisMachine,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::ThisMachine => "this machine",
        })
    }
}

/// Why a plan or a run failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// A registry said no, or did not answer.
    #[error("{side}: {error}")]
    Registry {
        /// Which one.
        side: Side,
        /// What it said.
        error: RegistryError,
    },
    /// The source has no such image.
    #[error("source: {registry} has no `{reference}` in `{repository}`")]
    SourceMissing {
        /// The source's name.
        registry: String,
        /// The repository.
        repository: String,
        /// Tag or digest.
        reference: String,
    },
    /// A manifest of the source that cannot be copied.
    #[error("source: manifest {digest}: {error}")]
    Manifest {
        /// Which.
        digest: Digest,
        /// Why.
        error: ManifestError,
    },
    /// An index in an index in an index, or one with very many manifests.
    #[error("source: {digest} {problem}")]
    TooComplex {
        /// The image.
        digest: Digest,
        /// What is too much.
        problem: String,
    },
    /// The index has no image for the platform that was asked for.
    #[error("source: {digest} has no image for {wanted}; {}", offers(offered))]
    NoPlatform {
        /// The index.
        digest: Digest,
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: Vec<String>,
    },
    /// A repository of the destination no longer exists, and the plan does not create it.
    #[error(
        "destination: {registry} no longer has the repository `{repository}`, which existed when this was planned"
    )]
    RepositoryGone {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// Images that the plan could not look at need a repository that would have to be created.
    #[error(
        "destination: {registry} does not have the repository `{repository}`, and the plan does not create it"
    )]
    CreationNotPlanned {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// The destination's tag points elsewhere right after it was put.
    #[error("destination: tag `{tag}` of `{repository}` points at {found} and not at {expected}")]
    TagMoved {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// What was put.
        expected: Digest,
        /// Where it points; `nothing` when the tag is gone.
        found: String,
    },
    /// The destination's tag has another digest and the request says not to move it.
    #[error("destination: tag `{tag}` of `{repository}` already points at {existing}")]
    Conflict {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// What is there.
        existing: Digest,
    },
    /// The destination's tag has another digest and may never be moved.
    #[error("destination: tag `{tag}` of `{repository}` points at {existing} and cannot be moved")]
    Immutable {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// What is there.
        existing: Digest,
    },
    /// The destination acknowledged something but does not have it at the end of the run.
    #[error("destination: {registry} acknowledged `{reference}` of `{repository}` but no longer has it")]
    NotKept {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
        /// Tag or digest.
        reference: String,
    },
    /// A transient failure kept an image from being looked at for the plan.
    #[error("{side}: {error}")]
    NotLookedAt {
        /// Where.
        side: Side,
        /// What happened.
        error: RegistryError,
    },
    /// A plan was made for registries other than those it is to run on.
    #[error("this machine: the plan is for {planned}, not for {given}")]
    OtherRegistry {
        /// What the plan says.
        planned: String,
        /// What it was run on.
        given: String,
    },
    /// More tags would be removed than the cap allows.
    #[error("this machine: {count} tags would be removed; at most {cap} are allowed")]
    PruneCap {
        /// How many would be removed.
        count: usize,
        /// How many may.
        cap: usize,
    },
    /// Lifecycle policies of the destination would remove images after the copy, and that was not
    /// accepted.
    #[error(
        "destination: lifecycle policies of {registry} would remove {total} images after the copy, {incoming} of them just copied"
    )]
    ExpiryNotAccepted {
        /// The destination's name.
        registry: String,
        /// How many images.
        total: usize,
        /// How many of them are about to be copied.
        incoming: usize,
    },
    /// The journal cannot be written or read.
    #[error("this machine: the journal: {0}")]
    Journal(String),
    /// The journal has a format that this version does not know.
    #[error("this machine: the journal {} was written by a newer Longshore", .0.display())]
    JournalNewer(PathBuf),
    /// The journal is damaged and cannot be set aside.
    #[error(
        "this machine: the journal {} is damaged, and another window or program has it open",
        .0.display()
    )]
    JournalHeld(PathBuf),
    /// Another process owns the run.
    #[error("this machine: run {0} is under way in another window or program")]
    Owned(String),
    /// There is no such run to resume.
    #[error("this machine: there is no unfinished run {0}")]
    NoSuchRun(String),
    /// A record cannot be written or read.
    #[error("this machine: {0}")]
    Report(String),
    /// Stopped by a person.
    #[error("stopped")]
    Cancelled,
    /// A mistake in Longshore.
    #[error("this machine: an error in Longshore: {0}")]
    Internal(String),
}

impl EngineError {
    pub(crate) fn source(error: RegistryError) -> Self {
        Self::Registry { side: Side::Source, error }
    }

    pub(crate) fn destination(error: RegistryError) -> Self {
        match error {
            RegistryError { kind: RegistryErrorKind::TagTaken { repository, tag, existing }, .. } => {
                Self::Conflict { repository, tag, existing }
            }
            error => Self::Registry { side: Side::Destination, error },
        }
    }

    /// Whether the same operation may succeed later.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Registry { error, .. } if error.is_retryable())
    }

    /// A transient failure is no answer, and says nothing about the image.
    pub(crate) fn while_looking(self) -> Self {
        match self {
            Self::Registry { side, error } if error.is_retryable() => Self::NotLookedAt { side, error },
            other => other,
        }
    }

    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Registry { error, .. } => error.code(),
            Self::SourceMissing { .. } => "source-missing",
            Self::Manifest { error, .. } => error.code(),
            Self::TooComplex { .. } => "manifest-too-complex",
            Self::NoPlatform { .. } => "platform-missing",
            Self::RepositoryGone { .. } => "changed-elsewhere",
            Self::CreationNotPlanned { .. } => "creation-not-planned",
            Self::TagMoved { .. } => "tag-moved",
            Self::NotKept { .. } => "not-kept",
            Self::NotLookedAt { .. } => NOT_LOOKED_AT,
            Self::Immutable { .. } => "tag-immutable",
            Self::Conflict { .. } => "tag-conflict",
            Self::OtherRegistry { .. } => "other-registry",
            Self::PruneCap { .. } => "prune-cap",
            Self::ExpiryNotAccepted { .. } => "expiry-not-accepted",
            Self::Journal(_) | Self::JournalNewer(_) | Self::JournalHeld(_) => "journal",
            Self::Owned(_) => "run-owned",
            Self::NoSuchRun(_) => "no-such-run",
            Self::Report(_) => "report",
            Self::Cancelled => "cancelled",
            Self::Internal(_) => "internal",
        }
    }

    /// Where it went wrong.
    pub fn side(&self) -> Side {
        match self {
            Self::Registry { side, .. } | Self::NotLookedAt { side, .. } => *side,
            Self::SourceMissing { .. }
            | Self::Manifest { .. }
            | Self::TooComplex { .. }
            | Self::NoPlatform { .. } => Side::Source,
            Self::RepositoryGone { .. }
            | Self::CreationNotPlanned { .. }
            | Self::TagMoved { .. }
            | Self::Conflict { .. }
            | Self::Immutable { .. }
            | Self::NotKept { .. }
            | Self::ExpiryNotAccepted { .. } => Side::Destination,
            _ => Side::ThisMachine,
        }
    }

    /// What to do about it, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::JournalNewer(_) => {
                return "Nothing was changed. Use that version, or another folder for the journal (--journal, LONGSHORE_DATA_DIR).";
            }
            Self::JournalHeld(_) => return "Close the other windows and programs, then try again.",
            _ => {}
        }
        if let Self::Registry { error, .. } = self
            && error.status() == Some(413)
        {
            return "Raise the largest request body that the registry or the proxy in front of it accepts (nginx: client_max_body_size).";
        }
        let is_source = self.side() == Side::Source;
        match self.code() {
            "repository-not-found" if is_source => {
                "Check the repository's name at the source, and the permission to read it."
            }
            "repository-not-found" => "Create the repository at the destination, or choose one that exists.",
            "not-found" | "source-missing" if is_source => {
                "Check whether the image is still in the source; it may have expired."
            }
            "changed-elsewhere" => {
                "The repository was not created again. Find out why it was deleted, then plan the copy again."
            }
            "creation-not-planned" => {
                "The repository was not created. Plan the copy again: the new plan lists it."
            }
            "not-found" => {
                "The destination lost something that it had before; resume the run to upload it again."
            }
            "refused" if is_source => "The source's own message says why; nothing of this image was copied.",
            "refused" => {
                "The destination's own message says why; check its address and the repository's name."
            }
            "unauthorized" => "Log in again, or choose other credentials for this registry.",
            "denied" if is_source => {
                "Give the principal the permission to pull from the source, then try again."
            }
            "denied" => "Give the principal the permission to push to the destination, then try again.",
            "certificate" => {
                "Trust the authority with --ca-file FILE or in /etc/docker/certs.d/HOST/ca.crt; --insecure-skip-verify HOST skips the check."
            }
            "out-of-reach" => {
                "Nothing was sent there. Check the registry's own address settings, or name the registry by its private address."
            }
            "throttled" => "Wait a little, then resume the run; finished images are not copied again.",
            "tag-immutable" => "Choose another tag; an immutable tag cannot be moved.",
            "referenced-content-missing" => "Resume the run; what the registry lost is uploaded again.",
            "digest-mismatch" | "size-mismatch" => {
                "The bytes were discarded. If it happens again, the source or something in between damages them."
            }
            "unsupported" | "manifest-type" => {
                "This registry or this kind of image cannot be used for a copy."
            }
            "network" | "server" => "Check the connection, then resume the run.",
            "platform-missing" => "Choose one of the available platforms, or copy the whole index.",
            "tag-moved" => "Another client pushed the same tag. Agree on a single writer, then copy again.",
            "not-kept" => {
                "The registry lost it, or another client deleted it. Check the registry's storage and retention rules, then resume the run."
            }
            "not-looked-at" => {
                "Resume the run: it copies the images that could be read, and reads the others again."
            }
            "cannot-be-linked" => {
                "The image is copied. Remove or rename that tag if the registry should list the image's referrers."
            }
            "tag-conflict" => "Choose another tag, or allow the tag to be moved.",
            "other-registry" => "Make a new plan for these registries.",
            "prune-cap" => "Check that the rule still selects what it should, then raise the cap.",
            "expiry-not-accepted" => {
                "Review the images that would be removed, then accept that, or change the lifecycle policy."
            }
            "journal" => "Check that the data directory is writable and has free space.",
            "report" => "Check that the file can be written, or that it is the record of a run.",
            "run-owned" => "Wait until the run ends there, or cancel it there.",
            "no-such-run" => "The run may have been finished or forgotten already.",
            "cancelled" => "Resume the run when you like; finished images are not copied again.",
            "internal" => "Please report this with the log.",
            _ => "The message says why; the image was not copied.",
        }
    }

    /// The error as plain values.
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code().to_owned(),
            message: longshore_names::shown(&self.to_string(), MOST_OF_MESSAGE),
            hint: self.hint().to_owned(),
            side: self.side(),
        }
    }
}

fn offers(offered: &[String]) -> String {
    match offered {
        [] => "it states no platforms".to_owned(),
        some => format!("available: {}", some.join(", ")),
    }
}

/// An error as plain values, for events, outcomes and plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Where.
    pub side: Side,
}

impl Failure {
    /// What happened and what to do, as sentences.
    pub fn in_words(&self) -> String {
        format!("{}. {}", self.message.trim_end_matches('.'), self.hint)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_fits_the_operation_and_the_side() {
        let (registry, repository) = (String::from("r"), String::from("a"));
        let missing = RegistryErrorKind::NotFound { repository: repository.clone(), what: "blob x".into() }
            .at(registry.clone());
        let refused = |status| RegistryErrorKind::Refused { status, message: "no".into() }.at("r");
        let denied = RegistryErrorKind::Denied { message: "no".into() }.at("r");
        let elsewhere =
            RegistryErrorKind::Elsewhere { host: "s".into(), error: Box::new(refused(413)) }.at("r");
        for (error, source, destination) in [
            (missing, "may have expired", "upload it again"),
            (
                RegistryErrorKind::RepositoryNotFound { repository }.at(registry),
                "Check the repository's name",
                "Create",
            ),
            (denied, "pull from the source", "push to the destination"),
            (refused(404), "source's own message", "destination's own message"),
            (refused(413), "client_max_body_size", "client_max_body_size"),
            (elsewhere, "client_max_body_size", "client_max_body_size"),
        ] {
            let there = EngineError::source(error.clone());
            assert!(there.hint().contains(source), "{there}: {}", there.hint());
            let there = EngineError::destination(error);
            assert!(there.hint().contains(destination), "{there}: {}", there.hint());
        }
    }
}
