//! The registry in memory as the engine sees it.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    Backoff, BlobStream, Descriptor, Error, Lifecycle, Manifest, ManifestView, Parts, RegistryErrorKind,
    Sink, Source, StoredImage, TagOrDigest, Tries, UploadState,
};

use super::{ListIs, Memory};

const CHUNK: usize = 16 * 1024;

#[async_trait]
impl Source for Memory {
    fn name(&self) -> &str {
        &self.name
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let state = self.state();
        let known = state.repositories.get(repository).ok_or_else(|| self.no_repository(repository))?;
        match state.list {
            ListIs::True => Ok(known.tags.keys().cloned().collect()),
            ListIs::Empty => Ok(Vec::new()),
            ListIs::Missing => Err(self.no_repository(repository)),
            ListIs::Refused => {
                Err(RegistryErrorKind::Denied { message: "no list for you".into() }.at(self.name.clone()))
            }
        }
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let state = self.state();
        let Some(known) = state.repositories.get(repository) else { return Ok(None) };
        let digest = match reference {
            TagOrDigest::Tag(tag) => known.tags.get(tag),
            TagOrDigest::Digest(digest) => Some(digest),
        };
        Ok(digest.and_then(|digest| known.manifests.get(digest)).map(Manifest::descriptor))
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        if self.state().stalled.contains(digest) {
            self.state().stalling.insert(digest.clone());
            self.changed.notify_waiters();
            std::future::pending::<()>().await;
        }
        let mut state = self.state();
        if let Some(times) = state.unreadable.get_mut(digest).filter(|times| **times > 0) {
            *times -= 1;
            let registry = self.name.clone();
            return Err(RegistryErrorKind::Server { status: 503, message: "not now".into() }.at(registry));
        }
        let found = state.repositories.get(repository).and_then(|known| known.manifests.get(digest));
        found.cloned().ok_or_else(|| self.not_found(repository, digest))
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        let mut state = self.state();
        let digest = &descriptor.digest;
        state.opened.push((digest.clone(), offset));
        let found = state.repositories.get(repository).and_then(|known| known.blobs.get(digest));
        let mut content = found.cloned().ok_or_else(|| self.not_found(repository, digest))?;
        if state.corrupt_once.remove(digest) || state.corrupt.contains(digest) {
            let mut bytes = content.to_vec();
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
            content = Bytes::from(bytes);
        }
        let rest = content.slice(usize::try_from(offset).unwrap()..);
        let end = state.breaks.remove(digest);
        let shown = rest.slice(..end.unwrap_or(rest.len()).min(rest.len()));
        let mut chunks: Vec<Result<Bytes, Error>> =
            shown.chunks(CHUNK).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        if end.is_some() {
            chunks.push(Err(RegistryErrorKind::Network { message: "reset".into() }.at(self.name.clone())));
        }
        Ok(Box::pin(futures::stream::iter(chunks)))
    }

