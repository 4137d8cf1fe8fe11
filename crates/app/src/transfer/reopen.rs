//! The part of a run's journal with which its registries can be opened again. Never a secret.

use std::path::PathBuf;

use longshore_engine::{CopyPlan, EngineError, EngineErrorKind, Journal, RunContext, RunRecord, RunState};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Alias, EndpointOptions, Endpoints, NewRepositories, TlsChoices},
    api::{ApiError, Side},
};

/// How registries were opened, as far as their names do not say so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    insecure_hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "TlsChoices::is_empty")]
    tls: TlsChoices,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sandbox_state: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_share: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sync: Option<SyncNote>,
    /// The settings with which the plan creates repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create: Option<NewRepositories>,
    /// The registries of ECR that the plan knows by other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<Alias>,
}

/// The call of `sync` that a run belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncNote {
    /// Its id.
    pub id: String,
    /// The rule's name.
    pub rule: String,
    /// The index of the rule's destination; several destinations may be one registry.
    #[serde(default)]
    pub place: usize,
}

/// The note that is stored in the journal with a run.
pub(crate) async fn note(
    endpoints: &Endpoints,
    sync: Option<SyncNote>,
    new: &NewRepositories,
) -> Option<String> {
    let options = endpoints.options();
    let note = Note {
        sync,
        create: Some(new).filter(|new| **new != NewRepositories::default()).cloned(),
        account: options.account.clone(),
        insecure_hosts: options.insecure_hosts.clone(),
        tls: options.tls.clone(),
        sandbox_state: options.sandbox_state.clone(),
        rate_share: options.rate_share,
        aliases: endpoints.aliases().await,
    };
    if note == Note::default() { None } else { serde_json::to_string(&note).ok() }
}

/// Adds a run's note to options; values that are already set stay. Returns the settings with which
/// repositories are created.
fn apply(note: Option<&str>, options: &mut EndpointOptions) -> NewRepositories {
    let Some(note) = note else { return NewRepositories::default() };
    let Ok(note) = serde_json::from_str::<Note>(note) else {
        // A window stores other notes; its registries are identified by their names.
        tracing::debug!("the run's note is not about registries");
        return NewRepositories::default();
    };
    options.account = options.account.take().or(note.account);
    options.sandbox_state = options.sandbox_state.take().or(note.sandbox_state);
    options.rate_share = options.rate_share.or(note.rate_share);
    options.insecure_hosts.extend(note.insecure_hosts);
    options.tls.extend(note.tls);
    options.aliases.extend(note.aliases);
    note.create.unwrap_or_default()
}

/// A run of the journal, by its id or by a unique prefix of it.
///
/// # Errors
/// `no-such-run`, `run-ambiguous`; when the journal cannot be read.
pub async fn find_run(journal: &Journal, text: &str) -> Result<RunRecord, ApiError> {
    let runs = journal.list().await?;
    let mut found: Vec<RunRecord> =
        runs.into_iter().filter(|known| !text.is_empty() && known.run.starts_with(text)).collect();
    if let Some(exact) = found.iter().position(|known| known.run == text) {
        return Ok(found.swap_remove(exact));
    }
    if found.len() > 1 {
        let message = format!("{} runs begin with `{text}`.", found.len());
        return Err(ApiError::new("run-ambiguous", Side::Input, message));
    }
    found.pop().ok_or_else(|| {
        let text: String = text.chars().take(64).collect();
        ApiError::new("no-such-run", Side::Input, format!("The journal has no run `{text}`."))
    })
}

/// The name by which the registry that a run writes to is known to accounts: its own, if the run knows its
/// data plane only.
pub fn written_registry(record: &RunRecord) -> String {
    let note = record.note.as_deref().and_then(|text| serde_json::from_str::<Note>(text).ok());
    let aliases = note.map(|note| note.aliases).unwrap_or_default();
    let own = aliases.into_iter().find(|alias| alias.host == record.destination);
    own.map_or_else(|| record.destination.clone(), |alias| alias.registry)
}

/// The unfinished runs of a call of `sync`, the oldest first, each with its sync note.
///
/// # Errors
/// `no-such-run` when there is none; when the journal cannot be read.
pub async fn runs_of_sync(journal: &Journal, id: &str) -> Result<Vec<(RunRecord, SyncNote)>, ApiError> {
    let mut found = known_of_sync(journal, id).await?;
    found.retain(|(record, _)| record.state.can_go_on());
    if found.is_empty() {
        let id: String = id.chars().take(64).collect();
        let text = format!("The journal has no unfinished run of the sync `{id}`.");
        return Err(ApiError::new("no-such-run", Side::Input, text));
    }
    Ok(found)
}

