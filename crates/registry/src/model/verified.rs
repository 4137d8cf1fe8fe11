//! A stream that cannot end well with wrong bytes.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{Stream, StreamExt, ready};

use crate::{BlobStream, Descriptor, Error, Hasher, RegistryErrorKind, model::digest};

/// Bytes hashed in one go, so that a task never keeps its thread for long.
const MOST_AT_ONCE: usize = 256 * 1024;

/// Checks size and digest of a blob while it streams.
///
/// The last bytes are held back until all bytes have been seen and verified. A body that is sent on
/// with the descriptor's length can therefore never be completed with wrong bytes: the receiver
/// still waits for the rest when the error comes.
pub struct VerifiedStream {
    inner: BlobStream,
    registry: String,
    descriptor: Descriptor,
    hasher: Option<Hasher>,
    seen: u64,
    /// Received, not hashed yet.
    raw: Bytes,
    /// Hashed, not released yet.
    held: Option<Bytes>,
}

impl VerifiedStream {
    /// Wraps a stream that begins at the blob's first byte. `registry` is named in errors.
    pub fn new(inner: BlobStream, registry: &str, descriptor: &Descriptor) -> Self {
        Self {
            inner,
            registry: registry.to_owned(),
            hasher: Some(Hasher::new(descriptor.digest.algorithm())),
            descriptor: descriptor.clone(),
            seen: 0,
            raw: Bytes::new(),
            held: None,
        }
    }

    fn wrong_size(&self) -> Error {
        RegistryErrorKind::SizeMismatch {
            digest: self.descriptor.digest.clone(),
            expected: self.descriptor.size,
            actual: self.seen,
        }
        .at(self.registry.clone())
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Bytes, Error>>> {
        self.hasher = None;
        self.held = None;
        self.raw = Bytes::new();
        Poll::Ready(Some(Err(error)))
    }

    fn finish(&mut self, hasher: Hasher) -> Poll<Option<Result<Bytes, Error>>> {
        if self.seen != self.descriptor.size {
            let error = self.wrong_size();
            return self.fail(error);
        }
        let actual = digest::parse(hasher.finish());
        if actual != self.descriptor.digest {
            let expected = self.descriptor.digest.clone();
            let registry = self.registry.clone();
            return self.fail(RegistryErrorKind::DigestMismatch { expected, actual }.at(registry));
        }
        Poll::Ready(self.held.take().map(Ok))
    }
}

impl Stream for VerifiedStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.hasher.is_none() {
                return Poll::Ready(None);
            }
            if this.raw.is_empty() {
                match ready!(this.inner.poll_next_unpin(context)) {
                    Some(Ok(bytes)) => this.raw = bytes,
                    Some(Err(error)) => return this.fail(error),
                    None => {
                        let Some(hasher) = this.hasher.take() else { return Poll::Ready(None) };
                        return this.finish(hasher);
                    }
                }
                continue;
            }
            let piece = this.raw.split_to(this.raw.len().min(MOST_AT_ONCE));
            this.seen += piece.len() as u64;
            if this.seen > this.descriptor.size {
                let error = this.wrong_size();
                return this.fail(error);
            }
            if let Some(hasher) = &mut this.hasher {
                hasher.update(&piece);
            }
            if let Some(before) = this.held.replace(piece) {
                return Poll::Ready(Some(Ok(before)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use longshore_names::Algorithm;

    use super::*;
    use crate::digest_of;

    fn descriptor(content: &[u8], algorithm: Algorithm) -> Descriptor {
        Descriptor {
            media_type: "application/octet-stream".into(),
            digest: digest_of(algorithm, content),
            size: content.len() as u64,
        }
    }

    async fn read(chunks: Vec<&'static [u8]>, wanted: &Descriptor) -> (Vec<u8>, Option<Error>) {
        let inner = futures::stream::iter(chunks.into_iter().map(|c| Ok(Bytes::from_static(c))));
        let mut stream = VerifiedStream::new(Box::pin(inner), "r", wanted);
        let mut got = Vec::new();
        while let Some(next) = stream.next().await {
            match next {
                Ok(bytes) => got.extend_from_slice(&bytes),
                Err(error) => {
                    assert!(stream.next().await.is_none(), "nothing comes after an error");
                    return (got, Some(error));
                }
            }
        }
        (got, None)
    }

    #[tokio::test]
    async fn right_bytes_pass_whole() {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let (got, error) =
                read(vec![b"hello ", b"", b"world"], &descriptor(b"hello world", algorithm)).await;
            assert_eq!(got, b"hello world");
            assert!(error.is_none());
        }
        let (got, error) = read(vec![], &descriptor(b"", Algorithm::Sha256)).await;
        assert!(got.is_empty() && error.is_none());
    }

    #[tokio::test]
    async fn wrong_bytes_are_never_released_to_the_end() {
        let wanted = descriptor(b"hello world", Algorithm::Sha256);
        let (got, error) = read(vec![b"hello ", b"w0rld"], &wanted).await;
        assert!(got.len() < 11);
        assert!(matches!(error, Some(Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. })));
        let (got, error) = read(vec![b"hello w0rld"], &wanted).await;
        assert!(got.is_empty());
        assert!(matches!(error, Some(Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. })));
    }

    #[tokio::test]
    async fn too_few_and_too_many_bytes_are_errors() {
        let wanted = descriptor(b"hello world", Algorithm::Sha256);
        let (_, error) = read(vec![b"hello"], &wanted).await;
        assert!(matches!(error, Some(Error { kind: RegistryErrorKind::SizeMismatch { actual: 5, .. }, .. })));
        let (got, error) = read(vec![b"hello world", b"!"], &wanted).await;
        assert!(got.len() < 11);
        assert!(matches!(
            error,
            Some(Error { kind: RegistryErrorKind::SizeMismatch { actual: 12, .. }, .. })
        ));
    }

    #[tokio::test]
    async fn big_chunks_are_split() {
        let content = Bytes::from(vec![7_u8; MOST_AT_ONCE * 2 + 1]);
        let wanted = descriptor(&content, Algorithm::Sha256);
        let inner = futures::stream::iter([Ok(content)]);
        let sizes: Vec<usize> =
            VerifiedStream::new(Box::pin(inner), "r", &wanted).map(|c| c.unwrap().len()).collect().await;
        assert_eq!(sizes, [MOST_AT_ONCE, MOST_AT_ONCE, 1]);
    }
}
