//! What the policies of a caller allow.

use http::StatusCode;
use uuid::Uuid;

use crate::{
    access::policy::{Decision, Request},
    control::wire::{error::ApiError, signing::caller::Caller},
    iam::{Because, Refusal},
    state::{Denial, State},
};

/// Refuses what the caller's own policies do not allow.
pub(in crate::control) fn check(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
) -> Result<(), ApiError> {
    check_with(state, caller, action, resource, &[])
}

/// As [`check`], of a request with condition keys of its own.
pub(in crate::control) fn check_with(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
    keys: &[(&'static str, &str)],
) -> Result<(), ApiError> {
    let principal = caller.principal();
    let request = Request { keys, ..Request::new(&principal, action, resource) };
    let decided = state.authorize(&request, &caller.account, Decision::Silent);
    decided.map_err(|refusal| denied(state, caller, action, resource, refusal))
}

/// The refusal of a request, in AWS's words; with an authorization id if the switch says so.
pub(in crate::control) fn denied(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
    refusal: Refusal,
) -> ApiError {
    let arn = caller.arn();
    let because = refusal.text(action);
    let mut text =
        format!("User: {arn} is not authorized to perform: {action} on resource: {resource} {because}");
    if state.switches().authorization_ids {
        let id = Uuid::now_v7().simple().to_string();
        let region = &caller.region;
        text.push_str(&format!(
            ". Go to https://{region}.console.aws.amazon.com/iam/home?region={region}#/authorization-details/{id} \
             for complete details, or call the GetRequestAuthorizationDetails API with the following \
             authorization id: {id}"
        ));
        let named = |policy: String| match policy.as_str() {
            "planted" => format!("{arn}/policy/planted"),
            _ => policy,
        };
        let policy = match refusal.because {
            Because::Resource => refusal.explicit.then(|| resource.to_owned()),
            Because::Identity | Because::Boundary => refusal.policy.map(named),
        };
        state.planted.deny(Denial {
            id,
            action: action.to_owned(),
            resource: resource.to_owned(),
            explicit: refusal.explicit,
            because: refusal.because,
            policy,
            sid: refusal.sid,
        });
    }
    ApiError::new("AccessDeniedException", text)
}

/// The spelling of services with AWS Query.
pub(in crate::control) fn in_query(mut error: ApiError) -> ApiError {
    error.code = "AccessDenied";
    error.with_status(StatusCode::FORBIDDEN)
}
