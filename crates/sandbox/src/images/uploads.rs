//! Uploads under way, by the data plane (POST, PATCH, PUT) or the API (`UploadLayerPart`).
//!
//! An upload is a file that grows. What was acknowledged survives a restart; what a broken
//! connection left behind it is cut off before the next bytes are taken.

use std::{
    collections::HashMap,
    fs,
    io::SeekFrom,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{Stream, StreamExt};
use longshore_names::{Digest, RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

use crate::{
    error::{IoContext, SandboxError, StorageError},
    files,
    images::blobs::{self, BlobStore},
};

/// ECR's largest layer: 52,000 MiB (General Reference, "ECR endpoints and quotas").
pub(crate) const MAX_LAYER: u64 = 52_000 * 1024 * 1024;
/// The fewest bytes of every part of an upload through the API but the last (General Reference).
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
/// An upload that is still unfinished after this time is dropped at the next start.
const MAX_AGE: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct UploadDocument {
    id: Uuid,
    registry: RegistryId,
    repository: RepositoryName,
    started_at: DateTime<Utc>,
    received: u64,
    /// Bytes of the last part that was appended durably; 0 before the first.
    #[serde(default)]
    last_part: u64,
    /// Whether a part that is not the last has fewer than [`SMALLEST_PART`] bytes.
    #[serde(default)]
    small_part: bool,
}

/// Why bytes were not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The client's body ended with an error.
    #[error("the body ended early: {0}")]
    Body(String),
    #[error("the layer is larger than {MAX_LAYER} bytes")]
    TooLarge,
    /// The range does not begin where the upload ends.
    #[error("the upload has {received} bytes")]
    Gap { received: u64 },
    /// The content has another digest.
    #[error("the content has the digest {actual}")]
    Digest { actual: Digest },
    #[error("the upload is finished")]
    Finished,
}

#[derive(Debug)]
struct Progress {
    received: u64,
    /// Of the bytes received; `None` after a restart, when the file must be read again.
    hasher: Option<Sha256>,
    patches: u32,
    last_part: u64,
    small_part: bool,
    finished: bool,
}

/// One upload.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: Uuid,
    pub(crate) registry: RegistryId,
    pub(crate) repository: RepositoryName,
    started_at: DateTime<Utc>,
    directory: PathBuf,
    progress: tokio::sync::Mutex<Progress>,
}

impl Upload {
    fn data_path(&self) -> PathBuf {
        self.directory.join(format!("{}.data", self.id))
    }

    fn document_path(&self) -> PathBuf {
        self.directory.join(format!("{}.json", self.id))
    }

    /// How many bytes were taken.
    pub(crate) async fn received(&self) -> u64 {
        self.progress.lock().await.received
    }

    /// How many times bytes were appended durably.
    pub(crate) async fn patches(&self) -> u32 {
        self.progress.lock().await.patches
    }

    /// Whether a part that is not the last is smaller than ECR allows.
    pub(crate) async fn has_small_part(&self) -> bool {
        self.progress.lock().await.small_part
    }

    /// Appends a body. With `start`, it must begin where the upload ends. With `durable`, the
    /// accepted bytes survive a restart; without, they are made durable by [`Uploads::finish`].
    ///
    /// Returns the number of bytes the upload has now. On an error it has what it had before.
    pub(crate) async fn append<S, E>(
        &self,
        start: Option<u64>,
        mut body: S,
        durable: bool,
    ) -> Result<u64, UploadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let mut progress = self.progress.lock().await;
        if progress.finished {
            return Err(UploadError::Finished);
        }
        if start.is_some_and(|start| start != progress.received) {
            return Err(UploadError::Gap { received: progress.received });
        }
        let path = self.data_path();
        let mut hasher = match progress.hasher.clone() {
            Some(hasher) => hasher,
            None => {
                let (path, length) = (path.clone(), progress.received);
                files::blocking(move || {
                    let file = fs::OpenOptions::new().write(true).open(&path).at("open", &path)?;
                    file.set_len(length).at("truncate", &path)?;
                    blobs::hash_file(&path)
                })
                .await?
            }
        };
        let file = tokio::fs::OpenOptions::new().write(true).open(&path).await.at("open", &path)?;
        file.set_len(progress.received).await.at("truncate", &path)?;
        let mut file = tokio::io::BufWriter::with_capacity(512 * 1024, file);
        file.seek(SeekFrom::Start(progress.received)).await.at("seek in", &path)?;
        let taken = async {
            let mut received = progress.received;
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(|e| UploadError::Body(e.to_string()))?;
                received += chunk.len() as u64;
                if received > MAX_LAYER {
                    return Err(UploadError::TooLarge);
                }
                for piece in chunk.chunks(256 * 1024) {
                    hasher.update(piece);
                }
                file.write_all(&chunk).await.at("write", &path)?;
            }
            file.flush().await.at("write", &path)?;
            Ok(received)
        }
        .await;
        let received = match taken {
            Ok(received) => received,
            Err(error) => {
                // Unacknowledged bytes must not fill a full disk; if this fails too, they are cut
                // off before the next ones are accepted.
                if let Err(error) = file.get_ref().set_len(progress.received).await {
                    tracing::warn!(%error, "bytes of a broken upload are left for now");
                }
                return Err(error);
            }
        };
        if durable {
            file.get_ref().sync_data().await.at("sync", &path)?;
            let small_part = progress.small_part || (1..SMALLEST_PART).contains(&progress.last_part);
            let last_part = received - progress.received;
            let document = UploadDocument { last_part, small_part, ..self.document(received) };
            let document_path = self.document_path();
            files::blocking(move || files::replace_json(&document_path, &document)).await?;
            progress.patches += 1;
            (progress.last_part, progress.small_part) = (last_part, small_part);
        }
        progress.received = received;
        progress.hasher = Some(hasher);
        Ok(received)
    }

    fn document(&self, received: u64) -> UploadDocument {
        UploadDocument {
            id: self.id,
            registry: self.registry.clone(),
            repository: self.repository.clone(),
            started_at: self.started_at,
            received,
            last_part: 0,
            small_part: false,
        }
    }

    fn remove_files(&self) {
        let _ = fs::remove_file(self.document_path());
        let _ = fs::remove_file(self.data_path());
    }
}

