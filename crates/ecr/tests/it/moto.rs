//! The client against moto, a third party's model of ECR, for the features that moto has.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use longshore_ecr::{
    EcrClient, EcrConfig, EcrEndpoint, ImageFailureCode, ImageId, ImageScope, RepositorySettings,
    ResourceTag, RoleRequest, TagMutability, same_json,
};
use longshore_names::{Algorithm, RegistryId, RepositoryName};
use longshore_registry::{
    BlobStream, Descriptor, HostOptions, HttpRegistry, Manifest, Parts, RegistryErrorKind, RepositoryState,
    Sink, Source, TagOrDigest, UploadState, digest_of,
};
use serde_json::json;

use crate::support::Moto;

/// moto's account for keys it does not know.
const ACCOUNT: &str = "123456789012";
const MIB: usize = 1024 * 1024;
const MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

fn client(moto: &Moto, account: &str, credentials: Credentials) -> EcrClient {
    EcrClient::new(EcrConfig {
        registry: RegistryId::new(account.parse().unwrap(), "us-west-2".parse().unwrap()),
        credentials: SharedCredentialsProvider::new(credentials),
        endpoint: Some(moto.url()),
        sts_endpoint: Some(moto.url()),
        data_plane: None,
        network: Default::default(),
        hosts: Default::default(),
    })
}

fn any_key() -> Credentials {
    Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "example", None)
}

fn manifest(note: &str) -> Manifest {
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": format!("sha256:{}", "ab".repeat(32)), "size": 7
    });
    let text = json!({
        "schemaVersion": 2, "mediaType": MEDIA_TYPE, "config": config, "layers": [],
        "annotations": {"note": note}
    })
    .to_string();
    let digest = digest_of(Algorithm::Sha256, text.as_bytes());
    Manifest { media_type: MEDIA_TYPE.into(), bytes: text.into(), digest }
}

fn by_tag(tag: &str) -> ImageId {
    ImageId { digest: None, tag: Some(tag.parse().unwrap()) }
}

#[tokio::test]
async fn a_repository_lives_and_dies() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    let name = "team/app".parse().unwrap();
    let tag = |key: &str, value: &str| ResourceTag { key: key.into(), value: value.into() };

    assert_eq!(client.repository(&name).await.unwrap(), None);
    let settings = RepositorySettings {
        tag_mutability: TagMutability::IMMUTABLE,
        scan_on_push: true,
        tags: vec![tag("team", "a")],
        ..Default::default()
    };
    let created = client.create_repository(&name, &settings).await.unwrap();
    assert_eq!(created.arn, "arn:aws:ecr:us-west-2:123456789012:repository/team/app");
    assert_eq!(created.tag_mutability, TagMutability::IMMUTABLE);
    assert!(created.scan_on_push && created.created_at.is_some());
    let again = client.create_repository(&name, &settings).await.unwrap_err();
    assert_eq!(again.code(), "repository-already-exists");

    client.put_tag_mutability(&name, &TagMutability::MUTABLE).await.unwrap();
    client.put_scan_on_push(&name, false).await.unwrap();
    client.tag_repository(&name, &[tag("env", "dev")]).await.unwrap();
    client.untag_repository(&name, &["team".into()]).await.unwrap();
    let now = client.repository(&name).await.unwrap().unwrap();
    assert_eq!((now.tag_mutability, now.scan_on_push), (TagMutability::MUTABLE, false));
    assert_eq!(client.resource_tags(&name).await.unwrap(), [tag("env", "dev")]);
    assert_eq!(client.repositories().await.unwrap().len(), 1);

    client.put_image(&name, &manifest("1"), Some(&"1".parse().unwrap())).await.unwrap();
    let error = client.delete_repository(&name, false).await.unwrap_err();
    assert_eq!(error.code(), "repository-not-empty");
    client.delete_repository(&name, true).await.unwrap();
    let error = client.delete_repository(&name, true).await.unwrap_err();
    assert_eq!(error.code(), "repository-not-found");
    assert!(error.to_string().contains("`team/app`"), "{error}");
}

