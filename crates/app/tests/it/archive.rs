//! The ways back of a deletion by rule, archiving by hand, and images that Amazon Inspector sees in use.

use std::time::Duration;

use longshore_app::api::{
    CleanImages, CleanRule, CleanWay, Environment, ImageKey, PlanRequest, ProtectionKind, RegistryKey,
    RepositoryKey, RunState, Severity, Space, UsageSearch,
};
use longshore_ecr::{EcrClient, EcrEndpoint, ImageId, ImageScope, ImageStatus, RepositorySettings};
use longshore_names::{Digest, RegistryId, RepositoryName};
use longshore_sandbox::Switches;

use crate::{
    steps::{codes, create, digest_of, make, plan, push, refused},
    support::{
        DEV, Pusher,
        aws::{self, PlayedAws, keys_of},
        client, close, registry, repository, with_sandbox,
    },
};

const WEST: &str = "us-west-2";

fn clean(repository: &RepositoryKey, way: CleanWay) -> PlanRequest {
    let rule = CleanRule { older_than: Some(0), ..CleanRule::default() };
    let clean = CleanImages {
        repositories: vec![repository.clone()],
        rules: vec![rule],
        take_along: false,
        usage: UsageSearch::default(),
        way,
    };
    PlanRequest::CleanImages { clean }
}

fn moved(repository: &RepositoryKey, images: &[&str], archive: bool) -> PlanRequest {
    let images = images.iter().map(|image| (*image).to_owned()).collect();
    PlanRequest::MoveImages { repository: repository.clone(), images, archive }
}

/// Tags and storage status, sorted.
async fn statuses(client: &EcrClient, name: &str) -> Vec<(String, ImageStatus)> {
    let images = client.images(&name.parse().unwrap(), ImageScope::Any).await.unwrap();
    let tag = |tags: &[longshore_names::Tag]| tags.first().map(ToString::to_string).unwrap_or_default();
    let mut all: Vec<_> = images.into_iter().map(|image| (tag(&image.tags), image.status)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

async fn pulled(client: &EcrClient, name: &str, digest: &str) -> bool {
    let id = ImageId { digest: Some(digest.parse().unwrap()), tag: None };
    !client.batch_get_image(&name.parse().unwrap(), &[id]).await.unwrap().0.is_empty()
}

/// Until ECR says that an image can be pulled again.
async fn restored(client: &EcrClient, name: &str, tag: &str) {
    for _ in 0..100 {
        if statuses(client, name).await.contains(&(tag.to_owned(), ImageStatus::Active)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("`{tag}` was not restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_image_cannot_be_pulled_until_it_is_restored() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "app");
    create(&app, &here.registry, "app").await;
    push(&app, &here.registry, "app", "1").await;
    push(&app, &here.registry, "app", "2").await;
    let client = client(&app, &here.registry);
    let digest = digest_of(&app, &here.registry, "app", "1").await.unwrap();

    let run = make(&app, moved(&here, &["1"], true)).await;
    assert_eq!(run.steps[0].result.as_deref(), Some("1 image archived"));
    assert!(!pulled(&client, "app", &digest).await);
    assert_eq!(statuses(&client, "app").await[0].1, ImageStatus::Archived);
    let again = plan(&app, moved(&here, &["1"], true)).await;
    assert_eq!((again.steps.len(), codes(&again, Severity::Note)), (0, vec!["nothing-to-do"]));

    let run = make(&app, moved(&here, &["1", digest.as_str(), "2"], false)).await;
    assert_eq!(run.steps[0].result.as_deref(), Some("1 image being restored, which takes up to 20 minutes"));
    restored(&client, "app", "1").await;
    assert!(pulled(&client, "app", &digest).await);

    for wrong in ["3", "", "sha256:zz"] {
        let error = refused(&app, moved(&here, &["1", wrong], true)).await;
        assert_eq!(
            (error.code.as_str(), error.field.as_deref()),
            ("image-not-found", Some("images[1]")),
            "{wrong}"
        );
    }
    assert_eq!(refused(&app, moved(&here, &[], true)).await.code, "nothing-selected");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_archives_or_quarantines_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "app");
    create(&app, &here.registry, "app").await;
    push(&app, &here.registry, "app", "1").await;
    push(&app, &here.registry, "app", "2").await;
    let client = client(&app, &here.registry);
    let digest = digest_of(&app, &here.registry, "app", "1").await.unwrap();

    let run = make(&app, clean(&here, CleanWay::Archive)).await;
    assert_eq!(run.steps[0].result.as_deref(), Some("2 images archived"), "{run:#?}");
    assert!(statuses(&client, "app").await.iter().all(|(_, status)| *status == ImageStatus::Archived));
    make(&app, moved(&here, &["1", "2"], false)).await;
    restored(&client, "app", "1").await;
    restored(&client, "app", "2").await;

    let way = CleanWay::Quarantine { repository: "quarantine/app".into() };
    make(&app, clean(&here, way)).await;
    assert_eq!(statuses(&client, "app").await, []);
    let kept = digest_of(&app, &here.registry, "quarantine/app", "1").await;
    assert_eq!(kept.as_deref(), Some(digest.as_str()), "the digest is the same");
    make(
        &app,
        PlanRequest::Promote {
            source: ImageKey {
                repository: repository(&here.registry, "quarantine/app"),
                digest: digest.clone(),
            },
            destination: here.registry.clone(),
            repository: "app".into(),
            tag: "1".into(),
            enable_blob_mounting: false,
            create_repository: false,
        },
    )
    .await;
    assert!(pulled(&client, "app", &digest).await, "it came back");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_inspector_sees_in_a_container_stays_and_archiving_it_warns() {
    let world = PlayedAws::start(Switches::default(), DEV, "Dev", Environment::Dev).await;
    let app = &world.app;
    let dev = RegistryKey { space: Space::Aws, ..registry(DEV, WEST) };
    let here = repository(&dev, "app");
    let id = RegistryId::new(dev.account.clone(), dev.region.clone());
    let client = aws::client(&world.sandbox, &id, keys_of(&world.sandbox, DEV));
    let name: RepositoryName = "app".parse().unwrap();
    let endpoint = EcrEndpoint::connect(client.clone(), RepositorySettings::default()).await.unwrap();
    let pusher = Pusher(endpoint);
    pusher.create("app").await;
    let used = pusher.push("app", "used").await;
    let gone = pusher.push("app", "gone").await;
    world.sandbox.plant_use(&id, &name, &used, 2).await.unwrap();

    let request = clean(&here, CleanWay::Delete);
    let PlanRequest::CleanImages { clean: asked } = request.clone() else { unreachable!() };
    let shown = app.preview_clean_images(asked).await.unwrap().repositories.remove(0);
    let of = |digest: &Digest| shown.images.iter().find(|image| image.digest == digest.as_str()).unwrap();
    assert_eq!(of(&used).protection, Some(ProtectionKind::InUse));
    let why = of(&used).protected.clone().unwrap();
    assert!(why.contains("2 containers in which Amazon Inspector sees it"), "{why}");
    assert!(of(&gone).deleted);
    let run = make(app, request).await;
    assert_eq!(run.state, RunState::Done);
    let left = client.images(&name, ImageScope::Any).await.unwrap();
    assert_eq!(left.iter().map(|image| &image.digest).collect::<Vec<_>>(), [&used]);

    let warned = plan(app, moved(&here, &["used"], true)).await;
    assert_eq!(codes(&warned, Severity::Warning), ["image-in-use"], "{:?}", warned.findings);
    world.close().await;
}
