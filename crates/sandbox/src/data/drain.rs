//! Reads the rest of a refused request's body, so that the client sees the refusal.
//!
//! A client that is still sending when the connection closes reports a broken pipe instead of the
//! response that was waiting for it.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::{Stream, StreamExt, stream::Fuse};

/// How much of an unwanted body is read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
const MOST_TIME: Duration = Duration::from_secs(10);

/// A body that another reader can continue to read.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Fuse<BodyDataStream>>>);

impl Shared {
    pub(super) fn new(body: Body) -> Self {
        // A refusal after the last byte comes after the whole body has been read.
        Self(Arc::new(Mutex::new(body.into_data_stream().fuse())))
    }

    /// The same bytes as a body.
    pub(super) fn body(&self) -> Body {
        Body::from_stream(self.clone())
    }

    /// Reads what is left, within bounds.
    pub(super) async fn drain(mut self) {
        let read = async {
            let mut bytes = 0;
            while let Some(Ok(chunk)) = self.next().await {
                bytes += chunk.len() as u64;
                if bytes > MOST_BYTES {
                    return;
                }
            }
        };
        // A client that is too slow loses the response, as it would have without this.
        tokio::time::timeout(MOST_TIME, read).await.ok();
    }
}

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}
