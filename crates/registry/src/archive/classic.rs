//! The form of `docker save` before docker 25: `manifest.json`, configurations, and layers as plain
//! tar files.

use std::collections::HashMap;

use bytes::Bytes;
use longshore_names::{Algorithm, Digest, shown};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Descriptor, Error, MAX_CONFIG_BYTES, Manifest,
    archive::members::{Member, Members, compression},
    digest_of,
    model::media_types,
};

const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// One image of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Saved {
    pub(crate) config: String,
    pub(crate) repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Config {
    rootfs: Option<RootFs>,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Option<Vec<Digest>>,
}

/// The list of images; `None` when the archive has none.
pub(crate) fn list(members: &Members) -> Result<Option<Vec<Saved>>, Error> {
    let Some(bytes) = members.read("manifest.json", MAX_LIST_BYTES)? else { return Ok(None) };
    let list = serde_json::from_slice(&bytes);
    list.map(Some).map_err(|error| members.local(format!("`manifest.json` cannot be understood: {error}")))
}

/// A manifest for a saved image, since the archive has none. It depends only on the archive's
/// content, so the same image gives the same digest every time. Layers stay as they are: a plain
/// layer has the digest that the configuration names, a compressed one that of its own bytes.
pub(crate) fn manifest(
    members: &Members,
    saved: &Saved,
    blobs: &mut HashMap<Digest, Member>,
) -> Result<Manifest, Error> {
    let wrong = |problem: String| members.local(format!("image `{}`: {problem}", shown(&saved.config, 200)));
    let missing = |name: &str| wrong(format!("`{}` is not in the archive", shown(name, 200)));
    let bytes = members.read(&saved.config, MAX_CONFIG_BYTES)?.ok_or_else(|| missing(&saved.config))?;
    let config: Config =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("its configuration: {error}")))?;
    let diff_ids = config.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default();
    let layers = saved.layers.as_deref().unwrap_or_default();
    if layers.len() != diff_ids.len() {
        let (here, there) = (layers.len(), diff_ids.len());
        return Err(wrong(format!("it has {here} layers, and its configuration names {there}")));
    }
    let digest = digest_of(Algorithm::Sha256, &bytes);
    let place = members.get(&saved.config).ok_or_else(|| missing(&saved.config))?;
    blobs.insert(digest.clone(), place);
    let size = bytes.len() as u64;
    let config = Descriptor { media_type: media_types::OCI_CONFIG.to_owned(), digest, size };
    let mut described = Vec::with_capacity(layers.len());
    for (name, diff_id) in layers.iter().zip(diff_ids) {
        let member = members.get(name).ok_or_else(|| missing(name))?;
        let (media_type, digest) = match compression(&members.magic(member)?) {
            None => (LAYER.to_owned(), diff_id),
            Some((by @ ("gzip" | "zstd"), _)) => (format!("{LAYER}+{by}"), members.hash(member)?),
            Some((by, _)) => {
                return Err(wrong(format!("layer `{}` is compressed with {by}", shown(name, 200))));
            }
        };
        blobs.insert(digest.clone(), member);
        described.push(Descriptor { media_type, digest, size: member.size });
    }
    let document = json!({
        "schemaVersion": 2,
        "mediaType": media_types::OCI_MANIFEST,
        "config": config,
        "layers": described,
    });
    let bytes = Bytes::from(document.to_string());
    let digest = digest_of(Algorithm::Sha256, &bytes);
    Ok(Manifest { media_type: media_types::OCI_MANIFEST.to_owned(), bytes, digest })
}