    async fn blob_sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let state = self.state();
        let Some(known) = state.repositories.get(repository) else { return Ok(HashMap::new()) };
        let size = |blob: &Descriptor| known.blobs.get(&blob.digest).map(|content| content.len() as u64);
        Ok(blobs.iter().filter_map(|blob| size(blob).map(|size| (blob.digest.clone(), size))).collect())
    }

    async fn referrers(&self, _: &RepositoryName, _: &Digest) -> Result<Vec<Descriptor>, Error> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Memory {
    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        let mut state = self.state();
        for digest in digests {
            let error =
                RegistryErrorKind::Server { status: 503, message: "busy".into() }.at(self.name.clone());
            if state.busy.remove(digest) && Tries::shared_or(Backoff::default()).after(&error).is_none() {
                return Err(error);
            }
        }
        match state.repositories.get(repository) {
            Some(known) => Ok(digests
                .iter()
                .filter(|digest| known.blobs.contains_key(*digest) || state.lies_about.contains(*digest))
                .cloned()
                .collect()),
            None if state.creates_on_push => Ok(HashSet::new()),
            None => Err(self.no_repository(repository)),
        }
    }

    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        let mut state = self.state();
        self.may_write(&mut state, repository)?;
        let referenced_only = state.referenced_only;
        let content = state.repositories.get(from).and_then(|known| {
            let named = known.manifests.values().any(|manifest| {
                let view = ManifestView::parse(&manifest.media_type, &manifest.bytes).unwrap();
                view.blobs().iter().any(|blob| blob.digest == *digest)
            });
            if named || !referenced_only { known.blobs.get(digest).cloned() } else { None }
        });
        let Some(content) = content.filter(|_| state.mounting) else { return Ok(false) };
        state.mounts.push((repository.clone(), digest.clone()));
        state.repositories.entry(repository.clone()).or_default().blobs.insert(digest.clone(), content);
        Ok(true)
    }

    /// Trusts the bytes: everything that arrives completely is stored under the digest.
    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        mut body: BlobStream,
    ) -> Result<(), Error> {
        {
            let mut state = self.state();
            self.may_write(&mut state, repository)?;
            if state.refuse_uploads > 0 {
                state.refuse_uploads -= 1;
                let registry = self.name.clone();
                return Err(
                    RegistryErrorKind::Server { status: 502, message: "try again".into() }.at(registry)
                );
            }
        }
        let mut content = Vec::new();
        while let Some(bytes) = body.next().await {
            content.extend_from_slice(&bytes?);
        }
        assert_eq!(content.len() as u64, descriptor.size, "a body has the length that was announced");
        self.waiting.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        self.not_held(&descriptor.digest).await;
        let mut state = self.state();
        if !state.creates_on_push && !state.repositories.contains_key(repository) {
            return Err(self.no_repository(repository));
        }
        state.uploads.push((repository.clone(), descriptor.digest.clone()));
        let known = state.repositories.entry(repository.clone()).or_default();
        known.blobs.insert(descriptor.digest.clone(), content.into());
        state.lies_about.remove(&descriptor.digest);
        self.changed.notify_waiters();
        Ok(())
    }

    fn mounts_referenced_only(&self) -> bool {
        self.state().referenced_only
    }

    fn parts(&self) -> Option<&dyn Parts> {
        Some(self)
    }

    fn lifecycle(&self) -> Option<&dyn Lifecycle> {
        Some(self)
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        self.state().arrived.insert(manifest.digest.clone());
        self.changed.notify_waiters();
        self.not_held(&manifest.digest).await;
        let mut state = self.state();
        self.may_write(&mut state, repository)?;
        if tag.is_some_and(|tag| state.forgets.contains(tag)) {
            return Ok(());
        }
        let unanswered = tag.and_then(|tag| state.unanswered.remove(tag).map(|instead| (tag, instead)));
        if let Some((tag, Some(instead))) = &unanswered {
            let known = state.repositories.entry(repository.clone()).or_default();
            known.tags.insert((*tag).clone(), instead.clone());
            return Err(RegistryErrorKind::Network { message: "reset".into() }.at(self.name.clone()));
        }
        let immutable = state.immutable;
        let known = state.repositories.entry(repository.clone()).or_default();
        let view = ManifestView::parse(&manifest.media_type, &manifest.bytes).unwrap();
        let blobs_there = view.blobs().iter().all(|blob| known.blobs.contains_key(&blob.digest));
        let children_there =
            view.children().iter().all(|child| known.manifests.contains_key(&child.descriptor.digest));
        let (registry, name) = (self.name.clone(), repository.to_string());
        if !blobs_there || !children_there {
            state.lacking += 1;
            return Err(RegistryErrorKind::ReferencedContentMissing {
                repository: name,
                message: "layers".into(),
            }
            .at(registry));
        }
        if let Some(tag) = tag {
            let existing = known.tags.get(tag);
            if immutable && existing.is_some_and(|existing| *existing != manifest.digest) {
                return Err(
                    RegistryErrorKind::TagImmutable { repository: name, tag: tag.to_string() }.at(registry)
                );
            }
            known.tags.insert(tag.clone(), manifest.digest.clone());
        }
        known.manifests.insert(manifest.digest.clone(), manifest.clone());
        state.puts.push((manifest.digest.clone(), tag.cloned()));
        if unanswered.is_some() {
            return Err(RegistryErrorKind::Network { message: "reset".into() }.at(self.name.clone()));
        }
        Ok(())
    }

    async fn has_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        let state = self.state();
        Ok(state.creates_on_push || state.repositories.contains_key(repository))
    }

    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        let mut state = self.state();
        if state.repositories.contains_key(repository) || state.creates_on_push {
            return Ok(false);
        }
        state.repositories.entry(repository.clone()).or_default();
        Ok(true)
    }
}

