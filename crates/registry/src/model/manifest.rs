//! What a manifest says, read from its bytes.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use longshore_names::ForeignText;
use oci_distribution::manifest::{ImageIndexEntry, OciDescriptor, OciImageIndex, OciImageManifest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Descriptor, MAX_MANIFEST_BYTES, model::media_types};

/// Descriptors in one manifest. Real images stay far below.
const MAX_DESCRIPTORS: usize = 10_000;
/// Characters that are shown of each part of a platform.
const MOST_OF_PLATFORM: usize = 100;

/// A typed view of a manifest. The bytes are what counts; nothing is written from a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestView {
    /// An image or an index, and what it names.
    pub kind: ManifestKind,
    /// The manifest that this one is about: a signature, an SBOM.
    pub subject: Option<Descriptor>,
    /// What kind of artifact it is, if it is not an image to run.
    pub artifact_type: Option<String>,
    /// Annotations of the manifest itself.
    pub annotations: BTreeMap<String, String>,
    /// Layers that are not distributed and whose `urls` say where they are (OCI image
    /// specification, "Non-Distributable Layers"). One without `urls` is an ordinary layer: it
    /// could not be found otherwise.
    pub foreign: Vec<Descriptor>,
}

/// The two shapes of manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestKind {
    /// One image (or artifact): a configuration and layers.
    Image {
        /// The configuration blob.
        config: Descriptor,
        /// The layers, in order, foreign ones included.
        layers: Vec<Descriptor>,
    },
    /// Names other manifests, usually one for each platform.
    Index {
        /// The manifests named, in order.
        children: Vec<Child>,
    },
}

/// A manifest that an index names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Where it is.
    pub descriptor: Descriptor,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// Its annotations in the index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What an image runs on. Displayed as `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// Operating system, in Go's words.
    pub os: String,
    /// Processor architecture, in Go's words.
    pub architecture: String,
    /// Variant of the processor, such as `v8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Version of the operating system, for Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
}

/// Escaped for display: the image's author wrote it.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text: &str| ForeignText::bounded(text, MOST_OF_PLATFORM);
        write!(f, "{}/{}", part(&self.os), part(&self.architecture))?;
        match &self.variant {
            Some(variant) => write!(f, "/{}", part(variant)),
            None => Ok(()),
        }
    }
}

/// Bytes that are not a manifest that can be copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not the JSON that a manifest is.
    #[error("not a readable manifest: {0}")]
    Unreadable(String),
    /// A type that is not known, such as Docker's schema 1.
    #[error("manifests of type `{0}` are not supported")]
    UnsupportedType(String),
    /// Could be read as an image and as an index: two tools could see two images.
    #[error("the manifest is an image and an index at once")]
    Ambiguous,
    /// More than is ever needed.
    #[error("the manifest is too large: {0}")]
    TooLarge(String),
}

impl ManifestError {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "manifest-unreadable",
            Self::UnsupportedType(_) => "manifest-type",
            Self::Ambiguous => "manifest-ambiguous",
            Self::TooLarge(_) => "manifest-too-large",
        }
    }
}

/// What decides the shape, and what the library's types leave out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
    config: Option<serde::de::IgnoredAny>,
    subject: Option<OciDescriptor>,
}

