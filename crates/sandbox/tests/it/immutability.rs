//! Immutable tags on both planes, from one table.

use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, OCI_MANIFEST, WEST},
    data_client::{Data, error},
};

/// Puts a manifest under a tag on one plane; returns whether it was accepted or the tag refused it.
async fn put(fixture: &Fixture, dev: &Data, plane: &str, tag: &str, manifest: &str) -> bool {
    if plane == "data" {
        let response = dev.put("app", tag, OCI_MANIFEST, manifest).await;
        if response.status() == 201 {
            return true;
        }
        let (status, code, message) = error(response).await;
        assert_eq!((status, code.as_str()), (400, "TAG_INVALID"), "{message}");
        assert!(message.contains(&format!("'{tag}'")) && message.contains("immutable"), "{message}");
        return false;
    }
    let answer = fixture.put("app", manifest, Some(tag)).await;
    if answer.status == 200 {
        return true;
    }
    let (code, message) = answer.error();
    assert_eq!(code, "ImageTagAlreadyExistsException", "{message}");
    assert!(message.contains(&format!("'{tag}'")) && message.contains("immutable"), "{message}");
    false
}

#[tokio::test]
async fn an_immutable_tag_is_kept_on_both_planes_and_an_excluded_one_moves() {
    let filters = json!([{"filterType": "WILDCARD", "filter": "dev-*"}, {"filterType": "WILDCARD", "filter": "latest"}]);
    /// A mode, its filters, and which tags may move.
    type Case<'a> = (&'a str, Option<&'a Value>, &'a [(&'a str, bool)]);
    let cases: [Case<'_>; 4] = [
        ("MUTABLE", None, &[("1", true), ("dev-1", true)]),
        ("IMMUTABLE", None, &[("1", false), ("dev-1", false), ("latest", false)]),
        (
            "IMMUTABLE_WITH_EXCLUSION",
            Some(&filters),
            &[("1", false), ("dev-1", true), ("latest", true), ("latest-2", false), ("a-dev-1", false)],
        ),
        ("MUTABLE_WITH_EXCLUSION", Some(&filters), &[("1", true), ("dev-1", false), ("latest", false)]),
    ];
    for plane in ["data", "control"] {
        for (mutability, filters, tags) in cases {
            let fixture = Fixture::start().await;
            let mut input = json!({"repositoryName": "app", "imageTagMutability": mutability});
            if let Some(filters) = filters {
                input["imageTagMutabilityExclusionFilters"] = filters.clone();
            }
            fixture.call("CreateRepository", input).await.ok();
            let dev = Data::of(&fixture.sandbox, DEV, WEST);
            let (first, kept) = dev.image("app", "first", "start").await;
            let (second, other) = dev.image("app", "second", "another").await;
            for (tag, moves) in tags {
                let place = format!("{plane} {mutability} {tag}");
                assert!(put(&fixture, &dev, plane, tag, &first).await, "{place}: a new tag");
                assert_eq!(put(&fixture, &dev, plane, tag, &second).await, *moves, "{place}");
                let found = dev.head(&format!("app/manifests/{tag}")).await;
                let found = found.headers()["docker-content-digest"].to_str().unwrap().to_owned();
                assert_eq!(&found, if *moves { &other } else { &kept }, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn the_same_bytes_are_refused_too_and_a_deleted_tag_is_free_again() {
    for plane in ["data", "control"] {
        let fixture = Fixture::start().await;
        let input = json!({"repositoryName": "app", "imageTagMutability": "IMMUTABLE"});
        fixture.call("CreateRepository", input).await.ok();
        let dev = Data::of(&fixture.sandbox, DEV, WEST);
        let (first, _) = dev.image("app", "first", "1").await;
        let (second, _) = dev.image("app", "second", "2").await;
        assert!(!put(&fixture, &dev, plane, "1", &first).await, "{plane}: the same bytes");
        let input = json!({"repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
        fixture.call("BatchDeleteImage", input).await.ok();
        assert!(put(&fixture, &dev, plane, "1", &second).await, "{plane}");
    }
}

#[tokio::test]
async fn a_repository_that_becomes_immutable_keeps_the_tags_it_has_on_both_planes() {
    for plane in ["data", "control"] {
        let fixture = Fixture::start().await;
        fixture.create("app").await;
        let dev = Data::of(&fixture.sandbox, DEV, WEST);
        let (first, _) = dev.image("app", "first", "1").await;
        let (second, _) = dev.image("app", "second", "2").await;
        assert!(put(&fixture, &dev, plane, "1", &second).await, "{plane}: it is mutable");
        let input = json!({"repositoryName": "app", "imageTagMutability": "IMMUTABLE"});
        fixture.call("PutImageTagMutability", input).await.ok();
        assert!(!put(&fixture, &dev, plane, "1", &first).await, "{plane}");
        assert!(put(&fixture, &dev, plane, "3", &first).await, "{plane}: a new tag");
    }
}
