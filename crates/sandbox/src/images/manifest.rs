//! What a manifest says about other content.

use longshore_names::Digest;
use serde_json::{Map, Value};

/// ECR's largest manifest (API model, `ImageManifest`).
pub(crate) const MAX_MANIFEST: usize = 4 * 1024 * 1024;

pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Why bytes are not a manifest that the registry accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("the manifest is larger than {MAX_MANIFEST} bytes")]
    TooLarge,
    /// Not JSON, or a member has the wrong shape.
    #[error("{0}")]
    Syntax(String),
    /// Neither the manifest nor the request says what type it is.
    #[error("the manifest has no media type")]
    NoMediaType,
    #[error("media type {0} is not supported")]
    Unsupported(String),
    /// The request and the manifest name different types.
    #[error("the manifest says {inside}, the request {outside}")]
    Contradiction { inside: String, outside: String },
}

/// A parsed manifest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    /// `artifactType`, or the config's media type.
    pub(crate) artifact_media_type: Option<String>,
    /// Config and layers with their sizes, without duplicates and without layers that stay
    /// elsewhere by their type (`foreign`, `nondistributable`).
    pub(crate) blobs: Vec<(Digest, u64)>,
    /// Sum of the layers' sizes in bytes.
    pub(crate) layers_size: u64,
    pub(crate) children: Vec<Digest>,
    pub(crate) subject: Option<Digest>,
    pub(crate) annotations: Option<Map<String, Value>>,
}

/// Reads a manifest. `stated` is the `Content-Type`, or `imageManifestMediaType` of the API.
pub(crate) fn parse(bytes: &[u8], stated: Option<&str>) -> Result<Manifest, ManifestError> {
    if bytes.len() > MAX_MANIFEST {
        return Err(ManifestError::TooLarge);
    }
    let json: Value = serde_json::from_slice(bytes).map_err(|e| ManifestError::Syntax(e.to_string()))?;
    let json = json.as_object().ok_or_else(|| ManifestError::Syntax("it is not an object".to_owned()))?;
    let inside = json.get("mediaType").and_then(Value::as_str);
    let stated = stated
        .map(|s| s.split(';').next().unwrap_or(s).trim())
        .filter(|s| !matches!(*s, "" | "application/json" | "application/octet-stream"));
    let media_type = match (inside, stated) {
        (Some(inside), Some(outside)) if inside != outside => {
            return Err(ManifestError::Contradiction {
                inside: inside.to_owned(),
                outside: outside.to_owned(),
            });
        }
        (Some(one), _) | (None, Some(one)) => one.to_owned(),
        (None, None) => return Err(ManifestError::NoMediaType),
    };
    let subject = match json.get("subject") {
        None | Some(Value::Null) => None,
        Some(descriptor) => Some(digest_and_size(descriptor)?.0),
    };
    let mut manifest = Manifest {
        media_type,
        artifact_media_type: text(json, "artifactType"),
        blobs: Vec::new(),
        layers_size: 0,
        children: Vec::new(),
        subject,
        annotations: json.get("annotations").and_then(Value::as_object).cloned(),
    };
    match manifest.media_type.as_str() {
        OCI_MANIFEST | DOCKER_MANIFEST => read_image(json, &mut manifest)?,
        OCI_INDEX | DOCKER_LIST => {
            for descriptor in list(json, "manifests")? {
                let (digest, _) = digest_and_size(descriptor)?;
                if !manifest.children.contains(&digest) {
                    manifest.children.push(digest);
                }
            }
        }
        other => return Err(ManifestError::Unsupported(other.to_owned())),
    }
    Ok(manifest)
}

fn read_image(json: &Map<String, Value>, manifest: &mut Manifest) -> Result<(), ManifestError> {
    let config = json.get("config").ok_or_else(|| ManifestError::Syntax("it has no config".to_owned()))?;
    manifest.blobs.push(digest_and_size(config)?);
    if manifest.artifact_media_type.is_none() {
        manifest.artifact_media_type = config.as_object().and_then(|c| text(c, "mediaType"));
    }
    for descriptor in list(json, "layers")? {
        let (digest, size) = digest_and_size(descriptor)?;
        let media_type = descriptor.get("mediaType").and_then(Value::as_str).unwrap_or_default();
        if media_type.contains(".foreign.") || media_type.contains(".nondistributable.") {
            continue;
        }
        manifest.layers_size = manifest.layers_size.saturating_add(size);
        if !manifest.blobs.iter().any(|(known, _)| *known == digest) {
            manifest.blobs.push((digest, size));
        }
    }
    Ok(())
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn list<'a>(json: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], ManifestError> {
    match json.get(key) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ManifestError::Syntax(format!("{key} is not a list"))),
    }
}

