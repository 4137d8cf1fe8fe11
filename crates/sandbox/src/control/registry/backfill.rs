//! `StartReplicationBackfill`, `ListReplicationBackfills`, `DescribeReplicationBackfillResults`,
//! `StopReplicationBackfill`.
//!
//! The results are readable once a backfill has ended, and for ninety days. Source: API model and User
//! Guide, "replication-backfill".

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use longshore_names::RegistryId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::control::{
    wire::call::{Call, Refused},
    wire::constraints::{length, one_of, parse_account, parse_region},
    wire::endpoint::timestamp,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
    wire::page::Page,
};
use crate::{
    BackfillStatus, ReplicationOutcome,
    replication::{self, backfill},
    state::{Backfill, BackfillEvent, BackfillItem, BackfillStart, BackfillState, Registry, failure},
};

/// Backfills of a registry that can be under way at once.
const MOST_UNDER_WAY: usize = 10;
/// Backfills on a page of `ListReplicationBackfills`.
const DEFAULT_PAGE: usize = 25;
const LARGEST_PAGE: usize = 50;
/// Results on a page of `DescribeReplicationBackfillResults`.
const DEFAULT_RESULTS: usize = 100;
const MOST_RESULTS: usize = 1000;

/// Starts a backfill to one destination of the registry's rules.
pub(in crate::control) async fn start_replication_backfill(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let destination = destination(&input.needed_structure("destination")?)?;
    let registry = call.registry_for(input, None)?;
    if !replication::is_destination(registry.document().replication_at(call.now), &destination) {
        return Err(ApiError::parameter(
            "destination",
            "must be a destination of the registry's replication configuration",
        ));
    }
    let start = BackfillStart {
        id: Uuid::now_v7(),
        destination: destination.clone(),
        at: call.now,
        due: call.state.replication_due(),
    };
    let started = registry
        .backfills
        .start(start, move |held| -> Result<(), Refused> { admit(held, &destination) })
        .await
        .map_err(Refused::into_registry_api)?;
    let output = started.read(|found| identity(&registry, found));
    backfill::start(&call.state, &call.state.world(), &registry, &started);
    call.state.announce(backfill::change(&registry, &started));
    Ok(output)
}

/// The backfills that are kept, newest first.
pub(in crate::control) async fn list_replication_backfills(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let registry = call.registry_for(input, None)?;
    let request = ["ListReplicationBackfills", &registry.id.to_string()];
    let page = Page::read_sized(input, &call.state.signing_key, &request, DEFAULT_PAGE, LARGEST_PAGE)?;
    let newest_first = |backfill: &Arc<Backfill>| {
        let (at, id) = backfill.read(|found| (found.start.at.timestamp_millis(), found.start.id.as_u128()));
        format!("{:020}-{:039}", i64::MAX - at, u128::MAX - id)
    };
    let mut backfills = registry.backfills.all(call.now);
    backfills.sort_by_cached_key(newest_first);
    let (backfills, token) = page.cut(backfills, newest_first);
    let summary = |found: &BackfillState| {
        let mut output = standing(found);
        output["replicationBackfillId"] = found.start.id.to_string().into();
        output["destination"] = place(&found.start.destination);
        output
    };
    let backfills: Vec<Value> = backfills.iter().map(|backfill| backfill.read(summary)).collect();
    let mut output = json!({ "registryId": registry.id.account, "backfills": backfills });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

/// How one backfill stands, and what became of each image once it has ended.
pub(in crate::control) async fn describe_replication_backfill_results(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, backfill) = find(call, input)?;
    let wanted = input
        .text("resultStatusFilter")?
        .map(|text| one_of("resultStatusFilter", text, &["COMPLETE", "FAILED"]))
        .transpose()?;
    let id = backfill.read(|found| found.start.id.to_string());
    let request = ["DescribeReplicationBackfillResults", &registry.id.to_string(), &id, wanted.unwrap_or("")];
    let page = Page::read_sized(input, &call.state.signing_key, &request, DEFAULT_RESULTS, MOST_RESULTS)?;
    Ok(backfill.read(|found| {
        let finished = found.finished().filter(|_| found.status.is_terminal());
        let results: Vec<(usize, Value)> = finished
            .filter(|(_, _, outcome)| wanted.is_none_or(|status| result_status(outcome) == status))
            .map(|(at, item, outcome)| (at, result(item, outcome)))
            .collect();
        let (results, token) = page.cut(results, |(at, _)| format!("{at:020}"));
        let mut output = standing(found);
        output["registryId"] = registry.id.account.as_str().into();
        output["replicationBackfillId"] = found.start.id.to_string().into();
        output["destination"] = place(&found.start.destination);
        output["results"] = results.into_iter().map(|(_, result)| result).collect();
        if let Some(token) = token {
            output["nextToken"] = token.into();
        }
        output
    }))
}

/// Stops a backfill; what is being copied is still copied to its end.
pub(in crate::control) async fn stop_replication_backfill(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, backfill) = find(call, input)?;
    let now = call.now;
    backfill
        .commit(move |found| -> Result<_, Refused> { Ok((vec![stop(found, now)?], ())) })
        .await
        .map_err(Refused::into_registry_api)?;
    backfill.stopped.cancel();
    call.state.announce(backfill::change(&registry, &backfill));
    Ok(backfill.read(|found| identity(&registry, found)))
}