impl ManifestView {
    /// Reads a manifest's bytes, given its media type from the header or the descriptor.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn parse(media_type: &str, bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge(format!("{} bytes", bytes.len())));
        }
        if !media_types::is_manifest(media_type) {
            return Err(ManifestError::UnsupportedType(media_type.chars().take(120).collect()));
        }
        let document: Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        let shape = Shape::deserialize(&document).map_err(unreadable)?;
        let document = tolerant(document);
        let index = media_types::is_index(media_type);
        // CVE-2021-41190: type and content must agree.
        let other =
            if index { shape.layers.is_some() || shape.config.is_some() } else { shape.manifests.is_some() };
        let declared = shape.media_type.as_deref();
        if other
            || declared.is_some_and(|inside| {
                media_types::is_manifest(inside) && media_types::is_index(inside) != index
            })
        {
            return Err(ManifestError::Ambiguous);
        }
        let subject = shape.subject.map(descriptor).transpose()?;
        if index {
            let index = OciImageIndex::deserialize(document).map_err(unreadable)?;
            bounded(index.manifests.len())?;
            let children = index.manifests.into_iter().map(child).collect::<Result<_, _>>()?;
            let annotations = index.annotations.unwrap_or_default();
            let kind = ManifestKind::Index { children };
            let (artifact_type, foreign) = (index.artifact_type, Vec::new());
            return Ok(Self { kind, subject, artifact_type, annotations, foreign });
        }
        let image = OciImageManifest::deserialize(document).map_err(unreadable)?;
        bounded(image.layers.len())?;
        let has_urls = |layer: &&OciDescriptor| layer.urls.as_ref().is_some_and(|urls| !urls.is_empty());
        let foreign = image
            .layers
            .iter()
            .filter(|layer| media_types::is_foreign_layer(&layer.media_type))
            .filter(has_urls)
            .map(|layer| checked(layer.media_type.clone(), &layer.digest, layer.size))
            .collect::<Result<_, _>>()?;
        let kind = ManifestKind::Image {
            config: descriptor(image.config)?,
            layers: image.layers.into_iter().map(descriptor).collect::<Result<_, _>>()?,
        };
        let annotations = image.annotations.unwrap_or_default();
        Ok(Self { kind, subject, artifact_type: image.artifact_type, annotations, foreign })
    }

    /// The blobs that belong to it and must be copied with it: configuration and layers, each
    /// digest once, without [foreign](Self::foreign) layers.
    pub fn blobs(&self) -> Vec<Descriptor> {
        let ManifestKind::Image { config, layers } = &self.kind else { return Vec::new() };
        let foreign: HashSet<&Descriptor> = self.foreign.iter().collect();
        let mut seen = HashSet::new();
        std::iter::once(config)
            .chain(layers.iter().filter(|layer| !foreign.contains(layer)))
            .filter(|blob| seen.insert(&blob.digest))
            .cloned()
            .collect()
    }

    /// The manifests that it names, if it is an index.
    pub fn children(&self) -> &[Child] {
        match &self.kind {
            ManifestKind::Index { children } => children,
            ManifestKind::Image { .. } => &[],
        }
    }
}

/// Handles what Go builders write for absent values: `null` for an empty list, `{}` for no
/// platform.
fn tolerant(mut document: Value) -> Value {
    for list in ["layers", "manifests"] {
        if let Some(value) = document.get_mut(list)
            && value.is_null()
        {
            *value = json!([]);
        }
    }
    without_null_annotations(&mut document);
    document.get_mut("config").into_iter().for_each(without_null_annotations);
    for list in ["layers", "manifests"] {
        let entries = document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for entry in entries.filter_map(Value::as_object_mut) {
            let says =
                |platform: &Value, name: &str| platform[name].as_str().is_some_and(|text| !text.is_empty());
            let is_platform = |platform: &Value| says(platform, "os") && says(platform, "architecture");
            if entry.get("platform").is_some_and(|platform| !is_platform(platform)) {
                entry.remove("platform");
            }
        }
        for entry in document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            without_null_annotations(entry);
        }
    }
    document
}

fn without_null_annotations(of: &mut Value) {
    if let Some(annotations) = of.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.retain(|_, value| !value.is_null());
    }
}

fn unreadable(error: serde_json::Error) -> ManifestError {
    ManifestError::Unreadable(error.to_string())
}

fn bounded(count: usize) -> Result<(), ManifestError> {
    if count <= MAX_DESCRIPTORS {
        return Ok(());
    }
    Err(ManifestError::TooLarge(format!("{count} descriptors")))
}

fn descriptor(from: OciDescriptor) -> Result<Descriptor, ManifestError> {
    checked(from.media_type, &from.digest, from.size)
}

fn checked(media_type: String, digest: &str, size: i64) -> Result<Descriptor, ManifestError> {
    let digest = digest.parse().map_err(|e| ManifestError::Unreadable(format!("{e}")))?;
    let size = u64::try_from(size).map_err(|_| ManifestError::Unreadable(format!("size {size}")))?;
    Ok(Descriptor { media_type, digest, size })
}

