//! What protects production from writes that nobody meant.
//!
//! A production account is read-only until a person unlocks it for some time; every write there asks
//! for its typed name. An unattended schedule needs a permit, which is bound to one content of its rule,
//! one registry and an expiry. Read-only mode stops every write. Work in progress goes on when the time
//! ends. Windows and commands of a data directory share all of this.

mod commands;
mod copies;
mod decide;
mod store;

use std::sync::atomic::{AtomicBool, Ordering};

use longshore_policy::rule::{Rule, RuleFile, to_yaml};
use sha2::{Digest as _, Sha256};

pub use self::copies::{check_confirmations, guard_copy};
pub(crate) use self::decide::Leave;
use self::decide::State;
use crate::{
    App,
    api::{ApiError, Environment, RegistryKey, Space},
    db::Db,
    plans::Content,
    settings,
};

/// The setting that protects the sandbox's production accounts too.
const SANDBOX: &str = "guard-sandbox";
/// The setting of read-only mode.
const READ_ONLY: &str = "read-only";

/// What planning needs to know, which must not wait for the database.
#[derive(Debug, Default)]
pub(crate) struct Guarding {
    sandbox: AtomicBool,
}

impl Guarding {
    /// Reads the settings.
    pub(crate) async fn load(db: &Db) -> Result<Self, ApiError> {
        let sandbox = settings::get(db, SANDBOX).await?.unwrap_or(false);
        Ok(Self { sandbox: AtomicBool::new(sandbox) })
    }

    /// Whether accounts of this kind are protected.
    pub(crate) fn protects(&self, space: Space, environment: Environment) -> bool {
        environment == Environment::Production
            && (space == Space::Aws || self.sandbox.load(Ordering::Relaxed))
    }
}

/// What a permit is bound to: SHA-256 over a rule's canonical text.
pub(crate) fn rule_hash(canonical: &str) -> String {
    hex::encode(Sha256::digest(canonical))
}

/// The same of a rule.
pub(crate) fn hash_of(rule: &Rule) -> String {
    rule_hash(&to_yaml(&RuleFile::new(vec![rule.clone()])))
}

impl App {
    /// Whether the steps of a plan may be performed.
    ///
    /// # Errors
    /// `read-only-mode`, `account-locked`, `permit-needed`.
    pub(crate) async fn guard_plan(&self, content: &Content, leave: Leave<'_>) -> Result<(), ApiError> {
        let reached: Vec<RegistryKey> = content.steps.iter().flat_map(|step| step.reaches()).collect();
        // A rule may also write to registries that belong to no account.
        if reached.is_empty() && content.engine.is_none() {
            return Ok(());
        }
        decide::may_write(&self.guard_state().await?, &reached, leave, self.now())
    }

    /// Whether a person may write to a registry now, without typing its name.
    pub(crate) async fn is_writable(&self, registry: &RegistryKey) -> Result<bool, ApiError> {
        let leave = Leave { attended: true, ..Leave::default() };
        let state = self.guard_state().await?;
        Ok(decide::may_write(&state, std::slice::from_ref(registry), leave, self.now()).is_ok())
    }

    async fn guard_state(&self) -> Result<State, ApiError> {
        let (accounts, now) = (self.accounts.all(), self.now());
        let state = self.db.read(move |tx| State::read(tx, &accounts, now)).await?;
        self.guarding.sandbox.store(state.sandbox, Ordering::Relaxed);
        Ok(state)
    }
}
