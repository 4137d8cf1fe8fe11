//! The bytes of a blob in transit: read early, held back while the run is paused or too fast,
//! counted and reported.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{Stream, StreamExt, ready, stream};
use longshore_names::Digest;
use longshore_registry::{BlobStream, Error as RegistryError, RegistryErrorKind};
use tokio_util::task::AbortOnDropHandle;

use crate::{Event, work::shared::Work};

/// The interval between two reports on the same blob.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Begins to read at once, and not when the first byte is requested, so that the source's response
/// and the response that opens the upload are awaited at the same time. One piece is held.
pub(crate) fn begun(mut body: BlobStream, source: &str) -> BlobStream {
    let registry = source.to_owned();
    let first = AbortOnDropHandle::new(tokio::spawn(async move {
        let first = body.next().await;
        (first, body)
    }));
    let opened = async move {
        match first.await {
            Ok((first, rest)) => stream::iter(first).chain(rest).left_stream(),
            Err(error) => {
                let error =
                    RegistryErrorKind::Local { message: format!("reading ended: {error}") }.at(registry);
                stream::iter([Err(error)]).right_stream()
            }
        }
    };
    Box::pin(stream::once(opened).flatten())
}

/// Waits until the bytes may be sent.
type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A body that obeys the run's [`Control`](crate::Control) and reports its progress.
pub(crate) struct Throttled {
    body: BlobStream,
    work: Arc<Work>,
    image: usize,
    digest: Digest,
    total: u64,
    moved: u64,
    reported: Instant,
    held: Option<(Bytes, Wait)>,
}

impl Throttled {
    /// Wraps a body that begins at byte `offset`.
    pub(crate) fn new(
        work: Arc<Work>,
        image: usize,
        (digest, total): (Digest, u64),
        offset: u64,
        body: BlobStream,
    ) -> Self {
        work.report(Event::Bytes { image, digest: digest.clone(), moved: offset, total });
        Self { body, work, image, digest, total, moved: offset, reported: Instant::now(), held: None }
    }

    fn count(&mut self, bytes: &Bytes) {
        let length = bytes.len() as u64;
        self.moved += length;
        self.work.ledger.moved.fetch_add(length, Ordering::Relaxed);
        if self.moved >= self.total || self.reported.elapsed() >= TELL_EVERY {
            self.reported = Instant::now();
            let (image, digest) = (self.image, self.digest.clone());
            self.work.report(Event::Bytes { image, digest, moved: self.moved, total: self.total });
        }
    }
}

impl Stream for Throttled {
    type Item = Result<Bytes, RegistryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some((_, wait)) = &mut this.held {
            ready!(wait.as_mut().poll(context));
        }
        if let Some((bytes, _)) = this.held.take() {
            this.count(&bytes);
            return Poll::Ready(Some(Ok(bytes)));
        }
        match ready!(this.body.poll_next_unpin(context)) {
            Some(Ok(bytes)) if this.work.control.is_free() => {
                this.count(&bytes);
                Poll::Ready(Some(Ok(bytes)))
            }
            Some(Ok(bytes)) => {
                let (control, length) = (this.work.control.clone(), bytes.len() as u64);
                let mut wait: Pin<Box<dyn Future<Output = ()> + Send>> =
                    Box::pin(async move { control.pass(length).await });
                if wait.as_mut().poll(context).is_ready() {
                    this.count(&bytes);
                    return Poll::Ready(Some(Ok(bytes)));
                }
                this.held = Some((bytes, wait));
                Poll::Pending
            }
            other => Poll::Ready(other),
        }
    }
}
