//! `PutReplicationConfiguration`, `DescribeRegistry`, `DescribeImageReplicationStatus`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use longshore_names::RegistryId;
use serde_json::{Value, json};

use crate::ReplicationOutcome;
use crate::control::{
    image::image_ids::ImageId,
    wire::call::{Call, Refused},
    wire::constraints::{count, length, one_of, parse_account, parse_region},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// General Reference, "Amazon ECR endpoints and quotas".
const MOST_RULES: usize = 25;
const MOST_DESTINATIONS: usize = 25;
const MOST_FILTERS: usize = 100;
const FILTER_PATTERN: &str = "^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$";

/// Replaces the registry's whole configuration. It is stored as it arrived, with members that are
/// not known here.
pub(in crate::control) async fn put_replication_configuration(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let configuration = input.needed_structure("replicationConfiguration")?;
    let switches = call.state.switches();
    if !switches.documents_unchecked {
        check(call, &configuration)?;
    }
    let stored = Value::Object(configuration.raw().clone());
    let delay = TimeDelta::from_std(switches.configuration_delay).unwrap_or(TimeDelta::MAX);
    let (now, put) = (call.now, stored.clone());
    let (registry, read_until) = (call.registry.clone(), call.read_until());
    call.registry
        .update(move |document| -> Result<(), Refused> {
            if let Some(until) = read_until {
                registry.former_configurations.keep(document.replication.clone(), until);
            }
            document.former_replication = document.replication_at(now).clone();
            document.replication_effective_at = now.checked_add_signed(delay).unwrap_or(now);
            document.replication = put;
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    // ECR creates the role that it replicates with, if it does not exist.
    call.state.planted.set_without_role(&call.registry.id.account, false);
    Ok(json!({ "replicationConfiguration": stored }))
}

pub(in crate::control) async fn describe_registry(call: &Call, _: &Members<'_>) -> ApiResult<Value> {
    let former = call.registry.former_configurations.at(call.now);
    let configuration = former.unwrap_or_else(|| call.registry.document().replication.clone());
    Ok(json!({ "registryId": call.registry.id.account, "replicationConfiguration": configuration }))
}

/// Where the replications of one image stand, asked at the registry it was pushed to. The status
/// belongs to the digest, whichever tag names it.
pub(in crate::control) async fn describe_image_replication_status(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let id = ImageId::read(&input.needed_structure("imageId")?)?;
    if let Err(failure) = id.parse() {
        return Err(ApiError::parameter("imageId", failure.reason));
    }
    let (digest, replications) = repository
        .read(|state| id.find(state).map(|image| (image.digest.clone(), image.replications.clone())))
        .map_err(|_| id.not_found(&registry.id, &repository.name))?;
    let statuses: Vec<Value> = replications
        .iter()
        .map(|replication| {
            let mut status = json!({
                "region": replication.destination.region,
                "registryId": replication.destination.account,
                "status": match &replication.outcome {
                    None => "IN_PROGRESS",
                    Some(ReplicationOutcome::Complete) => "COMPLETE",
                    Some(ReplicationOutcome::Failed { .. }) => "FAILED",
                },
            });
            if let Some(ReplicationOutcome::Failed { code }) = &replication.outcome {
                status["failureCode"] = code.as_str().into();
            }
            status
        })
        .collect();
    Ok(json!({
        "repositoryName": repository.name,
        "imageId": id.resolved(&digest),
        "replicationStatuses": statuses,
    }))
}

fn check(call: &Call, configuration: &Members<'_>) -> ApiResult<()> {
    let rules = configuration.needed_structures("rules")?;
    count(&configuration.place("rules"), &rules, 0, MOST_RULES)?;
    let mut destinations = BTreeSet::new();
    for rule in &rules {
        let listed = rule.needed_structures("destinations")?;
        count(&rule.place("destinations"), &listed, 0, 100)?;
        for destination in &listed {
            let place = destination.place("region");
            let text = destination.needed_text("region")?;
            length(&place, text, 2, 25)?;
            let region = parse_region(&place, text)?;
            if !region.is_known() {
                return Err(ApiError::parameter(
                    "replicationConfiguration",
                    format_args!("Replication destination region '{region}' is not a supported region"),
                ));
            }
            let account =
                parse_account(&destination.place("registryId"), destination.needed_text("registryId")?)?;
            let destination = RegistryId::new(account, region);
            if destination == call.registry.id {
                return Err(ApiError::parameter(
                    "replicationConfiguration",
                    "Replication destination cannot be the same as the source registry",
                ));
            }
            destinations.insert(destination);
        }
        check_filters(rule)?;
        if let Some(deletion) = rule.structure("deleteReplication")?
            && deletion.flag("enabled")?.is_none()
        {
            return Err(deletion.missing("enabled"));
        }
    }
    if destinations.len() > MOST_DESTINATIONS {
        return Err(ApiError::parameter(
            "replicationConfiguration",
            format_args!(
                "The number of unique destinations across all rules must be at most {MOST_DESTINATIONS}"
            ),
        ));
    }
    Ok(())
}

fn check_filters(rule: &Members<'_>) -> ApiResult<()> {
    let Some(filters) = rule.structures("repositoryFilters")? else { return Ok(()) };
    count(&rule.place("repositoryFilters"), &filters, 1, MOST_FILTERS)?;
    for filter in &filters {
        one_of(&filter.place("filterType"), filter.needed_text("filterType")?, &["PREFIX_MATCH"])?;
        let (place, text) = (filter.place("filter"), filter.needed_text("filter")?);
        length(&place, text, 2, 256)?;
        if !is_filter(text) {
            return Err(ApiError::parameter(
                &place,
                format_args!("must satisfy regular expression '{FILTER_PATTERN}'"),
            ));
        }
    }
    Ok(())
}

/// The model's pattern without a regular expression engine: characters of names only, and every
/// part that a slash ends begins with a letter or digit.
fn is_filter(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut parts: Vec<&str> = text.split('/').collect();
    parts.pop();
    text.bytes().all(|b| alphanumeric(b) || b"._-/".contains(&b))
        && parts.iter().all(|part| part.bytes().next().is_some_and(alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_taken_as_the_model_takes_them() {
        for right in ["prod", "prod-", "prod/", "team/prod-", "prod__", "a.b", "-prod", "a/b/c"] {
            assert!(is_filter(right), "{right}");
        }
        for wrong in ["PROD", "prod*", "/prod", "prod//x", "-a/b", "prod?", "pröd"] {
            assert!(!is_filter(wrong), "{wrong}");
        }
    }
}
