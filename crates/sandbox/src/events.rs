//! What happened, for clients of the sandbox that wait for it.

use longshore_names::{Digest, RegistryId, RepositoryName, Tag};

use uuid::Uuid;

use crate::state::{BackfillStatus, ReplicationOutcome};

/// Something that changed in the sandbox. Sent after the change is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A repository was created, by a person or by replication.
    RepositoryCreated {
        /// Its registry.
        registry: RegistryId,
        /// Its name.
        repository: RepositoryName,
    },
    /// A repository was deleted.
    RepositoryDeleted {
        /// Its registry.
        registry: RegistryId,
        /// Its name.
        repository: RepositoryName,
    },
    /// A client pushed a manifest or put a tag.
    ImagePushed {
        /// The registry pushed to.
        registry: RegistryId,
        /// The repository pushed to.
        repository: RepositoryName,
        /// The manifest's digest.
        digest: Digest,
        /// The tag, if it was pushed with one.
        tag: Option<Tag>,
    },
    /// A replication to one destination ended.
    ReplicationFinished {
        /// The registry the image was pushed to.
        source: RegistryId,
        /// The registry it was to be copied to.
        destination: RegistryId,
        /// The repository, of the same name in both.
        repository: RepositoryName,
        /// The manifest's digest.
        digest: Digest,
        /// The tag that started it.
        tag: Option<Tag>,
        /// How it ended.
        outcome: ReplicationOutcome,
    },
    /// A destination has replicated what was deleted at a source.
    DeletionReplicated {
        /// The registry where it was deleted.
        source: RegistryId,
        /// The registry that replicated the deletion.
        destination: RegistryId,
        /// The repository, of the same name in both.
        repository: RepositoryName,
        /// Tags that were removed at the destination from images that stay.
        tags: Vec<Tag>,
        /// Images that were removed at the destination, with all their tags.
        images: Vec<Digest>,
    },
    /// A replication backfill started, began to copy more images, or ended.
    BackfillChanged {
        /// The registry whose images it copies.
        source: RegistryId,
        /// The registry that it copies them to.
        destination: RegistryId,
        /// Its id.
        id: Uuid,
        /// How far it is.
        status: BackfillStatus,
    },
    /// The sandbox was reset.
    Reset,
}
