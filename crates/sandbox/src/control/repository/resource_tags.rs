//! `TagResource`, `UntagResource`, `ListTagsForResource`: tags on repositories, not on images.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use longshore_names::{RegistryId, RepositoryName};
use serde_json::{Value, json};

use crate::control::{
    wire::call::{Call, Refused, no_repository},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::state::{Mutation, Repository};

/// Tags per resource (General Reference).
const MOST_TAGS: usize = 50;

pub(in crate::control) async fn tag_resource(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let repository = resource(call, input)?;
    let given = input.needed_structures("tags")?;
    let mut checked = BTreeMap::new();
    add(&mut checked, &given)?;
    change(&repository, move |tags| {
        tags.extend(checked);
        if tags.len() > MOST_TAGS { Err(too_many()) } else { Ok(()) }
    })
    .await
}

pub(in crate::control) async fn untag_resource(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let repository = resource(call, input)?;
    let keys = input.texts("tagKeys")?.ok_or_else(|| input.missing("tagKeys"))?;
    let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).collect();
    change(&repository, move |tags| {
        tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
    .await
}

pub(in crate::control) async fn list_tags_for_resource(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let repository = resource(call, input)?;
    let tags = repository.read(|state| state.settings.resource_tags.clone());
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    Ok(json!({ "tags": tags }))
}

/// Checks tags as the request gives them and adds them to `tags`.
pub(in crate::control) fn add(tags: &mut BTreeMap<String, String>, given: &[Members<'_>]) -> ApiResult<()> {
    let mut seen = BTreeSet::new();
    for tag in given {
        let (key, value) = (tag.needed_text("Key")?, tag.needed_text("Value")?);
        let problem = if !(1..=128).contains(&key.chars().count()) {
            Some("a key has 1 to 128 characters")
        } else if value.chars().count() > 256 {
            Some("a value has at most 256 characters")
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            Some("keys that begin with 'aws:' are reserved")
        } else if !seen.insert(key) {
            Some("a key can be given only once")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(ApiError::new(
                "InvalidTagParameterException",
                format!("Invalid tag '{key}': {problem}"),
            ));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MOST_TAGS { Err(too_many()) } else { Ok(()) }
}

async fn change(
    repository: &Arc<Repository>,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> ApiResult<()> + Send + 'static,
) -> ApiResult<Value> {
    repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            change(&mut settings.resource_tags)?;
            Ok((vec![Mutation::Settings { settings }], ()))
        })
        .await
        .map_err(|refused| refused.into_api(repository))?;
    Ok(json!({}))
}

/// The repository that `resourceArn` names; it is in the Region of the call.
fn resource(call: &Call, input: &Members<'_>) -> ApiResult<Arc<Repository>> {
    let text = input.needed_text("resourceArn")?;
    let (id, name) = parse_arn(text)
        .filter(|(id, _)| {
            id.region == call.caller.region && text.starts_with(&format!("arn:{}:", id.region.partition()))
        })
        .ok_or_else(|| ApiError::parameter("resourceArn", "Invalid ARN"))?;
    let registry = call.registry_of(id, Some(&name))?;
    registry.repository(&name).ok_or_else(|| no_repository(&registry.id, &name))
}

/// `arn:PARTITION:ecr:REGION:ACCOUNT:repository/NAME`.
fn parse_arn(text: &str) -> Option<(RegistryId, RepositoryName)> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, "ecr", region, account, resource] = parts[..] else { return None };
    let name = resource.strip_prefix("repository/")?.parse().ok()?;
    Some((RegistryId::new(account.parse().ok()?, region.parse().ok()?), name))
}

fn too_many() -> ApiError {
    ApiError::new("TooManyTagsException", format!("A resource has at most {MOST_TAGS} tags."))
}
