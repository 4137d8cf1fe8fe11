//! `SetRepositoryPolicy`, `GetRepositoryPolicy`, `DeleteRepositoryPolicy`.
//!
//! Unlike those of a registry, these operations are subject to the policy: one that denies them locks
//! its own account out, which `SetRepositoryPolicy` accepts with `force` only. Source: User Guide,
//! "repository-policies", and the API model.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::control::{
    registry::policy_grammar::{Kind, check},
    registry::policy_rewriting::rewritten,
    wire::call::{Call, Refused},
    wire::constraints::length,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::{
    access::policy::{self, Request},
    state::{Mutation, Registry, Repository, resource},
};

/// `RepositoryPolicyText` of the API model.
pub(in crate::control) const LONGEST_POLICY: usize = 10_240;

pub(in crate::control) async fn set_repository_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let text = input.needed_text("policyText")?;
    length("policyText", text, 0, LONGEST_POLICY)?;
    let force = input.flag("force")?.unwrap_or(false);
    if !call.state.switches().documents_unchecked {
        accept(call, "PolicyText", text)?;
    }
    let (registry, repository) = call.repository(input)?;
    if !force && locks_out(call, &registry, &repository, text) {
        return Err(ApiError::parameter(
            "PolicyText",
            "The policy would not allow you to set another policy in the future; use force to set it anyway",
        ));
    }
    let stored = text.to_owned();
    let keep = keep_former(call, &repository);
    repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            keep(&settings.policy);
            settings.policy = Some(stored);
            Ok((vec![Mutation::Settings { settings }], ()))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, text))
}

pub(in crate::control) async fn get_repository_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let switches = call.state.switches();
    let text = match repository.former_policies.at(call.now) {
        Some(former) => former.filter(|_| !switches.read_after_write_missing),
        None => repository.read(|state| state.settings.policy.clone()),
    };
    let text = text.ok_or_else(|| no_policy(&registry, &repository))?;
    match switches.principals_rewritten {
        true => Ok(answer(&registry, &repository, &rewritten(&text, call.caller.region.partition()))),
        false => Ok(answer(&registry, &repository, &text)),
    }
}

pub(in crate::control) async fn delete_repository_policy(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let missing = no_policy(&registry, &repository);
    let keep = keep_former(call, &repository);
    let text = repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            let text = settings.policy.take().ok_or(Refused::Api(missing))?;
            keep(&Some(text.clone()));
            Ok((vec![Mutation::Settings { settings }], text))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(answer(&registry, &repository, &text))
}

/// Refuses what is not a repository policy.
pub(in crate::control) fn accept(call: &Call, member: &str, text: &str) -> ApiResult<()> {
    check(text, Kind::Repository).map_err(|problem| {
        tracing::info!(%problem, registry = %call.registry.id, "a repository policy was refused");
        ApiError::parameter(member, problem.said(Kind::Repository))
    })
}

/// Whether the caller could not set another policy once this one is set.
fn locks_out(call: &Call, registry: &Registry, repository: &Repository, text: &str) -> bool {
    let (principal, action) = (call.principal(), "ecr:SetRepositoryPolicy");
    let name = Some(&repository.name);
    let by_registry = registry.policy_decision(&call.state.switches(), &principal, action, name);
    let place = resource(&registry.id, name);
    let by_policy = policy::evaluate_of_repository(text, &principal, action, &place);
    let (request, decision) = (Request::new(&principal, action, &place), by_registry.and(by_policy));
    call.state.authorize(&request, &registry.id.account, decision).is_err()
}

/// Keeps the former policy for as long as reads still return it.
fn keep_former(call: &Call, repository: &Arc<Repository>) -> impl Fn(&Option<String>) + Send + use<> {
    let (repository, until) = (repository.clone(), call.read_until());
    move |former| {
        if let Some(until) = until {
            repository.former_policies.keep(former.clone(), until);
        }
    }
}

fn answer(registry: &Registry, repository: &Repository, text: &str) -> Value {
    json!({ "registryId": registry.id.account, "repositoryName": repository.name, "policyText": text })
}

fn no_policy(registry: &Registry, repository: &Repository) -> ApiError {
    ApiError::new(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, registry.id.account
        ),
    )
}
