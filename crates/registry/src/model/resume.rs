//! A blob that is read to its end even if the connection breaks.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::RepositoryName;

use crate::{Backoff, BlobStream, Descriptor, Error, RegistryErrorKind, Source, Tries, VerifiedStream};

/// Opens a blob. A broken stream is reopened at the byte where it broke, and the bytes are
/// verified.
///
/// `backoff` limits the tries that yield no new byte, together with those of the work that this is
/// part of ([`Tries::within`]). A blob is opened at most 50 times. Errors about wrong bytes name
/// `source`.
pub fn open_verified(
    source: Arc<dyn Source>,
    repository: &RepositoryName,
    descriptor: &Descriptor,
    backoff: Backoff,
) -> BlobStream {
    let name = source.name().to_owned();
    let reading = Reading {
        source,
        repository: repository.clone(),
        descriptor: descriptor.clone(),
        tries: Tries::shared_or(backoff),
        offset: 0,
        opened: 0,
        stream: None,
        done: false,
    };
    let inner = futures::stream::unfold(reading, Reading::step);
    Box::pin(VerifiedStream::new(Box::pin(inner), &name, descriptor))
}

/// A body without its first `count` bytes, for a resumed upload. Around [`open_verified`], all
/// bytes are still read and hashed, so that missing bytes and a wrong digest are errors, wherever
/// the wrong byte is.
pub fn without_first(body: BlobStream, count: u64) -> BlobStream {
    if count == 0 {
        return body;
    }
    let mut left = count;
    Box::pin(body.filter_map(move |item| {
        let rest = item.map(|mut bytes: Bytes| {
            let cut = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            left -= cut as u64;
            bytes.split_off(cut)
        });
        let empty = rest.as_ref().is_ok_and(Bytes::is_empty);
        std::future::ready((!empty).then_some(rest))
    }))
}

const MOST_OPENED: u32 = 50;

struct Reading {
    source: Arc<dyn Source>,
    repository: RepositoryName,
    descriptor: Descriptor,
    tries: Arc<Tries>,
    offset: u64,
    opened: u32,
    stream: Option<BlobStream>,
    done: bool,
}

impl Reading {
    async fn step(mut self) -> Option<(Result<Bytes, Error>, Self)> {
        while !self.done {
            match self.next().await {
                Ok(Some(bytes)) => {
                    self.offset += bytes.len() as u64;
                    self.tries.moved(self.offset);
                    return Some((Ok(bytes), self));
                }
                Ok(None) => self.done = true,
                Err(error) => {
                    self.stream = None;
                    let wait = self.tries.after(&error);
                    let Some(wait) = wait.filter(|_| self.opened < MOST_OPENED) else {
                        self.done = true;
                        return Some((Err(error), self));
                    };
                    tracing::debug!(registry = self.source.name(), digest = %self.descriptor.digest,
                        offset = self.offset, %error, "blob stream broke, opening it again");
                    tokio::time::sleep(wait).await;
                }
            }
        }
        None
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                self.opened += 1;
                let opened = self.source.blob(&self.repository, &self.descriptor, self.offset);
                self.tries.within(opened).await?
            }
        };
        match stream.next().await {
            Some(Ok(bytes)) => {
                self.stream = Some(stream);
                Ok(Some(bytes))
            }
            Some(Err(error)) => Err(error),
            None if self.offset < self.descriptor.size => Err(RegistryErrorKind::Network {
                message: format!("the stream ended after {} of {} bytes", self.offset, self.descriptor.size),
            }
            .at(self.source.name().to_owned())),
            None => Ok(None),
        }
    }
}
