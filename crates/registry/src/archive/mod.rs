//! Archives of `docker save` and of OCI layouts as a source.

mod classic;
mod members;
mod names;
mod spool;

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Listed, MAX_MANIFEST_BYTES, Manifest, ManifestKind, ManifestView,
    RegistryErrorKind, Source, Stats, TagOrDigest,
    archive::{
        classic::Saved,
        members::{Member, Members},
    },
    digest_of,
    layout::Index,
    local::{self, blocking, failed},
    model::graph::{Graph, Node},
    model::media_types,
};

pub use names::ArchivedName;

const MAX_INDEX_BYTES: usize = 64 * 1024 * 1024;

/// An archive that `docker save` wrote, or one of an OCI layout, named
/// `docker-archive:<canonical path>`.
///
/// Docker 25 and later save manifests too, which are copied unchanged. Older archives have no
/// manifests, so Longshore builds one in OCI's format from the configuration's bytes and the layers
/// as they are stored in the archive. Its digest depends only on these.
///
/// Images are found under the repositories and tags that they were saved with, without the
/// registry's host.
pub struct DockerArchive {
    content: Arc<Content>,
    down: Arc<AtomicU64>,
}

/// The form of an archive's name: that of `docker save` or that of other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveForm {
    /// `docker-archive`
    Docker,
    /// `oci-archive`
    Oci,
}

impl fmt::Display for ArchiveForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docker => "docker-archive",
            Self::Oci => "oci-archive",
        })
    }
}

/// An image in an archive or in a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedImage {
    /// Its manifest or index.
    pub descriptor: Descriptor,
    /// The names that it was saved with; none for an image that was saved by its id.
    pub names: Vec<ArchivedName>,
    /// Whole names as they are written, with a registry's host where they have one.
    pub written: Vec<String>,
}

impl ArchivedImage {
    /// Adds names, each once.
    pub(crate) fn add(&mut self, names: Vec<ArchivedName>, written: Vec<String>) {
        for name in names {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        for name in written {
            if !self.written.contains(&name) {
                self.written.push(name);
            }
        }
    }
}

struct Content {
    members: Members,
    images: Vec<ArchivedImage>,
    /// Manifests that Longshore built.
    generated: HashMap<Digest, Manifest>,
    /// Blobs that are not stored under their digest.
    blobs: HashMap<Digest, Member>,
    graph: Graph,
}

impl DockerArchive {
    /// Finds the images of an archive. Layers are not read, unless they are compressed. An archive
    /// that is compressed with gzip is unpacked into a temporary file first.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Unsupported`] for an archive that is compressed in another way, [`RegistryErrorKind::Local`]
    /// for a file that cannot be read or holds no images.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Self::open_as(ArchiveForm::Docker, path).await
    }

    /// As [`open`](Self::open), named by the form that the user wrote. The content decides how it
    /// is read. `-` is standard input, which is read to its end and stored in a temporary file.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_as(form: ArchiveForm, path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let given = format!("{form}:{}", path.display());
        let name = given.clone();
        let content = blocking(&given, move || {
            if path.as_os_str() == "-" {
                return Content::read(Members::of_stream(name, std::io::stdin().lock())?);
            }
            let path = std::fs::canonicalize(&path).map_err(|e| failed(&name, "cannot read", &path, &e))?;
            let data = std::fs::metadata(&path).map_err(|e| failed(&name, "cannot read", &path, &e))?;
            if !data.is_file() {
                return Err(RegistryErrorKind::Local { message: "this is not a file".into() }.at(name));
            }
            Content::read(Members::find(format!("{form}:{}", path.display()), path)?)
        })
        .await?;
        Ok(Self { content: Arc::new(content), down: Arc::default() })
    }

    /// Every image in the archive, in its order.
    pub fn images(&self) -> &[ArchivedImage] {
        &self.content.images
    }
}

