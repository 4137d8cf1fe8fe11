//! Looking at and changing what protects production.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{READ_ONLY, SANDBOX, store};
use crate::{
    App,
    accounts::StoredAccount,
    api::{
        Account, AccountKey, ApiError, AppEvent, Environment, GrantPermit, Guard, Permit, PermitKey,
        RegistryKey, SetGuard, Side, UnlockAccount,
    },
    plans::is_confirmed,
    settings,
};

/// The longest time for which an account is unlocked.
const LONGEST_MINUTES: u32 = 8 * 60;
/// The longest time for which a permit is valid.
const LONGEST_DAYS: u32 = 366;

impl App {
    /// What protects production.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn guard(&self) -> Result<Guard, ApiError> {
        let state = self.guard_state().await?;
        Ok(Guard {
            read_only: state.read_only,
            sandbox: state.sandbox,
            accounts: state.accounts,
            permits: state.permits,
        })
    }

    /// Changes what protects production.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_guard(&self, request: SetGuard) -> Result<Guard, ApiError> {
        for (name, value) in [(READ_ONLY, request.read_only), (SANDBOX, request.sandbox)] {
            if let Some(value) = value {
                settings::set(&self.db, name, &value).await?;
            }
        }
        self.guard_changed().await
    }

    /// Makes a protected account writable for some time.
    ///
    /// # Errors
    /// `account-unknown`, `confirmation-needed`, `unlock-time`.
    pub async fn unlock_account(&self, request: UnlockAccount) -> Result<Guard, ApiError> {
        let UnlockAccount { space, id, confirm, minutes } = request;
        let key = AccountKey { space, id };
        confirmed(&self.accounts.get(&key)?, &confirm)?;
        if !(1..=LONGEST_MINUTES).contains(&minutes) {
            let text = format!("An account can be unlocked for 1 to {LONGEST_MINUTES} minutes.");
            return Err(ApiError::input("unlock-time", "minutes", text));
        }
        let until = self.now() + TimeDelta::minutes(minutes.into());
        self.db.write(move |tx| store::unlock(tx, &key, until)).await?;
        self.guard_changed().await
    }

    /// Makes a protected account read-only again. Work in progress goes on.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn lock_account(&self, request: AccountKey) -> Result<Guard, ApiError> {
        self.db.write(move |tx| store::lock(tx, &request)).await?;
        self.guard_changed().await
    }

    /// Grants a permit to a rule with this name and hash.
    pub(crate) async fn grant(
        &self,
        rule: &str,
        rule_hash: String,
        request: GrantPermit,
    ) -> Result<Guard, ApiError> {
        let GrantPermit { registry, days, confirm, .. } = request;
        let RegistryKey { space, account, .. } = &registry;
        confirmed(&self.accounts.get(&AccountKey { space: *space, id: account.to_string() })?, &confirm)?;
        if !(1..=LONGEST_DAYS).contains(&days) {
            let text = format!("A permit is valid for 1 to {LONGEST_DAYS} days.");
            return Err(ApiError::input("permit-time", "days", text));
        }
        let granted = self.now();
        let permit = Permit {
            id: Uuid::now_v7().to_string(),
            rule: rule.to_owned(),
            rule_hash,
            registry,
            granted,
            until: granted + TimeDelta::days(days.into()),
        };
        self.db.write(move |tx| store::grant(tx, &permit)).await?;
        self.guard_changed().await
    }

    /// Takes a permit back. A run in progress goes on.
    ///
    /// # Errors
    /// `permit-unknown`.
    pub async fn revoke_permit(&self, request: PermitKey) -> Result<Guard, ApiError> {
        if !self.db.write(move |tx| store::revoke(tx, &request.id)).await? {
            return Err(ApiError::new("permit-unknown", Side::Input, "This permit does not exist."));
        }
        self.guard_changed().await
    }

    /// A protected account is not made unprotected by mistake.
    ///
    /// # Errors
    /// `confirmation-needed`.
    pub(crate) fn may_leave_production(
        &self,
        stored: &StoredAccount,
        wanted: Environment,
        typed: Option<&str>,
    ) -> Result<(), ApiError> {
        let Account { space, environment, .. } = stored.account;
        match environment != wanted && self.guarding.protects(space, environment) {
            true => confirmed(stored, typed.unwrap_or_default()),
            false => Ok(()),
        }
    }

    async fn guard_changed(&self) -> Result<Guard, ApiError> {
        self.events.send(AppEvent::Accounts);
        self.guard().await
    }
}

fn confirmed(known: &StoredAccount, typed: &str) -> Result<(), ApiError> {
    let name = &known.account.name;
    if is_confirmed(Some(typed), name) {
        return Ok(());
    }
    let text = format!("Type `{name}` to confirm.");
    Err(ApiError::input("confirmation-needed", "confirm", text))
}