/// Every run of a call of `sync` in the journal, finished ones too, the oldest first, each with its
/// sync note. A destination with nothing to do, or where nothing was started, has none.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) async fn known_of_sync(
    journal: &Journal,
    id: &str,
) -> Result<Vec<(RunRecord, SyncNote)>, ApiError> {
    let of_note = |text: &str| serde_json::from_str::<Note>(text).ok()?.sync;
    let runs = journal.list().await?.into_iter().rev();
    let noted = runs.filter_map(|record| record.note.as_deref().and_then(of_note).map(|note| (record, note)));
    Ok(noted.filter(|(record, note)| note.id == id || record.run == id).collect())
}

/// A run that is about to be resumed.
pub struct Reopened {
    /// The run's record.
    pub record: RunRecord,
    /// Its plan.
    pub plan: CopyPlan,
    context: RunContext,
}

/// Opens the registries of an unfinished run again.
///
/// # Errors
/// `run-owned` when a process works on it, `no-such-run` when it is done; when a registry cannot be
/// opened.
pub async fn reopen(
    journal: &Journal,
    run: &str,
    mut options: EndpointOptions,
) -> Result<Reopened, ApiError> {
    let record = find_run(journal, run).await?;
    match record.state {
        RunState::Running => return Err(EngineError::here(EngineErrorKind::Owned(record.run)).into()),
        RunState::Done => {
            let text = format!("Run {} is done; there is nothing to resume.", record.run);
            return Err(ApiError::new("no-such-run", Side::Input, text));
        }
        RunState::Interrupted | RunState::Cancelled | RunState::Failed => {}
    }
    let plan = journal.plan(&record.run).await?;
    let new = apply(record.note.as_deref(), &mut options);
    let endpoints = Endpoints::new(options);
    let source = endpoints.named_source(&plan.source).await?;
    let sink = endpoints.creating(&plan.destination, &new).await?;
    let mut context = RunContext::new(source, sink);
    context.journal = Some(journal.clone());
    Ok(Reopened { record, plan, context })
}

impl Reopened {
    /// The context with which it resumes; to be completed with a reporter and a way to stop.
    pub fn context(&self) -> RunContext {
        self.context.clone()
    }

    /// Resumes the run.
    ///
    /// # Errors
    /// When it cannot be resumed; images that fail are in the outcome.
    pub async fn run(self, context: RunContext) -> Result<longshore_engine::RunOutcome, ApiError> {
        drop(self.plan);
        Ok(longshore_engine::resume(&self.record.run, context).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn a_note_is_there_only_when_names_do_not_say_everything() {
        let options = || EndpointOptions::new(None, Arc::new(MemoryStore::default()));
        assert_eq!(note(&Endpoints::new(options()), None, &NewRepositories::default()).await, None);
        let mut options = options();
        options.account = Some("Dev".into());
        options.insecure_hosts = vec!["registry.test:5000".into()];
        options.rate_share = Some(0.25);
        options.tls.ca_files = vec!["/etc/corp.pem".into()];
        options.tls.skip_verify = vec!["localhost:5443".into()];
        let new = NewRepositories { by_push: true, ..NewRepositories::default() };
        let alias = Alias {
            host: "127.0.0.1:4511".into(),
            registry: "444455556666.dkr.ecr.us-west-2.amazonaws.com".into(),
        };
        options.aliases = vec![alias.clone()];
        let tls = options.tls.clone();
        let text = note(&Endpoints::new(options), None, &new).await.unwrap();

        let mut again = EndpointOptions::new(None, Arc::new(MemoryStore::default()));
        assert_eq!(apply(Some(&text), &mut again), new, "it creates repositories as planned");
        assert_eq!(again.account.as_deref(), Some("Dev"));
        assert_eq!(again.insecure_hosts, ["registry.test:5000"]);
        assert_eq!(again.tls, tls, "a run resumes with the same certificates");
        assert_eq!(again.aliases, [alias], "a custom endpoint is reached as its account");
        assert_eq!(again.rate_share, Some(0.25), "the other shards use their shares too");

        let mut other = EndpointOptions::new(None, Arc::new(MemoryStore::default()));
        (other.account, other.rate_share) = (Some("Prod".into()), Some(1.0));
        apply(Some(&text), &mut other);
        assert_eq!(other.account.as_deref(), Some("Prod"), "the current choice wins");
        assert_eq!(other.rate_share, Some(1.0));
        assert_eq!(apply(Some("something else"), &mut other), NewRepositories::default());
    }
}
