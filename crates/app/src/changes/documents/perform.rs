//! Steps that replace a whole document, or read one back.
//!
//! ECR has no versions of its documents. The client re-reads them immediately before and after a
//! write. The previous document, the fact that a write is in progress, and what becomes ours are on
//! disk before the write is sent, so that a write with an unknown outcome can be checked later.

use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, Fate, Meaning};
use longshore_policy::{ContentHash, replication::ReplicationConfiguration};
use serde_json::Value;

use crate::{
    access::Connection,
    api::{ApiError, AppEvent, RegistryKey, Side, VersionView},
    documents::{DocumentKind, changes, value},
    made::{self, Made},
    rule_names,
    runs::store as runs,
    steps::{DocumentChange, Job, Outcome},
    versions::store::{self, Version, WriteState},
};

const ALREADY_SO: &str = "already so: nothing to do";
const FURTHER: &str = "written; the document has since been changed again elsewhere";

/// A document that a step replaces, in its current and in its new form.
pub(super) struct Write<'a> {
    kind: DocumentKind,
    registry: &'a RegistryKey,
    /// The repository, or the prefix of the template.
    name: Option<&'a str>,
    meaning: Box<dyn Meaning>,
    change: &'a DocumentChange,
    pub(super) wanted: Value,
    before: Value,
}

impl<'a> Write<'a> {
    pub(super) fn new(
        kind: DocumentKind,
        registry: &'a RegistryKey,
        name: Option<&'a str>,
        change: &'a DocumentChange,
    ) -> Self {
        let (wanted, before) = (kind.read(change.after.as_deref()), kind.read(change.before.as_deref()));
        Self { kind, registry, name, meaning: kind.meaning(registry), change, wanted, before }
    }

    fn same(&self, a: &Value, b: &Value) -> bool {
        self.meaning.same(a, b)
    }

    fn holds(&self, found: &Value) -> bool {
        self.same(found, &self.wanted) || self.meaning.holds(found, &self.wanted, &self.before)
    }

    /// What remains to be done with the document `now`; `None` to write it.
    pub(super) async fn looked(&self, job: &Job<'_>, now: &Value) -> Result<Option<Outcome>, ApiError> {
        let earlier = open_of(job).await?;
        if !earlier.is_empty() && self.holds(now) {
            settle(job, self, &earlier).await;
            return Ok(Some(Outcome::Done("an earlier attempt succeeded; read back".into())));
        }
        if self.same(now, &self.wanted) {
            return Ok(Some(Outcome::Skipped(ALREADY_SO.into())));
        }
        if !self.same(now, &self.before) {
            return Err(changed_elsewhere(self.kind, self.registry, &self.before, now));
        }
        Ok(None)
    }

    fn done(&self, found: &Value) -> Outcome {
        Outcome::Done(match (&self.change.after, self.same(found, &self.wanted)) {
            (_, false) => FURTHER.into(),
            (Some(_), true) => "written and read back".into(),
            (None, true) => "the policy was removed because it had become empty".into(),
        })
    }
}

pub(super) async fn write_replication(
    job: &Job<'_>,
    at: &Connection,
    change: &DocumentChange,
) -> Result<Outcome, ApiError> {
    let client = &at.client;
    let write = Write::new(DocumentKind::Replication, &at.key, None, change);
    let now = client.replication_configuration().await?;
    if let Some(outcome) = write.looked(job, &now).await? {
        return Ok(outcome);
    }
    let kept = keep(job, &write, Some(now.to_string())).await?;
    let written = client.put_replication_configuration(&now, &write.wanted, &*write.meaning).await;
    let found = finish(job, &write, kept, written).await?;
    job.app.replication_changed(&at.key).await;
    Ok(write.done(&found))
}