fn child(entry: ImageIndexEntry) -> Result<Child, ManifestError> {
    let platform = entry.platform.map(|platform| Platform {
        os: platform.os.to_string(),
        architecture: platform.architecture.to_string(),
        variant: platform.variant,
        os_version: platform.os_version,
    });
    let descriptor = checked(entry.media_type, &entry.digest, entry.size)?;
    Ok(Child { descriptor, platform, annotations: entry.annotations.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn image(extra: &str) -> String {
        format!(
            r#"{{"schemaVersion":2,{extra}"config":{{"mediaType":"c","digest":"{A}","size":2}},
            "layers":[{{"mediaType":"l","digest":"{B}","size":3}},{{"mediaType":"l","digest":"{B}","size":3}},
            {{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip","digest":"{A}","size":3}}]}}"#
        )
    }

    #[test]
    fn an_image_names_configuration_and_layers_once() {
        for media_type in [media_types::OCI_MANIFEST, media_types::DOCKER_MANIFEST] {
            let view = ManifestView::parse(media_type, image("").as_bytes()).unwrap();
            let blobs: Vec<String> = view.blobs().iter().map(|b| b.digest.to_string()).collect();
            assert_eq!(blobs, [A, B]);
            assert!(view.children().is_empty());
        }
    }

    #[test]
    fn a_layer_that_may_not_be_distributed_stays_where_its_urls_say() {
        let with =
            image("").replace(r#"v1.tar+gzip","#, r#"v1.tar+gzip","urls":["https://example.com/layer"],"#);
        let view = ManifestView::parse(media_types::OCI_MANIFEST, with.as_bytes()).unwrap();
        assert_eq!(view.foreign.len(), 1);
        assert_eq!(view.blobs().len(), 2);
        let elsewhere = image("").replace(
            &format!(r#"tar+gzip","digest":"{A}""#),
            &format!(r#"tar+gzip","digest":"{}""#, A.replace("aaaa", "cccc")),
        );
        let view = ManifestView::parse(media_types::OCI_MANIFEST, elsewhere.as_bytes()).unwrap();
        assert_eq!((view.foreign.len(), view.blobs().len()), (0, 3), "without urls it could not be found");
    }

    #[test]
    fn an_index_names_children_with_platforms() {
        let text = format!(
            r#"{{"schemaVersion":2,"subject":{{"mediaType":"m","digest":"{B}","size":1}},"artifactType":"t","annotations":{{"k":"v"}},
            "manifests":[{{"mediaType":"{}","digest":"{A}","size":9,"platform":{{"os":"linux","architecture":"arm","variant":"v7"}}}},
            {{"mediaType":"m","digest":"{B}","size":9}}]}}"#,
            media_types::OCI_MANIFEST
        );
        let view = ManifestView::parse(media_types::OCI_INDEX, text.as_bytes()).unwrap();
        assert_eq!(view.children()[0].platform.as_ref().unwrap().to_string(), "linux/arm/v7");
        assert_eq!(view.children()[1].platform, None);
        assert_eq!(view.subject.unwrap().digest.as_str(), B);
        assert_eq!(view.artifact_type.as_deref(), Some("t"));
        assert_eq!(view.annotations["k"], "v");
    }

    #[test]
    fn null_lists_are_empty_and_an_empty_platform_is_none() {
        let text = format!(
            r#"{{"schemaVersion":2,"layers":null,"manifests":null,"annotations":null,"subject":null,
            "config":{{"mediaType":"c","digest":"{A}","size":2,"annotations":{{"a":null}}}}}}"#
        );
        let view = ManifestView::parse(media_types::OCI_MANIFEST, text.as_bytes()).unwrap();
        assert_eq!(view.blobs().len(), 1);
        let empty = br#"{"schemaVersion":2,"manifests":null,"layers":null,"config":null}"#;
        assert!(ManifestView::parse(media_types::OCI_INDEX, empty).unwrap().children().is_empty());
        for platform in
            ["{}", "null", r#"{"os":"","architecture":""}"#, r#"{"os":"linux"}"#, r#"{"os":null}"#]
        {
            let text = format!(
                r#"{{"schemaVersion":2,"annotations":{{"k":null,"l":"v"}},"manifests":[
                {{"mediaType":"m","digest":"{A}","size":9,"platform":{platform},"annotations":null}}]}}"#
            );
            let view = ManifestView::parse(media_types::OCI_INDEX, text.as_bytes()).unwrap();
            assert_eq!(view.children()[0].platform, None, "{platform}");
            assert_eq!(view.annotations.len(), 1);
        }
    }

    #[test]
    fn hostile_manifests_are_refused() {
        let both = image(r#""manifests":[],"#);
        let lying = image(&format!(r#""mediaType":"{}","#, media_types::OCI_INDEX));
        let negative = image("").replace(r#""size":2"#, r#""size":-2"#);
        let unknown = image("").replace("sha256:aaaa", "md5:aaaa");
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for (text, code) in [
            (both.as_str(), "manifest-ambiguous"),
            (&lying, "manifest-ambiguous"),
            (&negative, "manifest-unreadable"),
            (&unknown, "manifest-unreadable"),
            (&deep, "manifest-unreadable"),
            ("", "manifest-unreadable"),
            ("{}", "manifest-unreadable"),
        ] {
            let error = ManifestView::parse(media_types::OCI_MANIFEST, text.as_bytes()).unwrap_err();
            assert_eq!(error.code(), code, "{text:.80}");
        }
        let schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        assert_eq!(ManifestView::parse(schema1, b"{}").unwrap_err().code(), "manifest-type");
        let many = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            vec![format!(r#"{{"mediaType":"m","digest":"{A}","size":1}}"#); 10_001].join(",")
        );
        let error = ManifestView::parse(media_types::OCI_INDEX, many.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "manifest-too-large");
    }
}
