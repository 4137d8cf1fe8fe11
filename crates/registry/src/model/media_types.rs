//! Media types of manifests, configurations and layers.

pub use oci_distribution::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE as OCI_CONFIG, IMAGE_DOCKER_CONFIG_MEDIA_TYPE as DOCKER_CONFIG,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE as DOCKER_LIST, IMAGE_MANIFEST_MEDIA_TYPE as DOCKER_MANIFEST,
    OCI_IMAGE_INDEX_MEDIA_TYPE as OCI_INDEX, OCI_IMAGE_MEDIA_TYPE as OCI_MANIFEST,
};

/// Every manifest type that is read. Docker's schema 1 is not: its digest leaves out a part of its
/// bytes, and registries have stopped serving it.
pub const MANIFESTS: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

/// [`MANIFESTS`] as the value of `Accept`, so that no registry converts one: a converted manifest
/// has another digest.
pub(crate) const ACCEPT_MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
application/vnd.docker.distribution.manifest.v2+json";

/// Whether content of this type is a manifest.
pub fn is_manifest(media_type: &str) -> bool {
    MANIFESTS.contains(&media_type)
}

/// Whether content of this type is a manifest that names other manifests.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

/// Whether a layer may stay where its `urls` say and is not pushed (OCI image specification,
/// "Non-Distributable Layers").
pub fn is_foreign_layer(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.layer.nondistributable.")
        || media_type.starts_with("application/vnd.docker.image.rootfs.foreign.")
}

/// The type of a manifest when only its bytes are known: the one that it states, or else the one
/// that its shape implies. `None` when it is not a manifest.
pub(crate) fn of_document(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shape {
        media_type: Option<String>,
        manifests: Option<serde::de::IgnoredAny>,
        config: Option<serde::de::IgnoredAny>,
        layers: Option<serde::de::IgnoredAny>,
    }
    let shape: Shape = serde_json::from_slice(bytes).ok()?;
    match shape.media_type {
        Some(said) => is_manifest(&said).then_some(said),
        None if shape.manifests.is_some() => Some(OCI_INDEX.to_owned()),
        None if shape.config.is_some() && shape.layers.is_some() => Some(OCI_MANIFEST.to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_manifest_is_known_by_its_word_or_its_shape() {
        for (text, expected) in [
            (r#"{"manifests":[]}"#, Some(super::OCI_INDEX)),
            (r#"{"config":{},"layers":[]}"#, Some(super::OCI_MANIFEST)),
            (r#"{"mediaType":"text/plain","manifests":[]}"#, None),
            (r#"{"config":{"Labels":{}}}"#, None),
            ("[]", None),
        ] {
            assert_eq!(super::of_document(text.as_bytes()).as_deref(), expected, "{text}");
        }
        let docker = format!(r#"{{"mediaType":"{}"}}"#, super::DOCKER_LIST);
        assert_eq!(super::of_document(docker.as_bytes()).as_deref(), Some(super::DOCKER_LIST));
    }

    #[test]
    fn every_manifest_type_is_accepted() {
        assert_eq!(super::ACCEPT_MANIFESTS, super::MANIFESTS.join(", "));
    }
}
