//! A registry's whole life: push, replicate, mount, pull, delete, log in.

use std::{sync::Arc, time::Duration};

use aws_credential_types::{Credentials as Keys, provider::SharedCredentialsProvider};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use longshore_ecr::{
    BLOB_MOUNTING, EcrClient, EcrConfig, EcrEndpoint, EcrLogin, Encryption, ImageFailureCode, ImageScope,
    ReplicationState, RepositorySettings, ResourceTag, TagMutability, same_json,
};
use longshore_names::{Digest, RegistryId};
use longshore_registry::{
    Backoff, CredentialProvider, Credentials, Error, HostOptions, HttpRegistry, Issued, Secret, Sink, Source,
    TagOrDigest, open_verified,
};
use longshore_sandbox::{Change, Clock};
use serde_json::json;

use super::world::{DEV, MANIFEST, PROD, World, by_tag, image, name, push, registry, tag};

fn replicate_prod_to(destination: &str) -> serde_json::Value {
    json!({"rules": [{
        "destinations": [{"region": "us-west-2", "registryId": destination}],
        "repositoryFilters": [{"filter": "prod-", "filterType": "PREFIX_MATCH"}]
    }]})
}

/// Waits for the replication of `digest` to end.
async fn replicated(changes: &mut tokio::sync::broadcast::Receiver<Change>, digest: &Digest) {
    loop {
        if let Change::ReplicationFinished { digest: done, .. } = changes.recv().await.unwrap()
            && done == *digest
        {
            return;
        }
    }
}

#[tokio::test]
async fn an_image_goes_from_a_push_in_dev_to_a_pull_in_prod() {
    let world = World::start().await;
    let (dev, prod) = (world.endpoint(DEV).await, world.endpoint(PROD).await);
    let repository = name("prod-microservice");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/prod-*")]
    }]})
    .to_string();
    prod.client().put_registry_policy(None, Some(&policy), &same_json).await.unwrap();
    let before = dev.client().replication_configuration().await.unwrap();
    let rules = replicate_prod_to(PROD);
    assert_eq!(dev.client().put_replication_configuration(&before, &rules, &same_json).await.unwrap(), rules);
    let mut changes = world.sandbox.subscribe();

    assert!(dev.ensure_repository(&repository).await.unwrap());
    let image = image("release 21 ");
    push(&dev, &repository, &image, Some(&tag("21"))).await;
    replicated(&mut changes, &image.manifest.digest).await;

    let status = dev.client().replication_status(&repository, &by_tag("21")).await.unwrap();
    assert_eq!(status.len(), 1);
    assert_eq!((&status[0].destination, &status[0].state), (&registry(PROD), &ReplicationState::Complete));
    assert_eq!(prod.tags(&repository).await.unwrap(), [tag("21")]);
    let there = prod.resolve(&repository, &TagOrDigest::Tag(tag("21"))).await.unwrap().unwrap();
    assert_eq!(there.digest, image.manifest.digest);
    assert_eq!(prod.manifest(&repository, &there.digest).await.unwrap(), image.manifest);
    for (descriptor, bytes) in &image.blobs {
        let stream = open_verified(prod.clone(), &repository, descriptor, Backoff::default());
        let pulled: Vec<Bytes> = futures::TryStreamExt::try_collect(stream).await.unwrap();
        assert_eq!(pulled.concat(), *bytes);
    }
}

#[tokio::test]
async fn a_replication_without_permission_fails_and_says_so() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("prod-microservice");
    let before = dev.client().replication_configuration().await.unwrap();
    let rules = replicate_prod_to(PROD);
    dev.client().put_replication_configuration(&before, &rules, &same_json).await.unwrap();
    dev.ensure_repository(&repository).await.unwrap();
    let mut changes = world.sandbox.subscribe();
    let image = image("denied ");
    push(&dev, &repository, &image, Some(&tag("21"))).await;
    replicated(&mut changes, &image.manifest.digest).await;

    let status = dev.client().replication_status(&repository, &by_tag("21")).await.unwrap();

    assert_eq!(status[0].state, ReplicationState::Failed);
    assert!(status[0].failure_code.as_deref().is_some_and(|code| !code.is_empty()));
}

