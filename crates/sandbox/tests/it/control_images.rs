//! Images: pushed, listed, read, deleted.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::control_client::{Fixture, OCI_INDEX, OCI_MANIFEST, digest, index};

const NAME: &str = "dev-microservice";

async fn start() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.create(NAME).await;
    fixture
}

fn of(ids: Value) -> Value {
    json!({ "repositoryName": NAME, "imageIds": ids })
}

#[tokio::test]
async fn put_image_says_what_is_missing_or_there_already() {
    let fixture = start().await;
    let (manifest, image) = fixture.image(NAME, "a", Some("42")).await;
    let answer = fixture.put(NAME, &manifest, Some("43")).await.ok();
    assert_eq!(answer["image"]["imageId"], json!({ "imageDigest": image, "imageTag": "43" }));
    assert_eq!(answer["image"]["imageManifest"], manifest);
    assert_eq!(answer["image"]["imageManifestMediaType"], OCI_MANIFEST);

    let (code, message) = fixture.put(NAME, &manifest, Some("43")).await.error();
    assert_eq!(code, "ImageAlreadyExistsException");
    assert_eq!(
        message,
        format!(
            "Image with digest '{image}' and tag '43' already exists in the repository with name '{NAME}' in registry with id '111122223333'"
        )
    );
    let input = json!({
        "repositoryName": NAME, "imageManifest": manifest, "imageTag": "44",
        "imageDigest": digest(b"something else"),
    });
    assert_eq!(fixture.call("PutImage", input).await.code(), "ImageDigestDoesNotMatchException");

    let missing = digest(b"not there");
    let (code, message) =
        fixture.put(NAME, &manifest.replace(&digest(b"layer of a"), &missing), Some("45")).await.error();
    assert_eq!(code, "LayersNotFoundException");
    assert_eq!(
        message,
        format!(
            "Layers with digests '[{missing}]' required for pushing image into repository with name '{NAME}' in the registry with id '111122223333' do not exist"
        )
    );
    let (code, message) = fixture.put(NAME, &index(&[(&missing, 1)]), Some("45")).await.error();
    assert_eq!(code, "ReferencedImagesNotFoundException");
    assert!(message.starts_with(&format!("Images with digests '[{missing}]'")), "{message}");
    let (_, message) = fixture.put(NAME, "{", None).await.error();
    assert_eq!(
        message,
        "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
    );
    assert_eq!(fixture.put("none-such", &manifest, None).await.code(), "RepositoryNotFoundException");
    let answer = fixture.put(NAME, &manifest, Some("-no-tag")).await;
    assert_eq!(answer.code(), "InvalidParameterException");
}

#[tokio::test]
async fn layers_belong_to_their_repository() {
    let fixture = start().await;
    fixture.create("prod-microservice").await;
    let (manifest, _) = fixture.image(NAME, "a", Some("42")).await;
    let answer = fixture.put("prod-microservice", &manifest, Some("21")).await;
    assert_eq!(answer.code(), "LayersNotFoundException");
}

#[tokio::test]
async fn an_image_is_described_without_counting_as_pulled() {
    let fixture = start().await;
    let (manifest, image) = fixture.image(NAME, "a", Some("42")).await;
    fixture.put(NAME, &manifest, Some("41")).await.ok();
    let described = fixture.call("DescribeImages", json!({ "repositoryName": NAME })).await.ok();
    let pushed = fixture.clock.now().timestamp() as f64;
    assert_eq!(
        described["imageDetails"],
        json!([{
            "registryId": "111122223333", "repositoryName": NAME, "imageDigest": image,
            "imageSizeInBytes": "layer of a".len(), "imagePushedAt": pushed,
            "imageManifestMediaType": OCI_MANIFEST, "imageStatus": "ACTIVE", "imageTags": ["41", "42"],
            "artifactMediaType": "application/vnd.oci.image.config.v1+json",
        }])
    );
    fixture.call("ListImages", json!({ "repositoryName": NAME })).await.ok();
    fixture.clock.advance(Duration::from_secs(60));
    let described = fixture.call("DescribeImages", of(json!([{ "imageTag": "42" }]))).await.ok();
    assert_eq!(described["imageDetails"][0]["lastRecordedPullTime"], Value::Null, "lists are not pulls");

    let pulled = fixture.call("BatchGetImage", of(json!([{ "imageTag": "42" }]))).await.ok();
    assert_eq!(pulled["images"][0]["imageManifest"], manifest);
    let described = fixture.call("DescribeImages", of(json!([{ "imageDigest": image }]))).await.ok();
    assert_eq!(described["imageDetails"][0]["lastRecordedPullTime"], pushed + 60.0);
}