pub(super) async fn write_policy(
    job: &Job<'_>,
    at: &Connection,
    change: &DocumentChange,
) -> Result<Outcome, ApiError> {
    let client = &at.client;
    let write = Write::new(DocumentKind::Policy, &at.key, None, change);
    let text = client.registry_policy().await?;
    if let Some(outcome) = write.looked(job, &value(text.as_deref())).await? {
        return Ok(outcome);
    }
    let kept = keep(job, &write, text.clone()).await?;
    let after = change.after.as_deref();
    let written = client.put_registry_policy(text.as_deref(), after, &*write.meaning).await;
    let found = finish(job, &write, kept, written.map(|found| value(found.as_deref()))).await?;
    job.app.policy_changed(&at.key).await;
    Ok(write.done(&found))
}

pub(super) async fn rule_is_gone(client: &EcrClient, rule: &str) -> Result<Outcome, ApiError> {
    let document = client.replication_configuration().await?;
    let configuration = ReplicationConfiguration::from_value(document)?;
    if configuration.rule(&ContentHash::from_text(rule)).is_some() {
        return Err(ApiError::new("rule-is-back", Side::Source, "The rule is in the configuration again."));
    }
    Ok(Outcome::Done("read back: the rule has been removed".into()))
}

/// The current document is not the one that the plan was made for; names the differences.
fn changed_elsewhere(kind: DocumentKind, registry: &RegistryKey, before: &Value, now: &Value) -> ApiError {
    let text = format!(
        "The {} was changed elsewhere since this was planned{}",
        kind.as_str(),
        named(kind, registry, before, now)
    );
    ApiError::new("changed-elsewhere", Side::Service, text)
        .hint("Nothing was written. Check the current document and plan again.")
}

/// `: statement `a` was added, …`, or a full stop.
fn named(kind: DocumentKind, registry: &RegistryKey, before: &Value, after: &Value) -> String {
    let (before, after) = (kind.as_written(registry, before), kind.as_written(registry, after));
    let changes = changes(kind, &before, &after);
    if changes.is_empty() { ".".to_owned() } else { format!(": {}.", changes.join("; ")) }
}

/// A stored version, and what became ours with its write.
pub(super) struct Kept {
    id: String,
    new: Vec<String>,
}

/// Stores a document before it is replaced, with the note that this step now writes it, and what it
/// makes ours. Unless that is on disk, nothing is written.
pub(super) async fn keep(job: &Job<'_>, write: &Write<'_>, text: Option<String>) -> Result<Kept, ApiError> {
    let view = VersionView {
        id: uuid::Uuid::now_v7().to_string(),
        kind: write.kind.as_str().to_owned(),
        registry: write.registry.clone(),
        name: write.name.map(str::to_owned),
        at: job.app.now(),
    };
    let id = view.id.clone();
    job.live.replaced(view.clone());
    let run = job.live.view();
    let version = Version {
        view,
        text,
        wrote: Some(write.change.after.clone()),
        state: WriteState::Sent,
        run: job.run.to_owned(),
        title: run.title.clone(),
        step: job.index,
    };
    let (kind, registry) = (Made::in_document(write.kind), write.registry.clone());
    let (names, named) = (write.change.made.clone(), write.change.named.clone());
    let kept = job.app.db.write_through(move |tx| {
        store::put(tx, &version)?;
        runs::update(tx, &run)?;
        let mut new = Vec::new();
        if let Some(kind) = kind {
            let known = made::list(tx, kind, &registry)?;
            new.extend(names.into_iter().filter(|name| !known.contains(name)));
            made::put(tx, &version.run, kind, &registry, &new)?;
        }
        for one in &named {
            rule_names::apply(tx, &registry, one)?;
        }
        Ok(new)
    });
    match kept.await {
        Ok(new) => Ok(Kept { id, new }),
        Err(error) => {
            job.live.not_replaced(&id);
            Err(error)
        }
    }
}