#[tokio::test]
async fn images_are_put_listed_read_and_deleted() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    let name = "app".parse().unwrap();
    client.create_repository(&name, &RepositorySettings::default()).await.unwrap();
    let (one, two) = (manifest("one"), manifest("two"));
    client.put_image(&name, &one, Some(&"1".parse().unwrap())).await.unwrap();
    client.put_image(&name, &one, Some(&"stable".parse().unwrap())).await.unwrap();
    client.put_image(&name, &two, Some(&"2".parse().unwrap())).await.unwrap();

    let images = client.images(&name, ImageScope::Active).await.unwrap();
    let tags: HashMap<_, _> = images.iter().map(|image| (&image.digest, image.tags.len())).collect();
    assert_eq!(tags, HashMap::from([(&one.digest, 2), (&two.digest, 1)]));
    assert!(images.iter().all(|image| image.pushed_at.is_some()));
    let mut listed: Vec<_> = client.list_images(&name, true).await.unwrap();
    listed.sort_by_key(|id| id.tag.clone());
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[2], ImageId { digest: Some(one.digest.clone()), tag: Some("stable".parse().unwrap()) });
    let described = client.describe_images(&name, &[by_tag("2")]).await.unwrap();
    assert_eq!(described[0].digest, two.digest);
    let error = client.describe_images(&name, &[by_tag("none")]).await.unwrap_err();
    assert_eq!(error.code(), "image-not-found");

    let (manifests, failures) =
        client.batch_get_image(&name, &[by_tag("stable"), by_tag("none")]).await.unwrap();
    assert_eq!(manifests, std::slice::from_ref(&one));
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].code, ImageFailureCode::NotFound);

    let deletion = client.batch_delete_image(&name, &[by_tag("1"), by_tag("none")]).await.unwrap();
    assert_eq!(deletion.deleted.len(), 1);
    assert_eq!(deletion.failures[0].code, ImageFailureCode::NotFound);
    let left = client.describe_images(&name, &[by_tag("stable")]).await.unwrap();
    assert_eq!(left[0].tags.len(), 1, "the image keeps its other tag");
    let error = client.images(&"other".parse().unwrap(), ImageScope::Active).await.unwrap_err();
    assert_eq!(error.code(), "repository-not-found");
}

/// The endpoint of a registry whose data plane is never used: moto has none.
fn endpoint(client: EcrClient) -> EcrEndpoint {
    let nowhere = HttpRegistry::connect("127.0.0.1:1", HostOptions::default()).unwrap();
    EcrEndpoint::new(client, Arc::new(nowhere), RepositorySettings::default())
}

#[tokio::test]
async fn the_engines_questions_are_answered_without_a_data_plane() {
    let moto = Moto::start().await;
    let dev = endpoint(client(&moto, ACCOUNT, any_key()));
    let name: RepositoryName = "app".parse().unwrap();
    assert_eq!(dev.state(&name).await.unwrap(), RepositoryState::Absent);
    assert!(dev.ensure_repository(&name).await.unwrap());
    let (one, two) = (manifest("one"), manifest("two"));
    let tagged = |tag: &str| TagOrDigest::Tag(tag.parse().unwrap());
    dev.push_manifest(&name, &one, Some(&"1".parse().unwrap())).await.unwrap();
    dev.push_manifest(&name, &two, Some(&"2".parse().unwrap())).await.unwrap();
    dev.push_manifest(&name, &two, Some(&"2".parse().unwrap())).await.unwrap();

    let asked = [tagged("1"), tagged("2"), tagged("none"), TagOrDigest::Digest(two.digest.clone())];
    let found = dev.resolve_many(&name, &asked).await.unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!((&found[&asked[0]].digest, &found[&asked[1]].digest), (&one.digest, &two.digest));
    assert_eq!(found[&asked[3]].media_type, MEDIA_TYPE);
    let mut listed = dev.list(&name).await.unwrap();
    listed.sort_by_key(|item| item.tag.clone());
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].digest.as_ref(), Some(&one.digest));
    assert!(listed[0].pushed.is_some());
    assert_eq!(dev.fetch(&name, &tagged("1")).await.unwrap(), Some(one.clone()));
    assert_eq!(dev.fetch(&name, &tagged("none")).await.unwrap(), None);
    assert_eq!(dev.repositories().await.unwrap(), std::slice::from_ref(&name));
    assert!(dev.delete(&name, &tagged("1")).await.unwrap());
    assert!(!dev.delete(&name, &tagged("1")).await.unwrap());
}

#[tokio::test]
async fn a_layer_in_parts_goes_on_after_a_stop() {
    let moto = Moto::start().await;
    let name: RepositoryName = "app".parse().unwrap();
    let content = Bytes::from((0..21 * MIB).map(|n| (n / 4093) as u8).collect::<Vec<_>>());
    let digest = digest_of(Algorithm::Sha256, &content);
    let blob = Descriptor { media_type: "layer".into(), digest, size: content.len() as u64 };
    let kept = Mutex::new(Vec::new());
    let keep = |state: UploadState| kept.lock().unwrap().push(state);
    let reset = RegistryErrorKind::Network { message: "reset".into() }.at("source");
    let body: BlobStream = Box::pin(futures::stream::iter([Ok(content.slice(..15 * MIB)), Err(reset)]));

    let dev = endpoint(client(&moto, ACCOUNT, any_key()));
    dev.ensure_repository(&name).await.unwrap();
    dev.push_parts(&name, &blob, None, body, &keep).await.unwrap_err();
    let dev = endpoint(client(&moto, ACCOUNT, any_key()));
    let from = kept.lock().unwrap().last().cloned().unwrap();
    assert_eq!(from.offset, 10 * MIB as u64);
    // The journal is a part behind: moto says where it is.
    let behind = UploadState { offset: 0, ..from };
    let body: BlobStream = Box::pin(futures::stream::iter([Ok(content)]));
    dev.push_parts(&name, &blob, Some(behind), body, &keep).await.unwrap();

    let there = dev.exists_many(&name, std::slice::from_ref(&blob.digest)).await.unwrap();
    assert_eq!(there, [blob.digest].into(), "moto computes the digest of what it got");
}

