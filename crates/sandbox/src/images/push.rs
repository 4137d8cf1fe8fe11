//! Putting a manifest: the one path for the data plane's PUT and the API's `PutImage`.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use bytes::Bytes;
use longshore_names::{Digest, Tag};

use crate::{
    Change, StorageError,
    error::CommitError,
    files,
    images::{
        blobs::digest_of,
        manifest::{self, ManifestError},
    },
    replication,
    state::{ImageRecord, Mutation, Registry, ReplicationJob, Repository, RepositoryState, State, Storage},
};

/// What a client wants to put.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// The manifest's bytes; they are stored unchanged.
    pub(crate) bytes: Bytes,
    /// `Content-Type`, or `imageManifestMediaType`.
    pub(crate) media_type: Option<String>,
    pub(crate) tag: Option<Tag>,
    /// The digest that the client says it is.
    pub(crate) digest: Option<Digest>,
}

/// A manifest that was put.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    pub(crate) image: ImageRecord,
}

/// Why a manifest was not put.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The bytes have another digest than the client says.
    #[error("the manifest has the digest {actual}")]
    DigestMismatch { actual: Digest },
    /// Config or layers are not in this repository.
    #[error("{} layers are missing", .0.len())]
    LayersMissing(Vec<Digest>),
    /// Manifests of the list are not in this repository.
    #[error("{} manifests are missing", .0.len())]
    ChildrenMissing(Vec<Digest>),
    /// The tag exists and the repository's tags are immutable; this applies to the same bytes too.
    #[error("the tag {tag} is immutable")]
    TagImmutable { tag: Tag, digest: Digest },
    /// This manifest already has this tag (or already exists, when no tag was given). Nothing was
    /// changed.
    #[error("the image already exists")]
    Exists(Box<ImageRecord>),
    /// Switched on: manifests with a subject are refused.
    #[error("manifests with a subject are refused")]
    SubjectRefused,
}

impl From<StorageError> for PushError {
    fn from(error: StorageError) -> Self {
        Self::Commit(error.into())
    }
}

/// Puts a manifest and starts its replication. What it refers to must be in the repository.
pub(crate) async fn push(
    state: &Arc<State>,
    registry: &Arc<Registry>,
    repository: &Arc<Repository>,
    push: Push,
) -> Result<Pushed, PushError> {
    let parsed = manifest::parse(&push.bytes, push.media_type.as_deref())?;
    if parsed.subject.is_some() && state.switches().referrers_refused {
        return Err(PushError::SubjectRefused);
    }
    let digest = digest_of(&push.bytes);
    if push.digest.as_ref().is_some_and(|expected| *expected != digest) {
        return Err(PushError::DigestMismatch { actual: digest });
    }
    let now = state.clock.now();
    let image = ImageRecord {
        digest: digest.clone(),
        media_type: parsed.media_type,
        artifact_media_type: parsed.artifact_media_type,
        manifest_size: push.bytes.len() as u64,
        blobs: parsed.blobs,
        layers_size: parsed.layers_size,
        children: parsed.children,
        subject: parsed.subject,
        annotations: parsed.annotations,
        pushed_at: now,
        last_pulled_at: None,
        replications: Vec::new(),
        storage: Storage::default(),
        scan: None,
    };
    repository.read(|content| check(content, &image, push.tag.as_ref()))?;
    let (blobs, bytes) = (registry.blobs.clone(), push.bytes);
    files::blocking(move || blobs.write(&bytes)).await?;

    let world = state.world();
    let jobs = replication::plan(state, &world, registry, &repository.name, &image, push.tag.as_ref());
    let tag_only_replicates = state.switches().tag_only_put_replicates;
    let tag = push.tag.clone();
    let (image, jobs) = repository
        .commit(move |content| -> Result<_, PushError> {
            check(content, &image, tag.as_ref())?;
            let known = content.images.get(&image.digest).cloned();
            let jobs = if known.is_some() && !tag_only_replicates { Vec::new() } else { jobs };
            let mut group = Vec::new();
            if known.is_none() {
                group.push(Mutation::Image { image: Box::new(image.clone()) });
            }
            if let Some(tag) = tag {
                group.push(Mutation::Tag { tag, digest: image.digest.clone() });
            }
            group.extend(jobs.iter().map(|job| Mutation::Queue { job: job.clone() }));
            Ok((group, (known.unwrap_or(image), jobs)))
        })
        .await?;
    registry.counters.manifest_puts.fetch_add(1, Relaxed);
    state.announce(Change::ImagePushed {
        registry: registry.id.clone(),
        repository: repository.name.clone(),
        digest,
        tag: push.tag,
    });
    start(state, &world, repository, jobs);
    Ok(Pushed { image })
}

fn start(
    state: &Arc<State>,
    world: &Arc<crate::state::World>,
    repository: &Arc<Repository>,
    jobs: Vec<ReplicationJob>,
) {
    for job in jobs {
        replication::start(state, world, repository, job);
    }
}

fn check(content: &RepositoryState, image: &ImageRecord, tag: Option<&Tag>) -> Result<(), PushError> {
    if let Some(tag) = tag
        && content.tags.contains_key(tag)
        && content.settings.is_immutable(tag.as_str())
    {
        return Err(PushError::TagImmutable { tag: tag.clone(), digest: image.digest.clone() });
    }
    if let Some(known) = content.images.get(&image.digest)
        && tag.is_none_or(|tag| content.tags.get(tag) == Some(&image.digest))
    {
        return Err(PushError::Exists(Box::new(known.clone())));
    }
    let missing: Vec<Digest> =
        image.blobs.iter().map(|(d, _)| d).filter(|d| !content.layers.contains_key(d)).cloned().collect();
    if !missing.is_empty() {
        return Err(PushError::LayersMissing(missing));
    }
    let missing: Vec<Digest> =
        image.children.iter().filter(|d| !content.images.contains_key(d)).cloned().collect();
    if !missing.is_empty() {
        return Err(PushError::ChildrenMissing(missing));
    }
    Ok(())
}
