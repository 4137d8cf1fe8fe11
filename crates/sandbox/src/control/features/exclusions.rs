//! `RegisterPullTimeUpdateExclusion`, `DeregisterPullTimeUpdateExclusion`, `ListPullTimeUpdateExclusions`.
//!
//! Pulls of the users and roles in this list are not recorded.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::control::wire::{
    call::{Call, Refused},
    constraints::length,
    endpoint::timestamp,
    error::{ApiError, ApiResult},
    members::Members,
    page::Page,
};

/// The most of a registry (the longest list of the API model).
const MOST: usize = 100;

pub(in crate::control) async fn register_pull_time_update_exclusion(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let arn = principal(input)?.to_owned();
    let now = call.now;
    let stored = arn.clone();
    call.registry
        .update(move |document| -> Result<(), Refused> {
            let all = &mut document.pull_time_exclusions;
            if all.contains_key(&stored) {
                let text = format!("The principal {stored} is already excluded from pull time updates");
                return Err(ApiError::new("ExclusionAlreadyExistsException", text).into());
            }
            if all.len() >= MOST {
                let text = format!("The registry has the maximum of {MOST} pull time update exclusions");
                return Err(ApiError::new("LimitExceededException", text).into());
            }
            all.insert(stored, now);
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "principalArn": arn, "createdAt": timestamp(now) }))
}

pub(in crate::control) async fn deregister_pull_time_update_exclusion(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let arn = principal(input)?.to_owned();
    let gone = arn.clone();
    call.registry
        .update(move |document| -> Result<DateTime<Utc>, Refused> {
            document.pull_time_exclusions.remove(&gone).ok_or_else(|| {
                let text = format!("The principal {gone} is not excluded from pull time updates");
                ApiError::new("ExclusionNotFoundException", text).into()
            })
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "principalArn": arn }))
}

pub(in crate::control) async fn list_pull_time_update_exclusions(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let request = [call.operation, &call.registry.id.to_string()];
    let page = Page::read_sized(input, &call.state.signing_key, &request, MOST, MOST)?;
    let document = call.registry.document();
    let all: Vec<&String> = document.pull_time_exclusions.keys().collect();
    let (all, token) = page.cut(all, |arn| (*arn).clone());
    let mut output = json!({ "pullTimeUpdateExclusions": all });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

/// The ARN of a user or a role.
fn principal<'a>(input: &Members<'a>) -> ApiResult<&'a str> {
    let arn = input.needed_text("principalArn")?;
    length("principalArn", arn, 1, 200)?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let good = match parts[..] {
        ["arn", partition, "iam", "", account, rest] => {
            partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && ["role/", "user/"].iter().any(|kind| rest.strip_prefix(kind).is_some_and(is_path))
        }
        _ => false,
    };
    let rule = r"must satisfy regular expression '^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*$'";
    good.then_some(arn).ok_or_else(|| ApiError::parameter("principalArn", rule))
}

fn is_path(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    text.split('/').all(|part| !part.is_empty() && part.chars().all(allowed))
}
