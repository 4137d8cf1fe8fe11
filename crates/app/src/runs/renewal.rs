//! A run waits while a person signs in again, and goes on afterwards.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use longshore_ecr::registry_of_host;
use tokio::time::Instant;

use crate::{
    App,
    api::{AccountKey, ApiError, CredentialSource, RunView, Space},
    steps::Live,
    transfer::Renewal,
};

/// Between two looks at an account.
const LOOK: Duration = Duration::from_millis(250);
/// For how long the answer about an account counts.
const FRESH: Duration = Duration::from_secs(2);

/// Whether the problem may go away by itself.
fn is_passing(error: &ApiError) -> bool {
    matches!(error.code.as_str(), "network" | "server" | "throttled" | "timeout" | "unreachable")
}

/// Waits for the accounts of a run.
pub(super) struct Waiting {
    app: Weak<App>,
    /// Weak, because the run holds this.
    live: Weak<Live>,
    space: Space,
    /// The last account, whether it was usable, and when; tasks take turns.
    last: tokio::sync::Mutex<Option<(String, bool, Instant)>>,
}

impl Waiting {
    pub(super) fn new(app: &App, live: &Arc<Live>, view: &RunView) -> Arc<Self> {
        let last = tokio::sync::Mutex::default();
        Arc::new(Self { app: app.me.clone(), live: Arc::downgrade(live), space: view.space, last })
    }

    /// Whether an account is usable again; returns when it is, or when the run is stopped.
    pub(super) async fn for_account(&self, id: &str) -> bool {
        let mut last = self.last.lock().await;
        if let Some((_, usable, _)) =
            last.as_ref().filter(|(known, _, at)| known == id && at.elapsed() < FRESH)
        {
            return *usable;
        }
        let Some(app) = self.app.upgrade() else { return false };
        let key = AccountKey { space: self.space, id: id.to_owned() };
        let usable = self.usable(&app, &key).await;
        *last = Some((key.id, usable, Instant::now()));
        usable
    }

    async fn usable(&self, app: &App, key: &AccountKey) -> bool {
        // Nobody can sign in again with a key.
        let of_key = |source: &CredentialSource| {
            matches!(source, CredentialSource::Keychain | CredentialSource::Memory)
        };
        match app.accounts.find(key.space, &key.id) {
            Some(known) if !of_key(&known.account.credentials) => {}
            _ => return false,
        }
        let Ok(checked) = app.check_account(key.clone()).await else { return false };
        match checked.problem {
            None => true,
            Some(problem) if !problem.is_for_a_person() => false,
            Some(problem) => self.person(app, key, problem).await,
        }
    }

    /// Says what the run waits for, until it need not, or until signing in does not help.
    async fn person(&self, app: &App, key: &AccountKey, mut problem: ApiError) -> bool {
        let Some(live) = self.live.upgrade() else { return false };
        let name = app.accounts.name(key.space, &key.id).unwrap_or_else(|| key.id.clone());
        app.notify(format!("A run waits for {name}"), problem.message.clone()).await;
        live.update(|view| view.waiting = Some(problem.clone()));
        let usable = loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = live.cancel.cancelled() => break false,
            }
            let Some(known) = app.accounts.find(key.space, &key.id) else { break false };
            match known.account.problem {
                None => break true,
                Some(now) if now == problem => {}
                // A network that fails for a moment says nothing about the person.
                Some(now) if now.is_for_a_person() || is_passing(&now) => {
                    problem = now;
                    live.update(|view| view.waiting = Some(problem.clone()));
                }
                Some(_) => break false,
            }
        };
        live.update(|view| view.waiting = None);
        usable
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

#[async_trait]
impl Renewal for Waiting {
    async fn renewed(&self, registry: &str) -> bool {
        match registry_of_host(registry) {
            Some(registry) => self.for_account(registry.account.as_str()).await,
            None => false,
        }
    }
}
