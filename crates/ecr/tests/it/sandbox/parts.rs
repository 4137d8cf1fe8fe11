//! Layers in parts: the cost of a stop, and how unusual responses are handled.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt;
use longshore_ecr::EcrEndpoint;
use longshore_names::{Algorithm, RepositoryName};
use longshore_registry::{
    Backoff, BlobStream, Descriptor, Error, Parts, RegistryErrorKind, Sink, Source, UploadState,
    VerifiedStream, digest_of, open_verified,
};

use super::world::{DEV, LAYER, World, counters, name};

const MIB: usize = 1024 * 1024;

/// A layer whose bytes differ everywhere.
fn layer(size: usize) -> (Descriptor, Bytes) {
    let mut state = size as u64;
    let mut content = vec![0; size];
    for word in content.chunks_mut(8) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
    }
    let content = Bytes::from(content);
    let digest = digest_of(Algorithm::Sha256, &content);
    (Descriptor { media_type: LAYER.into(), digest, size: size as u64 }, content)
}

/// The bytes from `offset` on in pieces of an odd size.
fn body(content: &Bytes, offset: u64) -> BlobStream {
    let rest = content.slice(usize::try_from(offset).unwrap()..);
    let pieces: Vec<_> =
        (0..rest.len()).step_by(200_003).map(|at| Ok(rest.slice(at..rest.len().min(at + 200_003)))).collect();
    Box::pin(futures::stream::iter(pieces))
}

/// As [`body`], but the connection breaks after `length` bytes.
fn broken(content: &Bytes, length: usize) -> BlobStream {
    let reset = RegistryErrorKind::Network { message: "reset".into() }.at("source");
    Box::pin(body(&content.slice(..length), 0).chain(futures::stream::iter([Err(reset)])))
}

/// Records what a journal would.
#[derive(Default)]
struct Journal(Mutex<Vec<UploadState>>);

impl Journal {
    fn offsets(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(|state| state.offset / MIB as u64).collect()
    }

    fn last(&self) -> Option<UploadState> {
        self.0.lock().unwrap().last().cloned()
    }

    async fn push(
        &self,
        sink: &EcrEndpoint,
        repository: &RepositoryName,
        blob: &Descriptor,
        from: Option<UploadState>,
        body: BlobStream,
    ) -> Result<(), Error> {
        let keep = |state| self.0.lock().unwrap().push(state);
        sink.push_parts(repository, blob, from, body, &keep).await
    }
}

async fn start() -> (World, Arc<EcrEndpoint>, RepositoryName) {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    (world, dev, repository)
}

