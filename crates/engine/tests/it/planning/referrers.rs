//! Signatures, SBOMs and attestations are copied with their images.

use std::sync::Arc;

use longshore_engine::{
    Action, CopyPlan, CopyRequest, Event, ImageEnd, OnConflict, Referrers, RunEnd, RunOutcome, missing, plan,
    run,
};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Descriptor, Manifest, media_types};
use serde_json::json;

use super::watched::Watched;
use crate::support::{
    Memory,
    images::{Told, blob, context, image_of, index_of, layer, name, request},
};

/// An artifact about `subject`; its blobs are put beside it.
fn artifact(registry: &Watched, repository: &RepositoryName, subject: &Manifest, kind: &str) -> Manifest {
    let content = format!("{kind} of {}", subject.digest).into_bytes();
    let empty = Descriptor { media_type: "application/vnd.oci.empty.v1+json".into(), ..blob(b"{}") };
    registry.memory.add_blob(repository, &blob(&content), &content);
    registry.memory.add_blob(repository, &empty, b"{}");
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "artifactType": kind,
        "config": empty, "layers": [blob(&content)], "subject": subject.descriptor(),
    });
    crate::support::images::manifest(media_types::OCI_MANIFEST, &document)
}

fn with(referrers: Referrers) -> CopyRequest {
    let mut request = request(&[("a:1", "b:1")]);
    request.referrers = referrers;
    request
}

struct World {
    dev: Watched,
    prod: Watched,
    index: Manifest,
    child: Manifest,
    sbom: Manifest,
    signature: Manifest,
    signature_of_sbom: Manifest,
}

/// An index with a signature, a child with an SBOM, and a signature of the SBOM.
fn world() -> World {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    let child = dev.memory.with_image("a", "amd", &[&layer(1, 1_000)]);
    let index = index_of(&[&child]);
    let a = name("a");
    dev.memory.add_manifest(&a, &index, Some("1"));
    let signature = artifact(&dev, &a, &index, "signature");
    let sbom = artifact(&dev, &a, &child, "sbom");
    dev.refer(&a, &index.digest, &signature);
    dev.refer(&a, &child.digest, &sbom);
    let signature_of_sbom = artifact(&dev, &a, &sbom, "signature");
    dev.refer(&a, &sbom.digest, &signature_of_sbom);
    World { dev, prod, index, child, sbom, signature, signature_of_sbom }
}

impl World {
    async fn plan(&self, request: &CopyRequest) -> CopyPlan {
        plan(self.dev.arc(), self.prod.arc(), request).await.unwrap()
    }

    async fn copy(&self, request: &CopyRequest) -> (RunOutcome, Vec<Event>) {
        let plan = self.plan(request).await;
        let told = Arc::new(Told::default());
        let mut context = context(&self.dev.arc(), &self.prod.arc());
        context.reporter = told.clone();
        (run(plan, context).await.unwrap(), told.events())
    }

    fn at_destination(&self, subject: &Manifest) -> Vec<Digest> {
        self.prod.referrers_of(&name("b"), &subject.digest)
    }
}

#[tokio::test]
async fn everything_that_refers_to_an_image_or_its_children_arrives_before_the_tag() {
    let world = world();
    let plan = world.plan(&with(Referrers::With)).await;
    assert_eq!((plan.totals.referrers, plan.images[0].referrers.len()), (3, 3));
    assert!(plan.images[0].explanation.contains("3 signatures, SBOMs and attestations are copied too"));
    let image = plan.images[0].clone();
    let (outcome, events) = world.copy(&with(Referrers::With)).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.at_destination(&world.index), std::slice::from_ref(&world.signature.digest));
    assert_eq!(world.at_destination(&world.child), std::slice::from_ref(&world.sbom.digest));
    assert_eq!(world.at_destination(&world.sbom), std::slice::from_ref(&world.signature_of_sbom.digest));
    assert!(missing(&image, &outcome.images[0].proof).is_empty());
    let referrers = events.iter().filter(|event| matches!(event, Event::Referrer { .. })).count();
    assert_eq!(referrers, 3);

    let puts = world.prod.memory.puts();
    let at = |digest: &Digest| puts.iter().position(|(put, _)| put == digest).unwrap();
    assert!(at(&world.child.digest) < at(&world.index.digest));
    assert!(at(&world.index.digest) < at(&world.signature.digest));
    assert!(at(&world.sbom.digest) < at(&world.signature_of_sbom.digest));
    let (last, tag) = puts.last().unwrap();
    assert_eq!((last, tag.is_some()), (&world.index.digest, true), "the tag is last");
    assert_eq!(puts.iter().filter(|(_, tag)| tag.is_some()).count(), 1);
}

#[tokio::test]
async fn without_referrers_none_is_looked_for() {
    let world = world();
    let (outcome, _) = world.copy(&with(Referrers::Without)).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(world.at_destination(&world.index).is_empty());
    assert!(!world.dev.requests().contains_key("referrers"));
}

