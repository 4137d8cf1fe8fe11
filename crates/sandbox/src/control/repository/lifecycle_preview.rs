//! `StartLifecyclePolicyPreview`, `GetLifecyclePolicyPreview`.
//!
//! A preview is complete at once, is of the time when it was started, and is forgotten with the process.

use serde_json::{Value, json};

use crate::{
    control::{
        image::image_ids::ImageId,
        repository::lifecycle_rules::check,
        wire::{
            call::Call,
            constraints::{length, one_of},
            endpoint::timestamp,
            error::{ApiError, ApiResult},
            members::Members,
            page::Page,
        },
    },
    images::expiry::{Chosen, Fate, choose},
    state::{Preview, Registry, Repository, RepositoryState},
};

pub(in crate::control) async fn start_lifecycle_policy_preview(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let given = input.text("lifecyclePolicyText")?;
    if let Some(text) = given {
        length("lifecyclePolicyText", text, 100, 30_720)?;
        if let Err(problem) = check(text) {
            let problem = format!("Lifecycle policy validation failure: {problem}");
            return Err(ApiError::parameter("LifecyclePolicyText", problem));
        }
    }
    let (registry, repository) = call.repository(input)?;
    let own = repository.read(|state| state.settings.lifecycle_policy.clone());
    let text = given.map(str::to_owned).or(own).ok_or_else(|| {
        let text = format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, registry.id.account
        );
        ApiError::new("LifecyclePolicyNotFoundException", text)
    })?;
    repository.set_preview(Preview { text: text.clone(), at: call.now });
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "lifecyclePolicyText": text,
        "status": "IN_PROGRESS",
    }))
}

pub(in crate::control) async fn get_lifecycle_policy_preview(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let ids = ImageId::read_list(input)?;
    let mut tag_status = "ANY";
    if let Some(filter) = input.structure("filter")?
        && let Some(text) = filter.text("tagStatus")?
    {
        tag_status = one_of(&filter.place("tagStatus"), text, &["TAGGED", "UNTAGGED", "ANY"])?;
    }
    let preview = repository.preview().ok_or_else(|| no_preview(&registry, &repository))?;
    let bound = format!("{tag_status} {}", preview.at.to_rfc3339());
    let request = [call.operation, &registry.id.to_string(), repository.name.as_str(), &bound];
    let page = Page::read_sized(input, &call.state.signing_key, &request, 100, 100)?;
    let (results, token, expiring, moving) = repository.read(|state| {
        let mut all = choose(state, &preview.text, preview.at);
        let of = |fate: Fate, all: &[Chosen]| all.iter().filter(|one| one.fate == fate).count();
        let (expiring, moving) = (of(Fate::Expires, &all), of(Fate::Transitions, &all));
        all.retain(|one| {
            let tagged = state.tags_of(&one.digest).next().is_some();
            let named = ids.as_ref().is_none_or(|ids| {
                ids.iter().any(|id| id.find(state).is_ok_and(|image| image.digest == one.digest))
            });
            named && (tag_status == "ANY" || tagged == (tag_status == "TAGGED"))
        });
        all.sort_by(|a, b| a.digest.cmp(&b.digest));
        let (all, token) = page.cut(all, |one| one.digest.to_string());
        (all.iter().map(|one| result(state, one)).collect::<Vec<_>>(), token, expiring, moving)
    });
    let transitions: Vec<Value> = match moving {
        0 => Vec::new(),
        count => vec![json!({ "targetStorageClass": "ARCHIVE", "imageTotalCount": count })],
    };
    let mut output = json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "lifecyclePolicyText": preview.text,
        "status": "COMPLETE",
        "previewResults": results,
        "summary": { "expiringImageTotalCount": expiring, "transitioningImageTotalCounts": transitions },
    });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

fn result(state: &RepositoryState, one: &Chosen) -> Value {
    let tags: Vec<&str> = state.tags_of(&one.digest).map(|tag| tag.as_str()).collect();
    let image = state.images.get(&one.digest);
    let action = match one.fate {
        Fate::Expires => json!({ "type": "EXPIRE" }),
        Fate::Transitions => json!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" }),
    };
    let archived = image.is_some_and(|image| image.storage.archived);
    let mut out = json!({
        "imageDigest": one.digest,
        "imageTags": tags,
        "action": action,
        "appliedRulePriority": one.priority,
        "storageClass": if archived { "ARCHIVE" } else { "STANDARD" },
    });
    if let Some(image) = image {
        out["imagePushedAt"] = timestamp(image.pushed_at);
    }
    out
}

fn no_preview(registry: &Registry, repository: &Repository) -> ApiError {
    let text = format!(
        "There is no lifecycle policy preview for the repository with name '{}' in the registry with id '{}'",
        repository.name, registry.id.account
    );
    ApiError::new("LifecyclePolicyPreviewNotFoundException", text)
}
