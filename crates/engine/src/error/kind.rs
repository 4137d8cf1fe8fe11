//! The kinds of failures of plans and runs.

use std::path::PathBuf;

use longshore_names::Digest;
use longshore_registry::{Error as RegistryError, ManifestError, RegistryErrorKind};

/// What went wrong. Every kind has a stable [`code`](crate::EngineError::code).
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineErrorKind {
    /// A registry said no, or did not answer.
    #[error("{0}")]
    Registry(RegistryError),
    /// The source has no such image.
    #[error("{registry} has no `{reference}` in `{repository}`")]
    SourceMissing {
        /// The source's name.
        registry: String,
        /// The repository.
        repository: String,
        /// Tag or digest.
        reference: String,
    },
    /// A manifest of the source that cannot be copied.
    #[error("manifest {digest}: {error}")]
    Manifest {
        /// Which.
        digest: Digest,
        /// Why.
        error: ManifestError,
    },
    /// An index in an index in an index, or one with very many manifests.
    #[error("{digest} {problem}")]
    TooComplex {
        /// The image.
        digest: Digest,
        /// What is too much.
        problem: String,
    },
    /// The index has no image for the platform that was asked for.
    #[error("{digest} has no image for {wanted}; {}", offers(offered))]
    NoPlatform {
        /// The index.
        digest: Digest,
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: Vec<String>,
    },
    /// A repository of the destination no longer exists, and the plan does not create it.
    #[error("{registry} no longer has the repository `{repository}`, which existed when this was planned")]
    RepositoryGone {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// Images that the plan could not look at need a repository that would have to be created.
    #[error("{registry} does not have the repository `{repository}`, and the plan does not create it")]
    CreationNotPlanned {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// The destination's tag points elsewhere right after it was put.
    #[error("tag `{tag}` of `{repository}` points at {found} and not at {expected}")]
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
    #[error("tag `{tag}` of `{repository}` already points at {existing}")]
    Conflict {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// What is there.
        existing: Digest,
    },
    /// The destination's tag has another digest and may never be moved.
    #[error("tag `{tag}` of `{repository}` points at {existing} and cannot be moved")]
    Immutable {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// What is there.
        existing: Digest,
    },
    /// The destination acknowledged something but does not have it at the end of the run.
    #[error("{registry} acknowledged `{reference}` of `{repository}` but no longer has it")]
    NotKept {
        /// The destination's name.
        registry: String,
        /// The repository.
        repository: String,
        /// Tag or digest.
        reference: String,
    },
    /// A transient failure kept an image from being looked at for the plan.
    #[error("{0}")]
    NotRead(RegistryError),
    /// A plan was made for registries other than those it is to run on.
    #[error("the plan is for {planned}, not for {given}")]
    OtherRegistry {
        /// What the plan says.
        planned: String,
        /// What it was run on.
        given: String,
    },
    /// More tags would be removed than the cap allows.
    #[error("{count} tags would be removed; at most {cap} are allowed")]
    PruneCap {
        /// How many would be removed.
        count: usize,
        /// How many may.
        cap: usize,
    },
    /// Lifecycle policies of the destination would remove images after the copy, and that was not
    /// accepted.
    #[error(
        "lifecycle policies of {registry} would remove {total} images after the copy, {incoming} of them just copied"
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
    #[error("the journal: {0}")]
    Journal(String),
    /// The journal has a format that this version does not know.
    #[error("the journal {} was written by a newer Longshore", .0.display())]
    JournalNewer(PathBuf),
    /// The journal is damaged and cannot be set aside.
    #[error(
        "the journal {} is damaged, and another window or program has it open",
        .0.display()
    )]
    JournalHeld(PathBuf),
    /// Another process owns the run.
    #[error("run {0} is under way in another window or program")]
    Owned(String),
    /// There is no such run to resume.
    #[error("there is no unfinished run {0}")]
    NoSuchRun(String),
    /// A record cannot be written or read.
    #[error("{0}")]
    Report(String),
    /// Stopped by a person.
    #[error("stopped")]
    Cancelled,
    /// A mistake in Longshore.
    #[error("an error in Longshore: {0}")]
    Internal(String),
}

impl From<RegistryError> for EngineErrorKind {
    fn from(error: RegistryError) -> Self {
        match error.kind {
            RegistryErrorKind::TagTaken { repository, tag, existing } => {
                Self::Conflict { repository, tag, existing }
            }
            _ => Self::Registry(error),
        }
    }
}

fn offers(offered: &[String]) -> String {
    match offered {
        [] => "it states no platforms".to_owned(),
        some => format!("available: {}", some.join(", ")),
    }
}
