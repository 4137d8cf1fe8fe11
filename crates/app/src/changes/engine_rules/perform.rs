//! Changes of engine rules: one is saved, replaced or deleted, and one is run.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_names::RepositoryName;
use longshore_policy::rule::Windows;
use serde::{Deserialize, Serialize};

use super::{running, store};
use crate::{
    App,
    api::{ApiError, AppEvent, RegistryKey, RunRule, Space},
    guard::rule_hash,
    steps::{COPYING, Change, Context, DocumentChange, Job, Outcome, ReplacedDocument},
};

/// Saves an engine rule; without a text after, deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteEngineRule {
    pub(crate) id: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// The rule file before and after.
    pub(crate) document: DocumentChange,
    /// Production registries that it writes to on a schedule.
    pub(crate) production: Vec<RegistryKey>,
}

#[typetag::serde(name = "writeEngineRule")]
#[async_trait]
impl Change for WriteEngineRule {
    fn permissions(&self) -> &'static [&'static str] {
        &[]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(&self.production)
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: None, change: &self.document })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        write(job.app, self).await
    }
}

/// Runs an engine rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunEngineRule {
    pub(crate) rule: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// The rule as it was when this was planned.
    pub(crate) yaml: String,
    /// The id under which the journal finds the remaining work.
    pub(crate) sync: String,
    /// The app began it on a schedule.
    pub(crate) scheduled: bool,
    /// Registries of known accounts that are written to.
    pub(crate) destinations: Vec<RegistryKey>,
    /// Those, and the registry that is read, as they were accessed when this was planned.
    #[serde(default)]
    pub(crate) places: Vec<Context>,
    /// For each destination of the rule, the repositories that are created there. A run that plans anew
    /// what is to be done creates no others.
    #[serde(default)]
    pub(crate) creates: Vec<Vec<RepositoryName>>,
    /// What was not read from the source, one sentence each.
    #[serde(default)]
    pub(crate) not_looked_at: Vec<String>,
    /// It removes tags.
    #[serde(default)]
    pub(crate) removes: bool,
}

#[typetag::serde(name = "runEngineRule")]
#[async_trait]
impl Change for RunEngineRule {
    fn permissions(&self) -> &'static [&'static str] {
        if self.destinations.is_empty() {
            return &[];
        }
        COPYING
    }

    fn is_destructive(&self) -> bool {
        self.removes
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(&self.destinations)
    }

    fn reaches(&self, _here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        self.destinations.clone()
    }

    fn registries(&self, _here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        self.places.iter().map(|place| place.registry.clone()).collect()
    }

    fn unattended(&self) -> Option<String> {
        self.scheduled.then(|| rule_hash(&self.yaml))
    }

    fn rule(&self) -> Option<RunRule> {
        Some(RunRule { id: self.rule.clone(), name: self.name.clone(), scheduled: self.scheduled })
    }

    fn windows(&self) -> Option<Windows> {
        running::rule_of(self).ok().map(|rule| rule.windows().clone())
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        running::run(job, self).await
    }
}

fn accounts(registries: &[RegistryKey]) -> Vec<(Space, String)> {
    registries.iter().map(|registry| (registry.space, registry.account.to_string())).collect()
}

async fn write(app: &Arc<App>, change: &WriteEngineRule) -> Result<Outcome, ApiError> {
    let (kept, now) = (change.clone(), app.now());
    app.db
        .write(move |tx| {
            let DocumentChange { before, after, .. } = &kept.document;
            match after {
                Some(after) => {
                    store::put(tx, (&kept.id, kept.space, &kept.name, after), before.as_deref(), now)
                }
                None => store::remove(tx, &kept.id, before.as_deref()),
            }
        })
        .await?;
    app.engine.wake();
    app.events.send(AppEvent::EngineRules);
    Ok(Outcome::Done(match change.document.after {
        Some(_) => "kept".into(),
        None => "forgotten".into(),
    }))
}
