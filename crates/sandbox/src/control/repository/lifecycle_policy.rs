//! `PutLifecyclePolicy`, `GetLifecyclePolicy`, `DeleteLifecyclePolicy`.
//!
//! The document is stored and returned exactly as it was sent. The sandbox expires nothing, so no
//! response has a `lastEvaluatedAt`.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::control::{
    repository::lifecycle_rules::check,
    wire::call::{Call, Refused},
    wire::constraints::length,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::state::{Mutation, Registry, Repository};

/// `LifecyclePolicyText` of the API model.
const SHORTEST: usize = 100;
const LONGEST: usize = 30_720;

pub(in crate::control) async fn put_lifecycle_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let text = input.needed_text("lifecyclePolicyText")?;
    length("lifecyclePolicyText", text, SHORTEST, LONGEST)?;
    if let Err(problem) = check(text) {
        // The service spells this member with a capital letter in the responses that users quote.
        let problem = format!("Lifecycle policy validation failure: {problem}");
        return Err(ApiError::parameter("LifecyclePolicyText", problem));
    }
    let (registry, repository) = call.repository(input)?;
    let stored = text.to_owned();
    let keep = keep_former(call, &repository);
    repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            keep(&settings.lifecycle_policy);
            settings.lifecycle_policy = Some(stored);
            Ok((vec![Mutation::Settings { settings }], ()))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, text))
}

pub(in crate::control) async fn get_lifecycle_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let text = match repository.former_lifecycle_policies.at(call.now) {
        Some(former) => former.filter(|_| !call.state.switches().read_after_write_missing),
        None => repository.read(|state| state.settings.lifecycle_policy.clone()),
    };
    let text = text.ok_or_else(|| no_policy(&registry, &repository))?;
    Ok(answer(&registry, &repository, &text))
}

pub(in crate::control) async fn delete_lifecycle_policy(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let missing = no_policy(&registry, &repository);
    let keep = keep_former(call, &repository);
    let text = repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            keep(&settings.lifecycle_policy);
            let text = settings.lifecycle_policy.take().ok_or(Refused::Api(missing))?;
            Ok((vec![Mutation::Settings { settings }], text))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, &text))
}

/// Keeps the former policy for as long as reads still return it.
fn keep_former(call: &Call, repository: &Arc<Repository>) -> impl Fn(&Option<String>) + Send + use<> {
    let (repository, until) = (repository.clone(), call.read_until());
    move |former| {
        if let Some(until) = until {
            repository.former_lifecycle_policies.keep(former.clone(), until);
        }
    }
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