#[tokio::test]
async fn layers_are_mounted_only_after_the_setting_allows_it() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let (from, to) = (name("dev-microservice"), name("prod-microservice"));
    dev.ensure_repository(&from).await.unwrap();
    dev.ensure_repository(&to).await.unwrap();
    let image = image("mounted ");
    push(&dev, &from, &image, Some(&tag("42"))).await;
    let digests: Vec<Digest> = image.blobs.iter().map(|(d, _)| d.digest.clone()).collect();
    assert_eq!(dev.exists_many(&from, &digests).await.unwrap().len(), 2);
    assert!(dev.exists_many(&to, &digests).await.unwrap().is_empty());
    assert!(!dev.mount(&to, &digests[1], &from).await.unwrap());
    let missing = dev.push_manifest(&to, &image.manifest, Some(&tag("21"))).await.unwrap_err();
    assert_eq!(missing.code(), "referenced-content-missing");

    dev.client().put_account_setting(BLOB_MOUNTING, "ENABLED").await.unwrap();
    let dev = world.endpoint(DEV).await;
    for digest in &digests {
        assert!(dev.mount(&to, digest, &from).await.unwrap());
    }

    dev.push_manifest(&to, &image.manifest, Some(&tag("21"))).await.unwrap();
    assert_eq!(dev.exists_many(&to, &digests).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_immutable_tag_takes_the_same_image_and_no_other() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    let settings = RepositorySettings {
        tag_mutability: TagMutability::Immutable { except: vec!["latest".into()] },
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: vec![ResourceTag { key: "team".into(), value: "a".into() }],
    };
    let created = dev.client().create_repository(&repository, &settings).await.unwrap();
    assert_eq!(created.tag_mutability, settings.tag_mutability);
    assert_eq!(dev.client().resource_tags(&repository).await.unwrap(), settings.tags);
    let (one, two) = (image("one "), image("two "));
    push(&dev, &repository, &one, Some(&tag("1"))).await;
    push(&dev, &repository, &two, Some(&tag("latest"))).await;

    dev.push_manifest(&repository, &one.manifest, Some(&tag("1"))).await.unwrap();
    dev.push_manifest(&repository, &one.manifest, Some(&tag("latest"))).await.unwrap();
    let conflict = dev.push_manifest(&repository, &two.manifest, Some(&tag("1"))).await.unwrap_err();

    assert_eq!(conflict.code(), "tag-immutable");
    dev.client().put_scan_on_push(&repository, false).await.unwrap();
    assert!(!dev.client().repository(&repository).await.unwrap().unwrap().scan_on_push);
}

#[tokio::test]
async fn looking_leaves_no_trace_and_reading_does() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("seen ");
    push(&dev, &repository, &image, Some(&tag("1"))).await;

    let look = async || dev.client().images(&repository, ImageScope::Any).await.unwrap().remove(0);
    dev.tags(&repository).await.unwrap();
    dev.resolve(&repository, &TagOrDigest::Tag(tag("1"))).await.unwrap().unwrap();
    let seen = look().await;
    assert_eq!((seen.last_pulled_at, &seen.tags[..]), (None, &[tag("1")][..]));
    assert!(seen.size >= Some(image.blobs[1].0.size), "at least the layer: {:?}", seen.size);
    assert_eq!(seen.media_type.as_deref(), Some(MANIFEST));

    let there: Vec<_> = image.blobs.iter().map(|(descriptor, _)| descriptor.clone()).collect();
    let missing = super::world::blob("", &Bytes::from_static(b"missing"));
    let sizes = dev.blob_sizes(&repository, &[&there[..], &[missing]].concat()).await.unwrap();
    assert_eq!(sizes, there.iter().map(|blob| (blob.digest.clone(), blob.size)).collect());
    assert_eq!(look().await.last_pulled_at, None, "asking for layers is no pull");

    dev.manifest(&repository, &image.manifest.digest).await.unwrap();
    assert!(look().await.last_pulled_at.is_some());
}