#[tokio::test]
async fn a_replication_configuration_comes_back_as_it_was_written() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    let none = client.replication_configuration().await.unwrap();
    assert_eq!(none, json!({"rules": []}));
    let new = json!({"rules": [{
        "destinations": [{"region": "us-west-2", "registryId": "444455556666"}],
        "repositoryFilters": [{"filter": "prod-", "filterType": "PREFIX_MATCH"}],
        "deleteReplication": {"enabled": true}
    }]});

    assert_eq!(client.put_replication_configuration(&none, &new, &same_json).await.unwrap(), new);
    assert_eq!(client.replication_configuration().await.unwrap(), new);
    let stale = client.put_replication_configuration(&none, &none, &same_json).await.unwrap_err();
    assert_eq!(stale.code(), "changed-elsewhere");
    assert_eq!(client.put_replication_configuration(&new, &none, &same_json).await.unwrap(), none);

    let itself = json!({"rules": [{"destinations": [{"region": "us-west-2", "registryId": ACCOUNT}]}]});
    let refused = client.put_replication_configuration(&none, &itself, &same_json).await.unwrap_err();
    assert_eq!(refused.code(), "invalid-parameter");
    assert!(refused.to_string().contains("cannot be the same as the source registry"), "{refused}");
}

#[tokio::test]
async fn a_registry_policy_is_written_read_and_removed() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    assert_eq!(client.registry_policy().await.unwrap(), None);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": ["arn:aws:ecr:us-west-2:123456789012:repository/*"]
    }]})
    .to_string();

    client.put_registry_policy(None, Some(&policy), &same_json).await.unwrap();
    let read = client.registry_policy().await.unwrap().unwrap();
    let value: serde_json::Value = serde_json::from_str(&read).unwrap();
    assert_eq!(value["Statement"][0]["Sid"], "ReplicationAccessCrossAccount");
    // An equal policy needs no write; replacing a policy that is not the expected one is refused.
    client.put_registry_policy(None, Some(&policy), &same_json).await.unwrap();
    let other = policy.replace("ReplicationAccessCrossAccount", "Other");
    let stale = client.put_registry_policy(None, Some(&other), &same_json).await.unwrap_err();
    assert_eq!(stale.code(), "changed-elsewhere");
    let refused = client.put_registry_policy(Some(&read), Some("{}"), &same_json).await.unwrap_err();
    assert_eq!(refused.code(), "invalid-parameter");
    assert_eq!(client.put_registry_policy(Some(&read), None, &same_json).await.unwrap(), None);
    assert_eq!(client.put_registry_policy(None, None, &same_json).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_that_expired_in_2015_is_used_and_asked_for_once() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    for _ in 0..5 {
        let token = client.token().await.unwrap();
        assert_eq!((token.username(), token.password()), ("AWS", "123456789012-auth-token"));
        assert!(token.expires_at().unwrap() < chrono::Utc::now());
    }
    assert_eq!(client.calls().of("GetAuthorizationToken"), 1);
}

#[tokio::test]
async fn a_role_in_another_account_acts_on_that_account() {
    let moto = Moto::start().await;
    let dev = client(&moto, ACCOUNT, any_key());
    assert_eq!(dev.caller_identity().await.unwrap().account.as_str(), ACCOUNT);
    let role = dev
        .assume_role(&RoleRequest {
            role_arn: "arn:aws:iam::444455556666:role/Deployer".into(),
            session_name: "longshore".into(),
            external_id: None,
            duration: None,
        })
        .await
        .unwrap();
    assert!(role.credentials.session_token().is_some() && role.credentials.expiry().is_some());

    let prod = client(&moto, "444455556666", role.credentials.clone());
    prod.create_repository(&"app".parse().unwrap(), &RepositorySettings::default()).await.unwrap();
    assert_eq!(prod.repositories().await.unwrap().len(), 1);
    assert_eq!(dev.repositories().await.unwrap().len(), 0);
    let misplaced = client(&moto, ACCOUNT, role.credentials);
    assert_eq!(misplaced.replication_configuration().await.unwrap_err().code(), "wrong-registry");
}

#[tokio::test]
async fn what_moto_lacks_is_reported_as_its_failure() {
    let moto = Moto::start().await;
    let client = client(&moto, ACCOUNT, any_key());
    let name = "app".parse().unwrap();
    client.create_repository(&name, &RepositorySettings::default()).await.unwrap();
    let error = client.replication_status(&name, &by_tag("1")).await.unwrap_err();
    assert_eq!(error.code(), "server");
}
