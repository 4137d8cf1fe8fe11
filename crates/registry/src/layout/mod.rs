//! A directory in OCI image layout as a registry (OCI image specification 1.0, "Image Layout").

mod files;
mod index;
mod shelf;
mod write;

use std::{
    collections::HashMap,
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use tokio::sync::OnceCell;

use crate::{
    ArchivedImage, BlobStream, Descriptor, Error, Listed, Manifest, RegistryErrorKind, Source, Stats,
    TagOrDigest,
    layout::{files::Files, shelf::Shelf},
    local::{self, blocking},
};

pub(crate) use index::Index;

/// A directory in OCI image layout, named `oci:<canonical path>`.
///
/// A layout is one repository without a name, so the repository names that are passed to its
/// methods are ignored. Its tags are the entries of `index.json` whose
/// `org.opencontainers.image.ref.name` is a tag. Where the layout is only read, the tags of whole
/// names (`docker.io/library/app:1`, in this annotation or in `io.containerd.image.name`) count
/// too. A tag that two manifests have is listed twice, and points at neither. A manifest without a
/// tag is listed in `index.json` without a name, unless another manifest names it.
///
/// Every file is written beside its final place, checked, and renamed, so that a reader never sees
/// half a file and a stopped program never leaves one. Several processes may write to one layout.
pub struct OciLayout {
    shelf: Arc<Shelf>,
    may_create: bool,
    ready: OnceCell<()>,
    up: AtomicU64,
    down: Arc<AtomicU64>,
}

impl OciLayout {
    /// Opens an existing layout.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Local`] when the directory does not exist or is not a layout of version 1.0.0.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let layout = Self::at(path, false)?;
        if layout.shelf.files.is_there()? {
            return Ok(layout);
        }
        Err(layout.shelf.files.local("there is no OCI image layout".into()))
    }

    /// Opens a layout that exists or is created by the first write. Nothing is written yet.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Local`] when the directory exists, is not empty and is not a layout.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let layout = Self::at(path, true)?;
        layout.shelf.files.is_there()?;
        Ok(layout)
    }

    fn at(path: &Path, may_create: bool) -> Result<Self, Error> {
        let given = format!("oci:{}", path.display());
        let root = canonical(path).map_err(|e| local::failed(&given, "cannot read", path, &e))?;
        let Some(text) = root.to_str() else {
            let message = "the path is not readable text".to_owned();
            return Err(RegistryErrorKind::Local { message }.at(given));
        };
        let files = Files { name: format!("oci:{text}"), root };
        Ok(Self {
            shelf: Arc::new(Shelf::new(files)),
            may_create,
            ready: OnceCell::new(),
            up: AtomicU64::new(0),
            down: Arc::default(),
        })
    }

    /// Every image, in the order of the index, with its names. A manifest without a name that
    /// belongs to another image, as its child or as its referrer, is not listed.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Local`] when the index cannot be read.
    pub async fn images(&self) -> Result<Vec<ArchivedImage>, Error> {
        self.with(|shelf| match shelf.index()? {
            Some(index) => Ok(index.images(shelf.graph()?.as_ref())),
            None => Ok(Vec::new()),
        })
        .await
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.shelf.files.root
    }

    /// Whether whole names count as tags: only if the layout is read. A layout to write has plain
    /// tags only.
    fn whole_names(&self) -> bool {
        !self.may_create
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shelf) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shelf = self.shelf.clone();
        blocking(&self.shelf.files.name, move || work(&shelf)).await
    }

    /// The error for a layout that does not exist (any more).
    fn absent(&self, repository: &RepositoryName) -> Error {
        let (registry, repository) = (self.shelf.files.name.clone(), repository.to_string());
        RegistryErrorKind::RepositoryNotFound { repository }.at(registry)
    }
}