fn digest_and_size(descriptor: &Value) -> Result<(Digest, u64), ManifestError> {
    let digest = descriptor.get("digest").and_then(Value::as_str).unwrap_or_default();
    let digest = digest.parse().map_err(|e| ManifestError::Syntax(format!("{e}")))?;
    let size = descriptor.get("size").and_then(Value::as_u64);
    let size = size.ok_or_else(|| ManifestError::Syntax("a descriptor has no size".to_owned()))?;
    Ok((digest, size))
}

/// The manifest in the other of the two image formats, if it has one: ECR returns it for a pull by
/// tag whose client does not accept the stored format (User Guide, "image-manifest-formats"). Its
/// digest is different.
pub(crate) fn convert(
    bytes: &[u8],
    stored: &str,
    accepted: impl Fn(&str) -> bool,
) -> Option<(Vec<u8>, &'static str)> {
    const TYPES: [(&str, &str); 4] = [
        (OCI_MANIFEST, DOCKER_MANIFEST),
        ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"),
        ("application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
        (OCI_INDEX, DOCKER_LIST),
    ];
    let target = match stored {
        OCI_MANIFEST => DOCKER_MANIFEST,
        DOCKER_MANIFEST => OCI_MANIFEST,
        _ => return None,
    };
    if !accepted(target) {
        return None;
    }
    let to_docker = target == DOCKER_MANIFEST;
    let mut json: Value = serde_json::from_slice(bytes).ok()?;
    let rename = |value: &mut Value| -> Option<()> {
        let object = value.as_object_mut()?;
        let from = object.get("mediaType")?.as_str()?;
        let to = TYPES.iter().find_map(|(oci, docker)| match to_docker {
            true => (*oci == from).then_some(*docker),
            false => (*docker == from).then_some(*oci),
        })?;
        object.insert("mediaType".to_owned(), to.into());
        Some(())
    };
    let object = json.as_object_mut()?;
    object.insert("mediaType".to_owned(), target.into());
    rename(object.get_mut("config")?)?;
    for layer in object.get_mut("layers")?.as_array_mut()? {
        rename(layer)?;
    }
    Some((serde_json::to_vec(&json).ok()?, target))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(c: char) -> String {
        format!("sha256:{}", c.to_string().repeat(64))
    }

    fn image() -> Value {
        json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest('a'), "size": 10},
            "layers": [
                {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest('b'), "size": 20},
                {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest('b'), "size": 20},
                {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar", "digest": digest('c'), "size": 5},
            ]
        })
    }

    #[test]
    fn an_image_names_each_blob_once_and_no_foreign_layer() {
        let parsed = parse(image().to_string().as_bytes(), Some(OCI_MANIFEST)).unwrap();
        assert_eq!(parsed.blobs.len(), 2);
        assert_eq!(parsed.layers_size, 40);
        assert_eq!(parsed.artifact_media_type.as_deref(), Some("application/vnd.oci.image.config.v1+json"));
    }

    #[test]
    fn the_media_type_comes_from_inside_or_outside_and_must_agree() {
        let mut json = image();
        json.as_object_mut().unwrap().remove("mediaType");
        let bytes = json.to_string().into_bytes();
        assert_eq!(parse(&bytes, Some(OCI_MANIFEST)).unwrap().media_type, OCI_MANIFEST);
        assert_eq!(parse(&bytes, None), Err(ManifestError::NoMediaType));
        assert_eq!(parse(&bytes, Some("application/json")), Err(ManifestError::NoMediaType));
        let with = image().to_string().into_bytes();
        assert!(matches!(parse(&with, Some(OCI_INDEX)), Err(ManifestError::Contradiction { .. })));
        assert!(matches!(parse(&bytes, Some("text/plain")), Err(ManifestError::Unsupported(_))));
    }

    #[test]
    fn hostile_bytes_are_errors() {
        for bytes in
            [&b"[]"[..], b"{", b"\xff", b"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}"]
        {
            assert!(parse(bytes, Some(OCI_MANIFEST)).is_err());
        }
        let mut json = image();
        json["layers"][0]["digest"] = "sha256:../../etc/passwd".into();
        assert!(matches!(parse(json.to_string().as_bytes(), None), Err(ManifestError::Syntax(_))));
        assert_eq!(parse(&vec![b' '; MAX_MANIFEST + 1], None), Err(ManifestError::TooLarge));
    }

    #[test]
    fn conversion_changes_types_and_nothing_else() {
        let mut json = image();
        json["layers"].as_array_mut().unwrap().pop();
        let bytes = serde_json::to_vec(&json).unwrap();
        let (docker, media_type) = convert(&bytes, OCI_MANIFEST, |t| t == DOCKER_MANIFEST).unwrap();
        assert_eq!(media_type, DOCKER_MANIFEST);
        let (back, _) = convert(&docker, DOCKER_MANIFEST, |_| true).unwrap();
        assert_eq!(back, bytes);
        assert_eq!(convert(&bytes, OCI_MANIFEST, |t| t == OCI_MANIFEST), None);
    }
}
