//! Lifecycle policies as the engine reads them.

use std::time::Duration;

use aws_sdk_ecr::{Client, config::BehaviorVersion};
use chrono::TimeDelta;
use longshore_ecr::{EcrError, EcrErrorKind};
use longshore_names::RepositoryName;
use longshore_registry::{Lifecycle, Sink, media_types};
use longshore_sandbox::Clock;
use serde_json::json;

use super::world::{DEV, PROD, World, image, name, push, registry, siblings, tag};

const KEEP_TEN: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}"#;

/// Puts a policy with the SDK itself, as an administrator of the repository would.
async fn put_policy(world: &World, account: &str, repository: &RepositoryName, text: &str) {
    let config = world.config(account, &registry(account));
    let region = aws_sdk_ecr::config::Region::new(config.registry.region.to_string());
    let client = aws_sdk_ecr::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(config.credentials)
        .endpoint_url(config.endpoint.unwrap());
    let client = Client::from_conf(client.build());
    let put = client.put_lifecycle_policy().repository_name(repository.as_str()).lifecycle_policy_text(text);
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_policy_is_read_as_it_was_put_and_no_policy_is_no_error() {
    let world = World::start().await;
    let client = world.client(DEV);
    let app = name("team/app");
    client.create_repository(&app, &Default::default()).await.unwrap();
    assert_eq!(client.lifecycle_policy(&app).await.unwrap(), None);
    put_policy(&world, DEV, &app, KEEP_TEN).await;
    assert_eq!(client.lifecycle_policy(&app).await.unwrap().as_deref(), Some(KEEP_TEN));
    let absent = client.lifecycle_policy(&name("absent")).await;
    assert!(matches!(absent, Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. })), "{absent:?}");
}

#[tokio::test]
async fn a_policy_of_a_registry_that_lets_nobody_in_is_denied_with_the_action() {
    let world = World::start().await;
    let prod = world.client(PROD);
    prod.create_repository(&name("team/app"), &Default::default()).await.unwrap();
    let stranger = longshore_ecr::EcrClient::new(world.config(DEV, &registry(PROD)));
    let Err(EcrError { kind: EcrErrorKind::AccessDenied { action, .. }, .. }) =
        stranger.lifecycle_policy(&name("team/app")).await
    else {
        panic!("a stranger may not read it");
    };
    assert_eq!(action.as_deref(), Some("ecr:GetLifecyclePolicy"));
}

#[tokio::test]
async fn stored_images_come_with_all_that_policies_count_by_and_it_is_no_pull() {
    let clock = Clock::system();
    let world = World::start_with(clock.clone()).await;
    let sink = world.endpoint(DEV).await;
    let app = name("team/app");
    sink.client().create_repository(&app, &Default::default()).await.unwrap();
    let first = image("one");
    push(&sink, &app, &first, Some(&tag("1"))).await;
    clock.advance(Duration::from_secs(200));
    let sibling = siblings(&first, 1).remove(0);
    sink.push_manifest(&app, &sibling, None).await.unwrap();
    let children = [json!(first.manifest.descriptor()), json!(sibling.descriptor())];
    let text = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": children,
    });
    let bytes = bytes::Bytes::from(text.to_string());
    let digest = longshore_registry::digest_of(longshore_names::Algorithm::Sha256, &bytes);
    let index = longshore_registry::Manifest { media_type: media_types::OCI_INDEX.into(), bytes, digest };
    sink.push_manifest(&app, &index, Some(&tag("multi"))).await.unwrap();

    let stored = sink.stored(&app).await.unwrap();
    assert_eq!(stored.len(), 3);
    let of = |digest| stored.iter().find(|image| image.digest == digest).unwrap();
    let (one, child, list) = (of(first.manifest.digest), of(sibling.digest), of(index.digest.clone()));
    assert_eq!((one.tags.as_slice(), one.is_index), (&[tag("1")][..], false));
    assert!(child.tags.is_empty() && list.is_index);
    assert!(child.pushed.unwrap() - one.pushed.unwrap() >= TimeDelta::seconds(200));
    assert!(stored.iter().all(|image| image.pulled.is_none() && !image.is_archived));
    assert!(sink.stored(&app).await.unwrap().iter().all(|image| image.pulled.is_none()), "this is no pull");
}
