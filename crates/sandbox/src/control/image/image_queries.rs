//! `ListImages` and `DescribeImages`. Neither counts as a pull.

use chrono::{DateTime, Utc};
use longshore_names::RegistryId;
use serde_json::{Value, json};

use crate::control::{
    image::image_ids::{ImageId, identifier},
    image::scans::{scan_status, scan_summary},
    wire::call::Call,
    wire::constraints::one_of,
    wire::endpoint::timestamp,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
    wire::page::Page,
};
use crate::state::{ImageRecord, Repository, RepositoryState};

/// The `filter` structure of both operations.
struct Filter {
    tagged: bool,
    untagged: bool,
    status: String,
    now: DateTime<Utc>,
    text: String,
}

impl Filter {
    fn read(input: &Members<'_>, now: DateTime<Utc>) -> ApiResult<Self> {
        let (mut tag_status, mut image_status) = ("ANY", "ACTIVE");
        if let Some(filter) = input.structure("filter")? {
            if let Some(text) = filter.text("tagStatus")? {
                tag_status = one_of(&filter.place("tagStatus"), text, &["TAGGED", "UNTAGGED", "ANY"])?;
            }
            if let Some(text) = filter.text("imageStatus")? {
                let values = ["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"];
                image_status = one_of(&filter.place("imageStatus"), text, &values)?;
            }
        }
        Ok(Self {
            tagged: tag_status != "UNTAGGED",
            untagged: tag_status != "TAGGED",
            status: image_status.to_owned(),
            now,
            text: format!("{tag_status} {image_status}"),
        })
    }

    fn takes(&self, image: &ImageRecord, tagged: bool) -> bool {
        let status = self.status == "ANY" || image.storage.status(self.now) == self.status;
        status && if tagged { self.tagged } else { self.untagged }
    }
}

/// One entry per tag, and one per untagged image.
pub(in crate::control) async fn list_images(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let filter = Filter::read(input, call.now)?;
    let page = page(call, input, &registry.id, &repository, &filter)?;
    let (ids, token) = repository.read(|state| {
        let mut entries: Vec<(&ImageRecord, Option<&str>)> = Vec::new();
        for image in state.images.values() {
            let before = entries.len();
            let tags = state.tags_of(&image.digest).map(|tag| (image, Some(tag.as_str())));
            entries.extend(tags.filter(|_| filter.takes(image, true)));
            let tagged = state.tags_of(&image.digest).next().is_some();
            if !tagged && entries.len() == before && filter.takes(image, false) {
                entries.push((image, None));
            }
        }
        let key = |(image, tag): &(&ImageRecord, Option<&str>)| {
            format!("{} {}", image.digest, tag.unwrap_or_default())
        };
        let (entries, token) = page.cut(entries, key);
        let ids: Vec<Value> = entries.iter().map(|(image, tag)| identifier(&image.digest, *tag)).collect();
        (ids, token)
    });
    Ok(with_token(json!({ "imageIds": ids }), token))
}

/// One entry per image, with all its tags.
pub(in crate::control) async fn describe_images(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let filter = Filter::read(input, call.now)?;
    let describe = |state: &RepositoryState, image: &ImageRecord| {
        describe(&registry.id, &repository, state, image, call.now)
    };
    if let Some(ids) = ImageId::read_list(input)? {
        for member in ["nextToken", "maxResults"] {
            if input.raw().get(member).is_some_and(|value| !value.is_null()) {
                return Err(ApiError::parameter(member, "can not be used together with imageIds"));
            }
        }
        let details = repository.read(|state| -> ApiResult<Vec<Value>> {
            let mut found: Vec<&ImageRecord> = Vec::with_capacity(ids.len());
            for id in &ids {
                let image = id.find(state).map_err(|_| id.not_found(&registry.id, &repository.name))?;
                if !found.iter().any(|known| known.digest == image.digest) {
                    found.push(image);
                }
            }
            let tagged =
                |image: &&ImageRecord| filter.takes(image, state.tags_of(&image.digest).next().is_some());
            Ok(found.into_iter().filter(tagged).map(|image| describe(state, image)).collect())
        })?;
        return Ok(json!({ "imageDetails": details }));
    }
    let page = page(call, input, &registry.id, &repository, &filter)?;
    let (details, token) = repository.read(|state| {
        let taken = |image: &&ImageRecord| filter.takes(image, state.tags_of(&image.digest).next().is_some());
        let images: Vec<&ImageRecord> = state.images.values().filter(taken).collect();
        let (images, token) = page.cut(images, |image| image.digest.to_string());
        (images.into_iter().map(|image| describe(state, image)).collect::<Vec<_>>(), token)
    });
    Ok(with_token(json!({ "imageDetails": details }), token))
}

/// An `ImageDetail`.
fn describe(
    registry: &RegistryId,
    repository: &Repository,
    state: &RepositoryState,
    image: &ImageRecord,
    now: DateTime<Utc>,
) -> Value {
    let mut detail = json!({
        "registryId": registry.account,
        "repositoryName": repository.name,
        "imageDigest": image.digest,
        "imageSizeInBytes": state.size_of(image),
        "imagePushedAt": timestamp(image.pushed_at),
        "imageManifestMediaType": image.media_type,
        "imageStatus": image.storage.status(now),
    });
    let tags: Vec<&str> = state.tags_of(&image.digest).map(|tag| tag.as_str()).collect();
    if !tags.is_empty() {
        detail["imageTags"] = tags.into();
    }
    if let Some(media_type) = &image.artifact_media_type {
        detail["artifactMediaType"] = media_type.as_str().into();
    }
    if let Some(at) = image.last_pulled_at {
        detail["lastRecordedPullTime"] = timestamp(at);
    }
    for (member, at) in [
        ("lastArchivedAt", image.storage.last_archived_at),
        ("lastActivatedAt", image.storage.last_activated_at.filter(|at| *at <= now)),
    ] {
        if let Some(at) = at {
            detail[member] = timestamp(at);
        }
    }
    if let Some(scan) = &image.scan {
        detail["imageScanStatus"] = scan_status(image, scan);
        detail["imageScanFindingsSummary"] = scan_summary(scan);
    }
    if let Some(subject) = &image.subject {
        detail["subjectManifestDigest"] = subject.as_str().into();
    }
    detail
}

fn page(
    call: &Call,
    input: &Members<'_>,
    registry: &RegistryId,
    repository: &Repository,
    filter: &Filter,
) -> ApiResult<Page> {
    let request = [call.operation, &registry.to_string(), repository.name.as_str(), &filter.text];
    Page::read(input, &call.state.signing_key, &request)
}

fn with_token(mut output: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    output
}