#[async_trait]
impl Parts for Memory {
    fn keeps_parts(&self, size: u64) -> bool {
        self.state().part.is_some_and(|part| size >= part as u64)
    }

    /// Each part takes one permit of the gate before it is accepted.
    async fn push_parts(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        from: Option<UploadState>,
        mut body: BlobStream,
        keep: &(dyn Fn(UploadState) + Send + Sync),
    ) -> Result<(), Error> {
        let part = self.state().part.unwrap();
        let id = format!("{repository}@{}", descriptor.digest);
        match &from {
            None => drop(self.state().halves.insert(id.clone(), Vec::new())),
            Some(from) => {
                let known = self.state().halves.get(&from.id).map(|half| half.len() as u64);
                if known != Some(from.offset) {
                    let (registry, digest) = (self.name.clone(), descriptor.digest.clone());
                    return Err(RegistryErrorKind::UploadForgotten { digest }.at(registry));
                }
            }
        }
        let (mut pending, mut ended) = (Vec::new(), false);
        while !ended {
            match body.next().await {
                Some(bytes) => pending.extend_from_slice(&bytes?),
                None => ended = true,
            }
            while pending.len() >= part || (ended && !pending.is_empty()) {
                self.waiting.add_permits(1);
                self.gate.acquire().await.unwrap().forget();
                let rest = pending.split_off(part.min(pending.len()));
                let offset = {
                    let mut state = self.state();
                    state.parts.push(pending.len());
                    let half = state.halves.get_mut(&id).unwrap();
                    half.append(&mut pending);
                    half.len() as u64
                };
                pending = rest;
                keep(UploadState { id: id.clone(), offset });
            }
        }
        let mut state = self.state();
        let content = state.halves.remove(&id).unwrap();
        let actual = longshore_registry::digest_of(descriptor.digest.algorithm(), &content);
        if actual != descriptor.digest {
            let (registry, expected) = (self.name.clone(), descriptor.digest.clone());
            return Err(RegistryErrorKind::DigestMismatch { expected, actual }.at(registry));
        }
        state.uploads.push((repository.clone(), descriptor.digest.clone()));
        let known = state.repositories.entry(repository.clone()).or_default();
        known.blobs.insert(descriptor.digest.clone(), content.into());
        Ok(())
    }
}

#[async_trait]
impl Lifecycle for Memory {
    async fn lifecycle_policy(&self, repository: &RepositoryName) -> Result<Option<String>, Error> {
        let mut state = self.state();
        state.asked_for_policies.push(repository.clone());
        match state.policies.get(repository) {
            Some(None) => {
                Err(RegistryErrorKind::Denied { message: "ecr:GetLifecyclePolicy".into() }
                    .at(self.name.clone()))
            }
            Some(policy) => Ok(policy.clone()),
            None if state.repositories.contains_key(repository) => Ok(None),
            None => Err(self.no_repository(repository)),
        }
    }

    async fn stored(&self, repository: &RepositoryName) -> Result<Vec<StoredImage>, Error> {
        let mut state = self.state();
        state.asked_for_stored.push(repository.clone());
        Ok(state.stored.get(repository).cloned().unwrap_or_default())
    }
}