#[tokio::test]
async fn images_and_repositories_are_deleted_with_their_reasons() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    push(&dev, &repository, &image("gone "), Some(&tag("1"))).await;

    let error = dev.client().delete_repository(&repository, false).await.unwrap_err();
    assert_eq!(error.code(), "repository-not-empty");
    let deletion =
        dev.client().batch_delete_image(&repository, &[by_tag("1"), by_tag("none")]).await.unwrap();
    assert_eq!(deletion.deleted.len(), 1);
    assert_eq!(deletion.failures[0].code, ImageFailureCode::NotFound);
    dev.client().delete_repository(&repository, false).await.unwrap();
    assert_eq!(dev.client().repositories().await.unwrap(), []);
}

#[tokio::test]
async fn wrong_keys_are_told_apart() {
    let world = World::start().await;
    let good = world.config(DEV, &registry(DEV));
    let ready = world.sandbox.ready();
    let key = &ready.credentials.iter().find(|c| c.account.as_str() == DEV).unwrap().access_key_id;
    let with = |key: &str| {
        let credentials = SharedCredentialsProvider::new(Keys::from_keys(key, "wrong", None));
        EcrClient::new(EcrConfig { credentials, ..good.clone() })
    };
    assert_eq!(with(key).repositories().await.unwrap_err().code(), "invalid-signature");
    let error = with("AKIAUNKNOWNUNKNOWN00").repositories().await.unwrap_err();
    assert_eq!(error.code(), "credentials-unknown");

    // Dev's keys on Prod's registry: a policy of Prod would have to allow it.
    let stranger = EcrClient::new(world.config(DEV, &registry(PROD)));
    assert_eq!(stranger.repositories().await.unwrap_err().code(), "access-denied");
    assert_eq!(stranger.replication_configuration().await.unwrap_err().code(), "wrong-registry");
    assert_eq!(stranger.caller_identity().await.unwrap().account.as_str(), DEV);
}

/// Presents a token of this morning first, as a run does that continued overnight.
struct Stale {
    token: Secret,
    login: EcrLogin,
}

#[async_trait::async_trait]
impl CredentialProvider for Stale {
    async fn credentials(&self, force: bool) -> Result<Issued, Error> {
        if force {
            return self.login.credentials(false).await;
        }
        let credentials = Credentials::Authorization(self.token.clone());
        Ok(Issued { credentials, valid_for: None, refreshable: true })
    }
}

#[tokio::test]
async fn a_token_that_expired_during_a_run_is_renewed() {
    let clock = Clock::frozen(chrono::Utc::now() - chrono::TimeDelta::hours(13));
    let world = World::start_with(clock).await;
    let RegistryId { account, region } = registry(DEV);
    let password = world.sandbox.registry_password(&account, &region);
    let token = Secret::new(format!("Basic {}", STANDARD.encode(format!("AWS:{password}"))));
    world.sandbox.clock().advance(Duration::from_secs(13 * 3600));
    let client = world.client(DEV);
    let url = client.data_plane().await.unwrap();
    let options = HostOptions {
        credentials: Arc::new(Stale { token, login: EcrLogin::new(client.clone(), "dev") }),
        address: Some(url),
        ..HostOptions::default()
    };
    let data = HttpRegistry::connect("dev", options).unwrap();
    let dev = EcrEndpoint::new(client, Arc::new(data), RepositorySettings::default());
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();

    push(&dev, &repository, &image("overnight "), Some(&tag("1"))).await;

    assert_eq!(dev.tags(&repository).await.unwrap(), [tag("1")]);
    assert_eq!(dev.client().calls().of("GetAuthorizationToken"), 1);
}
