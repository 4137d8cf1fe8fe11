//! IAM Toolbox in restJson1: `GetRequestAuthorizationDetails` of the denials that got an authorization
//! id (IAM Toolbox API Reference, version 2018-05-10).

use http::StatusCode;
use serde_json::{Value, json};

use super::access;
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        signing::caller::Caller,
    },
    iam::Because,
    state::State,
};

/// What the path of a request begins with.
pub(in crate::control) const PATH: &str = "/authorization-details/";

/// The details of a denial.
pub(in crate::control) fn details(id: &str, state: &State, caller: &Caller) -> ApiResult<Value> {
    access::check(state, caller, "iam:GetRequestAuthorizationDetails", "*")
        .map_err(|error| error.with_status(StatusCode::FORBIDDEN))?;
    let denial = state.planted.denial(id).ok_or_else(|| {
        ApiError::new("ResourceNotFoundException", "There are no authorization details with this id.")
            .with_status(StatusCode::NOT_FOUND)
    })?;
    let effect = if denial.explicit { "EXPLICIT_DENY" } else { "IMPLICIT_DENY" };
    let (check, kind) = match denial.because {
        Because::Identity => ("PRINCIPAL", "IDENTITY_BASED_POLICY"),
        Because::Boundary => ("PERMISSIONS_BOUNDARY", "PERMISSIONS_BOUNDARY"),
        Because::Resource => ("RESOURCE", "RESOURCE_BASED_POLICY"),
    };
    let statement = denial.sid.map(|sid| json!({"sid": sid, "evaluatedEffect": "DENY"}));
    let statements: Vec<Value> = statement.into_iter().collect();
    let policies: Vec<&String> = denial.policy.iter().collect();
    let matched: Vec<Value> =
        policies.iter().map(|uri| json!({"uri": uri, "matchedStatements": statements})).collect();
    let listed: Vec<Value> = policies.iter().map(|uri| json!({"type": kind, "uri": uri})).collect();
    Ok(json!({
        "requestContext": {},
        "evaluations": [{
            "action": denial.action, "resource": denial.resource, "evaluatedEffect": effect,
            "checks": [{
                "checkType": check, "evaluatedEffect": effect, "relevantPolicyTypes": [kind],
                "matchedPolicies": matched,
            }],
        }],
        "policies": listed,
    }))
}
