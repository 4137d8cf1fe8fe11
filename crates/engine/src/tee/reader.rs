//! One run's read of a shared blob.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use longshore_registry::{BlobStream, Descriptor, Error as RegistryError};

use super::{
    blob::{Next, SharedBlob},
    branch::Alone,
};

/// One reader of a shared blob.
pub(crate) struct Reader {
    pub(super) blob: Arc<SharedBlob>,
    pub(super) reader: usize,
    pub(super) alone: Alone,
    pub(super) descriptor: Descriptor,
    pub(super) offset: u64,
}

impl Reader {
    /// The bytes of the blob, from the shared read or from its own.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, RegistryError>> + Send {
        let together = stream::unfold(Some(self), |reader| async move {
            let mut reader = reader?;
            match reader.next().await {
                Next::Piece(piece) => Some((stream::iter([Ok(piece)]).left_stream(), Some(reader))),
                Next::Alone => {
                    let (alone, descriptor, offset) =
                        (reader.alone.clone(), reader.descriptor.clone(), reader.offset);
                    drop(reader);
                    let rest = match alone.open(descriptor, offset).await {
                        Ok(rest) => rest,
                        Err(error) => Box::pin(stream::iter([Err(error)])) as BlobStream,
                    };
                    Some((rest.right_stream(), None))
                }
                Next::End => None,
            }
        });
        together.flatten()
    }

    async fn next(&mut self) -> Next {
        let next = self.blob.next(self.reader, self.offset, self.descriptor.size).await;
        if let Next::Piece(piece) = &next {
            self.offset += piece.len() as u64;
        }
        next
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.blob.leave(self.reader);
    }
}
