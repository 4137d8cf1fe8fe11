//! One blob to one repository: there already, mounted, or uploaded.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_registry::{BlobStream, Descriptor, Error as RegistryError, open_verified};

use crate::{EngineError, Event, How, PlannedBlob, Way, error::while_copying, journal::Record, work::Work};

/// Between two tellings of the same blob.
const TELL_EVERY: u64 = 256 * 1024;

impl Work {
    /// Brings a blob of an image to its repository, once however many images need it.
    pub(crate) async fn blob(self: &Arc<Self>, index: usize, blob: &PlannedBlob) -> Result<How, EngineError> {
        let image = self.image(index)?;
        let (repository, descriptor) = (&image.destination, &blob.descriptor);
        let slot = self.slot(repository, &descriptor.digest);
        let mut known = slot.lock().await;
        let present = match *known {
            Some(how) => Some(how),
            None => self.known_before(repository, blob),
        };
        if let Some(how) = present {
            *known = Some(how);
            self.saved(descriptor.size);
            let (digest, size) = (descriptor.digest.clone(), descriptor.size);
            self.tell(Event::Present { image: index, digest, size });
            return Ok(how);
        }
        if let Way::Mount { from, after } = &blob.way {
            // Registries mount only what a manifest of the other repository names.
            if let Some(ended) = after.and_then(|image| self.ended.get(image)) {
                ended.wait().await;
            }
            if self.mount(index, descriptor, from).await? {
                *known = Some(How::Mounted);
                return Ok(How::Mounted);
            }
        }
        self.upload(index, descriptor).await?;
        *known = Some(How::Acknowledged);
        Ok(How::Acknowledged)
    }

    fn known_before(&self, repository: &RepositoryName, blob: &PlannedBlob) -> Option<How> {
        let key = (repository.clone(), blob.descriptor.digest.clone());
        if self.finished.blobs.contains(&key) {
            return Some(How::Acknowledged);
        }
        (blob.way == Way::Present || self.asked.contains(&key)).then_some(How::Asked)
    }

    async fn mount(
        &self,
        index: usize,
        descriptor: &Descriptor,
        from: &RepositoryName,
    ) -> Result<bool, EngineError> {
        let image = self.image(index)?;
        let _permit = self.blobs.acquire().await.map_err(closed)?;
        self.open_journal().await?;
        self.ensure(&image.destination).await?;
        let mounted = self
            .retried(|| self.sink.mount(&image.destination, &descriptor.digest, from))
            .await
            .map_err(EngineError::destination)?;
        if mounted {
            self.saved(descriptor.size);
            let (digest, size) = (descriptor.digest.clone(), descriptor.size);
            self.note(Record::Blob(image.destination.clone(), digest.clone()));
            self.tell(Event::Mounted { image: index, digest, size });
        }
        Ok(mounted)
    }

    /// Moves the bytes, checked on the way, with a new stream for every try.
    pub(crate) async fn upload(
        self: &Arc<Self>,
        index: usize,
        descriptor: &Descriptor,
    ) -> Result<(), EngineError> {
        let image = self.image(index)?;
        let _permit = self.blobs.acquire().await.map_err(closed)?;
        self.open_journal().await?;
        self.ensure(&image.destination).await?;
        let attempt = || async {
            let source = self.source.clone();
            let body = open_verified(source, &image.repository, descriptor, self.options.backoff);
            let body = self.clone().watched(index, descriptor, body);
            self.sink.push_blob(&image.destination, descriptor, body).await
        };
        self.retried(attempt)
            .await
            .map_err(|error| while_copying(error, self.source.name(), self.sink.name()))?;
        let (digest, size) = (descriptor.digest.clone(), descriptor.size);
        self.note(Record::Blob(image.destination.clone(), digest.clone()));
        self.tell(Event::Uploaded { image: index, digest, size });
        Ok(())
    }

    /// Counts and tells what moves.
    fn watched(self: Arc<Self>, index: usize, descriptor: &Descriptor, body: BlobStream) -> BlobStream {
        let (digest, total) = (descriptor.digest.clone(), descriptor.size);
        let (mut moved, mut told) = (0, 0);
        self.tell(Event::Bytes { image: index, digest: digest.clone(), moved, total });
        Box::pin(body.inspect(move |item: &Result<Bytes, RegistryError>| {
            let Ok(bytes) = item else { return };
            moved += bytes.len() as u64;
            self.moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if moved - told >= TELL_EVERY || moved >= total {
                told = moved;
                self.tell(Event::Bytes { image: index, digest: digest.clone(), moved, total });
            }
        }))
    }
}

pub(crate) fn closed(_: tokio::sync::AcquireError) -> EngineError {
    EngineError::Internal("a limit was closed".into())
}
