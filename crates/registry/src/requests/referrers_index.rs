//! The one manifest that Longshore writes itself: the index of a manifest's referrers
//! (distribution specification 1.1, "Pushing Manifests with Subject").

use longshore_names::Digest;
use serde_json::{Map, Value, json};

use crate::{MAX_MANIFEST_BYTES, Manifest, ManifestError, ManifestKind, ManifestView, model::media_types};

/// The descriptor of a referrer, with what a list of referrers says about it.
pub(crate) fn entry(referrer: &Manifest) -> Result<Value, ManifestError> {
    let view = ManifestView::parse(&referrer.media_type, &referrer.bytes)?;
    let mut entry = Map::new();
    entry.insert("mediaType".into(), json!(referrer.media_type));
    entry.insert("digest".into(), json!(referrer.digest));
    entry.insert("size".into(), json!(referrer.bytes.len()));
    let artifact_type = view.artifact_type.filter(|text| !text.is_empty()).or(match view.kind {
        ManifestKind::Image { config, .. } => Some(config.media_type),
        ManifestKind::Index { .. } => None,
    });
    if let Some(artifact_type) = artifact_type {
        entry.insert("artifactType".into(), json!(artifact_type));
    }
    if !view.annotations.is_empty() {
        entry.insert("annotations".into(), json!(view.annotations));
    }
    Ok(Value::Object(entry))
}

/// Whether the manifest under the tag of a subject's referrers is such a list. Any image may have
/// been pushed under that tag; it must not be read or changed as if it were a list. The error ends
/// a sentence about the tag.
pub(crate) fn is_list_of(there: &Manifest, subject: &Digest) -> Result<Vec<Unsure>, String> {
    if there.digest == *subject {
        return Err("is the image itself".into());
    }
    if there.media_type != media_types::OCI_INDEX {
        return Err(format!("is not an index of referrers but `{}`", there.media_type));
    }
    let index: Value =
        serde_json::from_slice(&there.bytes).map_err(|error| format!("cannot be read: {error}"))?;
    let has = |key: &str| index.get(key).is_some_and(|value| !value.is_null());
    if has("subject") || has("artifactType") {
        return Err("is an artifact".into());
    }
    let entries = index.get("manifests").and_then(Value::as_array);
    let entries = entries.ok_or("is an index without a list of manifests")?;
    let mut unsure = Vec::new();
    for entry in entries {
        if entry.get("platform").is_some_and(|platform| !platform.is_null()) {
            return Err("is an index of images for several platforms".into());
        }
        let digest: Option<Digest> = entry.get("digest").and_then(Value::as_str).and_then(|d| d.parse().ok());
        if digest.as_ref() == Some(subject) {
            return Err("is an index that contains the image itself".into());
        }
        let named = entry.get("artifactType").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if let (false, Some(digest)) = (named, digest) {
            unsure.push(Unsure(digest));
        }
    }
    Ok(unsure)
}

/// An entry of the list that does not say what it is: its manifest does.
pub(crate) struct Unsure(pub(crate) Digest);

