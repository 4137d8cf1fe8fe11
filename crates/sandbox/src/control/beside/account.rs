//! AWS Account Management in restJson1: `ListRegions` (API Reference, version 2021-02-01).
//!
//! A Region of the sandbox's account is enabled unless it was opted out of; all others of its partition are
//! disabled.

use std::{collections::BTreeMap, sync::atomic::Ordering::Relaxed};

use serde_json::{Map, Value, json};

use super::access;
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        signing::caller::Caller,
    },
    state::State,
};

/// The path of a request.
pub(in crate::control) const PATH: &str = "/listRegions";
/// The largest page, and the usual one.
const LARGEST_PAGE: u64 = 50;

/// The Regions of the caller's account, a page of them.
pub(in crate::control) fn list_regions(
    input: &Map<String, Value>,
    state: &State,
    caller: &Caller,
) -> ApiResult<Value> {
    let arn = format!("arn:{}:account::{}:account", caller.region.partition(), caller.account);
    access::check(state, caller, "account:ListRegions", &arn)
        .map_err(|error| error.with_status(http::StatusCode::FORBIDDEN))?;
    let page = input.get("MaxResults").map_or(Some(LARGEST_PAGE), Value::as_u64);
    let page = page.filter(|page| (1..=LARGEST_PAGE).contains(page)).ok_or_else(|| wrong("maxResults"))?;
    let page = usize::try_from(page).map_err(|_| wrong("maxResults"))?;
    let all: Vec<(String, &str)> = regions(state, caller).into_iter().collect();
    let first = match input.get("NextToken") {
        None | Some(Value::Null) => 0,
        Some(token) => {
            let place = token.as_str().and_then(|token| all.iter().position(|(region, _)| region == token));
            place.ok_or_else(|| wrong("nextToken"))?
        }
    };
    let shown = all[first..].iter().take(page);
    let listed: Vec<Value> =
        shown.map(|(region, status)| json!({"RegionName": region, "RegionOptStatus": status})).collect();
    let mut answer = json!({"Regions": listed});
    // The token is the Region with which the next page begins.
    if let Some((next, _)) = all.get(first + page) {
        answer["NextToken"] = next.as_str().into();
    }
    Ok(answer)
}

fn regions(state: &State, caller: &Caller) -> BTreeMap<String, &'static str> {
    let known = caller.region.partition().regions().iter();
    let mut all: BTreeMap<String, &'static str> =
        known.map(|region| ((*region).to_owned(), "DISABLED")).collect();
    let registries = state.world().registries();
    for registry in registries.iter().filter(|registry| registry.id.account == caller.account) {
        let status = if registry.opted_in.load(Relaxed) { "ENABLED" } else { "DISABLED" };
        all.insert(registry.id.region.to_string(), status);
    }
    all
}

fn wrong(member: &str) -> ApiError {
    ApiError::new("ValidationException", format!("The value of {member} is not valid."))
}
