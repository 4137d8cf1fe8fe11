//! Steps that replace a whole document, or read one back.
//!
//! ECR has no version for its documents. The client re-reads them immediately before and after a
//! write; what is replaced is kept verbatim before that.

use longshore_ecr::{EcrClient, EcrError};
use longshore_policy::{ContentHash, replication::ReplicationConfiguration};
use serde_json::{Value, json};

use super::{
    Job,
    live::Outcome,
    store::{self, Version},
};
use crate::{
    api::{ApiError, AppEvent, Side, VersionView},
    documents::{DocumentKind, same_policy, same_replication},
    made::Made,
    plans::DocumentChange,
};

const ALREADY_SO: &str = "already so: nothing to do";

/// A document's text as a value; null for none. A text that is no JSON is a value of its own, so
/// that it equals only itself.
fn value(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}

pub(super) async fn write_replication(
    job: &Job<'_>,
    client: &EcrClient,
    change: &DocumentChange,
) -> Result<Outcome, ApiError> {
    let empty = || json!({ "rules": [] });
    let wanted = change.after.as_deref().map_or_else(empty, |text| value(Some(text)));
    let before = change.before.as_deref().map_or_else(empty, |text| value(Some(text)));
    let now = client.replication_configuration().await?;
    if same_replication(&now, &wanted) {
        return Ok(Outcome::Skipped(ALREADY_SO.into()));
    }
    if !same_replication(&now, &before) {
        return Err(changed_elsewhere(DocumentKind::Replication));
    }
    let kept = keep(job, DocumentKind::Replication, Some(now.to_string())).await?;
    let written = client.put_replication_configuration(&now, &wanted, &same_replication).await;
    finish(job, kept, written.map(drop)).await?;
    made(job, Made::Rule, change).await;
    job.app.replication_changed(&job.context.registry).await;
    Ok(Outcome::Done("written and read back".into()))
}

pub(super) async fn write_policy(
    job: &Job<'_>,
    client: &EcrClient,
    change: &DocumentChange,
) -> Result<Outcome, ApiError> {
    let (wanted, before) = (value(change.after.as_deref()), value(change.before.as_deref()));
    let text = client.registry_policy().await?;
    let now = value(text.as_deref());
    if same_policy(&now, &wanted) {
        return Ok(Outcome::Skipped(ALREADY_SO.into()));
    }
    if !same_policy(&now, &before) {
        return Err(changed_elsewhere(DocumentKind::Policy));
    }
    let kept = keep(job, DocumentKind::Policy, text.clone()).await?;
    let written = client.put_registry_policy(text.as_deref(), change.after.as_deref(), &same_policy).await;
    finish(job, kept, written.map(drop)).await?;
    made(job, Made::Statement, change).await;
    job.app.policy_changed(&job.context.registry).await;
    Ok(Outcome::Done(match change.after {
        Some(_) => "written and read back".into(),
        None => "the policy was removed, since nothing was left in it".into(),
    }))
}

pub(super) async fn rule_is_gone(client: &EcrClient, rule: &str) -> Result<Outcome, ApiError> {
    let document = client.replication_configuration().await?;
    let configuration = ReplicationConfiguration::from_value(document)?;
    if configuration.rule(&ContentHash::from_text(rule)).is_some() {
        return Err(ApiError::new("rule-is-back", Side::Source, "The rule is in the configuration again.")
            .hint("Somebody wrote it again in the meantime. Agree with them, then clean up again."));
    }
    Ok(Outcome::Done("read back: the rule is gone".into()))
}

fn changed_elsewhere(kind: DocumentKind) -> ApiError {
    let text = format!("The {} was changed elsewhere since this was planned.", kind.as_str());
    ApiError::new("changed-elsewhere", Side::Service, text)
        .hint("Nothing was written. Look at what is there now and plan again.")
}

/// Keeps a document before it is replaced. Without that nothing is written.
async fn keep(job: &Job<'_>, kind: DocumentKind, text: Option<String>) -> Result<String, ApiError> {
    let view = VersionView {
        id: uuid::Uuid::now_v7().to_string(),
        kind: kind.as_str().to_owned(),
        registry: job.context.registry.clone(),
        at: job.app.now(),
    };
    let id = view.id.clone();
    let run = job.run.to_owned();
    let version = Version { view: view.clone(), text };
    job.app.db.write(move |tx| Ok(store::put_version(tx, &run, &version)?)).await?;
    job.live.replaced(view);
    Ok(id)
}

/// When nothing was written, nothing was replaced.
async fn finish(job: &Job<'_>, kept: String, written: Result<(), EcrError>) -> Result<(), ApiError> {
    let Err(error) = written else { return Ok(()) };
    let may_be_written =
        error.is_retryable() || matches!(error, EcrError::LostUpdate { .. } | EcrError::Protocol { .. });
    if !may_be_written {
        job.live.not_replaced(&kept);
        job.app.db.write(move |tx| Ok(store::remove_version(tx, &kept)?)).await?;
    }
    let mut error = ApiError::from(error);
    if may_be_written {
        error.hint = Some(format!(
            "{} What was there before is kept and can be restored.",
            error.hint.unwrap_or_default()
        ));
    }
    Err(error)
}

/// Remembers by content what is ours now, and forgets what is gone.
async fn made(job: &Job<'_>, kind: Made, change: &DocumentChange) {
    let app = job.app;
    if !change.unmade.is_empty() {
        job.forget(kind, change.unmade.clone()).await;
    }
    if !change.made.is_empty() {
        job.remember(kind, change.made.clone()).await;
    }
    let registry = job.context.registry.clone();
    app.events.send(match kind {
        Made::Rule => AppEvent::Replication { registry },
        _ => AppEvent::Policy { registry },
    });
}
