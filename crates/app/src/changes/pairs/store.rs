//! The last two looks at a pair of registries.

use chrono::{DateTime, Utc};
use longshore_policy::pair::Look;
use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use crate::{
    accounts::word,
    api::{ApiError, PairKey, RegistryKey},
    db::{from_ms, to_ms},
};

/// The columns that name a pair.
fn named(key: &PairKey) -> Result<[String; 4], ApiError> {
    let place = |registry: &RegistryKey| format!("{}/{}", registry.account, registry.region);
    // A list can be long.
    let needed = hex::encode(Sha256::digest(serde_json::to_vec(&key.needed)?));
    Ok([word(&key.here.space)?, place(&key.here), place(&key.there), needed])
}

/// Stores a look; the last one becomes the one before.
pub(super) fn remember(
    tx: &Transaction<'_>,
    key: &PairKey,
    look: &Look,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let [space, here, there, needed] = named(key)?;
    tx.prepare_cached(
        "INSERT INTO pair_look (space, here, there, needed, at, look) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (space, here, there, needed) DO UPDATE SET
            before_at = at, before_look = look, at = ?5, look = ?6",
    )?
    .execute(params![space, here, there, needed, to_ms(now), serde_json::to_string(look)?])?;
    Ok(())
}

/// The look before the last one.
pub(super) fn before(tx: &Transaction<'_>, key: &PairKey) -> Result<Option<(DateTime<Utc>, Look)>, ApiError> {
    let [space, here, there, needed] = named(key)?;
    let found: Option<(Option<i64>, Option<String>)> = tx
        .prepare_cached(
            "SELECT before_at, before_look FROM pair_look
             WHERE space = ?1 AND here = ?2 AND there = ?3 AND needed = ?4",
        )?
        .query_row(params![space, here, there, needed], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((Some(at), Some(look))) = found else { return Ok(None) };
    // A look that another version stored otherwise is as good as none.
    Ok(serde_json::from_str(&look).ok().map(|look| (from_ms(at), look)))
}