fn stop(found: &BackfillState, now: DateTime<Utc>) -> ApiResult<BackfillEvent> {
    match found.status {
        BackfillStatus::Preparing => {
            Ok(BackfillEvent::Ended { status: BackfillStatus::Stopped, failure: None, at: now })
        }
        BackfillStatus::InProgress => Ok(BackfillEvent::Stopping),
        other => Err(ApiError::new(
            "ReplicationBackfillInvalidStatusException",
            format!(
                "The replication backfill with id '{}' cannot be stopped because its status is {}",
                found.start.id,
                other.name()
            ),
        )),
    }
}

/// Whether another one can be started beside those that are under way.
fn admit(held: &[Arc<Backfill>], destination: &RegistryId) -> Result<(), Refused> {
    let under_way: Vec<RegistryId> = held
        .iter()
        .filter_map(|backfill| {
            backfill.read(|found| {
                let ended = found.status.is_terminal();
                (!ended).then(|| found.start.destination.clone())
            })
        })
        .collect();
    if under_way.iter().any(|other| other.region == destination.region) {
        return Err(Refused::Api(ApiError::new(
            "ReplicationBackfillInProgressException",
            format!(
                "A replication backfill is already in progress for the destination Region '{}'",
                destination.region
            ),
        )));
    }
    if under_way.len() >= MOST_UNDER_WAY {
        return Err(Refused::Api(ApiError::new(
            "LimitExceededException",
            format!("A registry can have at most {MOST_UNDER_WAY} replication backfills in progress"),
        )));
    }
    Ok(())
}

fn destination(input: &Members<'_>) -> ApiResult<RegistryId> {
    let (place, text) = (input.place("region"), input.needed_text("region")?);
    length(&place, text, 2, 25)?;
    let region = parse_region(&place, text)?;
    let account = parse_account(&input.place("registryId"), input.needed_text("registryId")?)?;
    Ok(RegistryId::new(account, region))
}

fn find(call: &Call, input: &Members<'_>) -> ApiResult<(Arc<Registry>, Arc<Backfill>)> {
    const PATTERN: &str = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
    let text = input.needed_text("replicationBackfillId")?;
    // `Uuid` also reads other spellings, none of them with 36 characters.
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36).ok_or_else(|| {
        ApiError::parameter(
            "replicationBackfillId",
            format_args!("must satisfy regular expression '{PATTERN}'"),
        )
    })?;
    let registry = call.registry_for(input, None)?;
    let backfill = registry.backfills.find(id, call.now).ok_or_else(|| {
        ApiError::new(
            "ReplicationBackfillNotFoundException",
            format!(
                "The replication backfill with id '{id}' does not exist in the registry with id '{}'",
                registry.id.account
            ),
        )
    })?;
    Ok((registry, backfill))
}

/// The members of a backfill that was started or stopped.
fn identity(registry: &Registry, found: &BackfillState) -> Value {
    json!({
        "replicationBackfillId": found.start.id.to_string(),
        "registryId": registry.id.account,
        "destination": place(&found.start.destination),
        "status": found.status.name(),
        "startedAt": timestamp(found.start.at),
    })
}

fn place(destination: &RegistryId) -> Value {
    json!({ "region": destination.region, "registryId": destination.account })
}

/// Status, times and progress. Members that the backfill does not have yet are left out.
fn standing(found: &BackfillState) -> Value {
    let mut output = json!({ "status": found.status.name(), "startedAt": timestamp(found.start.at) });
    if let Some(failure) = &found.failure {
        output["failureCode"] = failure.as_str().into();
    }
    if let Some(ended) = found.ended_at {
        output["endedAt"] = timestamp(ended);
    }
    if let Some(items) = &found.items {
        let count = |complete: bool| {
            found.finished().filter(|(_, _, o)| (**o == ReplicationOutcome::Complete) == complete).count()
        };
        output["progress"] = json!({
            "totalReplicationCount": items.len(),
            "completedReplicationCount": count(true),
            "failedReplicationCount": count(false),
            "failureCodes": found.failures(),
        });
    }
    output
}

fn result_status(outcome: &ReplicationOutcome) -> &'static str {
    match outcome {
        ReplicationOutcome::Complete => "COMPLETE",
        ReplicationOutcome::Failed { .. } => "FAILED",
    }
}

fn result(item: &BackfillItem, outcome: &ReplicationOutcome) -> Value {
    let mut id = json!({ "imageDigest": item.digest });
    if let Some(tag) = &item.tag {
        id["imageTag"] = tag.as_str().into();
    }
    let mut output =
        json!({ "repositoryName": item.repository, "imageId": id, "status": result_status(outcome) });
    let code = failure(outcome);
    if let Some(code) = code {
        output["failureCode"] = code.into();
    }
    if item.list {
        // The manifests of a list are copied in one piece with it, so they fail as it does.
        output["subImageFailureCodes"] = json!(code.into_iter().collect::<BTreeSet<_>>());
    }
    output
}
