//! What a repository holds, and the changes that can be made to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RegistryId, Tag};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `ImageTagMutability` of the ECR API model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TagMutability {
    #[default]
    Mutable,
    Immutable,
    MutableWithExclusion,
    ImmutableWithExclusion,
}

/// What a person can set on a repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RepositorySettings {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) tag_mutability: TagMutability,
    /// Wildcard filters (`*` only) of the `…_WITH_EXCLUSION` modes.
    pub(crate) exclusion_filters: Vec<String>,
    pub(crate) scan_on_push: bool,
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub(crate) encryption_type: String,
    pub(crate) kms_key: Option<String>,
    /// Resource tags.
    pub(crate) resource_tags: BTreeMap<String, String>,
    /// The lifecycle policy's text as it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lifecycle_policy: Option<String>,
    /// The repository policy's text as it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
}

impl RepositorySettings {
    /// What an auto-created repository gets (User Guide, "replication"): mutable, AES256.
    pub(crate) fn defaults(created_at: DateTime<Utc>) -> Self {
        Self {
            created_at,
            tag_mutability: TagMutability::Mutable,
            exclusion_filters: Vec::new(),
            scan_on_push: false,
            encryption_type: "AES256".to_owned(),
            kms_key: None,
            resource_tags: BTreeMap::new(),
            lifecycle_policy: None,
            policy: None,
        }
    }

    /// Whether an existing `tag` may not be put again.
    pub(crate) fn is_immutable(&self, tag: &str) -> bool {
        let excluded =
            || self.exclusion_filters.iter().any(|f| crate::access::policy::wildcard(f, tag, false));
        match self.tag_mutability {
            TagMutability::Mutable => false,
            TagMutability::Immutable => true,
            TagMutability::MutableWithExclusion => excluded(),
            TagMutability::ImmutableWithExclusion => !excluded(),
        }
    }
}

/// A stored manifest. Its bytes are in the blob store under `digest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageRecord {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    /// `artifactType`, or the config's media type.
    pub(crate) artifact_media_type: Option<String>,
    /// The manifest's own size in bytes.
    pub(crate) manifest_size: u64,
    /// Config and layers with their sizes, as the manifest names them (without duplicates).
    pub(crate) blobs: Vec<(Digest, u64)>,
    /// Sum of the layers' sizes in bytes, without the config; 0 for a list.
    pub(crate) layers_size: u64,
    /// Manifests of a list.
    pub(crate) children: Vec<Digest>,
    pub(crate) subject: Option<Digest>,
    pub(crate) annotations: Option<serde_json::Map<String, serde_json::Value>>,
    pub(crate) pushed_at: DateTime<Utc>,
    pub(crate) last_pulled_at: Option<DateTime<Utc>>,
    pub(crate) replications: Vec<ReplicationStatus>,
    /// Where it is stored.
    #[serde(default, skip_serializing_if = "Storage::is_plain")]
    pub(crate) storage: Storage,
    /// Its last scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scan: Option<Scan>,
}

/// Whether an image is in the archive, and since when it is not any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Storage {
    pub(crate) archived: bool,
    pub(crate) last_archived_at: Option<DateTime<Utc>>,
    /// When it can be pulled again; it is being restored until then.
    pub(crate) last_activated_at: Option<DateTime<Utc>>,
}

impl Storage {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// `imageStatus`.
    pub(crate) fn status(&self, now: DateTime<Utc>) -> &'static str {
        match (self.archived, self.last_activated_at) {
            (true, _) => "ARCHIVED",
            (false, Some(at)) if at > now => "ACTIVATING",
            _ => "ACTIVE",
        }
    }
}

/// What a scan finds in an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FoundByScan {
    pub(crate) findings: Vec<serde_json::Value>,
    pub(crate) enhanced_findings: Vec<serde_json::Value>,
}

/// A scan of an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) completed_at: DateTime<Utc>,
    /// `findings` of basic scanning.
    #[serde(default)]
    pub(crate) findings: Vec<serde_json::Value>,
    /// `enhancedFindings`; an image with them is scanned by Amazon Inspector.
    #[serde(default)]
    pub(crate) enhanced: Vec<serde_json::Value>,
}

/// Where the replication of a digest to one destination stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReplicationStatus {
    pub(crate) destination: RegistryId,
    /// `None` while it is IN_PROGRESS.
    pub(crate) outcome: Option<ReplicationOutcome>,
}

/// How a replication ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReplicationOutcome {
    /// The image is at the destination.
    Complete,
    /// It is not, and will not be tried again.
    Failed {
        /// `failureCode`; AWS does not document its values, these are the sandbox's.
        code: String,
    },
}