/// All uploads of a sandbox.
#[derive(Debug)]
pub(crate) struct Uploads {
    directory: PathBuf,
    open: Mutex<HashMap<Uuid, Arc<Upload>>>,
}

impl Uploads {
    /// Finds the uploads that a former process left, and clears away what is too old or torn.
    pub(crate) fn open(directory: &Path, now: DateTime<Utc>) -> Result<Self, SandboxError> {
        let directory = directory.join("uploads");
        files::create_dirs(&directory)?;
        let uploads = Self { directory: directory.clone(), open: Mutex::default() };
        let mut stale = Vec::new();
        for entry in fs::read_dir(&directory).at("list", &directory)? {
            let path = entry.at("list", &directory)?.path();
            if path.extension().is_none_or(|e| e != "json") {
                if path.extension().is_some_and(|e| e == "tmp") || !path.with_extension("json").exists() {
                    stale.push(path);
                }
                continue;
            }
            let Some(document) = files::read_json::<UploadDocument>(&path)? else { continue };
            let data = fs::metadata(path.with_extension("data")).map_or(0, |m| m.len());
            if now - document.started_at > MAX_AGE || data < document.received {
                stale.extend([path.with_extension("data"), path]);
                continue;
            }
            uploads.insert(document);
        }
        for path in stale {
            if path.exists() {
                fs::remove_file(&path).at("remove", path)?;
            }
        }
        Ok(uploads)
    }

    fn insert(&self, document: UploadDocument) -> Arc<Upload> {
        let fresh = (document.received == 0).then(Sha256::new);
        let upload = Arc::new(Upload {
            id: document.id,
            registry: document.registry,
            repository: document.repository,
            started_at: document.started_at,
            directory: self.directory.clone(),
            progress: tokio::sync::Mutex::new(Progress {
                received: document.received,
                hasher: fresh,
                patches: 0,
                last_part: document.last_part,
                small_part: document.small_part,
                finished: false,
            }),
        });
        self.lock().insert(upload.id, upload.clone());
        upload
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<Upload>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload.
    pub(crate) async fn begin(
        &self,
        registry: &RegistryId,
        repository: &RepositoryName,
        now: DateTime<Utc>,
    ) -> Result<Arc<Upload>, StorageError> {
        let document = UploadDocument {
            id: Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)),
            registry: registry.clone(),
            repository: repository.clone(),
            started_at: now,
            received: 0,
            last_part: 0,
            small_part: false,
        };
        let directory = self.directory.clone();
        let copy = document.clone();
        files::blocking(move || {
            let data = directory.join(format!("{}.data", copy.id));
            fs::File::create_new(&data).at("create", &data)?;
            // Nothing was taken yet, so a power cut loses no bytes: the client begins again.
            let path = directory.join(format!("{}.json", copy.id));
            let written = files::json(&path, &copy).and_then(|text| files::replace_soon(&path, &text));
            if written.is_err() {
                let _ = fs::remove_file(&data);
            }
            written
        })
        .await?;
        Ok(self.insert(document))
    }

    /// The upload of that id, if it belongs to this repository.
    pub(crate) fn find(
        &self,
        registry: &RegistryId,
        repository: &RepositoryName,
        id: Uuid,
    ) -> Option<Arc<Upload>> {
        let upload = self.lock().get(&id).cloned()?;
        (upload.registry == *registry && upload.repository == *repository).then_some(upload)
    }

    /// Checks the digest and moves the content into the store. The caller then links it into the
    /// repository. A wrong digest ends the upload. Returns the blob's size in bytes.
    pub(crate) async fn finish(
        &self,
        upload: &Arc<Upload>,
        blobs: &Arc<BlobStore>,
        expected: &Digest,
    ) -> Result<u64, UploadError> {
        let mut progress = upload.progress.lock().await;
        if progress.finished {
            return Err(UploadError::Finished);
        }
        let (path, received, hasher) = (upload.data_path(), progress.received, progress.hasher.clone());
        let (blobs, wanted) = (blobs.clone(), expected.clone());
        let result = files::blocking(move || {
            // A broken request may have left bytes behind the acknowledged ones.
            let file = fs::OpenOptions::new().write(true).open(&path).at("open", &path)?;
            file.set_len(received).at("truncate", &path)?;
            let hasher = match hasher {
                Some(hasher) => hasher,
                None => blobs::hash_file(&path)?,
            };
            let actual = blobs::finish(hasher);
            if actual != wanted {
                return Err(UploadError::Digest { actual });
            }
            Ok(blobs.adopt(&path, &wanted)?)
        })
        .await;
        if matches!(result, Ok(_) | Err(UploadError::Digest { .. })) {
            progress.finished = true;
            self.lock().remove(&upload.id);
            upload.remove_files();
        }
        result
    }

    /// Abandons an upload.
    pub(crate) async fn cancel(&self, upload: &Arc<Upload>) {
        upload.progress.lock().await.finished = true;
        self.lock().remove(&upload.id);
        upload.remove_files();
    }
}