impl Content {
    fn read(members: Members) -> Result<Self, Error> {
        let saved = classic::list(&members)?;
        let (images, generated, blobs) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut content = Self { members, images, generated, blobs, graph: Graph::default() };
        let index = match content.members.get("oci-layout") {
            Some(_) => content.members.read("index.json", MAX_INDEX_BYTES)?,
            None => None,
        };
        match (index, saved) {
            (Some(index), saved) => content.of_layout(&index, &saved.unwrap_or_default())?,
            (None, Some(saved)) => content.of_list(&saved)?,
            (None, None) => {
                return Err(content.members.local(
                    "the archive has no `manifest.json` and no `index.json`, so it is neither from \
                     `docker save` nor an OCI archive"
                        .into(),
                ));
            }
        }
        Ok(content)
    }

    fn of_list(&mut self, list: &[Saved]) -> Result<(), Error> {
        for saved in list {
            let manifest = classic::manifest(&self.members, saved, &mut self.blobs)?;
            let written = saved.repo_tags.iter().flatten().cloned().collect();
            self.add(manifest.descriptor(), names_of(saved).collect(), written);
            self.generated.insert(manifest.digest.clone(), manifest);
        }
        Ok(())
    }

    fn of_layout(&mut self, index: &[u8], list: &[Saved]) -> Result<(), Error> {
        let index = Index::parse(index)
            .map_err(|problem| self.members.local(format!("`index.json` cannot be understood: {problem}")))?;
        for entry in &index.entries {
            let config = self.config_path(&entry.descriptor);
            let is_it = |saved: &&Saved| config.as_ref().is_some_and(|config| saved.config == *config);
            let mut names: Vec<ArchivedName> = list.iter().filter(is_it).flat_map(names_of).collect();
            for own in entry.names() {
                // The list's whole name says more than a tag alone.
                let known = match own.repository {
                    Some(_) => names.contains(&own),
                    None => names.iter().any(|name| name.tag == own.tag),
                };
                if !known {
                    names.push(own);
                }
            }
            let mut written = entry.written();
            written.extend(
                list.iter().filter(is_it).flat_map(|saved| saved.repo_tags.iter().flatten()).cloned(),
            );
            self.add(entry.descriptor.clone(), names, written);
        }
        let roots = index.entries.iter().map(|entry| entry.descriptor.clone());
        self.graph = Graph::walk(roots, |descriptor| {
            let manifest = self.manifest(&descriptor.digest).ok()??;
            Node::parse(&manifest.media_type, &manifest.bytes).map(Arc::new)
        });
        Ok(())
    }

    fn add(&mut self, descriptor: Descriptor, names: Vec<ArchivedName>, written: Vec<String>) {
        match self.images.iter_mut().find(|image| image.descriptor.digest == descriptor.digest) {
            Some(image) => image.add(names, written),
            None => self.images.push(ArchivedImage { descriptor, names, written }),
        }
    }

    /// The path of an image's configuration, as `manifest.json` gives it.
    fn config_path(&self, descriptor: &Descriptor) -> Option<String> {
        let manifest = self.manifest(&descriptor.digest).ok()??;
        match ManifestView::parse(&manifest.media_type, &manifest.bytes).ok()?.kind {
            ManifestKind::Image { config, .. } => Some(blob_path(&config.digest)),
            ManifestKind::Index { .. } => None,
        }
    }

    fn manifest(&self, digest: &Digest) -> Result<Option<Manifest>, Error> {
        if let Some(generated) = self.generated.get(digest) {
            return Ok(Some(generated.clone()));
        }
        let Some(bytes) = self.members.read(&blob_path(digest), MAX_MANIFEST_BYTES)? else { return Ok(None) };
        let actual = digest_of(digest.algorithm(), &bytes);
        if actual != *digest {
            let (registry, expected) = (self.members.name.clone(), digest.clone());
            return Err(RegistryErrorKind::DigestMismatch { expected, actual }.at(registry));
        }
        let known = self.images.iter().find(|image| image.descriptor.digest == *digest);
        let media_type = known.map(|image| image.descriptor.media_type.clone());
        let media_type = media_type.or_else(|| media_types::of_document(&bytes));
        Ok(media_type.map(|media_type| Manifest { media_type, bytes: bytes.into(), digest: digest.clone() }))
    }

