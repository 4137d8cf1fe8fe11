//! Copies from one of Debian's docker-registries to another, programs that we did not write.

use std::{collections::HashMap, sync::Arc};

use longshore_engine::{Event, Journal, Referrers, RunEnd, missing, plan, resume, run};
use longshore_registry::{
    Backoff, Descriptor, HostOptions, HttpRegistry, Manifest, Sink, Source, TagOrDigest, media_types,
    open_verified,
};
use longshore_testkit::{
    DockerRegistry,
    push::{blob, put},
};
use tokio::sync::Notify;

use crate::support::images::{Told, context, image_of, index_of, layer, manifest, name, request};

fn client(of: &DockerRegistry) -> Arc<HttpRegistry> {
    Arc::new(HttpRegistry::connect(&of.host, HostOptions::default()).unwrap())
}

async fn push(
    registry: &HttpRegistry,
    repository: &str,
    image: &(Manifest, Vec<(Descriptor, Vec<u8>)>),
    tag: Option<&str>,
) {
    for (descriptor, content) in &image.1 {
        blob(registry, repository, &descriptor.media_type, content).await;
    }
    put(registry, repository, tag, &image.0).await;
}

async fn digest_at(registry: &HttpRegistry, repository: &str, tag: &str) -> Option<longshore_names::Digest> {
    let reference = TagOrDigest::Tag(tag.parse().unwrap());
    registry.resolve(&name(repository), &reference).await.unwrap().map(|found| found.digest)
}

