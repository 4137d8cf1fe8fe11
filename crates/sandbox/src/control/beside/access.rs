//! What the identity policy of a caller allows. A caller without one is an administrator.

use http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    control::wire::{error::ApiError, signing::caller::Caller},
    policy::{Decision, Principal, evaluate_of_identity},
    state::{Denial, State},
};

/// Refuses what the caller's identity policy does not allow.
pub(in crate::control) fn check(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
) -> Result<(), ApiError> {
    let Some(policy) = state.planted.policy(&caller.identity()) else { return Ok(()) };
    let principal = Principal { account: caller.account.clone(), arn: caller.arn() };
    let (decision, sid) = evaluate_of_identity(&policy, &principal, action, resource);
    let explicit = match decision {
        Decision::Allow => return Ok(()),
        Decision::Deny => true,
        Decision::Silent => false,
    };
    let denial = Denial {
        id: String::new(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        explicit,
        check: "PRINCIPAL",
        policy: explicit.then(|| format!("{}/policy/planted", caller.arn())),
        sid,
    };
    Err(denied(state, caller, denial))
}

/// The refusal of a request, in AWS's words; with an authorization id if the switch says so.
pub(in crate::control) fn denied(state: &State, caller: &Caller, mut denial: Denial) -> ApiError {
    let kind = if denial.check == "PRINCIPAL" { "identity-based" } else { "resource-based" };
    let because = match denial.explicit {
        true => {
            let article = if denial.check == "PRINCIPAL" { "an" } else { "a" };
            format!("with an explicit deny in {article} {kind} policy")
        }
        false => format!("because no {kind} policy allows the {} action", denial.action),
    };
    let mut text = format!(
        "User: {} is not authorized to perform: {} on resource: {} {because}",
        caller.arn(),
        denial.action,
        denial.resource
    );
    if state.switches().authorization_ids {
        denial.id = Uuid::new_v4().simple().to_string();
        let (id, region) = (&denial.id, &caller.region);
        text.push_str(&format!(
            ". Go to https://{region}.console.aws.amazon.com/iam/home?region={region}#/authorization-details/{id} \
             for complete details, or call the GetRequestAuthorizationDetails API with the following \
             authorization id: {id}"
        ));
        state.planted.deny(denial);
    }
    ApiError::new("AccessDeniedException", text)
}

/// The spelling of services with AWS Query.
pub(in crate::control) fn in_query(mut error: ApiError) -> ApiError {
    error.code = "AccessDenied";
    error.with_status(StatusCode::FORBIDDEN)
}

/// The resource of a call to ECR: the repository that it names, or everything.
pub(in crate::control) fn resource_of(caller: &Caller, input: &Map<String, Value>) -> String {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    match text("repositoryName") {
        Some(name) => format!(
            "arn:{}:ecr:{}:{}:repository/{name}",
            caller.region.partition(),
            caller.region,
            text("registryId").unwrap_or(caller.account.as_str())
        ),
        None => "*".to_owned(),
    }
}