/// One image on its way to one destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReplicationJob {
    pub(crate) id: Uuid,
    pub(crate) digest: Digest,
    pub(crate) tag: Option<Tag>,
    pub(crate) destination: RegistryId,
    /// When the copy is made.
    pub(crate) due: DateTime<Utc>,
    /// What the destination's policy allowed when the push was made: later changes do not stop
    /// what is under way.
    pub(crate) may_replicate: bool,
    pub(crate) may_create: bool,
    /// The backfill that it belongs to; `None` when a push started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) backfill: Option<Uuid>,
}

/// What was deleted at a source, on its way to one destination of a rule with `deleteReplication`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletionJob {
    pub(crate) id: Uuid,
    pub(crate) destination: RegistryId,
    /// When the destination follows.
    pub(crate) due: DateTime<Utc>,
    /// What the destination's policy allowed when it was deleted at the source.
    pub(crate) may_replicate: bool,
    /// In the order of the deletions at the source.
    pub(crate) deletions: Vec<Deletion>,
}

/// One deletion at a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "deleted", rename_all = "camelCase")]
pub(crate) enum Deletion {
    /// A tag, while its image has others.
    Tag { tag: Tag, digest: Digest },
    /// An image, by its digest or with its last tag.
    Image { digest: Digest },
}

/// One change to a repository; what its log is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub(crate) enum Mutation {
    Settings {
        settings: RepositorySettings,
    },
    /// A config or layer becomes part of the repository.
    Layer {
        digest: Digest,
        size: u64,
    },
    /// Adds the manifest, or replaces its record.
    Image {
        image: Box<ImageRecord>,
    },
    /// Points the tag at the digest, moving it if it exists.
    Tag {
        tag: Tag,
        digest: Digest,
    },
    Untag {
        tag: Tag,
    },
    /// Removes the manifest with all its tags.
    RemoveImage {
        digest: Digest,
    },
    Pulled {
        digest: Digest,
        at: DateTime<Utc>,
    },
    /// Moves the image to another storage class.
    Stored {
        digest: Digest,
        storage: Storage,
    },
    Scanned {
        digest: Digest,
        scan: Scan,
    },
    /// A replication begins: the status becomes IN_PROGRESS.
    Queue {
        job: ReplicationJob,
    },
    Replicated {
        job: Uuid,
        outcome: ReplicationOutcome,
    },
    QueueDeletion {
        job: DeletionJob,
    },
    DeletionReplicated {
        job: Uuid,
    },
}

/// A repository's content in memory, rebuilt from its log.
#[derive(Debug, Clone)]
pub(crate) struct RepositoryState {
    pub(crate) settings: RepositorySettings,
    /// Configs and layers that were uploaded to, mounted into or replicated to this repository.
    pub(crate) layers: BTreeMap<Digest, u64>,
    pub(crate) images: BTreeMap<Digest, ImageRecord>,
    pub(crate) tags: BTreeMap<Tag, Digest>,
    pub(crate) pending: BTreeMap<Uuid, ReplicationJob>,
    pub(crate) pending_deletions: BTreeMap<Uuid, DeletionJob>,
    tags_of: BTreeMap<Digest, BTreeSet<Tag>>,
    /// How many manifests name a blob.
    references: HashMap<Digest, usize>,
}

impl RepositoryState {
    pub(crate) fn new(settings: RepositorySettings) -> Self {
        Self {
            settings,
            layers: BTreeMap::new(),
            images: BTreeMap::new(),
            tags: BTreeMap::new(),
            pending: BTreeMap::new(),
            pending_deletions: BTreeMap::new(),
            tags_of: BTreeMap::new(),
            references: HashMap::new(),
        }
    }

    /// The tags that point at `digest`, in order.
    pub(crate) fn tags_of(&self, digest: &Digest) -> impl Iterator<Item = &Tag> {
        self.tags_of.get(digest).into_iter().flatten()
    }

    /// Whether a manifest names this blob.
    pub(crate) fn is_referenced(&self, blob: &Digest) -> bool {
        self.references.contains_key(blob)
    }

    fn refer(&mut self, image: &ImageRecord) {
        for (blob, _) in &image.blobs {
            *self.references.entry(blob.clone()).or_default() += 1;
        }
    }

    fn unrefer(&mut self, image: &ImageRecord) {
        for (blob, _) in &image.blobs {
            if let Some(count) = self.references.get_mut(blob) {
                *count -= 1;
                if *count == 0 {
                    self.references.remove(blob);
                }
            }
        }
    }