    fn find(&self, repository: &RepositoryName, tag: &Tag) -> Result<Option<&ArchivedImage>, Error> {
        let is_it = |name: &ArchivedName| name.tag == *tag && name.is_in(repository);
        let mut found = self.images.iter().filter(|image| image.names.iter().any(is_it));
        match (found.next(), found.next()) {
            (one, None) => Ok(one),
            // The same name at two registries.
            (_, Some(_)) => {
                Err(self.members.local(format!("the archive has `{repository}:{tag}` twice; give a digest")))
            }
        }
    }

    fn knows(&self, repository: &RepositoryName) -> bool {
        self.images.iter().flat_map(|image| &image.names).any(|name| name.is_in(repository))
    }

    fn place(&self, digest: &Digest) -> Option<Member> {
        self.blobs.get(digest).copied().or_else(|| self.members.get(&blob_path(digest)))
    }
}

fn names_of(saved: &Saved) -> impl Iterator<Item = ArchivedName> {
    saved.repo_tags.iter().flatten().filter_map(|name| ArchivedName::parse(name))
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().as_str(), digest.hex())
}

#[async_trait]
impl Source for DockerArchive {
    fn name(&self) -> &str {
        &self.content.members.name
    }

    /// Only bytes are counted: reading a file is not a request.
    fn stats(&self) -> Stats {
        Stats { requests: 0, bytes_up: 0, bytes_down: self.down.load(Ordering::Relaxed) }
    }

    async fn repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        let names = self.images().iter().flat_map(|image| &image.names);
        let repositories: BTreeSet<_> = names.filter_map(|name| name.repository.clone()).collect();
        Ok(repositories.into_iter().collect())
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        if !self.content.knows(repository) {
            let (registry, repository) = (self.name().to_owned(), repository.to_string());
            return Err(RegistryErrorKind::RepositoryNotFound { repository }.at(registry));
        }
        let names = self.images().iter().flat_map(|image| &image.names);
        let tags: BTreeSet<_> =
            names.filter(|name| name.is_in(repository)).map(|name| name.tag.clone()).collect();
        Ok(tags.into_iter().collect())
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        for tag in self.tags(repository).await? {
            let digest = self.content.find(repository, &tag).ok().flatten();
            let digest = digest.map(|image| image.descriptor.digest.clone());
            listed.push(Listed { digest, ..Listed::new(tag) });
        }
        Ok(listed)
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
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        let digest = match reference {
            TagOrDigest::Digest(digest) => digest.clone(),
            TagOrDigest::Tag(tag) => match self.content.find(repository, tag)? {
                Some(image) => image.descriptor.digest.clone(),
                None => return Ok(None),
            },
        };
        let content = self.content.clone();
        blocking(self.name(), move || content.manifest(&digest)).await
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        self.fetch(repository, &TagOrDigest::Digest(digest.clone())).await?.ok_or_else(|| {
            RegistryErrorKind::NotFound {
                repository: repository.to_string(),
                what: format!("manifest {digest}"),
            }
            .at(self.name().to_owned())
        })
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        let registry = self.name().to_owned();
        let Some(member) = self.content.place(&descriptor.digest) else {
            let (repository, what) = (repository.to_string(), format!("blob {}", descriptor.digest));
            return Err(RegistryErrorKind::NotFound { repository, what }.at(registry));
        };
        if member.size != descriptor.size {
            let (digest, expected, actual) = (descriptor.digest.clone(), descriptor.size, member.size);
            return Err(RegistryErrorKind::SizeMismatch { digest, expected, actual }.at(registry));
        }
        let content = self.content.clone();
        let file = blocking(&registry, move || content.members.open()).await?;
        let (start, length) = (member.offset + offset.min(member.size), member.size.saturating_sub(offset));
        let bytes = local::stream(&registry, &self.content.members.path, file, start, length).await?;
        let down = self.down.clone();
        Ok(Box::pin(bytes.inspect(move |item| {
            down.fetch_add(item.as_ref().map_or(0, Bytes::len) as u64, Ordering::Relaxed);
        })))
    }

    async fn blob_sizes(
        &self,
        _repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let size = |blob: &Descriptor| Some((blob.digest.clone(), self.content.place(&blob.digest)?.size));
        Ok(blobs.iter().filter_map(size).collect())
    }

    async fn referrers(
        &self,
        _repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        Ok(self.content.graph.referrers.get(subject).cloned().unwrap_or_default())
    }
}
