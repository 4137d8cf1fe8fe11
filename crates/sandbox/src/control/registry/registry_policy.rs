//! `PutRegistryPolicy`, `GetRegistryPolicy`, `DeleteRegistryPolicy`.
//!
//! ECR says *Invalid registry policy provided* for nearly everything that is wrong with a document;
//! the reason goes to the sandbox's log. These three operations are not subject to the policy
//! themselves, or a Deny could never be removed. Source: User Guide, "registry-permissions".

use serde_json::{Value, json};

use crate::control::{
    registry::policy_grammar::{Kind, check},
    registry::policy_rewriting::rewritten,
    wire::call::{Call, Refused},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// `RegistryPolicyText` of the API model.
const LONGEST_POLICY: usize = 10_240;

pub(in crate::control) async fn put_registry_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let text = input.needed_text("policyText")?;
    let length = text.chars().count();
    if length > LONGEST_POLICY {
        return Err(ApiError::parameter(
            "policyText",
            format_args!("must have length less than or equal to {LONGEST_POLICY}"),
        ));
    }
    let switches = call.state.switches();
    let kind = Kind::Registry(call.registry.document().policy_scope(switches.policy_scope_v1));
    if !switches.documents_unchecked
        && let Err(problem) = check(text, kind)
    {
        tracing::info!(%problem, registry = %call.registry.id, "a registry policy was refused");
        return Err(ApiError::parameter("PolicyText", problem.said(kind)));
    }
    let stored = text.to_owned();
    let (registry, read_until) = (call.registry.clone(), call.read_until());
    call.registry
        .update(move |document| -> Result<(), Refused> {
            let former = document.policy.replace(stored);
            if let Some(until) = read_until {
                registry.former_policies.keep(former, until);
            }
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, text))
}

pub(in crate::control) async fn get_registry_policy(call: &Call, _: &Members<'_>) -> ApiResult<Value> {
    let switches = call.state.switches();
    let text = match call.registry.former_policies.at(call.now) {
        Some(former) => former.filter(|_| !switches.read_after_write_missing),
        None => call.registry.document().policy.clone(),
    };
    let text = text.ok_or_else(|| no_policy(call))?;
    match switches.principals_rewritten {
        true => Ok(answer(call, &rewritten(&text, call.caller.region.partition()))),
        false => Ok(answer(call, &text)),
    }
}

pub(in crate::control) async fn delete_registry_policy(call: &Call, _: &Members<'_>) -> ApiResult<Value> {
    let missing = no_policy(call);
    let (registry, read_until) = (call.registry.clone(), call.read_until());
    let text = call
        .registry
        .update(move |document| -> Result<_, Refused> {
            let former = document.policy.take().ok_or(Refused::Api(missing))?;
            if let Some(until) = read_until {
                registry.former_policies.keep(Some(former.clone()), until);
            }
            Ok(former)
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, &text))
}

fn answer(call: &Call, text: &str) -> Value {
    json!({ "registryId": call.registry.id.account, "policyText": text })
}

fn no_policy(call: &Call) -> ApiError {
    ApiError::new(
        "RegistryPolicyNotFoundException",
        format!("Registry policy does not exist in the registry with id '{}'", call.registry.id.account),
    )
}
