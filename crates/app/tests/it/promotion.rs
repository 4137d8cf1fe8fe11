//! Promotion: no upload with blob mounting, each layer once without; tags that are taken.

use futures::StreamExt;
use longshore_app::{
    App,
    api::{LayerAction, Mutability, PlanRequest, RegistryKey, RunKey, RunLayer, RunState, RunView, Severity},
};
use longshore_names::{Algorithm, RepositoryName};
use longshore_registry::{Descriptor, Sink, digest_of as digest_of_bytes};
use longshore_sandbox::Counters;

use crate::{
    steps::{begin, codes, create, digest_of, ended, errors, image_key, make, plan, push, refused},
    support::{DEV, PROD, Pusher, options, registry, repository, until, with_sandbox},
};

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn promote(digest: &str, to: &RegistryKey, name: &str, tag: &str) -> PlanRequest {
    PlanRequest::Promote {
        source: image_key(&dev(), "dev-service", digest),
        destination: to.clone(),
        repository: name.into(),
        tag: tag.into(),
        enable_blob_mounting: false,
        create_repository: false,
    }
}

async fn counters(app: &App, key: &RegistryKey) -> Counters {
    let id = longshore_names::RegistryId::new(key.account.clone(), key.region.clone());
    app.sandbox_counters(&id).await.unwrap()
}

/// `dev-service` with images 41 and 42, and an empty `prod-service`.
async fn set_up(app: &App) -> (String, String) {
    create(app, &dev(), "dev-service").await;
    create(app, &dev(), "prod-service").await;
    push(app, &dev(), "dev-service", "41").await;
    push(app, &dev(), "dev-service", "42").await;
    let older = digest_of(app, &dev(), "dev-service", "41").await.unwrap();
    (older, digest_of(app, &dev(), "dev-service", "42").await.unwrap())
}

#[tokio::test]
async fn without_blob_mounting_each_layer_moves_once_and_the_plan_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, digest) = set_up(&app).await;
    let planned = plan(&app, promote(&digest, &dev(), "prod-service", "21")).await;
    assert_eq!(codes(&planned, Severity::Warning), ["blob-mounting-off"]);
    assert!(planned.bytes_to_move > 700_000, "{planned:?}");
    let before = counters(&app, &dev()).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let after = counters(&app, &dev()).await;
    assert_eq!(after.blob_bytes_received - before.blob_bytes_received, planned.bytes_to_move);
    assert_eq!(after.blob_uploads - before.blob_uploads, 4, "three layers and the config, each once");
    assert_eq!(view.bytes_moved, planned.bytes_to_move);
    let layers = &view.images[0].layers;
    assert_eq!(layers.len(), 4);
    assert!(layers.iter().all(|layer| layer.action == LayerAction::Uploaded && layer.moved == layer.total));
    assert_eq!(digest_of(&app, &dev(), "prod-service", "21").await.unwrap(), digest);

    // Again: there is nothing to do.
    let again = make(&app, promote(&digest, &dev(), "prod-service", "21")).await;
    assert_eq!((again.steps[0].state, again.bytes_moved), (RunState::Skipped, 0));
    // Another tag for it is one manifest.
    let retagged = make(&app, promote(&digest, &dev(), "prod-service", "stable")).await;
    assert_eq!(retagged.bytes_moved, 0);
    assert_eq!(digest_of(&app, &dev(), "prod-service", "stable").await.unwrap(), digest);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn with_blob_mounting_turned_on_by_the_plan_no_layer_byte_moves() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, digest) = set_up(&app).await;
    let mut request = promote(&digest, &dev(), "prod-service", "21");
    if let PlanRequest::Promote { enable_blob_mounting, .. } = &mut request {
        *enable_blob_mounting = true;
    }
    let planned = plan(&app, request).await;
    assert_eq!(planned.steps.len(), 2);
    assert_eq!(planned.bytes_to_move, 0, "{planned:?}");
    assert!(planned.bytes_saved > 700_000);
    let before = counters(&app, &dev()).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let after = counters(&app, &dev()).await;
    assert_eq!(after.blob_bytes_received, before.blob_bytes_received);
    assert_eq!(after.mounts - before.mounts, 4);
    assert_eq!((view.bytes_moved, view.bytes_saved), (0, planned.bytes_saved));
    assert!(view.images[0].layers.iter().all(|layer| layer.action == LayerAction::Mounted));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_tag_that_is_taken_is_refused_when_immutable_and_said_when_not() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, newer) = set_up(&app).await;
    make(&app, promote(&older, &dev(), "prod-service", "21")).await;
    let planned = plan(&app, promote(&newer, &dev(), "prod-service", "21")).await;
    let warning = planned.findings.iter().find(|found| found.code == "tag-moves").unwrap();
    assert!(warning.text.contains(&older[..19]) && warning.text.contains(&newer[..19]), "{warning:?}");

    let immutable = Mutability { immutable: true, exclusions: Vec::new() };
    let key = repository(&dev(), "prod-service");
    make(&app, PlanRequest::SetMutability { repository: key, mutability: immutable }).await;
    let refused_plan = plan(&app, promote(&newer, &dev(), "prod-service", "21")).await;
    assert_eq!(errors(&refused_plan), ["tag-immutable"]);
    assert_eq!(begin(&app, &refused_plan).await.unwrap_err().code, "tag-immutable");
    // The plan that was made while it was mutable fails in its step.
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Failed);
    assert_eq!(digest_of(&app, &dev(), "prod-service", "21").await.unwrap(), older);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_tag_that_somebody_moved_after_the_review_is_left_where_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, newer) = set_up(&app).await;
    let planned = plan(&app, promote(&newer, &dev(), "prod-service", "21")).await;
    make(&app, promote(&older, &dev(), "prod-service", "21")).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert_eq!(digest_of(&app, &dev(), "prod-service", "21").await.unwrap(), older);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_image_goes_to_another_account_and_region_into_a_repository_that_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, digest) = set_up(&app).await;
    let there = registry(PROD, "eu-west-1");
    let mut request = promote(&digest, &there, "team/service", "21");
    assert_eq!(errors(&plan(&app, request.clone()).await), ["repository-not-found"]);
    if let PlanRequest::Promote { create_repository, .. } = &mut request {
        *create_repository = true;
    }
    let planned = plan(&app, request).await;
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(digest_of(&app, &there, "team/service", "21").await.unwrap(), digest);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, digest) = set_up(&app).await;
    for (request, field) in [
        (promote(&digest, &dev(), "prod-service", &"x".repeat(129)), "tag"),
        (promote(&digest, &dev(), "prod-service", "-x"), "tag"),
        (promote(&digest, &dev(), "Prod", "21"), "repository"),
        (promote("sha256:12", &dev(), "prod-service", "21"), "source.digest"),
    ] {
        assert_eq!(refused(&app, request).await.field.as_deref(), Some(field));
    }
    let absent = format!("sha256:{}", "0".repeat(64));
    assert_eq!(refused(&app, promote(&absent, &dev(), "prod-service", "21")).await.code, "image-not-found");
    crate::support::close(&app).await;
}