    /// The image under a tag.
    pub(crate) fn by_tag(&self, tag: &Tag) -> Option<&ImageRecord> {
        self.images.get(self.tags.get(tag)?)
    }

    /// The first list that names `digest` as one of its manifests.
    pub(crate) fn parent_of(&self, digest: &Digest) -> Option<&ImageRecord> {
        self.images.values().find(|image| image.children.contains(digest))
    }

    /// `imageSizeInBytes`: the layers' sizes; for a list the largest of its manifests' (API model).
    pub(crate) fn size_of(&self, image: &ImageRecord) -> u64 {
        let children = image.children.iter().filter_map(|c| self.images.get(c));
        children.map(|c| c.layers_size).max().unwrap_or(image.layers_size)
    }

    pub(crate) fn apply(&mut self, mutation: &Mutation) {
        match mutation {
            Mutation::Settings { settings } => self.settings = settings.clone(),
            Mutation::Layer { digest, size } => {
                self.layers.insert(digest.clone(), *size);
            }
            Mutation::Image { image } => {
                self.refer(image);
                if let Some(former) = self.images.insert(image.digest.clone(), (**image).clone()) {
                    self.unrefer(&former);
                }
            }
            Mutation::Tag { tag, digest } => {
                self.untag(tag);
                self.tags.insert(tag.clone(), digest.clone());
                self.tags_of.entry(digest.clone()).or_default().insert(tag.clone());
            }
            Mutation::Untag { tag } => self.untag(tag),
            Mutation::RemoveImage { digest } => {
                if let Some(former) = self.images.remove(digest) {
                    self.unrefer(&former);
                }
                for tag in self.tags_of.remove(digest).unwrap_or_default() {
                    self.tags.remove(&tag);
                }
            }
            Mutation::Pulled { digest, at } => {
                if let Some(image) = self.images.get_mut(digest) {
                    image.last_pulled_at = Some(*at);
                }
            }
            Mutation::Stored { digest, storage } => {
                if let Some(image) = self.images.get_mut(digest) {
                    image.storage = storage.clone();
                }
            }
            Mutation::Scanned { digest, scan } => {
                if let Some(image) = self.images.get_mut(digest) {
                    image.scan = Some(scan.clone());
                }
            }
            Mutation::Queue { job } => {
                self.set_status(&job.digest, &job.destination, None);
                self.pending.insert(job.id, job.clone());
            }
            Mutation::QueueDeletion { job } => {
                self.pending_deletions.insert(job.id, job.clone());
            }
            Mutation::DeletionReplicated { job } => {
                self.pending_deletions.remove(job);
            }
            Mutation::Replicated { job, outcome } => {
                if let Some(job) = self.pending.remove(job) {
                    let same =
                        |p: &ReplicationJob| p.digest == job.digest && p.destination == job.destination;
                    if !self.pending.values().any(same) {
                        self.set_status(&job.digest, &job.destination, Some(outcome.clone()));
                    }
                }
            }
        }
    }

    fn untag(&mut self, tag: &Tag) {
        if let Some(digest) = self.tags.remove(tag)
            && let Some(tags) = self.tags_of.get_mut(&digest)
        {
            tags.remove(tag);
            if tags.is_empty() {
                self.tags_of.remove(&digest);
            }
        }
    }

    fn set_status(&mut self, digest: &Digest, destination: &RegistryId, outcome: Option<ReplicationOutcome>) {
        let Some(image) = self.images.get_mut(digest) else { return };
        match image.replications.iter_mut().find(|s| s.destination == *destination) {
            Some(status) => status.outcome = outcome,
            None => image.replications.push(ReplicationStatus { destination: destination.clone(), outcome }),
        }
    }

    /// The changes that rebuild this state from an empty one.
    pub(crate) fn snapshot(&self) -> Vec<Mutation> {
        let settings = [Mutation::Settings { settings: self.settings.clone() }];
        let layers = self.layers.iter().map(|(d, s)| Mutation::Layer { digest: d.clone(), size: *s });
        let images = self.images.values().map(|i| Mutation::Image { image: Box::new(i.clone()) });
        let tags = self.tags.iter().map(|(t, d)| Mutation::Tag { tag: t.clone(), digest: d.clone() });
        let jobs = self.pending.values().map(|job| Mutation::Queue { job: job.clone() });
        let deletions =
            self.pending_deletions.values().map(|job| Mutation::QueueDeletion { job: job.clone() });
        settings.into_iter().chain(layers).chain(images).chain(tags).chain(jobs).chain(deletions).collect()
    }
}