#[tokio::test]
async fn an_image_that_is_there_gets_what_was_signed_later() {
    let world = world();
    world.copy(&with(Referrers::With)).await;
    let late = artifact(&world.dev, &name("a"), &world.child, "attestation");
    world.dev.refer(&name("a"), &world.child.digest, &late);
    let plan = world.plan(&with(Referrers::With)).await;
    assert_eq!(plan.images[0].action, Action::Attach);
    assert_eq!((plan.totals.attach, plan.totals.referrers, plan.images[0].manifests.len()), (1, 1, 0));
    let puts = world.prod.memory.puts().len();
    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 1));
    assert_eq!(world.at_destination(&world.child), [world.sbom.digest.clone(), late.digest]);
    assert_eq!(world.prod.memory.puts().len(), puts + 1, "nothing but the attestation is put");

    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, 1));
}

#[tokio::test]
async fn a_destination_that_refuses_an_artifact_leaves_the_image_incomplete_or_is_reported() {
    let world = world();
    world.prod.refuse("sbom");
    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!(outcome.images[0].end, ImageEnd::Failed);
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "unsupported");
    assert_eq!(world.prod.memory.tag(&name("b"), "1"), None, "no tag points at something incomplete");

    let (outcome, events) = world.copy(&with(Referrers::WherePossible)).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.prod.memory.tag(&name("b"), "1"), Some(world.index.digest.clone()));
    // The signature of the refused SBOM has no subject at the destination.
    let refused: Vec<&Digest> = outcome.images[0].refused.iter().map(|refused| &refused.digest).collect();
    assert_eq!(refused, [&world.sbom.digest, &world.signature_of_sbom.digest]);
    assert_eq!(world.at_destination(&world.index), std::slice::from_ref(&world.signature.digest));
    let told = events.iter().filter(|event| matches!(event, Event::ReferrerRefused { .. })).count();
    assert_eq!(told, 2);
}

#[tokio::test]
async fn cosigns_tags_are_copied_as_tags() {
    let world = world();
    let (signature, blobs) = image_of("signature", &[b"{\"critical\":{}}"]);
    for (descriptor, content) in &blobs {
        world.dev.memory.add_blob(&name("a"), descriptor, content);
    }
    let tag = format!("sha256-{}.sig", world.index.digest.hex());
    world.dev.memory.add_manifest(&name("a"), &signature, Some(&tag));
    let plan = world.plan(&with(Referrers::With)).await;
    assert_eq!(plan.totals.referrers, 4);
    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.prod.memory.tag(&name("b"), &tag), Some(signature.digest.clone()));
    let (again, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!(again.summary.skipped, 1);

    // The image was signed again: the tag moves only if tags may.
    let (newer, blobs) = image_of("newer signature", &[b"{\"critical\":{\"type\":\"other\"}}"]);
    for (descriptor, content) in &blobs {
        world.dev.memory.add_blob(&name("a"), descriptor, content);
    }
    world.dev.memory.add_manifest(&name("a"), &newer, Some(&tag));
    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "tag-conflict");
    assert_eq!(world.prod.memory.tag(&name("b"), &tag), Some(signature.digest));
    let (outcome, _) = world.copy(&with(Referrers::WherePossible)).await;
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, 1));
    let mut overwrite = with(Referrers::With);
    overwrite.on_conflict = OnConflict::Overwrite;
    let (outcome, _) = world.copy(&overwrite).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.prod.memory.tag(&name("b"), &tag), Some(newer.digest));
}

#[tokio::test]
async fn cosigns_signature_is_copied_from_a_registry_that_refuses_to_list_its_tags() {
    let mut world = world();
    world.dev = world.dev.refusing_lists();
    let (signature, blobs) = image_of("signature", &[b"{\"critical\":{}}"]);
    for (descriptor, content) in &blobs {
        world.dev.memory.add_blob(&name("a"), descriptor, content);
    }
    let tag = format!("sha256-{}.sig", world.index.digest.hex());
    world.dev.memory.add_manifest(&name("a"), &signature, Some(&tag));
    let (outcome, _) = world.copy(&with(Referrers::With)).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.prod.memory.tag(&name("b"), &tag), Some(signature.digest));
}

#[tokio::test]
async fn lists_that_lie_or_go_round_in_circles_end() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    let a = name("a");
    let image = dev.memory.with_image("a", "1", &[&layer(1, 10)]);
    let other = dev.memory.with_image("a", "other", &[&layer(2, 10)]);
    let about_other = artifact(&dev, &a, &other, "signature");
    // The list claims that it refers to the image; its own subject is another one.
    dev.refer(&a, &image.digest, &about_other);
    // Lists that name each other, and the image itself.
    let one = artifact(&dev, &a, &image, "signature");
    dev.refer(&a, &image.digest, &one);
    dev.link(&a, &one.digest, &image);
    dev.link(&a, &image.digest, &image);
    let mut request = request(&[("a:1", "b:1")]);
    request.referrers = Referrers::With;
    let found = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    assert_eq!(found.images[0].referrers.len(), 1);

    // A chain without end is followed as far as is sensible.
    let mut subject = one;
    for _ in 0..6 {
        let next = artifact(&dev, &a, &subject, "signature");
        dev.refer(&a, &subject.digest, &next);
        subject = next;
    }
    let found = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    assert_eq!(found.images[0].referrers.len(), 3);
}
