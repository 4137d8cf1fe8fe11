//! Images that are deleted by rule at moto: `BatchDeleteImage` as others model it.

use longshore_tests::moto::Moto;

use super::{
    moto::{profiles, role},
    *,
};

#[test]
fn images_of_moto_are_deleted_by_pattern_and_the_others_stay() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), profiles(&moto.endpoint)).unwrap();
    let added = say(&longshore, &["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    assert_eq!(added.code, Some(0), "{}", added.error);
    let dev = moto.aws(&role(DEV), REGION);
    dev.ecr(&["create-repository", "--repository-name", "app"]);
    // moto makes the digest of an image from its layers.
    for (tag, layer) in [("old-1", "1"), ("old-2", "2"), ("new-1", "3")] {
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                "digest": format!("sha256:{}", "4".repeat(64))},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 100,
                "digest": format!("sha256:{}", layer.repeat(64))}],
        });
        dev.ecr(&[
            "put-image",
            "--repository-name",
            "app",
            "--image-tag",
            tag,
            "--image-manifest",
            &manifest.to_string(),
        ]);
    }
    let clean = ["repository", "clean", "Dev/us-west-2/app", "--tags", "old-*", "--keep", "1", "--json"];
    let with = |more: &[&'static str]| say(&longshore, &[&clean[..], more].concat());
    let tags = || -> Vec<String> {
        let listed = dev.ecr(&["list-images", "--repository-name", "app"]);
        let ids = listed["imageIds"].as_array().unwrap();
        let mut tags: Vec<String> =
            ids.iter().map(|id| id["imageTag"].as_str().unwrap().to_owned()).collect();
        tags.sort();
        tags
    };
    let planned = with(&["--plan"]);
    assert_eq!(planned.code, Some(0), "{}{}", planned.text, planned.error);
    assert_eq!((&planned.summary()["selected"], &planned.summary()["kept"]), (&1.into(), &1.into()));
    // Without a word, nothing is done.
    let unsaid = with(&[]);
    assert_eq!((unsaid.code, &unsaid.summary()["error"]["code"]), (Some(1), &"confirmation-needed".into()));
    assert_eq!(tags(), ["new-1", "old-1", "old-2"]);
    let done = with(&["--yes"]);
    assert_eq!(done.code, Some(0), "{}{}", done.text, done.error);
    assert_eq!(done.summary()["state"], "done");
    let left = tags();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&"new-1".to_owned()), "{left:?}");
}
