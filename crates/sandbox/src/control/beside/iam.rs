//! IAM in AWS Query: `GetRole` and `SimulatePrincipalPolicy` (IAM API Reference, version 2010-05-08).
//!
//! As for STS, every role exists. The role of ECR's replication exists once the account has had a
//! replication configuration.

use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use longshore_names::AccountId;

use super::access;
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        form::Form,
        signing::caller::{Caller, unique_id},
        xml::Element,
    },
    policy::{Decision, Principal, evaluate_of_identity},
    state::State,
};

const VERSION: &str = "2010-05-08";
/// The namespace of answers.
pub(in crate::control) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const REPLICATION_ROLE: &str = "AWSServiceRoleForECRReplication";
const REPLICATION_PATH: &str = "/aws-service-role/replication.ecr.amazonaws.com/";

/// Runs the action that the form names; the response is the content of its `…Response` element.
pub(in crate::control) fn call(
    form: &Form,
    state: &State,
    caller: &Caller,
    request_id: &str,
) -> ApiResult<Element> {
    let action = form.get("Action").unwrap_or_default();
    if form.get("Version") != Some(VERSION) || !["GetRole", "SimulatePrincipalPolicy"].contains(&action) {
        let version = form.get("Version").unwrap_or_default();
        let text = format!("Could not find operation {action} for version {version}");
        return Err(ApiError::new("InvalidAction", text));
    }
    let (response, result) = match action {
        "GetRole" => ("GetRoleResponse", get_role(form, state, caller)?),
        _ => ("SimulatePrincipalPolicyResponse", simulate(form, state, caller)?),
    };
    let metadata = Element::new("ResponseMetadata").text("RequestId", request_id);
    Ok(Element::new(response).child(result).child(metadata))
}

fn get_role(form: &Form, state: &State, caller: &Caller) -> ApiResult<Element> {
    let name = form
        .get("RoleName")
        .filter(|name| is_name(name))
        .ok_or_else(|| ApiError::new("ValidationError", "The specified value for roleName is invalid."))?;
    let arn = format!("arn:{}:iam::{}:role/{name}", caller.region.partition(), caller.account);
    access::check(state, caller, "iam:GetRole", &arn).map_err(access::in_query)?;
    let path = match name {
        REPLICATION_ROLE if !state.has_replication_role(&caller.account) => return Err(no_role(name)),
        REPLICATION_ROLE => REPLICATION_PATH.to_owned(),
        _ => state.planted.path(&(caller.account.clone(), format!("role/{name}"))),
    };
    let role = Element::new("Role")
        .text("Path", &path)
        .text("RoleName", name)
        .text("RoleId", &unique_id("AROA", &[caller.account.as_str(), name]))
        .text("Arn", &role_arn(caller, &path, name))
        .text("CreateDate", &DateTime::<Utc>::UNIX_EPOCH.to_rfc3339_opts(SecondsFormat::Secs, true));
    Ok(Element::new("GetRoleResult").child(role))
}

fn simulate(form: &Form, state: &State, caller: &Caller) -> ApiResult<Element> {
    let source = form.get("PolicySourceArn").unwrap_or_default();
    access::check(state, caller, "iam:SimulatePrincipalPolicy", source).map_err(access::in_query)?;
    let identity = identity_of(source, state, caller)?;
    let policy = state.planted.policy(&identity);
    let principal = Principal { account: identity.0, arn: source.to_owned() };
    let resources = form.members("ResourceArns");
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    let actions = form.members("ActionNames");
    if actions.is_empty() || actions.iter().any(|action| !action.contains(':')) {
        let text = "Invalid Entity: an action is its service and its name, such as ecr:PutImage.";
        return Err(ApiError::new("InvalidInput", text));
    }
    let mut results = Element::new("EvaluationResults");
    for action in &actions {
        for resource in &resources {
            let (decision, sid) = match &policy {
                Some(policy) => evaluate_of_identity(policy, &principal, action, resource),
                None => (Decision::Allow, None),
            };
            results = results.child(result(action, resource, decision, sid));
        }
    }
    Ok(Element::new("SimulatePrincipalPolicyResult").child(results).text("IsTruncated", "false"))
}

fn result(action: &str, resource: &str, decision: Decision, sid: Option<String>) -> Element {
    let word = match decision {
        Decision::Allow => "allowed",
        Decision::Deny => "explicitDeny",
        Decision::Silent => "implicitDeny",
    };
    let mut matched = Element::new("MatchedStatements");
    if decision != Decision::Silent {
        let id = sid.map_or_else(|| "planted".to_owned(), |sid| format!("planted/{sid}"));
        let member = Element::new("member").text("SourcePolicyId", &id);
        matched = matched.child(member.text("SourcePolicyType", "IAM Policy"));
    }
    Element::new("member")
        .text("EvalActionName", action)
        .text("EvalResourceName", resource)
        .text("EvalDecision", word)
        .child(matched)
        .child(Element::new("MissingContextValues"))
}

/// The user or role of an ARN, which must have the right path.
fn identity_of(arn: &str, state: &State, caller: &Caller) -> ApiResult<(AccountId, String)> {
    let own = format!("arn:{}:iam::{}:", caller.region.partition(), caller.account);
    let Some(rest) = arn.strip_prefix(&own) else {
        let text = format!("{arn} is not an ARN of a user, a group or a role of the account.");
        return Err(ApiError::new("InvalidInput", text));
    };
    let missing = || {
        let text = format!("The policy source with ARN {arn} cannot be found.");
        ApiError::new("NoSuchEntity", text).with_status(StatusCode::NOT_FOUND)
    };
    let user = caller.account_user();
    match rest.strip_prefix("role/").map(|path| path.rsplit('/').next().unwrap_or_default()) {
        Some(name) => {
            let identity = (caller.account.clone(), format!("role/{name}"));
            let path = state.planted.path(&identity);
            (role_arn(caller, &path, name) == arn).then_some(identity).ok_or_else(missing)
        }
        None if rest == user => Ok((caller.account.clone(), user)),
        None => Err(missing()),
    }
}

fn role_arn(caller: &Caller, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:role{path}{name}", caller.region.partition(), caller.account)
}

fn is_name(name: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(named)
}

fn no_role(name: &str) -> ApiError {
    let text = format!("The role with name {name} cannot be found.");
    ApiError::new("NoSuchEntity", text).with_status(StatusCode::NOT_FOUND)
}