async fn pulled(dev: &Arc<EcrEndpoint>, repository: &RepositoryName, blob: &Descriptor) -> Vec<u8> {
    let stream = open_verified(dev.clone(), repository, blob, Backoff::default());
    let pieces: Vec<Bytes> = futures::TryStreamExt::try_collect(stream).await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn a_half_uploaded_layer_goes_on_from_its_last_part() {
    let (world, dev, repository) = start().await;
    let (blob, content) = layer(100 * MIB);
    assert!(dev.keeps_parts(blob.size));
    let journal = Journal::default();

    let stopped = journal.push(&dev, &repository, &blob, None, broken(&content, 57 * MIB)).await;
    assert_eq!(stopped.unwrap_err().registry, "source", "the source's error is the cause");
    assert_eq!(journal.offsets(), [10, 20, 30, 40, 50]);
    drop(dev);

    // Another process, hours later.
    let dev = world.endpoint(DEV).await;
    let from = journal.last().unwrap();
    let rest = body(&content, from.offset);
    journal.push(&dev, &repository, &blob, Some(from), rest).await.unwrap();

    assert_eq!(journal.offsets(), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    assert_eq!(counters(&world, DEV).blob_bytes_received, blob.size, "no byte twice");
    assert_eq!(counters(&world, DEV).duplicate_blob_bytes, 0);
    assert_eq!(dev.stats().bytes_up, 50 * MIB as u64);
    assert!(pulled(&dev, &repository, &blob).await == content);
    assert_eq!(dev.client().calls().of("UploadLayerPart"), 5);
}

#[tokio::test]
async fn a_journal_that_is_behind_or_ahead_of_the_registry_does_no_harm() {
    let (_world, dev, repository) = start().await;
    let (blob, content) = layer(45 * MIB);
    let journal = Journal::default();
    let stopped = journal.push(&dev, &repository, &blob, None, broken(&content, 35 * MIB)).await;
    stopped.unwrap_err();
    let state = |offset: usize| UploadState { offset: offset as u64, ..journal.last().unwrap() };

    // The registry has 30 MiB. A journal that says more cannot be helped: the bytes are not here.
    let ahead = state(40 * MIB);
    let rest = body(&content, ahead.offset);
    let error = journal.push(&dev, &repository, &blob, Some(ahead), rest).await.unwrap_err();
    assert_eq!(error.code(), "upload-forgotten");

    // One that says less is corrected: 5 MiB, not a whole part, are what the registry has less of.
    let behind = state(15 * MIB);
    let rest = body(&content, behind.offset);
    journal.push(&dev, &repository, &blob, Some(behind), rest).await.unwrap();
    assert_eq!(journal.offsets(), [10, 20, 30, 30, 40, 45]);
    assert!(pulled(&dev, &repository, &blob).await == content);
}

#[tokio::test]
async fn an_upload_that_the_registry_forgot_is_begun_anew_by_the_caller() {
    let (_world, dev, repository) = start().await;
    let (blob, content) = layer(21 * MIB);
    let journal = Journal::default();
    for id in ["0197b3f1-0000-7000-8000-000000000000/10485760", "0197b3f1-0000-7000-8000-000000000000"] {
        let from = UploadState { id: id.into(), offset: 10 * MIB as u64 };
        let rest = body(&content, from.offset);
        let error = journal.push(&dev, &repository, &blob, Some(from), rest).await.unwrap_err();
        assert_eq!(error.code(), "upload-forgotten");
    }
    journal.push(&dev, &repository, &blob, None, body(&content, 0)).await.unwrap();

    // And one that was completed before that could be recorded is done.
    let from = journal.last().unwrap();
    let rest = body(&content, from.offset);
    journal.push(&dev, &repository, &blob, Some(from), rest).await.unwrap();
}

#[tokio::test]
async fn the_same_layer_twice_is_success() {
    let (world, dev, repository) = start().await;
    let (blob, content) = layer(21 * MIB);
    for _ in 0..2 {
        Journal::default().push(&dev, &repository, &blob, None, body(&content, 0)).await.unwrap();
    }
    assert_eq!(counters(&world, DEV).blob_uploads, 1);
}

#[tokio::test]
async fn wrong_bytes_never_become_a_layer() {
    let (world, dev, repository) = start().await;
    let (blob, content) = layer(21 * MIB);
    let mut wrong = content.to_vec();
    wrong[5 * MIB] ^= 1;
    let wrong = Bytes::from(wrong);

    let checked = VerifiedStream::new(body(&wrong, 0), "source", &blob);
    let journal = Journal::default();
    let error = journal.push(&dev, &repository, &blob, None, Box::pin(checked)).await.unwrap_err();
    assert_eq!((error.code(), error.registry.as_str()), ("digest-mismatch", "source"));
    assert!(!dev.client().calls().snapshot().contains_key("CompleteLayerUpload"));

    // Wrong bytes that an earlier process sent are found by the registry.
    let error = Journal::default().push(&dev, &repository, &blob, None, body(&wrong, 0)).await.unwrap_err();
    assert_eq!(error.code(), "refused");
    let from = journal.last().unwrap();
    let rest = body(&content, from.offset);
    let resumed = journal.push(&dev, &repository, &blob, Some(from), rest).await;
    assert!(
        resumed.is_err_and(|error| error.code() == "upload-forgotten"),
        "the first of its parts was the wrong one"
    );
    assert_eq!(counters(&world, DEV).blob_uploads, 0);
    assert!(dev.exists_many(&repository, &[blob.digest]).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_layers_at_once_share_the_memory_for_parts() {
    let (world, dev, repository) = start().await;
    let layers: Vec<_> = (0..12).map(|number| layer(11 * MIB + number)).collect();
    let pushes = layers.iter().map(|(blob, content)| {
        let (dev, repository) = (&dev, &repository);
        async move { Journal::default().push(dev, repository, blob, None, body(content, 0)).await.unwrap() }
    });
    futures::future::join_all(pushes).await;
    assert_eq!(counters(&world, DEV).blob_uploads, 12);
}
