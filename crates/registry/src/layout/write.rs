//! A layout as a place to copy to.

use std::{collections::HashSet, io, sync::atomic::Ordering};

use async_trait::async_trait;
use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use tokio::io::AsyncWriteExt;

use crate::{
    BlobStream, Descriptor, Error, Hasher, Manifest, ManifestError, ManifestView, OciLayout,
    RegistryErrorKind, RepositoryState, Sink, Source, TagOrDigest, Tagged, Untagged, digest_of,
    layout::{
        index::{Change, Done, Over},
        shelf::Shelf,
    },
    leave,
    local::{CHUNK, failed},
    model::digest,
};

impl OciLayout {
    /// Creates the layout before the first write; `true` when it was created now.
    async fn ready(&self, repository: &RepositoryName) -> Result<bool, Error> {
        let mut created = false;
        self.ready
            .get_or_try_init(|| async {
                if !self.may_create && self.with(Shelf::index).await?.is_none() {
                    return Err(self.absent(repository));
                }
                created = self
                    .with(|shelf| {
                        let created = shelf.files.create()?;
                        shelf.files.sweep();
                        Ok(created)
                    })
                    .await?;
                Ok(())
            })
            .await?;
        Ok(created)
    }

    /// Writes a body to a temporary file, checks it, and gives it its name.
    async fn store(&self, descriptor: &Descriptor, mut body: BlobStream) -> Result<(), Error> {
        let registry = self.shelf.files.name.clone();
        let target = self.shelf.files.blob_path(&descriptor.digest);
        let fail = |error: &io::Error| failed(&registry, "cannot write", &target, error);
        let beside = target.clone();
        let (file, temporary) = self.with(move |shelf| shelf.files.temporary(&beside)).await?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(CHUNK);
        let mut hasher = Hasher::new(descriptor.digest.algorithm());
        let mut seen = 0;
        while let Some(bytes) = body.next().await {
            let bytes = bytes?;
            seen += bytes.len() as u64;
            if seen > descriptor.size {
                break;
            }
            for piece in bytes.chunks(CHUNK) {
                hasher.update(piece);
                file.write_all(piece).await.map_err(|error| fail(&error))?;
            }
            self.up.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        if seen != descriptor.size {
            let (digest, expected) = (descriptor.digest.clone(), descriptor.size);
            return Err(RegistryErrorKind::SizeMismatch { digest, expected, actual: seen }.at(registry));
        }
        let actual = digest::parse(hasher.finish());
        if actual != descriptor.digest {
            return Err(RegistryErrorKind::DigestMismatch { expected: descriptor.digest.clone(), actual }
                .at(registry));
        }
        // The error of a write in the background appears when the file is flushed.
        file.flush().await.map_err(|error| fail(&error))?;
        file.sync_all().await.map_err(|error| fail(&error))?;
        drop(file);
        self.with(move |shelf| shelf.files.rename_into_place(temporary, &target)).await
    }
}

/// The first missing item among those that a manifest names.
fn lacks(shelf: &Shelf, view: &ManifestView) -> Result<Option<Digest>, Error> {
    let children = view.children().iter().map(|child| child.descriptor.clone());
    for descriptor in view.blobs().into_iter().chain(children) {
        if !shelf.files.has(&descriptor)? {
            return Ok(Some(descriptor.digest));
        }
    }
    Ok(None)
}

#[async_trait]
impl Sink for OciLayout {
    /// Every layout may have content without a tag, and lookups cost little.
    async fn state(&self, _repository: &RepositoryName) -> Result<RepositoryState, Error> {
        match self.with(Shelf::index).await? {
            Some(_) => Ok(RepositoryState::Filled),
            None => Ok(RepositoryState::Absent),
        }
    }

    async fn exists_many(
        &self,
        _repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        let digests = digests.to_vec();
        self.with(move |shelf| {
            let there = |digest: Digest| match shelf.files.open_blob(&digest) {
                Ok(found) => found.map(|_| Ok(digest)),
                Err(error) => Some(Err(error)),
            };
            digests.into_iter().filter_map(there).collect()
        })
        .await
    }

