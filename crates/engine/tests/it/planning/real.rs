//! The same with Debian's docker-registry, a program that we did not write.

use std::sync::Arc;

use longshore_engine::{CopyItem, CopyRequest, Referrers, RunEnd, RunOutcome, plan, run};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{
    Descriptor, HostOptions, HttpRegistry, Manifest, Sink, Source, TagOrDigest, VerifiedStream, media_types,
};
use longshore_testkit::DockerRegistry;
use serde_json::json;

use crate::support::images::{blob, context, image_of, index_of, layer, manifest, name, request};

fn client(registry: &DockerRegistry) -> Arc<HttpRegistry> {
    Arc::new(HttpRegistry::connect(&registry.host, HostOptions::default()).unwrap())
}

async fn push(
    registry: &HttpRegistry,
    repository: &RepositoryName,
    image: &(Manifest, Vec<(Descriptor, Vec<u8>)>),
    tag: Option<&str>,
) {
    for (descriptor, content) in &image.1 {
        let body = futures::stream::iter([Ok(content.clone().into())]);
        let body = VerifiedStream::new(Box::pin(body), "test", descriptor);
        registry.push_blob(repository, descriptor, Box::pin(body)).await.unwrap();
    }
    let tag = tag.map(|tag| tag.parse().unwrap());
    registry.push_manifest(repository, &image.0, tag.as_ref()).await.unwrap();
}

async fn copy_all(source: &DockerRegistry, sink: &DockerRegistry) -> (RunOutcome, u64) {
    let (source, sink) = (client(source), client(sink));
    let listed = source.list(&name("team/app")).await.unwrap();
    let item = |listed| CopyItem::listed(name("team/app"), listed, name("mirror/app"));
    let request = CopyRequest::new(listed.into_iter().map(item).collect());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    (outcome, source.stats().requests + sink.stats().requests)
}

/// W2 of the benchmarks with fewer tags and smaller layers: each tag has three layers of its own
/// and five that all tags share.
#[tokio::test]
async fn tags_that_share_layers_take_the_fewest_requests() {
    const TAGS: usize = 40;
    let (dev, prod) = (DockerRegistry::start(), DockerRegistry::start());
    let registry = client(&dev);
    let shared: Vec<Vec<u8>> = (0..5).map(|n| layer(n, 4_000)).collect();
    for n in 0..TAGS {
        let own: Vec<Vec<u8>> = (0..3).map(|k| format!("layer {k} of {n}").into_bytes()).collect();
        let layers: Vec<&[u8]> = own.iter().chain(&shared).map(Vec::as_slice).collect();
        let mut image = image_of(&format!("t{n}"), &layers);
        if n > 0 {
            image.1.truncate(4);
        }
        push(&registry, &name("team/app"), &image, Some(&format!("t{n}"))).await;
    }
    let (outcome, requests) = copy_all(&dev, &prod).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, TAGS));
    // One list on each side; each manifest is read, its tag looked up, and put; each blob is read,
    // and uploaded with two requests; one list at the end proves every tag.
    assert_eq!(requests, 2 + 3 * TAGS as u64 + 3 * (4 * TAGS as u64 + 5) + 1);
    let (outcome, requests) = copy_all(&dev, &prod).await;
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, TAGS));
    assert_eq!(requests, 2 + 2 * TAGS as u64, "a list and a HEAD for each tag on each side");
}

fn artifact(kind: &str, subject: &Manifest) -> (Manifest, Vec<(Descriptor, Vec<u8>)>) {
    let content = format!("{kind} of {}", subject.digest).into_bytes();
    let empty = Descriptor { media_type: "application/vnd.oci.empty.v1+json".into(), ..blob(b"{}") };
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "artifactType": kind,
        "config": empty, "layers": [blob(&content)], "subject": subject.descriptor(),
    });
    let blobs = vec![(empty, b"{}".to_vec()), (blob(&content), content)];
    (manifest(media_types::OCI_MANIFEST, &document), blobs)
}

async fn refer(registry: &HttpRegistry, subject: &Manifest, kind: &str) -> Digest {
    let referrer = artifact(kind, subject);
    push(registry, &name("dev/app"), &referrer, None).await;
    registry.link_referrer(&name("dev/app"), &subject.digest, &referrer.0).await.unwrap();
    referrer.0.digest
}

async fn listed(registry: &HttpRegistry, subject: &Manifest) -> Vec<Digest> {
    let found = registry.referrers(&name("prod/app"), &subject.digest).await.unwrap();
    found.into_iter().map(|descriptor| descriptor.digest).collect()
}

#[tokio::test]
async fn an_index_with_signatures_arrives_with_them_by_the_tag_schema() {
    let (dev, prod) = (DockerRegistry::start(), DockerRegistry::start());
    let (source, sink) = (client(&dev), client(&prod));
    let children = [image_of("amd", &[&layer(1, 50_000)]), image_of("arm", &[&layer(2, 50_000)])];
    for child in &children {
        push(&source, &name("dev/app"), child, None).await;
    }
    let index = (index_of(&[&children[0].0, &children[1].0]), Vec::new());
    push(&source, &name("dev/app"), &index, Some("1")).await;
    let signature = refer(&source, &index.0, "application/vnd.example.signature").await;
    let sbom = refer(&source, &children[1].0, "application/vnd.example.sbom").await;
    let cosign = image_of("signature", &[b"{}"]);
    let tag = format!("sha256-{}.sig", index.0.digest.hex());
    push(&source, &name("dev/app"), &cosign, Some(&tag)).await;

    let mut request = request(&[("dev/app:1", "prod/app:1")]);
    request.referrers = Referrers::With;
    let planned = plan(source.clone(), sink.clone(), &request).await.unwrap();
    assert_eq!(planned.totals.referrers, 3, "{}", planned.images[0].explanation);
    let outcome = run(planned, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(listed(&sink, &index.0).await, [signature]);
    assert_eq!(listed(&sink, &children[1].0).await, std::slice::from_ref(&sbom));
    for (reference, digest) in [("1", &index.0.digest), (&tag, &cosign.0.digest)] {
        let reference: TagOrDigest = reference.parse().unwrap();
        let there = sink.resolve(&name("prod/app"), &reference).await.unwrap().unwrap();
        assert_eq!(there.digest, *digest);
    }
    let again = plan(source.clone(), sink.clone(), &request).await.unwrap();
    assert!(again.is_empty(), "{}", again.images[0].explanation);
    // An attestation of the image is added later.
    let late = refer(&source, &children[1].0, "application/vnd.example.attestation").await;
    let more = plan(source.clone(), sink.clone(), &request).await.unwrap();
    assert_eq!((more.totals.attach, more.totals.referrers), (1, 1));
    run(more, context(&source, &sink)).await.unwrap();
    let mut found = listed(&sink, &children[1].0).await;
    found.sort();
    let mut expected = vec![sbom, late];
    expected.sort();
    assert_eq!(found, expected);
}
