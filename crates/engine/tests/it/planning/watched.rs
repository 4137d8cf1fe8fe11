//! A registry that counts its requests as a registry over HTTP would, and lists referrers.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error, Listed, Manifest, ManifestView, RegistryErrorKind, RepositoryState, Sink,
    Source, Stats, TagOrDigest,
};

use crate::support::Memory;

/// What is stored beside the registry's content.
#[derive(Default)]
struct Beside {
    requests: BTreeMap<&'static str, u64>,
    referrers: HashMap<(RepositoryName, Digest), Vec<Descriptor>>,
    refused_types: HashSet<String>,
    pushed: HashMap<Tag, DateTime<Utc>>,
    /// The next deletion is carried out without a response; in the meantime another client pushes
    /// this.
    meanwhile: Option<(Manifest, Tag)>,
}

/// Clones are the same registry.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) memory: Memory,
    beside: Arc<Mutex<Beside>>,
    tells_digests: bool,
    digests_only: bool,
    refuses_lists: bool,
}

impl Watched {
    pub(crate) fn new(memory: Memory) -> Self {
        Self {
            memory,
            beside: Arc::default(),
            tells_digests: false,
            digests_only: false,
            refuses_lists: false,
        }
    }

    /// As ECR: its list of tags contains digests.
    pub(crate) fn telling_digests(mut self) -> Self {
        self.tells_digests = true;
        self
    }

    /// As docker-registry: a tag cannot be removed, an image with all its tags can.
    pub(crate) fn deleting_by_digest_only(mut self) -> Self {
        self.digests_only = true;
        self
    }

    /// As a registry whose token does not allow listing tags.
    pub(crate) fn refusing_lists(mut self) -> Self {
        self.refuses_lists = true;
        self
    }

    pub(crate) fn arc(&self) -> Arc<Self> {
        Arc::new(self.clone())
    }

    /// Refuses manifests of an artifact type, as ECR does with some.
    pub(crate) fn refuse(&self, artifact_type: &str) {
        self.beside.lock().unwrap().refused_types.insert(artifact_type.to_owned());
    }

    pub(crate) fn pushed(&self, tag: &str, at: DateTime<Utc>) {
        self.beside.lock().unwrap().pushed.insert(tag.parse().unwrap(), at);
    }

    /// The next deletion is carried out without a response, while another client pushes an image.
    pub(crate) fn push_during_deletion(&self, image: &Manifest, tag: &str) {
        self.beside.lock().unwrap().meanwhile = Some((image.clone(), tag.parse().unwrap()));
    }

    /// Puts something that refers to `subject`.
    pub(crate) fn refer(&self, repository: &RepositoryName, subject: &Digest, referrer: &Manifest) {
        self.memory.add_manifest(repository, referrer, None);
        self.link(repository, subject, referrer);
    }

    pub(crate) fn link(&self, repository: &RepositoryName, subject: &Digest, referrer: &Manifest) {
        let key = (repository.clone(), subject.clone());
        let mut beside = self.beside.lock().unwrap();
        let known = beside.referrers.entry(key).or_default();
        if known.iter().all(|known| known.digest != referrer.digest) {
            known.push(referrer.descriptor());
        }
    }

    pub(crate) fn referrers_of(&self, repository: &RepositoryName, subject: &Digest) -> Vec<Digest> {
        let key = (repository.clone(), subject.clone());
        let beside = self.beside.lock().unwrap();
        let known = beside.referrers.get(&key).into_iter().flatten();
        known.map(|descriptor| descriptor.digest.clone()).collect()
    }

    fn count(&self, what: &'static str, times: u64) {
        *self.beside.lock().unwrap().requests.entry(what).or_default() += times;
    }

    /// Requests since the last call, by kind.
    pub(crate) fn requests(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.beside.lock().unwrap().requests)
    }
}

/// Their sum.
pub(crate) fn sum(requests: &BTreeMap<&'static str, u64>) -> u64 {
    requests.values().sum()
}

#[async_trait]
impl Source for Watched {
    fn name(&self) -> &str {
        self.memory.name()
    }

    fn stats(&self) -> Stats {
        Stats { requests: sum(&self.beside.lock().unwrap().requests), ..Stats::default() }
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        self.count("list", 1);
        if self.refuses_lists {
            return Err(RegistryErrorKind::Denied { message: "no lists".into() }.at(self.name()));
        }
        self.memory.tags(repository).await
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, Error> {
        let tags = self.tags(repository).await?;
        let listed = tags.into_iter().map(|tag| {
            let digest = self.memory.tag(repository, tag.as_str()).filter(|_| self.tells_digests);
            let pushed = self.beside.lock().unwrap().pushed.get(&tag).copied();
            Listed { digest, pushed, ..Listed::new(tag) }
        });
        Ok(listed.collect())
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        self.count("head", 1);
        self.memory.resolve(repository, reference).await
    }

    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        self.count("get", 1);
        self.memory.fetch(repository, reference).await
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        self.count("get", 1);
        self.memory.manifest(repository, digest).await
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        self.count("blob", 1);
        self.memory.blob(repository, descriptor, offset).await
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        self.count("referrers", 1);
        let key = (repository.clone(), subject.clone());
        Ok(self.beside.lock().unwrap().referrers.get(&key).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl Sink for Watched {
    async fn state(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        self.count("list", 1);
        match self.memory.state(repository).await? {
            RepositoryState::Empty if self.tells_digests => Ok(RepositoryState::Filled),
            state => Ok(state),
        }
    }

    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        self.count("blob head", digests.len() as u64);
        self.memory.exists_many(repository, digests).await
    }

    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        self.count("mount", 1);
        self.memory.mount(repository, digest, from).await
    }

    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        self.count("upload", 2);
        self.memory.push_blob(repository, descriptor, body).await
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        self.count("put", 1);
        let view = ManifestView::parse(&manifest.media_type, &manifest.bytes).unwrap();
        let refused =
            view.artifact_type.is_some_and(|of| self.beside.lock().unwrap().refused_types.contains(&of));
        if refused {
            let registry = self.name().to_owned();
            return Err(RegistryErrorKind::Unsupported {
                message: "Invalid parameter at 'ImageManifest'".into(),
            }
            .at(registry));
        }
        self.memory.push_manifest(repository, manifest, tag).await
    }

    async fn link_referrer(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
        referrer: &Manifest,
    ) -> Result<(), Error> {
        self.link(repository, subject, referrer);
        Ok(())
    }

    fn mounts_referenced_only(&self) -> bool {
        self.memory.mounts_referenced_only()
    }

    async fn delete(&self, repository: &RepositoryName, reference: &TagOrDigest) -> Result<bool, Error> {
        self.count("delete", 1);
        let registry = self.name().to_owned();
        let deleted = match reference {
            TagOrDigest::Tag(_) if self.digests_only => {
                return Err(RegistryErrorKind::Unsupported { message: "by digest only".into() }.at(registry));
            }
            TagOrDigest::Tag(tag) => self.memory.remove_tag(repository, tag.as_str()),
            TagOrDigest::Digest(digest) => self.memory.remove_manifest(repository, digest),
        };
        let meanwhile = self.beside.lock().unwrap().meanwhile.take();
        if let Some((image, tag)) = meanwhile {
            self.memory.add_manifest(repository, &image, Some(tag.as_str()));
            return Err(RegistryErrorKind::Network { message: "no answer".into() }.at(registry));
        }
        Ok(deleted)
    }

    async fn has_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        self.memory.has_repository(repository).await
    }

    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        self.memory.ensure_repository(repository).await
    }
}
