//! Unlocked accounts and permits in the database, which windows and commands share.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use crate::{
    accounts::{from_word, word},
    api::{AccountKey, ApiError, Permit, RegistryKey},
    db::{from_ms, parsed, to_ms},
};

/// Until when accounts are unlocked, without those whose time has passed.
pub(super) fn unlocked(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<(AccountKey, DateTime<Utc>)>, ApiError> {
    let mut statement = tx.prepare_cached("SELECT space, id, until FROM unlocked WHERE until > ?1")?;
    let mut rows = statement.query([to_ms(now)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key = AccountKey { space: from_word(&row.get::<_, String>(0)?)?, id: row.get(1)? };
        found.push((key, from_ms(row.get(2)?)));
    }
    Ok(found)
}

pub(super) fn unlock(tx: &Transaction<'_>, key: &AccountKey, until: DateTime<Utc>) -> Result<(), ApiError> {
    tx.execute(
        "INSERT INTO unlocked (space, id, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (space, id) DO UPDATE SET until = excluded.until",
        params![word(&key.space)?, key.id, to_ms(until)],
    )?;
    Ok(())
}

pub(super) fn lock(tx: &Transaction<'_>, key: &AccountKey) -> Result<(), ApiError> {
    tx.execute("DELETE FROM unlocked WHERE space = ?1 AND id = ?2", params![word(&key.space)?, key.id])?;
    Ok(())
}

/// All permits, also expired ones.
pub(super) fn permits(tx: &Transaction<'_>) -> Result<Vec<Permit>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT id, rule, rule_hash, space, account, region, granted, until FROM permit ORDER BY until, id",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let registry = RegistryKey {
            space: from_word(&row.get::<_, String>(3)?)?,
            account: parsed(row, 4)?,
            region: parsed(row, 5)?,
        };
        found.push(Permit {
            id: row.get(0)?,
            rule: row.get(1)?,
            rule_hash: row.get(2)?,
            registry,
            granted: from_ms(row.get(6)?),
            until: from_ms(row.get(7)?),
        });
    }
    Ok(found)
}

pub(super) fn grant(tx: &Transaction<'_>, permit: &Permit) -> Result<(), ApiError> {
    let Permit { id, rule, rule_hash, registry, granted, until } = permit;
    let (space, account, region) =
        (word(&registry.space)?, registry.account.as_str(), registry.region.as_str());
    // A permit for the same rule and registry is renewed.
    tx.execute(
        "DELETE FROM permit WHERE rule_hash = ?1 AND space = ?2 AND account = ?3 AND region = ?4",
        params![rule_hash, space, account, region],
    )?;
    tx.execute(
        "INSERT INTO permit (id, rule, rule_hash, space, account, region, granted, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id, rule, rule_hash, space, account, region, to_ms(*granted), to_ms(*until)],
    )?;
    Ok(())
}

/// Whether there was one.
pub(super) fn revoke(tx: &Transaction<'_>, id: &str) -> Result<bool, ApiError> {
    Ok(tx.execute("DELETE FROM permit WHERE id = ?1", [id])? > 0)
}