/// The path with links resolved, even of a directory that does not exist yet.
fn canonical(path: &Path) -> std::io::Result<PathBuf> {
    let mut rest: Vec<OsString> = Vec::new();
    let mut known = std::path::absolute(path)?;
    loop {
        match std::fs::canonicalize(&known) {
            Ok(real) => return Ok(rest.iter().rev().fold(real, |path, part| path.join(part))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        match (known.file_name(), known.parent()) {
            (Some(part), Some(parent)) => {
                rest.push(part.to_owned());
                known = parent.to_owned();
            }
            // `..` in a directory that does not exist names nothing.
            _ => return Err(ErrorKind::NotFound.into()),
        }
    }
}

/// What a reference points at; only complete content counts.
fn resolve(shelf: &Shelf, reference: &TagOrDigest, whole: bool) -> Result<Option<Descriptor>, Error> {
    let Some(index) = shelf.index()? else { return Ok(None) };
    let listed = match reference {
        TagOrDigest::Tag(tag) => match index.tagged(tag, whole)[..] {
            [entry] => Some(entry),
            [] => return Ok(None),
            [..] => {
                let message = format!("the layout has `{tag}` twice; give the whole name or a digest");
                return Err(shelf.files.local(message));
            }
        },
        TagOrDigest::Digest(digest) => index.by_digest(digest),
    };
    match (listed, reference) {
        (Some(entry), _) => Ok(shelf.files.has(&entry.descriptor)?.then(|| entry.descriptor.clone())),
        (None, TagOrDigest::Digest(digest)) => match shelf.files.manifest(digest, None) {
            Ok(found) => Ok(found.map(|manifest| manifest.descriptor())),
            // A blob of another kind.
            Err(
                Error { kind: RegistryErrorKind::NotFound { .. }, .. }
                | Error { kind: RegistryErrorKind::TooLarge { .. }, .. },
            ) => Ok(None),
            Err(error) => Err(error),
        },
        (None, TagOrDigest::Tag(_)) => Ok(None),
    }
}

#[async_trait]
impl Source for OciLayout {
    fn name(&self) -> &str {
        &self.shelf.files.name
    }

    /// Only bytes are counted: reading a file is not a request.
    fn stats(&self) -> Stats {
        Stats {
            requests: 0,
            bytes_up: self.up.load(Ordering::Relaxed),
            bytes_down: self.down.load(Ordering::Relaxed),
        }
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        match self.with(Shelf::index).await? {
            Some(index) => Ok(index.tags(self.whole_names())),
            None => Err(self.absent(repository)),
        }
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, Error> {
        let Some(index) = self.with(Shelf::index).await? else { return Err(self.absent(repository)) };
        let mut listed = Vec::new();
        let whole = self.whole_names();
        for tag in index.tags(whole) {
            let entries = index.tagged(&tag, whole).into_iter();
            let digests = entries.map(|entry| Some(entry.descriptor.digest.clone()));
            listed.extend(digests.map(|digest| Listed { digest, ..Listed::new(tag.clone()) }));
        }
        Ok(listed)
    }

    async fn repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        Err(RegistryErrorKind::Unsupported {
            message: "a layout directory is one repository without a name".into(),
        }
        .at(self.shelf.files.name.clone()))
    }

    async fn resolve(
        &self,
        _repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let (reference, whole) = (reference.clone(), self.whole_names());
        self.with(move |shelf| resolve(shelf, &reference, whole)).await
    }

    async fn resolve_many(
        &self,
        _repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, Error> {
        let (references, whole) = (references.to_vec(), self.whole_names());
        self.with(move |shelf| {
            let mut found = HashMap::new();
            for reference in references {
                if let Some(descriptor) = resolve(shelf, &reference, whole)? {
                    found.insert(reference, descriptor);
                }
            }
            Ok(found)
        })
        .await
    }

    async fn fetch(
        &self,
        _repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        let (reference, whole) = (reference.clone(), self.whole_names());
        let read = move |shelf: &Shelf| {
            let Some(found) = resolve(shelf, &reference, whole)? else { return Ok(None) };
            shelf.files.manifest(&found.digest, Some(&found.media_type))
        };
        let manifest = self.with(read).await?;
        let size = manifest.as_ref().map_or(0, |manifest| manifest.bytes.len());
        self.down.fetch_add(size as u64, Ordering::Relaxed);
        Ok(manifest)
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        match self.fetch(repository, &TagOrDigest::Digest(digest.clone())).await? {
            Some(manifest) => Ok(manifest),
            None => Err(RegistryErrorKind::NotFound {
                repository: repository.to_string(),
                what: format!("manifest {digest}"),
            }
            .at(self.shelf.files.name.clone())),
        }
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        let (registry, wanted) = (self.shelf.files.name.clone(), descriptor.digest.clone());
        let Some((file, actual)) = self.with(move |shelf| shelf.files.open_blob(&wanted)).await? else {
            let what = format!("blob {}", descriptor.digest);
            return Err(RegistryErrorKind::NotFound { repository: repository.to_string(), what }.at(registry));
        };
        if actual != descriptor.size {
            let (digest, expected) = (descriptor.digest.clone(), descriptor.size);
            return Err(RegistryErrorKind::SizeMismatch { digest, expected, actual }.at(registry));
        }
        let path = self.shelf.files.blob_path(&descriptor.digest);
        let length = descriptor.size.saturating_sub(offset);
        let bytes = local::stream(&registry, &path, file, offset, length).await?;
        let down = self.down.clone();
        Ok(Box::pin(bytes.inspect(move |item| {
            let size = item.as_ref().map_or(0, Bytes::len);
            down.fetch_add(size as u64, Ordering::Relaxed);
        })))
    }

    async fn blob_sizes(
        &self,
        _repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let digests: Vec<Digest> = blobs.iter().map(|blob| blob.digest.clone()).collect();
        self.with(move |shelf| {
            let mut sizes = HashMap::new();
            for digest in digests {
                if let Some((_, size)) = shelf.files.open_blob(&digest)? {
                    sizes.insert(digest, size);
                }
            }
            Ok(sizes)
        })
        .await
    }

    async fn referrers(
        &self,
        _repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        let subject = subject.clone();
        self.with(move |shelf| Ok(shelf.graph()?.referrers.get(&subject).cloned().unwrap_or_default())).await
    }
}
