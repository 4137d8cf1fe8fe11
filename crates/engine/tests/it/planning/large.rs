//! Ten thousand tags: the memory that a plan and its run need.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use longshore_engine::{CopyItem, CopyRequest, Journal, RunEnd, plan, run};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error, Listed, Manifest, RegistryErrorKind, Sink, Source, TagOrDigest,
};

use crate::support::images::{context, image_of, name};

/// A registry that generates images on request, accepts everything and stores nothing.
struct Made {
    name: &'static str,
    tags: usize,
    asked: AtomicU64,
    /// The tag and the blob that a digest belongs to, by its first digits.
    blobs: Mutex<HashMap<String, (usize, usize)>>,
}

/// The configuration, three layers of the tag's own, and five that all tags share.
fn content(tag: usize, blob: usize) -> Vec<u8> {
    match blob {
        0 => format!(r#"{{"config":{{"Labels":{{"name":"t{tag}"}}}}}}"#).into_bytes(),
        1..4 => format!("layer {blob} of {tag}").into_bytes(),
        _ => format!("shared layer {blob}").into_bytes(),
    }
}

impl Made {
    fn new(name: &'static str, tags: usize) -> Arc<Self> {
        Arc::new(Self { name, tags, asked: AtomicU64::new(0), blobs: Mutex::default() })
    }

    fn count(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    fn key(digest: &Digest) -> String {
        digest.hex()[..12].to_owned()
    }

    fn image(&self, tag: usize) -> Manifest {
        let layers: Vec<Vec<u8>> = (1..9).map(|blob| content(tag, blob)).collect();
        let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
        let (manifest, blobs) = image_of(&format!("t{tag}"), &layers);
        let mut known = self.blobs.lock().unwrap();
        for (n, (descriptor, bytes)) in blobs.iter().enumerate() {
            assert_eq!(*bytes, content(tag, n));
            known.entry(Self::key(&descriptor.digest)).or_insert((tag, n));
        }
        manifest
    }

    fn not_there(&self) -> Error {
        let (registry, repository) = (self.name.to_owned(), "a".to_owned());
        RegistryErrorKind::NotFound { repository, what: "manifest".into() }.at(registry)
    }
}

#[async_trait]
impl Source for Made {
    fn name(&self) -> &str {
        self.name
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        self.count();
        if self.tags == 0 {
            let (registry, repository) = (self.name.to_owned(), repository.to_string());
            return Err(RegistryErrorKind::RepositoryNotFound { repository }.at(registry));
        }
        Ok((0..self.tags).map(|n| format!("t{n}").parse().unwrap()).collect())
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        Ok(self.fetch(repository, reference).await?.map(|manifest| manifest.descriptor()))
    }

    async fn fetch(
        &self,
        _repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        self.count();
        let tag = reference.to_string().trim_start_matches('t').parse().unwrap();
        Ok(Some(self.image(tag)))
    }

    async fn manifest(&self, _repository: &RepositoryName, _digest: &Digest) -> Result<Manifest, Error> {
        Err(self.not_there())
    }

    async fn blob(
        &self,
        _repository: &RepositoryName,
        descriptor: &Descriptor,
        _offset: u64,
    ) -> Result<BlobStream, Error> {
        self.count();
        let known = self.blobs.lock().unwrap().get(&Self::key(&descriptor.digest)).copied();
        let (tag, blob) = known.ok_or_else(|| self.not_there())?;
        Ok(Box::pin(futures::stream::iter([Ok(Bytes::from(content(tag, blob)))])))
    }

    async fn referrers(
        &self,
        _repository: &RepositoryName,
        _subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Made {
    async fn exists_many(&self, _: &RepositoryName, _: &[Digest]) -> Result<HashSet<Digest>, Error> {
        self.count();
        Ok(HashSet::new())
    }

    async fn mount(&self, _: &RepositoryName, _: &Digest, _: &RepositoryName) -> Result<bool, Error> {
        self.count();
        Ok(false)
    }

    async fn push_blob(
        &self,
        _: &RepositoryName,
        descriptor: &Descriptor,
        mut body: BlobStream,
    ) -> Result<(), Error> {
        self.count();
        let mut size = 0;
        while let Some(bytes) = body.next().await {
            size += bytes?.len() as u64;
        }
        assert_eq!(size, descriptor.size);
        Ok(())
    }

    async fn push_manifest(&self, _: &RepositoryName, _: &Manifest, _: Option<&Tag>) -> Result<(), Error> {
        self.count();
        Ok(())
    }

    async fn ensure_repository(&self, _: &RepositoryName) -> Result<bool, Error> {
        Ok(false)
    }
}

/// The peak memory of this process, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn ten_thousand_tags_are_planned_and_copied_in_little_memory_and_few_requests() {
    const TAGS: usize = 10_000;
    let (source, sink) = (Made::new("dev", TAGS), Made::new("prod", 0));
    let listed = source.list(&name("a")).await.unwrap();
    let item = |listed: Listed| CopyItem::listed(name("a"), listed, name("b"));
    let request = CopyRequest::new(listed.into_iter().map(item).collect());
    let planned = plan(source.clone(), sink.clone(), &request).await.unwrap();
    drop(request);
    let after_plan = peak();
    assert_eq!(planned.totals.copy, TAGS);
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.path()));
    let outcome = run(planned, context).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, TAGS));
    let blobs = 4 * TAGS as u64 + 5;
    let asked = source.asked.load(Ordering::Relaxed) + sink.asked.load(Ordering::Relaxed);
    assert_eq!(
        asked,
        2 + 3 * TAGS as u64 + 2 * blobs + 1,
        "list, GET, HEAD and PUT of a manifest, GET and push of a blob, a list at the end"
    );
    assert!(peak() < 120, "{} MiB, {after_plan} of them for the plan", peak());
}
