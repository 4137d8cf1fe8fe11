//! A read of a registry: when, and what the app knew then.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::rows;
use crate::{
    accounts::{Accounts, AccountsThen, word},
    api::{ApiError, RegistryKey},
    db::to_ms,
    timing::Clock,
};

/// When a read started and ended. Its result is as old as its start.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(super) began: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
    pub(super) accounts: AccountsThen,
}

impl Look {
    /// Starts one now.
    pub(super) fn begin(clock: &Clock, accounts: &Accounts) -> Self {
        let now = clock.now();
        Self { began: now, ended: now, accounts: accounts.then() }
    }

    /// Ends it now.
    pub(super) fn end(self, clock: &Clock) -> Self {
        Self { ended: clock.now(), ..self }
    }

    /// Whether the stored data came from a read that started after this one. In that case this one,
    /// which took longer, would restore an older state. A time after this read's end can only come
    /// from a clock that was set back.
    pub(super) fn is_late(&self, kept: Option<i64>) -> bool {
        kept.is_some_and(|kept| (to_ms(self.began) + 1..=to_ms(self.ended)).contains(&kept))
    }

    /// The row number of the registry that was read, created if missing. `None` when its account is
    /// unknown, or when its Region was removed during the read: neither is restored. A Region that
    /// is not listed may be read, as the destination of a rule.
    pub(super) fn registry(&self, tx: &Transaction<'_>, key: &RegistryKey) -> Result<Option<i64>, ApiError> {
        if self.accounts.changed() && !is_listed(tx, key)? {
            return Ok(None);
        }
        rows::registry_number(tx, key, true)
    }
}

fn is_listed(tx: &Transaction<'_>, key: &RegistryKey) -> Result<bool, ApiError> {
    let sql =
        "SELECT 1 FROM account a, json_each(a.regions) r WHERE a.space = ?1 AND a.id = ?2 AND r.value = ?3";
    let parameters = params![word(&key.space)?, key.account.as_str(), key.region.as_str()];
    Ok(tx.prepare_cached(sql)?.query_row(parameters, |_| Ok(())).optional()?.is_some())
}
