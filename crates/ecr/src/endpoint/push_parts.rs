//! Uploads a layer in parts: each acknowledged part stays, so a stop costs at most two parts.

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_registry::{BlobStream, Descriptor, Error, RegistryErrorKind, Sink, Source, UploadState};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    EcrEndpoint, EcrError, EcrErrorKind,
    endpoint::layer_uploads::{LayerUpload, USUAL_PART, allowed_part},
    endpoint::pace::Write,
    endpoint::part::{Part, PartWriter, Target},
};

/// Blobs from this size on are uploaded in parts. Below it, the base64 of a part costs more than
/// beginning a blob again after a stop (docs/decisions/0013).
const PARTS_FROM: u64 = 100 * 1024 * 1024;
/// The most parts of a layer (General Reference, "Amazon ECR endpoints and quotas").
const MOST_PARTS: u64 = 4_200;
/// Parts of all layers that are in memory at once, of up to 27 MiB each and usually 13.
pub(crate) const PARTS_IN_MEMORY: usize = 8;

/// Whether a blob of this many bytes is uploaded in parts.
pub(crate) fn in_parts(size: u64) -> bool {
    (PARTS_FROM..=MOST_PARTS * USUAL_PART).contains(&size)
}

/// The upload id that the engine stores: ECR's own id with the part size, which ECR states only
/// once.
fn kept_id(upload: &LayerUpload) -> String {
    format!("{}/{}", upload.id, upload.part_size)
}

fn known_upload(kept: &str) -> LayerUpload {
    match kept.rsplit_once('/').and_then(|(id, size)| Some((id, size.parse().ok()?))) {
        Some((id, size)) => LayerUpload { id: id.to_owned(), part_size: allowed_part(size) },
        None => LayerUpload { id: kept.to_owned(), part_size: USUAL_PART },
    }
}

/// Cuts a blob's bytes into parts.
struct Parts<'a> {
    target: Target,
    part_size: u64,
    /// Position of the next byte.
    at: u64,
    blob: &'a Descriptor,
    body: BlobStream,
    /// Bytes that arrived and belong to the next part.
    rest: Bytes,
    memory: std::sync::Arc<Semaphore>,
    registry: &'a str,
}

/// A part with its place in memory.
struct HeldPart {
    part: Part,
    _place: Option<OwnedSemaphorePermit>,
}

impl Parts<'_> {
    /// The next part, or `None` after the last. The last part is returned only when the body has
    /// ended as it should.
    async fn next(&mut self) -> Result<Option<HeldPart>, Error> {
        let length = (self.blob.size - self.at).min(self.part_size);
        if length == 0 {
            return self.end().await.map(|()| None);
        }
        // It is never closed: the endpoint lives longer than its uploads.
        let place = self.memory.clone().acquire_owned().await.ok();
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        let mut writer = PartWriter::new(&self.target, self.at, size).map_err(|error| {
            RegistryErrorKind::Protocol { message: error.to_string() }.at(self.registry.to_owned())
        })?;
        while writer.left() > 0 {
            if self.rest.is_empty() {
                self.rest = match self.body.next().await {
                    Some(bytes) => bytes?,
                    None => return Err(self.wrong_size(self.at + (size - writer.left()) as u64)),
                };
            }
            writer.take(&mut self.rest);
        }
        self.at += length;
        if self.at == self.blob.size {
            self.end().await?;
        }
        Ok(Some(HeldPart { part: writer.finish(), _place: place }))
    }

    /// Nothing may follow, and no error either.
    async fn end(&mut self) -> Result<(), Error> {
        loop {
            if !self.rest.is_empty() {
                return Err(self.wrong_size(self.blob.size + self.rest.len() as u64));
            }
            match self.body.next().await {
                None => return Ok(()),
                Some(bytes) => self.rest = bytes?,
            }
        }
    }

    /// Continues from `position` instead of the end of `part`, the last one returned.
    async fn go_on_from(&mut self, position: u64, part: &Part) -> Result<(), Error> {
        let (begin, end) = (position.min(part.end), part.end);
        let back = part.bytes_from(begin).unwrap_or_default();
        self.at = begin;
        if !back.is_empty() {
            // Parts are returned one after the other, so `rest` follows directly.
            let rest = std::mem::take(&mut self.rest);
            self.body = Box::pin(
                futures::stream::iter([Ok(rest)])
                    .chain(std::mem::replace(&mut self.body, Box::pin(futures::stream::empty()))),
            );
            self.rest = back;
        }
        let mut skip = position.saturating_sub(end);
        while skip > 0 {
            if self.rest.is_empty() {
                self.rest = match self.body.next().await {
                    Some(bytes) => bytes?,
                    None => return Err(self.wrong_size(position - skip)),
                };
            }
            let dropped =
                self.rest.split_to(self.rest.len().min(usize::try_from(skip).unwrap_or(usize::MAX)));
            skip -= dropped.len() as u64;
        }
        self.at = position;
        Ok(())
    }

    fn wrong_size(&self, actual: u64) -> Error {
        RegistryErrorKind::SizeMismatch { digest: self.blob.digest.clone(), expected: self.blob.size, actual }
            .at(self.registry.to_owned())
    }
}