/// The bytes of the index with `entry` added; everything else stays, including fields that we do
/// not know. `None` when it already lists the entry. The error ends a sentence about the tag.
pub(crate) fn with(there: Option<&Manifest>, entry: &Value) -> Result<Option<Vec<u8>>, String> {
    let mut index = match there {
        None => json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": []}),
        Some(manifest) if manifest.media_type == media_types::OCI_INDEX => {
            serde_json::from_slice(&manifest.bytes).map_err(|error| format!("cannot be read: {error}"))?
        }
        Some(other) => {
            return Err(format!("is not an index of referrers but `{}`; left unchanged", other.media_type));
        }
    };
    let entries = index.get_mut("manifests").map(|list| {
        if list.is_null() {
            *list = json!([]);
        }
        list
    });
    let entries = entries.and_then(Value::as_array_mut);
    let entries = entries.ok_or("is an index without a list of manifests")?;
    if entries.iter().any(|other| other.get("digest") == entry.get("digest")) {
        return Ok(None);
    }
    entries.push(entry.clone());
    let bytes = serde_json::to_vec(&index).map_err(|error| format!("cannot be written: {error}"))?;
    if bytes.len() > MAX_MANIFEST_BYTES {
        return Err(format!("would be larger than {MAX_MANIFEST_BYTES} bytes with one more referrer"));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use longshore_names::Algorithm;

    use super::*;
    use crate::digest_of;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn manifest(media_type: &str, document: &Value) -> Manifest {
        let bytes = Bytes::from(document.to_string());
        let digest = digest_of(Algorithm::Sha256, &bytes);
        Manifest { media_type: media_type.into(), bytes, digest }
    }

    fn signature(extra: Value) -> Manifest {
        let mut document = json!({"schemaVersion": 2, "layers": [],
            "config": {"mediaType": "application/vnd.example.config", "digest": A, "size": 2}});
        document.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        manifest(media_types::OCI_MANIFEST, &document)
    }

    #[test]
    fn the_artifact_type_is_the_manifests_or_else_the_configs() {
        let named =
            signature(json!({"artifactType": "application/vnd.example.sbom", "annotations": {"k": "v"}}));
        let entry_of_it = entry(&named).unwrap();
        assert_eq!(entry_of_it["artifactType"], "application/vnd.example.sbom");
        assert_eq!(entry_of_it["annotations"], json!({"k": "v"}));
        assert_eq!(entry_of_it["size"], named.bytes.len());
        let unnamed = entry(&signature(json!({"artifactType": ""}))).unwrap();
        assert_eq!(unnamed["artifactType"], "application/vnd.example.config");
        assert_eq!(unnamed.get("annotations"), None);
        let index = manifest(media_types::OCI_INDEX, &json!({"schemaVersion": 2, "manifests": []}));
        assert_eq!(entry(&index).unwrap().get("artifactType"), None);
    }

    #[test]
    fn what_is_there_stays_and_nothing_comes_twice() {
        let mine = entry(&signature(json!({}))).unwrap();
        let other = json!({"digest": A, "mediaType": "m", "size": 1, "x-unknown": [1, 2]});
        let there = manifest(
            media_types::OCI_INDEX,
            &json!({"x-first": true, "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [other]}),
        );
        let bytes = with(Some(&there), &mine).unwrap().unwrap();
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read["manifests"], json!([other, mine]));
        assert_eq!(read["x-first"], true);
        let again = manifest(media_types::OCI_INDEX, &read);
        assert_eq!(with(Some(&again), &mine), Ok(None));
        assert_eq!(with(None, &mine), with(None, &mine), "the same every time");
    }

    #[test]
    fn another_thing_under_the_tag_is_left_alone() {
        let mine = entry(&signature(json!({}))).unwrap();
        let image = signature(json!({}));
        assert!(with(Some(&image), &mine).unwrap_err().contains("left unchanged"));
        let subject = signature(json!({"annotations": {"of": "subject"}})).digest;
        let index = |document: Value| manifest(media_types::OCI_INDEX, &document);
        let docker = "application/vnd.docker.distribution.manifest.list.v2+json";
        let own = |extra: Value| {
            let mut entry = json!({"mediaType": media_types::OCI_MANIFEST, "digest": A, "size": 1});
            entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!([entry])
        };
        for (there, why) in [
            (image.clone(), "not an index of referrers"),
            (manifest(docker, &json!({"manifests": own(json!({}))})), "not an index of referrers"),
            (index(json!({"manifests": own(json!({"platform": {"os": "linux"}}))})), "several platforms"),
            (index(json!({"manifests": own(json!({"digest": subject}))})), "contains the image itself"),
            (index(json!({"artifactType": "x", "manifests": []})), "an artifact"),
            (index(json!({"subject": {"digest": A}, "manifests": []})), "an artifact"),
            (index(json!({"manifests": {}})), "without a list"),
        ] {
            let error = is_list_of(&there, &subject).err().unwrap();
            assert!(error.contains(why), "{error}");
        }
        let itself = index(json!({"manifests": []}));
        assert!(is_list_of(&itself, &itself.digest).err().unwrap().contains("the image itself"));
        let unsure = |extra| is_list_of(&index(json!({"manifests": own(extra)})), &subject).unwrap().len();
        assert_eq!((unsure(json!({})), unsure(json!({"artifactType": "x"}))), (1, 0));
        let odd = manifest(media_types::OCI_INDEX, &json!({"manifests": {}}));
        assert!(with(Some(&odd), &mine).is_err());
    }
}