    /// There is one repository: what exists exists under every name.
    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        _from: &RepositoryName,
    ) -> Result<bool, Error> {
        Ok(!self.exists_many(repository, std::slice::from_ref(digest)).await?.is_empty())
    }

    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        self.ready(repository).await?;
        self.store(descriptor, body).await
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        self.put(repository, manifest, tag, Over::Anything).await.map(drop)
    }

    /// The layout's lock is held while the tag is checked and put.
    async fn push_tag(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
        over: Option<&Digest>,
    ) -> Result<Tagged, Error> {
        let there = self.resolve(repository, &TagOrDigest::Tag(tag.clone())).await?;
        let there = there.map(|there| there.digest);
        if leave(self.name(), repository, tag, there.as_ref(), manifest, over)? {
            return Ok(Tagged::There);
        }
        match self.put(repository, manifest, Some(tag), Over::Only(over.cloned())).await? {
            Done::Changed | Done::Same => Ok(Tagged::Put),
            Done::Elsewhere(there) => {
                let (registry, tag) = (self.name().to_owned(), tag.to_string());
                let Ok(existing) = there.parse() else {
                    return Err(self.shelf.files.local(format!("`{tag}` does not point at a digest")));
                };
                Err(RegistryErrorKind::TagTaken { repository: repository.to_string(), tag, existing }
                    .at(registry))
            }
        }
    }

    /// Deleting a tag removes it from the index and leaves its files. Deleting a manifest removes
    /// all its tags, and its file unless another manifest names it. Layers stay.
    async fn delete(&self, _repository: &RepositoryName, reference: &TagOrDigest) -> Result<bool, Error> {
        if self.with(Shelf::index).await?.is_none() {
            return Ok(false);
        }
        Ok(self.shelf.change(Change::Delete(reference.clone())).await? == Done::Changed)
    }

    /// The layout's lock is held while the tag is checked and removed.
    async fn delete_tag(
        &self,
        _repository: &RepositoryName,
        tag: &Tag,
        at: &Digest,
    ) -> Result<Untagged, Error> {
        if self.with(Shelf::index).await?.is_none() {
            return Ok(Untagged::Gone);
        }
        Ok(match self.shelf.change(Change::Untag { tag: tag.clone(), at: at.clone() }).await? {
            Done::Changed => Untagged::Removed,
            Done::Same => Untagged::Gone,
            Done::Elsewhere(_) => Untagged::Moved,
        })
    }

    async fn has_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        if self.with(Shelf::index).await?.is_none() {
            return Ok(false);
        }
        self.ready(repository).await?;
        Ok(true)
    }

    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        self.ready(repository).await
    }
}

impl OciLayout {
    /// Writes a manifest, and lists it in the index.
    async fn put(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
        over: Over,
    ) -> Result<Done, Error> {
        self.ready(repository).await?;
        let view = match ManifestView::parse(&manifest.media_type, &manifest.bytes) {
            Ok(view) => Some(view),
            // Stored unchanged, as registries do.
            Err(ManifestError::UnsupportedType(_)) => None,
            Err(error) => {
                let (registry, status) = (self.shelf.files.name.clone(), 400);
                return Err(RegistryErrorKind::Refused { status, message: error.to_string() }.at(registry));
            }
        };
        let children = view.iter().flat_map(|view| view.children());
        let children = children.map(|child| child.descriptor.digest.clone()).collect();
        let (digest, bytes) = (manifest.digest.clone(), manifest.bytes.clone());
        let missing = self
            .with(move |shelf| {
                if let Some(missing) = view.map_or(Ok(None), |view| lacks(shelf, &view))? {
                    return Ok(Some(missing));
                }
                let actual = digest_of(digest.algorithm(), &bytes);
                if actual != digest {
                    let registry = shelf.files.name.clone();
                    return Err(RegistryErrorKind::DigestMismatch { expected: digest, actual }.at(registry));
                }
                shelf.files.write_blob(&digest, &bytes)?;
                Ok(None)
            })
            .await?;
        if let Some(missing) = missing {
            return Err(RegistryErrorKind::ReferencedContentMissing {
                repository: repository.to_string(),
                message: missing.to_string(),
            }
            .at(self.shelf.files.name.clone()));
        }
        self.up.fetch_add(manifest.bytes.len() as u64, Ordering::Relaxed);
        let change = Change::Put { descriptor: manifest.descriptor(), tag: tag.cloned(), over, children };
        self.shelf.change(change).await
    }
}