#[tokio::test]
async fn a_list_is_as_large_as_its_largest_manifest() {
    let fixture = start().await;
    let (_, small) = fixture.image(NAME, "a", None).await;
    let (_, large) = fixture.image(NAME, "a-much-longer-name", None).await;
    let list = fixture.list(NAME, &[(&small, 1), (&large, 1)], Some("42")).await;
    let described = fixture.call("DescribeImages", of(json!([{ "imageDigest": list }]))).await.ok();
    let detail = &described["imageDetails"][0];
    assert_eq!(detail["imageSizeInBytes"], "layer of a-much-longer-name".len());
    assert_eq!(detail["imageManifestMediaType"], OCI_INDEX);
}

#[tokio::test]
async fn filters_and_pages_of_images() {
    let fixture = start().await;
    let mut all = BTreeSet::new();
    for n in 0..5 {
        let tag = (n % 2 == 0).then(|| format!("tag-{n}"));
        all.insert(fixture.image(NAME, &n.to_string(), tag.as_deref()).await.1);
    }
    let count = async |operation: &str, member: &str, filter: Value| {
        let answer = fixture.call(operation, json!({ "repositoryName": NAME, "filter": filter })).await.ok();
        answer[member].as_array().unwrap().len()
    };
    for (operation, member) in [("ListImages", "imageIds"), ("DescribeImages", "imageDetails")] {
        assert_eq!(count(operation, member, json!({ "tagStatus": "TAGGED" })).await, 3, "{operation}");
        assert_eq!(count(operation, member, json!({ "tagStatus": "UNTAGGED" })).await, 2, "{operation}");
        assert_eq!(count(operation, member, json!({ "tagStatus": "ANY" })).await, 5, "{operation}");
        assert_eq!(count(operation, member, json!({ "imageStatus": "ARCHIVED" })).await, 0, "{operation}");
        let (mut seen, mut token) = (BTreeSet::new(), Value::Null);
        loop {
            let input = json!({ "repositoryName": NAME, "maxResults": 2, "nextToken": token });
            let answer = fixture.call(operation, input).await.ok();
            for image in answer[member].as_array().unwrap() {
                assert!(seen.insert(image["imageDigest"].as_str().unwrap().to_owned()), "{operation} twice");
            }
            token = answer["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(seen, all, "{operation}");
        let answer =
            fixture.call(operation, json!({ "repositoryName": NAME, "filter": { "tagStatus": "X" } })).await;
        assert_eq!(answer.code(), "InvalidParameterException", "{operation}");
    }
    let first = fixture.call("ListImages", json!({ "repositoryName": NAME, "maxResults": 2 })).await.ok();
    let other = json!({
        "repositoryName": NAME, "nextToken": first["nextToken"], "filter": { "tagStatus": "TAGGED" },
    });
    assert_eq!(fixture.call("ListImages", other).await.code(), "InvalidParameterException");
    let other = json!({ "repositoryName": NAME, "nextToken": first["nextToken"] });
    assert_eq!(fixture.call("DescribeImages", other).await.code(), "InvalidParameterException");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_failure_of_its_own() {
    let fixture = start().await;
    let (manifest, image) = fixture.image(NAME, "a", Some("42")).await;
    let (_, other) = fixture.image(NAME, "b", Some("43")).await;
    let none = digest(b"not there");
    let ids = json!([
        { "imageTag": "42" }, { "imageTag": "none" }, { "imageDigest": none }, {}, { "imageDigest": "nonsense" },
        { "imageTag": ".no" }, { "imageTag": "42", "imageDigest": other },
    ]);
    let answer = fixture.call("BatchGetImage", of(ids)).await.ok();
    assert_eq!(answer["images"].as_array().unwrap().len(), 1);
    assert_eq!(answer["images"][0]["imageId"], json!({ "imageDigest": image, "imageTag": "42" }));
    assert_eq!(answer["images"][0]["imageManifest"], manifest);
    let codes: Vec<&str> =
        answer["failures"].as_array().unwrap().iter().map(|f| f["failureCode"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "ImageNotFound",
            "ImageNotFound",
            "MissingDigestAndTag",
            "InvalidImageDigest",
            "InvalidImageTag",
            "ImageTagDoesNotMatchDigest"
        ]
    );
    let (code, message) = fixture.call("DescribeImages", of(json!([{ "imageTag": "none" }]))).await.error();
    assert_eq!(code, "ImageNotFoundException");
    assert_eq!(
        message,
        format!(
            "The image with imageId {{imageDigest:'null', imageTag:'none'}} does not exist within the repository with name '{NAME}' in the registry with id '111122223333'"
        )
    );
    let many: Vec<Value> = (0..101).map(|n| json!({ "imageTag": n.to_string() })).collect();
    for operation in ["BatchGetImage", "BatchDeleteImage", "DescribeImages"] {
        assert_eq!(
            fixture.call(operation, of(many.clone().into())).await.code(),
            "InvalidParameterException"
        );
        assert_eq!(fixture.call(operation, of(json!([]))).await.code(), "InvalidParameterException");
    }
}

#[tokio::test]
async fn by_tag_the_format_is_converted_and_by_digest_never() {
    let fixture = start().await;
    let (manifest, image) = fixture.image(NAME, "a", Some("42")).await;
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let get = async |id: Value| {
        let input = json!({ "repositoryName": NAME, "imageIds": [id], "acceptedMediaTypes": [docker] });
        fixture.call("BatchGetImage", input).await.ok()["images"][0].clone()
    };
    let by_tag = get(json!({ "imageTag": "42" })).await;
    assert_eq!(by_tag["imageManifestMediaType"], docker);
    assert_eq!(
        by_tag["imageId"]["imageDigest"],
        digest(by_tag["imageManifest"].as_str().unwrap().as_bytes())
    );
    let by_digest = get(json!({ "imageDigest": image })).await;
    assert_eq!(by_digest["imageManifest"], manifest);
}

#[tokio::test]
async fn deleting_a_tag_leaves_the_image_until_its_last_tag() {
    let fixture = start().await;
    let (manifest, image) = fixture.image(NAME, "a", Some("41")).await;
    fixture.put(NAME, &manifest, Some("42")).await.ok();
    let delete = async |ids: Value| fixture.call("BatchDeleteImage", of(ids)).await.ok();
    let answer = delete(json!([{ "imageTag": "41" }])).await;
    assert_eq!(answer["imageIds"], json!([{ "imageDigest": image, "imageTag": "41" }]));
    let described = fixture.call("DescribeImages", json!({ "repositoryName": NAME })).await.ok();
    assert_eq!(described["imageDetails"][0]["imageTags"], json!(["42"]));
    delete(json!([{ "imageTag": "42" }])).await;
    let described = fixture.call("DescribeImages", json!({ "repositoryName": NAME })).await.ok();
    assert_eq!(described["imageDetails"], json!([]));

    fixture.put(NAME, &manifest, Some("41")).await.ok();
    fixture.put(NAME, &manifest, Some("42")).await.ok();
    let answer = delete(json!([{ "imageDigest": image }, { "imageTag": "none" }])).await;
    assert_eq!(
        answer["imageIds"],
        json!([{ "imageDigest": image, "imageTag": "41" }, { "imageDigest": image, "imageTag": "42" }])
    );
    assert_eq!(answer["failures"][0]["failureCode"], "ImageNotFound");
}

#[tokio::test]
async fn a_manifest_of_a_list_stays_as_long_as_the_list() {
    let fixture = start().await;
    let (_, child) = fixture.image(NAME, "a", Some("amd64")).await;
    let list = fixture.list(NAME, &[(&child, 1)], Some("42")).await;
    let delete = async |ids: Value| fixture.call("BatchDeleteImage", of(ids)).await.ok();
    for id in [json!({ "imageDigest": child }), json!({ "imageTag": "amd64" })] {
        let answer = delete(json!([id])).await;
        assert_eq!(answer["failures"][0]["failureCode"], "ImageReferencedByManifestList", "{id}");
        assert_eq!(answer["imageIds"], json!([]));
    }
    let answer = delete(json!([{ "imageDigest": list }, { "imageDigest": child }])).await;
    assert_eq!(answer["failures"], json!([]));
    let listed = fixture.call("ListImages", json!({ "repositoryName": NAME })).await.ok();
    assert_eq!(listed["imageIds"], json!([]));
}
