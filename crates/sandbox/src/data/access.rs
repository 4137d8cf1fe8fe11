//! Who calls, and what they may do.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use longshore_names::RepositoryName;

use super::error::DataError;
use crate::{
    access::{
        policy::{Principal, Request},
        token::{self, TokenError},
    },
    state::{Registry, State, resource},
};

/// Checks the Basic credentials: user `AWS`, password a token of this Region.
pub(super) fn authenticate(
    state: &State,
    registry: &Registry,
    headers: &HeaderMap,
) -> Result<Principal, DataError> {
    let unauthorised = || DataError::unauthorised(&registry.host);
    let value = headers.get(header::AUTHORIZATION).ok_or_else(unauthorised)?;
    let text = value.to_str().map_err(|_| unauthorised())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(unauthorised)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unauthorised());
    }
    let invalid = || DataError::denied("Your Authorization Token is invalid.");
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| invalid())?;
    let decoded = String::from_utf8(decoded).map_err(|_| invalid())?;
    let (user, password) = decoded.split_once(':').ok_or_else(invalid)?;
    if user != "AWS" {
        return Err(invalid());
    }
    let checked = token::check(&state.signing_key, password, &registry.id.region, state.clock.now());
    let principal = checked.map_err(|error| match error {
        TokenError::Expired => {
            DataError::denied("Your authorization token has expired. Reauthenticate and try again.")
        }
        TokenError::OtherRegion => {
            DataError::denied("Your authorization token was issued in another Region.")
        }
        TokenError::Invalid => invalid(),
    })?;
    if !registry.opted_in.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(DataError::denied(format!(
            "Region {} is not enabled for account {}",
            registry.id.region, registry.id.account
        )));
    }
    Ok(principal)
}

/// Refuses what the policies of this principal, of the registry and of the repository do not allow it to do.
pub(super) fn permit(
    state: &State,
    registry: &Registry,
    principal: &Principal,
    action: &str,
    repository: Option<&RepositoryName>,
) -> Result<(), DataError> {
    let decision = registry.access_decision(&state.switches(), principal, action, repository);
    let resource = resource(&registry.id, repository);
    let request = Request::new(principal, action, &resource);
    state.authorize(&request, &registry.id.account, decision).map_err(|refusal| {
        DataError::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {}",
            principal.arn,
            refusal.text(action)
        ))
    })
}

/// The query's parameters; of a repeated one the first.
pub(super) fn query(text: Option<&str>) -> Result<HashMap<String, String>, DataError> {
    let mut found = HashMap::new();
    for pair in text.unwrap_or_default().split('&').filter(|p| !p.is_empty()).take(32) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |part: &str| {
            let spaced = part.replace('+', "%20");
            urlencoding::decode(&spaced).map(std::borrow::Cow::into_owned)
        };
        // A digest or an offset never has a plus sign; a media type (`artifactType`) does, and
        // clients send it unencoded.
        let value = if name == "artifactType" {
            urlencoding::decode(value).map(std::borrow::Cow::into_owned)
        } else {
            decode(value)
        };
        let (Ok(name), Ok(value)) = (decode(name), value) else {
            return Err(DataError::parameter("query", "must be valid UTF-8"));
        };
        found.entry(name).or_insert(value);
    }
    Ok(found)
}
