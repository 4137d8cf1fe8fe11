//! `ListImageReferrers`: the manifests whose subject is an image. It does not count as a pull.

use serde_json::{Value, json};

use crate::{
    control::wire::{
        call::Call,
        constraints::{count, one_of, parse_digest},
        error::ApiResult,
        members::Members,
        page::Page,
    },
    state::ImageRecord,
};

/// Results on a page: 50 when the caller does not say, and at most (API model).
const PAGE: usize = 50;

pub(in crate::control) async fn list_image_referrers(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let subject = input.needed_structure("subjectId")?;
    let digest = parse_digest("subjectId.imageDigest", subject.needed_text("imageDigest")?)?;
    let (mut types, mut status) = (Vec::new(), "ACTIVE");
    if let Some(filter) = input.structure("filter")? {
        types = filter.texts("artifactTypes")?.unwrap_or_default();
        count("filter.artifactTypes", &types, 0, 5)?;
        if let Some(text) = filter.text("artifactStatus")? {
            let values = ["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"];
            status = one_of("filter.artifactStatus", text, &values)?;
        }
    }
    let bound = format!("{digest} {status} {}", types.join(","));
    let request = [call.operation, &registry.id.to_string(), repository.name.as_str(), &bound];
    let page = Page::read_sized(input, &call.state.signing_key, &request, PAGE, PAGE)?;
    let (referrers, token) = repository.read(|state| {
        let wanted = |image: &&ImageRecord| {
            let kind = image.artifact_media_type.as_deref().unwrap_or_default();
            image.subject.as_ref() == Some(&digest)
                && (types.is_empty() || types.contains(&kind))
                && (status == "ANY" || image.storage.status(call.now) == status)
        };
        let all: Vec<&ImageRecord> = state.images.values().filter(wanted).collect();
        let (images, token) = page.cut(all, |image| image.digest.to_string());
        (images.into_iter().map(|image| descriptor(image, call)).collect::<Vec<_>>(), token)
    });
    let mut output = json!({ "referrers": referrers });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

fn descriptor(image: &ImageRecord, call: &Call) -> Value {
    let mut out = json!({
        "digest": image.digest,
        "mediaType": image.media_type,
        "size": image.manifest_size,
        "artifactStatus": image.storage.status(call.now),
    });
    if let Some(kind) = &image.artifact_media_type {
        out["artifactType"] = kind.as_str().into();
    }
    if let Some(annotations) = &image.annotations {
        out["annotations"] = annotations.clone().into();
    }
    out
}
