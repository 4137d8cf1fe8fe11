//! One blob to one repository: mounted, or uploaded.

use std::sync::Arc;

use longshore_names::RepositoryName;
use longshore_registry::{
    BlobStream, Descriptor, Error as RegistryError, RegistryErrorKind, Tries, UploadState, open_verified,
    without_first,
};

use crate::{
    EngineError, Event, How, PlannedImage, Way,
    error::while_copying,
    image::throttle::{Throttled, begun},
    journal::Record,
    work::blob_table::TransferId,
    work::shared::Work,
};

impl Work {
    /// Transfers a blob to its repository on behalf of an image that needs it.
    pub(crate) async fn bring(self: &Arc<Self>, id: TransferId, index: usize) -> Result<How, EngineError> {
        let (_, blob) = self
            .table
            .first(&self.plan, id)
            .ok_or_else(|| EngineError::internal(format!("no transfer {id}")))?;
        if let Way::Mount { from, .. } = &blob.way
            && self.mount(index, &blob.descriptor, from).await?
        {
            return Ok(How::Mounted);
        }
        self.upload(index, &blob.descriptor).await?;
        Ok(How::Acknowledged)
    }

    async fn mount(
        &self,
        index: usize,
        descriptor: &Descriptor,
        from: &RepositoryName,
    ) -> Result<bool, EngineError> {
        let image = self.image(index)?;
        let mount = || self.registries.sink.mount(&image.destination, &descriptor.digest, from);
        let mounted = async {
            self.repositories.ensure(&image.destination).await?;
            self.repositories.in_repository(&image.destination, mount).await
        };
        let mounted = if self.repositories.creates(&image.destination) {
            self.ledger.open_journal().await?;
            mounted.await?
        } else {
            // A mount that the journal does not know of is made again, and moves no bytes. Neither
            // is cancelled when the other fails: a half-finished opening would keep hold of the
            // journal.
            let (opened, mounted) = tokio::join!(self.ledger.open_journal(), mounted);
            opened?;
            mounted?
        };
        if mounted {
            self.ledger.saved(descriptor.size);
            let (digest, size) = (descriptor.digest.clone(), descriptor.size);
            self.ledger.record(Record::Blob(image.destination.clone(), digest.clone()));
            self.report(Event::Mounted { image: index, digest, size });
        }
        Ok(mounted)
    }

    /// Uploads the bytes, verified in transit, with a new stream for every try. Wrong bytes are
    /// read once more from the beginning; an upload in parts that the registry forgot starts over.
    pub(crate) async fn upload(
        self: &Arc<Self>,
        index: usize,
        descriptor: &Descriptor,
    ) -> Result<(), EngineError> {
        // Reading, sending and sending again share the same tries.
        let tries = Tries::shared_or(self.options.backoff);
        tries.within(self.upload_with(index, descriptor)).await
    }

    async fn upload_with(self: &Arc<Self>, index: usize, descriptor: &Descriptor) -> Result<(), EngineError> {
        let image = self.image(index)?;
        let mut early = Some(self.read(image, descriptor));
        self.ledger.open_journal().await?;
        self.repositories.ensure(&image.destination).await?;
        let (mut read_again, mut created_again) = (false, false);
        loop {
            let attempt = || {
                let body = early.take().unwrap_or_else(|| self.read(image, descriptor));
                self.send(index, image, descriptor, body)
            };
            let error = match self.registries.retried(attempt).await {
                Ok(()) => break,
                Err(error) => error,
            };
            match &error {
                RegistryError { kind: RegistryErrorKind::DigestMismatch { .. }, .. }
                | RegistryError { kind: RegistryErrorKind::SizeMismatch { .. }, .. }
                    if !read_again =>
                {
                    tracing::warn!(run = %self.run, %error, "wrong bytes; reading them once more");
                    read_again = true;
                    self.ledger.forget_upload(&image.destination, &descriptor.digest);
                }
                RegistryError { kind: RegistryErrorKind::UploadForgotten { .. }, .. }
                    if self.ledger.forget_upload(&image.destination, &descriptor.digest) => {}
                RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, registry }
                    if registry == self.registries.sink.name() && !created_again =>
                {
                    created_again = true;
                    self.repositories.ensure_again(&image.destination).await?;
                }
                _ => {
                    return Err(while_copying(
                        error,
                        self.registries.source.name(),
                        self.registries.sink.name(),
                    ));
                }
            }
        }
        self.ledger.forget_upload(&image.destination, &descriptor.digest);
        let (digest, size) = (descriptor.digest.clone(), descriptor.size);
        self.ledger.record(Record::Blob(image.destination.clone(), digest.clone()));
        self.report(Event::Uploaded { image: index, digest, size });
        Ok(())
    }

    fn read(&self, image: &PlannedImage, descriptor: &Descriptor) -> BlobStream {
        let body = open_verified(
            self.registries.source.clone(),
            &image.repository,
            descriptor,
            self.options.backoff,
        );
        begun(body, self.registries.source.name())
    }

    async fn send(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), RegistryError> {
        let (digest, total) = (descriptor.digest.clone(), descriptor.size);
        let throttled = |offset, body| -> BlobStream {
            Box::pin(Throttled::new(self.clone(), index, (digest, total), offset, body))
        };
        let Some(parts) = self.registries.sink.parts().filter(|parts| parts.keeps_parts(total)) else {
            return self.registries.sink.push_blob(&image.destination, descriptor, throttled(0, body)).await;
        };
        let (repository, digest) = (&image.destination, &descriptor.digest);
        let from = self.ledger.upload(repository, digest);
        let offset = from.as_ref().map_or(0, |from| from.offset);
        let keep = |state: UploadState| self.ledger.keep_upload(repository, digest, state);
        // All bytes are read and hashed; only those that the registry lacks are sent.
        let body = throttled(offset, without_first(body, offset));
        parts.push_parts(&image.destination, descriptor, from, body, &keep).await
    }
}

pub(crate) fn closed(_: tokio::sync::AcquireError) -> EngineError {
    EngineError::internal("a limit was closed")
}