async fn blob(pusher: &Pusher, name: &RepositoryName, media_type: &str, bytes: Vec<u8>) -> Descriptor {
    let digest = digest_of_bytes(Algorithm::Sha256, &bytes);
    let descriptor = Descriptor { media_type: media_type.into(), digest, size: bytes.len() as u64 };
    let body = futures::stream::iter([Ok(bytes.into())]).boxed();
    pusher.0.push_blob(name, &descriptor, body).await.unwrap();
    descriptor
}

/// Whether all layers except the one of `big` bytes are uploaded, and that one is not.
fn only_the_big_one_is_left(view: &RunView, big: usize) -> bool {
    let (big, others): (Vec<_>, Vec<_>) =
        view.images[0].layers.iter().partition(|layer| layer.total == big as u64);
    let uploaded = |layer: &&RunLayer| layer.action == LayerAction::Uploaded;
    others.len() == 2 && others.iter().all(uploaded) && !big.iter().any(uploaded)
}

#[tokio::test]
async fn a_promotion_that_the_end_of_the_app_interrupted_goes_on_without_sending_a_layer_twice() {
    const SMALL: usize = 1024;
    // Below the size that is uploaded in parts, so that after a stop the layer starts over from its
    // first byte.
    const BIG: usize = 96 * 1024 * 1024;
    const MOST_ATTEMPTS: u32 = 10;
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    create(&app, &dev(), "dev-service").await;
    let pusher = Pusher::new(&app, &dev()).await;
    let name: RepositoryName = "dev-service".parse().unwrap();
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let config = blob(&pusher, &name, "application/vnd.oci.image.config.v1+json", config.to_vec()).await;
    let layer = "application/vnd.oci.image.layer.v1.tar";
    let small = blob(&pusher, &name, layer, vec![1; SMALL]).await;
    let big = blob(&pusher, &name, layer, vec![2; BIG]).await;
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let document = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [small, big],
    });
    let image = pusher.manifest(&name, Some("42"), media_type, &document).await;

    drop(pusher);

    // The moment is when everything small is uploaded and the big layer is in progress. On a fast
    // machine the big one can be finished before it is observed; then the test waits for the next
    // promotion.
    let mut app = app;
    let (mut to, mut met) = (String::new(), None);
    for attempt in 0..MOST_ATTEMPTS {
        to = format!("prod-{attempt}");
        create(&app, &dev(), &to).await;
        let planned = plan(&app, promote(image.digest.as_str(), &dev(), &to, "21")).await;
        let run = begin(&app, &planned).await.unwrap();
        let key = RunKey { run: run.clone() };
        let mut events = app.subscribe();
        until(&mut events, "all but the big layer", || async {
            let view = app.run(key.clone()).await.unwrap();
            (view.ended.is_some() || only_the_big_one_is_left(&view, BIG)).then_some(())
        })
        .await;
        crate::support::close(&app).await;
        drop((events, app));
        app = App::open(options(&directory)).await.unwrap();
        let view = app.run(key.clone()).await.unwrap();
        if view.state == RunState::Interrupted && only_the_big_one_is_left(&view, BIG) {
            assert_eq!(view.images[0].state, RunState::Interrupted);
            met = Some((run, key));
            break;
        }
    }
    let (run, key) = met.unwrap();
    assert_eq!(digest_of(&app, &dev(), &to, "21").await, None, "no tag on an incomplete image");
    app.retry_run(key).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let sent = counters(&app, &dev()).await.blob_bytes_received;
    assert_eq!(sent, BIG as u64, "only the layer that was not finished");
    assert_eq!(digest_of(&app, &dev(), &to, "21").await.unwrap(), image.digest.to_string());
    crate::support::close(&app).await;
}