/// How a part ended.
enum Sent {
    Taken {
        end: u64,
    },
    /// ECR is at another position; the part is returned.
    Elsewhere {
        received: u64,
        part: HeldPart,
    },
    Forgotten,
}

impl EcrEndpoint {
    pub(crate) async fn upload_in_parts(
        &self,
        repository: &RepositoryName,
        blob: &Descriptor,
        from: Option<UploadState>,
        body: BlobStream,
        keep: &(dyn Fn(UploadState) + Send + Sync),
    ) -> Result<(), Error> {
        let resumed = from.is_some();
        let (upload, at) = match from {
            Some(state) if state.offset > blob.size => return Err(self.forgotten(blob)),
            Some(state) => (known_upload(&state.id), state.offset),
            None => (self.begin_upload(repository).await?, 0),
        };
        let kept = |offset| UploadState { id: kept_id(&upload), offset };
        let mut parts = Parts {
            target: Target {
                account: self.client().registry().account.clone(),
                repository: repository.clone(),
                upload_id: upload.id.clone(),
            },
            part_size: upload.part_size,
            at,
            blob,
            // It is polled again after its end when ECR had less of the last part.
            body: Box::pin(body.fuse()),
            rest: Bytes::new(),
            memory: self.parts_in_memory().clone(),
            registry: self.name(),
        };
        // After a stop, ECR's position is known only when it has taken or refused the first part;
        // until then nothing is read ahead.
        let mut sure = !resumed;
        let mut next = parts.next().await?;
        while let Some(held) = next.take() {
            let first = held.part.first;
            let (sent, ahead) = if sure {
                let (sent, ahead) = tokio::join!(self.send_part(repository, held), parts.next());
                (sent?, Some(ahead))
            } else {
                (self.send_part(repository, held).await?, None)
            };
            match sent {
                Sent::Taken { end } => keep(kept(end)),
                Sent::Elsewhere { received, part } if !sure && received > first && received <= blob.size => {
                    parts.go_on_from(received, &part.part).await?;
                    keep(kept(received));
                }
                Sent::Elsewhere { received, part } if received == first => {
                    return Err(self.refused(format!("a part of {} bytes", part.part.end - first)));
                }
                Sent::Elsewhere { .. } => return Err(self.forgotten(blob)),
                Sent::Forgotten => return self.there_after_all(repository, blob).await,
            }
            sure = true;
            next = match ahead {
                Some(ahead) => ahead?,
                None => parts.next().await?,
            };
        }
        drop(parts);
        self.complete(repository, &upload.id, blob, resumed).await
    }

    async fn begin_upload(&self, repository: &RepositoryName) -> Result<LayerUpload, Error> {
        self.turn(Write::Upload).await;
        let begun = self.client().initiate_layer_upload(repository).await;
        self.paced(Write::Upload, &begun);
        begun.map_err(|error| self.error(error))
    }

    async fn send_part(&self, repository: &RepositoryName, held: HeldPart) -> Result<Sent, Error> {
        let (end, length) = (held.part.end, held.part.end - held.part.first);
        self.count_up(length);
        match self.client().upload_layer_part(repository, &held.part).await {
            Ok(()) => Ok(Sent::Taken { end }),
            // The response to an earlier try was lost.
            Err(EcrError { kind: EcrErrorKind::LayerPartInvalid { received: Some(received) }, .. })
                if received == end =>
            {
                Ok(Sent::Taken { end })
            }
            Err(EcrError { kind: EcrErrorKind::LayerPartInvalid { received: Some(received) }, .. }) => {
                Ok(Sent::Elsewhere { received, part: held })
            }
            Err(EcrError { kind: EcrErrorKind::UploadNotFound, .. }) => Ok(Sent::Forgotten),
            Err(error) => Err(self.error(error)),
        }
    }

