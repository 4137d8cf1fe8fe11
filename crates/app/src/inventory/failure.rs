//! Why a replication failed, on which side, and how to resolve it.
//!
//! ECR gives a code without a documented list. Reliable information comes from the destination's
//! policy as last read; fixing the policy does not resend failed images.

use longshore_names::RepositoryName;
use longshore_policy::registry_policy::{
    CREATE_REPOSITORY, Decision, Mismatch, REPLICATE_IMAGE, RegistryPolicy, Request, evaluate,
};
use rusqlite::Transaction;

use super::{documents, rows};
use crate::api::{ApiError, RegistryKey, ReplicationState, ReplicationStatus, RepositoryKey, Side};

const AGAIN: &str = "Then replicate it again; fixing the cause does not resend it.";

/// Adds the cause to a failed replication.
pub(super) fn explain(
    tx: &Transaction<'_>,
    status: &mut ReplicationStatus,
    repository: &RepositoryKey,
) -> Result<(), ApiError> {
    if status.state != ReplicationState::Failed {
        return Ok(());
    }
    let known = status.destination_name.is_some();
    let place = status.destination_name.clone().unwrap_or_else(|| status.destination.account.to_string());
    let place = format!("{place} / {}", status.destination.region);
    let source = &repository.registry.account;
    let cause = if *source == status.destination.account {
        let code = status.failure_code.as_deref().unwrap_or("no code");
        failed(format!("{place} did not accept the image ({code})."))
            .hint(format!("Check that the Region is enabled for the account. {AGAIN}"))
    } else if let Some((policy, _)) = documents::document(tx, &status.destination, "policy")? {
        let there = rows::repository_number(
            tx,
            &RepositoryKey {
                registry: status.destination.clone(),
                repository: repository.repository.clone(),
            },
        )?
        .is_some();
        let (cause, fixable) = by_policy(policy.as_deref(), &status.destination, &place, repository, there)?;
        status.fixable = fixable && known;
        cause
    } else {
        let hint = if known {
            "Its policy could not be read; check Permissions of the destination."
        } else {
            "The app has no account for the destination: ask its administrator whether its registry policy \
             allows this account to replicate."
        };
        failed(format!("{place} did not accept the image.")).hint(hint)
    };
    status.cause = Some(cause);
    Ok(())
}

fn failed(message: String) -> ApiError {
    ApiError::new("replication-failed", Side::Destination, message)
}

/// What the destination's policy says about it, and whether a statement would fix it.
fn by_policy(
    policy: Option<&str>,
    destination: &RegistryKey,
    place: &str,
    repository: &RepositoryKey,
    there: bool,
) -> Result<(ApiError, bool), ApiError> {
    let source = &repository.registry.account;
    let name: RepositoryName = repository.repository.parse()?;
    let registry = destination.id();
    let missing = |action: &str| {
        let what = if action == REPLICATE_IMAGE { "replicate into" } else { "create" };
        let text = format!(
            "The registry policy of {place} does not allow account {source} to {what} repository `{name}`."
        );
        let error = ApiError::new("statement-missing", Side::Destination, text);
        (error.hint(format!("Add the statement to the policy of {place}. {AGAIN}")), true)
    };
    let Some(policy) = policy else { return Ok(missing(REPLICATE_IMAGE)) };
    let Ok(policy) = RegistryPolicy::parse(policy) else {
        let error = failed(format!("The registry policy of {place} cannot be parsed."));
        return Ok((error.hint("Check Permissions of the destination."), false));
    };
    let actions: &[&str] = if there { &[REPLICATE_IMAGE] } else { &[REPLICATE_IMAGE, CREATE_REPOSITORY] };
    for action in actions {
        let request = Request { source, destination: &registry, repository: &name, action };
        match evaluate(&policy, &request) {
            Decision::Allowed { .. } => {}
            Decision::NotAllowed { closest: Some(by), missing } if missing == [Mismatch::Condition] => {
                let statement = by.sid.unwrap_or_else(|| format!("number {}", by.index + 1));
                let text = format!(
                    "Statement {statement} of the registry policy of {place} has a condition that replication never meets."
                );
                let error = ApiError::new("statement-condition", Side::Destination, text);
                let hint =
                    format!("Change its condition: replication carries `aws:PrincipalAccount`. {AGAIN}");
                return Ok((error.hint(hint), false));
            }
            Decision::NotAllowed { .. } => return Ok(missing(action)),
            Decision::Denied { by } => {
                let statement = by.sid.unwrap_or_else(|| format!("number {}", by.index + 1));
                let text =
                    format!("Statement {statement} of the registry policy of {place} denies `{action}`.");
                let error = ApiError::new("statement-denies", Side::Destination, text);
                return Ok((error.hint(format!("Change that statement. {AGAIN}")), false));
            }
            Decision::Unknown { reason, .. } => {
                let error = failed(format!("{place} did not accept the image. {reason}"));
                return Ok((error.hint("Check whether that condition is met."), false));
            }
        }
    }
    let error = ApiError::new(
        "replication-failed-before",
        Side::Destination,
        format!("{place} did not accept the image, but its policy would now allow it."),
    );
    Ok((error.hint("Replicate the image again; ECR does not resend it."), false))
}