/// Records the outcome of a write. A version is removed only when nothing can have been replaced.
pub(super) async fn finish(
    job: &Job<'_>,
    write: &Write<'_>,
    kept: Kept,
    written: Result<Value, EcrError>,
) -> Result<Value, ApiError> {
    let Kept { id, new } = kept;
    let (kind, registry) = (Made::in_document(write.kind), write.registry.clone());
    let error = match written {
        Ok(found) => {
            let gone = write.change.unmade.clone();
            let (run, step) = (job.run.to_owned(), job.index);
            let done = job.app.db.write(move |tx| {
                made::remove_of(tx, kind, &registry, &gone)?;
                // This attempt found the previous document, so no earlier one was carried out.
                for earlier in store::unsettled(tx, &run, step)? {
                    store::set_state(tx, &earlier.view.id, WriteState::NotWritten)?;
                }
                Ok(store::set_state(tx, &id, WriteState::Written)?)
            });
            said(done.await);
            report(job, write);
            return Ok(found);
        }
        Err(error) => error,
    };
    let fate = error.fate();
    if fate.left_everything() {
        job.live.not_replaced(&id);
        let undone = job.app.db.write(move |tx| {
            store::remove(tx, &id)?;
            Ok(made::remove_of(tx, kind, &registry, &new)?)
        });
        said(undone.await);
    } else {
        let state = if fate == Fate::Written { WriteState::Written } else { WriteState::Unknown };
        said(job.app.db.write(move |tx| Ok(store::set_state(tx, &id, state)?)).await);
        report(job, write);
    }
    Err(explained(write, error))
}

/// The error of a write, with the differences and the stored version.
fn explained(write: &Write<'_>, error: EcrError) -> ApiError {
    let named = |before: &Value, after: &Value| named(write.kind, write.registry, before, after);
    let fate = error.fate();
    let kind = match &error.kind {
        EcrErrorKind::Unconfirmed { cause } => &cause.kind,
        kind => kind,
    };
    let differs = match kind {
        EcrErrorKind::ChangedElsewhere { expected, found, .. } => named(expected, found),
        EcrErrorKind::LostUpdate { wrote, found, .. } => named(wrote, found),
        _ => String::new(),
    };
    let mut shown = ApiError::from(error);
    if differs.len() > 1 {
        shown.message = format!("{}{differs}", shown.message.trim_end_matches('.'));
    }
    if !fate.left_everything() {
        let kept = "The previous version is stored and can be restored.";
        shown.hint = Some(format!("{} {kept}", shown.hint.unwrap_or_default()).trim_start().to_owned());
    }
    shown
}

/// The outcome of a write is known; a failure to record it does not fail the write.
fn said(written: Result<(), ApiError>) {
    if let Err(error) = written {
        tracing::warn!(code = error.code, "the outcome of a write could not be recorded");
    }
}

fn report(job: &Job<'_>, write: &Write<'_>) {
    let registry = write.registry.clone();
    job.app.events.send(match write.kind {
        DocumentKind::Replication => AppEvent::Replication { registry },
        DocumentKind::Policy => AppEvent::Policy { registry },
        DocumentKind::Setting(_) => AppEvent::Registry { registry },
        DocumentKind::Iam(_) => AppEvent::Iam { registry },
    });
}

/// Writes of this step that are not known to have been carried out.
async fn open_of(job: &Job<'_>) -> Result<Vec<String>, ApiError> {
    let (run, step) = (job.run.to_owned(), job.index);
    let all = job.app.db.read(move |tx| Ok(store::unsettled(tx, &run, step)?)).await?;
    Ok(all.into_iter().map(|version| version.view.id).collect())
}

/// Records that earlier writes were carried out.
async fn settle(job: &Job<'_>, write: &Write<'_>, ids: &[String]) {
    let (kind, registry) = (Made::in_document(write.kind), write.registry.clone());
    let (ids, gone) = (ids.to_vec(), write.change.unmade.clone());
    let settled = job.app.db.write(move |tx| {
        made::remove_of(tx, kind, &registry, &gone)?;
        for id in &ids {
            store::set_state(tx, id, WriteState::Written)?;
        }
        Ok(())
    });
    said(settled.await);
    report(job, write);
}