#[tokio::test]
async fn an_index_is_copied_mounted_and_retagged() {
    let (dev, prod) = (DockerRegistry::start(), DockerRegistry::start());
    let (source, sink) = (client(&dev), client(&prod));
    let shared = layer(1, 2_000_000);
    let children = [image_of("amd", &[&shared]), image_of("arm", &[&shared, &layer(2, 1_000)])];
    for child in &children {
        push(&source, "dev/app", child, None).await;
    }
    let index = (index_of(&[&children[0].0, &children[1].0]), Vec::new());
    push(&source, "dev/app", &index, Some("42")).await;

    let plan_across =
        plan(source.clone(), sink.clone(), &request(&[("dev/app:42", "prod/app:21")])).await.unwrap();
    let image = plan_across.images[0].clone();
    let outcome = run(plan_across, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(missing(&image, &outcome.images[0].proof).is_empty());
    assert_eq!(digest_at(&sink, "prod/app", "21").await, Some(index.0.digest.clone()));
    assert!(outcome.summary.requests > 0);
    let big = &children[0].1[1].0;
    let bytes = open_verified(sink.clone(), &name("prod/app"), big, Backoff::default());
    let bytes: Vec<_> = futures::TryStreamExt::try_collect(bytes).await.unwrap();
    assert_eq!(bytes.concat(), shared);

    let pairs = [("prod/app:21", "prod/other:1"), ("prod/app:21", "prod/app:stable")];
    let within = plan(sink.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    let outcome = run(within, context(&sink, &sink)).await.unwrap();
    assert_eq!((outcome.summary.mounted, outcome.summary.retagged, outcome.summary.bytes_moved), (1, 1, 0));
    assert_eq!(digest_at(&sink, "prod/other", "1").await, Some(index.0.digest.clone()));
    assert_eq!(digest_at(&sink, "prod/app", "stable").await, Some(index.0.digest));
}

#[tokio::test]
async fn a_dropped_run_goes_on_and_finished_blobs_are_not_uploaded_again() {
    let (dev, prod) = (DockerRegistry::start(), DockerRegistry::start());
    let (source, sink) = (client(&dev), client(&prod));
    let layers: Vec<Vec<u8>> = (0..5).map(|n| layer(n, 1_000_000)).collect();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    let image = image_of("big", &layers);
    push(&source, "dev/app", &image, Some("42")).await;

    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path());
    let told = Arc::new(Told::default());
    let uploaded = Arc::new(Notify::new());
    let mut context = context(&source, &sink);
    context.journal = Some(journal.clone());
    context.options.blobs = 1;
    let (bell, ears) = (uploaded.clone(), told.clone());
    context.reporter = Arc::new(move |event: Event| {
        // The configuration is small; a layer is what counts.
        if matches!(event, Event::Uploaded { size: 1_000_000, .. }) {
            bell.notify_one();
        }
        longshore_engine::Reporter::report(ears.as_ref(), event);
    });
    let plan = plan(source.clone(), sink.clone(), &request(&[("dev/app:42", "prod/app:21")])).await.unwrap();
    let mut running = Box::pin(run(plan, context.clone()));
    tokio::select! {
        biased;
        () = uploaded.notified() => {}
        outcome = &mut running => panic!("the run ended before it could be dropped: {outcome:?}"),
    }
    drop(running);
    let left = loop {
        if let Some(left) = journal.unfinished().await.unwrap().pop() {
            break left;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(digest_at(&sink, "prod/app", "21").await, None);

    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(digest_at(&sink, "prod/app", "21").await, Some(image.0.digest.clone()));
    let mut uploads: HashMap<_, u32> = HashMap::new();
    for event in told.events() {
        if let Event::Uploaded { digest, .. } = event {
            *uploads.entry(digest).or_default() += 1;
        }
    }
    assert!(!uploads.is_empty() && uploads.values().all(|times| *times == 1), "{uploads:?}");
    assert!(outcome.summary.bytes_moved < 5_000_000, "the second part did not move everything");
    for (descriptor, content) in &image.1 {
        let bytes = open_verified(sink.clone(), &name("prod/app"), descriptor, Backoff::default());
        let bytes: Vec<_> = futures::TryStreamExt::try_collect(bytes).await.unwrap();
        assert_eq!(bytes.concat(), *content);
    }
}

/// What the destination has under the tag of an image's referrers is the image itself, a Docker
/// list, or another client's index for several platforms.
#[tokio::test]
async fn what_is_no_list_of_referrers_stays_under_their_tag_and_the_image_is_copied() {
    let (dev, prod) = (DockerRegistry::start(), DockerRegistry::start());
    let (source, sink) = (client(&dev), client(&prod));
    let child = image_of("amd", &[&layer(1, 1_000)]);
    push(&source, "dev/app", &child, None).await;
    let index = index_of(&[&child.0]);
    put(source.as_ref(), "dev/app", Some("1"), &index).await;
    let mut document: serde_json::Value = serde_json::from_slice(&child.0.bytes).unwrap();
    document["subject"] = serde_json::to_value(index.descriptor()).unwrap();
    document["artifactType"] = "application/vnd.example.sbom".into();
    let sbom = manifest(media_types::OCI_MANIFEST, &document);
    put(source.as_ref(), "dev/app", None, &sbom).await;
    source.link_referrer(&name("dev/app"), &index.digest, &sbom).await.unwrap();

    let mut list: serde_json::Value = serde_json::from_slice(&index.bytes).unwrap();
    list["mediaType"] = "application/vnd.docker.distribution.manifest.list.v2+json".into();
    list["manifests"][0]["mediaType"] = media_types::OCI_MANIFEST.into();
    let docker = manifest("application/vnd.docker.distribution.manifest.list.v2+json", &list);
    let mut theirs: serde_json::Value = serde_json::from_slice(&index.bytes).unwrap();
    theirs["annotations"] = serde_json::json!({"of": "somebody"});
    let theirs = manifest(media_types::OCI_INDEX, &theirs);
    let tag = index.digest.to_string().replace(':', "-");
    for (to, there) in [("itself", &index), ("docker", &docker), ("theirs", &theirs)] {
        push(&sink, to, &child, None).await;
        put(sink.as_ref(), to, Some(&tag), there).await;
        let mut wanted = request(&[("dev/app:1", &format!("{to}:1"))]);
        wanted.referrers = Referrers::With;
        let plan = plan(source.clone(), sink.clone(), &wanted).await.unwrap();
        assert_eq!(plan.totals.referrers, 1, "{to}");
        let outcome = run(plan, context(&source, &sink)).await.unwrap();
        assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Incomplete, 1), "{to}");
        let refused = &outcome.images[0].refused[0];
        assert_eq!(
            (refused.digest.clone(), refused.failure.code.as_str()),
            (sbom.digest.clone(), "cannot-be-linked")
        );
        assert!(refused.failure.message.contains("cannot be linked here"), "{}", refused.failure.message);
        assert_eq!(digest_at(&sink, to, "1").await, Some(index.digest.clone()), "the image is there");
        assert_eq!(digest_at(&sink, to, &tag).await, Some(there.digest.clone()), "and the content stays");
        let listed = sink.referrers(&name(to), &index.digest).await.unwrap();
        assert_eq!(listed, [], "{to}: nor is it read as a list");
    }
}
