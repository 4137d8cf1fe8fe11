//! `BatchCheckLayerAvailability`, `GetDownloadUrlForLayer`.

use longshore_names::Digest;
use serde_json::{Value, json};

use crate::control::{
    wire::call::Call,
    wire::constraints::{count, length, parse_digest},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// The media type that ECR reports for every layer, whatever the manifest calls it.
const LAYER_MEDIA_TYPE: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// Which layers the repository has. Layers of other repositories do not count.
pub(in crate::control) async fn batch_check_layer_availability(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (_, repository) = call.repository(input)?;
    let digests = input.texts("layerDigests")?.ok_or_else(|| input.missing("layerDigests"))?;
    count("layerDigests", &digests, 1, 100)?;
    let (mut layers, mut failures) = (Vec::new(), Vec::new());
    for text in digests {
        length("layerDigests", text, 0, 1000)?;
        let Ok(digest) = text.parse::<Digest>() else {
            let (code, reason) = match text.is_empty() {
                true => ("MissingLayerDigest", "Layer digest cannot be empty".to_owned()),
                false => ("InvalidLayerDigest", format!("Invalid layer digest '{text}'")),
            };
            failures.push(json!({ "layerDigest": text, "failureCode": code, "failureReason": reason }));
            continue;
        };
        layers.push(match repository.read(|state| state.layers.get(&digest).copied()) {
            Some(size) => json!({
                "layerDigest": digest,
                "layerAvailability": "AVAILABLE",
                "layerSize": size,
                "mediaType": LAYER_MEDIA_TYPE,
            }),
            None => json!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" }),
        });
    }
    Ok(json!({ "layers": layers, "failures": failures }))
}

/// A signed address on the origin that serves layers.
pub(in crate::control) async fn get_download_url_for_layer(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let digest = parse_digest("layerDigest", input.needed_text("layerDigest")?)?;
    if !repository.read(|state| state.layers.contains_key(&digest)) {
        return Err(ApiError::new(
            "LayersNotFoundException",
            format!(
                "Layers with digests '[{digest}]' do not exist in the repository with name '{}' in the registry with id '{}'",
                repository.name, registry.id.account
            ),
        ));
    }
    if !repository.read(|state| state.is_referenced(&digest)) {
        return Err(ApiError::new(
            "LayerInaccessibleException",
            format!("The layer with digest '{digest}' is not associated with an image and is not available."),
        ));
    }
    let url = crate::data::download_url(&call.state, &registry.id, &digest, None);
    Ok(json!({ "downloadUrl": url, "layerDigest": digest }))
}