    async fn complete(
        &self,
        repository: &RepositoryName,
        upload_id: &str,
        blob: &Descriptor,
        resumed: bool,
    ) -> Result<(), Error> {
        let completed = self.client().complete_layer_upload(repository, upload_id, &blob.digest).await;
        self.paced(Write::Upload, &completed);
        match completed {
            Ok(()) | Err(EcrError { kind: EcrErrorKind::LayerAlreadyExists, .. }) => Ok(()),
            Err(EcrError { kind: EcrErrorKind::UploadNotFound, .. }) => {
                self.there_after_all(repository, blob).await
            }
            // Bytes sent by an earlier process were not checked in this one.
            Err(EcrError { kind: EcrErrorKind::LayerInvalid, .. }) if resumed => Err(self.forgotten(blob)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// An upload that ECR does not know may already be completed.
    async fn there_after_all(&self, repository: &RepositoryName, blob: &Descriptor) -> Result<(), Error> {
        let asked = std::slice::from_ref(&blob.digest);
        let there = self.exists_many(repository, asked).await?;
        if there.contains(&blob.digest) { Ok(()) } else { Err(self.forgotten(blob)) }
    }

    fn forgotten(&self, blob: &Descriptor) -> Error {
        let registry = self.name().to_owned();
        RegistryErrorKind::UploadForgotten { digest: blob.digest.clone() }.at(registry)
    }

    fn refused(&self, what: String) -> Error {
        let registry = self.name().to_owned();
        RegistryErrorKind::Refused { status: 400, message: format!("it did not accept {what}") }.at(registry)
    }
}

#[cfg(test)]
mod tests {
    use longshore_names::Algorithm;
    use longshore_registry::digest_of;

    use super::*;

    const CONTENT: &[u8] = b"0123456789abcdefghij";

    fn blob() -> Descriptor {
        let digest = digest_of(Algorithm::Sha256, CONTENT);
        Descriptor { media_type: "x".into(), digest, size: CONTENT.len() as u64 }
    }

    fn parts<'a>(blob: &'a Descriptor, pieces: Vec<Result<&'static [u8], Error>>) -> Parts<'a> {
        let body = pieces.into_iter().map(|piece| piece.map(Bytes::from_static));
        Parts {
            target: Target {
                account: "111122223333".parse().unwrap(),
                repository: "app".parse().unwrap(),
                upload_id: "id".into(),
            },
            part_size: 8,
            at: 0,
            blob,
            body: Box::pin(futures::stream::iter(body.collect::<Vec<_>>()).fuse()),
            rest: Bytes::new(),
            memory: std::sync::Arc::new(Semaphore::new(8)),
            registry: "r",
        }
    }

    async fn next(parts: &mut Parts<'_>) -> Part {
        parts.next().await.unwrap().unwrap().part
    }

    #[tokio::test]
    async fn a_blob_is_cut_into_parts_of_one_size_and_a_rest() {
        let blob = blob();
        let mut parts = parts(&blob, CONTENT.chunks(3).map(Ok).collect());
        for (first, end) in [(0, 8), (8, 16), (16, 20)] {
            let part = next(&mut parts).await;
            assert_eq!((part.first, part.end), (first, end));
            assert_eq!(part.bytes_from(first).unwrap(), CONTENT[first as usize..end as usize]);
        }
        assert!(parts.next().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_last_part_waits_for_the_end_of_the_body() {
        let blob = blob();
        let wrong = RegistryErrorKind::Network { message: "wrong digest".into() }.at("source");
        let mut parts = parts(&blob, vec![Ok(CONTENT), Err(wrong)]);
        next(&mut parts).await;
        next(&mut parts).await;
        assert_eq!(parts.next().await.err().unwrap().registry, "source");
    }

    #[tokio::test]
    async fn too_few_and_too_many_bytes_are_errors() {
        let blob = blob();
        let mut short = parts(&blob, vec![Ok(&CONTENT[..10])]);
        next(&mut short).await;
        assert!(matches!(
            short.next().await,
            Err(Error { kind: RegistryErrorKind::SizeMismatch { actual: 10, expected: 20, .. }, .. })
        ));
        let mut long = parts(&blob, vec![Ok(CONTENT), Ok(b"!")]);
        next(&mut long).await;
        next(&mut long).await;
        assert!(matches!(
            long.next().await,
            Err(Error { kind: RegistryErrorKind::SizeMismatch { actual: 21, .. }, .. })
        ));
    }

    #[tokio::test]
    async fn parts_go_on_from_wherever_ecr_is() {
        let blob = blob();
        // Inside the part, at its end, and far behind it.
        for (received, pieces) in [(3, 3), (8, 5), (11, 20), (19, 3), (20, 4)] {
            let mut parts = parts(&blob, CONTENT.chunks(pieces).map(Ok).collect());
            let first = next(&mut parts).await;
            parts.go_on_from(received, &first).await.unwrap();
            let mut rest = Vec::new();
            while let Some(held) = parts.next().await.unwrap() {
                assert_eq!(held.part.first, received + rest.len() as u64);
                rest.extend_from_slice(&held.part.bytes_from(held.part.first).unwrap());
            }
            assert_eq!(rest, CONTENT[received as usize..], "{received}");
        }
    }

    #[test]
    fn the_part_size_is_kept_with_the_id() {
        let upload = LayerUpload { id: "0190-ab/c".into(), part_size: 7 * 1024 * 1024 };
        assert_eq!(known_upload(&kept_id(&upload)), upload);
        assert_eq!(known_upload("0190-ab"), LayerUpload { id: "0190-ab".into(), part_size: USUAL_PART });
        assert_eq!(known_upload("0190/5").part_size, 5 * 1024 * 1024, "within what ECR accepts");
    }

    #[test]
    fn small_blobs_and_those_with_too_many_parts_go_in_one_piece() {
        let mib = 1024 * 1024;
        for (size, expected) in [
            (0, false),
            (100 * mib - 1, false),
            (100 * mib, true),
            (42_000 * mib, true),
            (42_000 * mib + 1, false),
        ] {
            assert_eq!(in_parts(size), expected, "{size}");
        }
    }
}
