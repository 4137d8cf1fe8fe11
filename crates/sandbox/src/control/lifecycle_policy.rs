//! `PutLifecyclePolicy`, `GetLifecyclePolicy`, `DeleteLifecyclePolicy`.
//!
//! The document is kept as it was sent and returned as it was sent. The sandbox expires nothing, so
//! no answer has a `lastEvaluatedAt`.

use serde_json::{Map, Value};

use super::{
    call::{Call, Refused},
    constraints::length,
    error::{ApiError, ApiResult},
    lifecycle_rules::check,
    members::Members,
};
use crate::state::{Mutation, Registry, Repository};

/// `LifecyclePolicyText` of the API model.
const SHORTEST: usize = 100;
const LONGEST: usize = 30_720;

pub(super) async fn put_lifecycle_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let text = input.needed_text("lifecyclePolicyText")?;
    length("lifecyclePolicyText", text, SHORTEST, LONGEST)?;
    if let Err(problem) = check(text) {
        // The service spells this member with a capital, as users quote its answers.
        let problem = format!("Lifecycle policy validation failure: {problem}");
        return Err(ApiError::parameter("LifecyclePolicyText", problem));
    }
    let (registry, repository) = call.repository(input)?;
    let stored = text.to_owned();
    repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            settings.lifecycle_policy = Some(stored);
            Ok((vec![Mutation::Settings { settings }], ()))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, text))
}

pub(super) async fn get_lifecycle_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let text = repository.read(|state| state.settings.lifecycle_policy.clone());
    let text = text.ok_or_else(|| no_policy(&registry, &repository))?;
    Ok(answer(&registry, &repository, &text))
}

pub(super) async fn delete_lifecycle_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let missing = no_policy(&registry, &repository);
    let text = repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            let text = settings.lifecycle_policy.take().ok_or(Refused::Api(missing))?;
            Ok((vec![Mutation::Settings { settings }], text))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, &text))
}

fn answer(registry: &Registry, repository: &Repository, text: &str) -> Value {
    let mut output = Map::new();
    output.insert("registryId".into(), registry.id.account.as_str().into());
    output.insert("repositoryName".into(), repository.name.as_str().into());
    output.insert("lifecyclePolicyText".into(), text.into());
    Value::Object(output)
}

fn no_policy(registry: &Registry, repository: &Repository) -> ApiError {
    ApiError::new(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, registry.id.account
        ),
    )
}
