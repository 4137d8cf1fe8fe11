//! Engine rules in the database.
//!
//! Every function runs on a blocking thread, inside the closure that is passed to the database.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::{
    accounts::{from_word, word},
    api::{ApiError, EngineRuleLast, Side, Space},
    db::{from_ms, to_ms},
};

/// A stored rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRule {
    pub(crate) id: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// A rule file with this rule, in canonical form.
    pub(crate) yaml: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) changed: DateTime<Utc>,
    /// Whether its schedule is switched off.
    pub(crate) paused: bool,
    /// The time from which its next run is calculated: its last due time, or the last change of its
    /// schedule.
    pub(crate) looked: DateTime<Utc>,
    pub(crate) last: Option<EngineRuleLast>,
}

const COLUMNS: &str = "id, space, name, yaml, created, changed, paused, looked, last";

fn stored(row: &Row<'_>) -> Result<StoredRule, ApiError> {
    let last: Option<String> = row.get(8)?;
    Ok(StoredRule {
        id: row.get(0)?,
        space: from_word(&row.get::<_, String>(1)?)?,
        name: row.get(2)?,
        yaml: row.get(3)?,
        created: from_ms(row.get(4)?),
        changed: from_ms(row.get(5)?),
        paused: row.get(6)?,
        looked: from_ms(row.get(7)?),
        last: last.as_deref().map(serde_json::from_str).transpose()?,
    })
}

/// Every rule of a space, or of all spaces, by name.
pub(crate) fn all(tx: &Transaction<'_>, space: Option<Space>) -> Result<Vec<StoredRule>, ApiError> {
    let space = space.as_ref().map(word).transpose()?;
    let sql =
        format!("SELECT {COLUMNS} FROM engine_rule WHERE ?1 IS NULL OR space = ?1 ORDER BY space, name, id");
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query([space])?;
    let mut rules = Vec::new();
    while let Some(row) = rows.next()? {
        rules.push(stored(row)?);
    }
    Ok(rules)
}

/// One rule.
pub(crate) fn one(tx: &Transaction<'_>, id: &str) -> Result<Option<StoredRule>, ApiError> {
    let sql = format!("SELECT {COLUMNS} FROM engine_rule WHERE id = ?1");
    tx.prepare_cached(&sql)?.query_row([id], |row| Ok(stored(row))).optional()?.transpose()
}

/// Stores a rule if the stored one is still `before`; its next run is calculated from `now`.
pub(crate) fn put(
    tx: &Transaction<'_>,
    rule: (&str, Space, &str, &str),
    before: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let (id, space, name, yaml) = rule;
    still(tx, id, before)?;
    let space = word(&space)?;
    let taken: Option<String> = tx
        .prepare_cached("SELECT id FROM engine_rule WHERE space = ?1 AND name = ?2 AND id <> ?3")?
        .query_row(params![space, name, id], |row| row.get(0))
        .optional()?;
    if taken.is_some() {
        let text = format!("Another rule is already named `{name}`.");
        return Err(ApiError::input("rule-name-taken", "name", text));
    }
    tx.prepare_cached(
        "INSERT INTO engine_rule (id, space, name, yaml, created, changed, paused, looked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, ?5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, yaml = excluded.yaml,
             changed = excluded.changed, looked = excluded.looked",
    )?
    .execute(params![id, space, name, yaml, to_ms(now)])?;
    Ok(())
}

/// Removes a rule if it is still `before`.
pub(crate) fn remove(tx: &Transaction<'_>, id: &str, before: Option<&str>) -> Result<(), ApiError> {
    still(tx, id, before)?;
    tx.execute("DELETE FROM engine_rule WHERE id = ?1", [id])?;
    Ok(())
}

fn still(tx: &Transaction<'_>, id: &str, before: Option<&str>) -> Result<(), ApiError> {
    if one(tx, id)?.map(|known| known.yaml).as_deref() == before {
        return Ok(());
    }
    Err(ApiError::new("changed-elsewhere", Side::ThisMachine, "The rule has changed since this was planned."))
}

/// Switches a schedule off or on; its next run is calculated from `now`.
pub(crate) fn pause(
    tx: &Transaction<'_>,
    id: &str,
    paused: bool,
    now: DateTime<Utc>,
) -> Result<usize, ApiError> {
    let sql = "UPDATE engine_rule SET paused = ?2, looked = ?3 WHERE id = ?1";
    Ok(tx.execute(sql, params![id, paused, to_ms(now)])?)
}

/// Sets the time from which the next run is calculated to `now`.
pub(crate) fn looked(tx: &Transaction<'_>, id: &str, now: DateTime<Utc>) -> Result<(), ApiError> {
    tx.execute("UPDATE engine_rule SET looked = ?2 WHERE id = ?1", params![id, to_ms(now)])?;
    Ok(())
}

/// Stores the result of a rule's run.
pub(crate) fn went(tx: &Transaction<'_>, id: &str, last: &EngineRuleLast) -> Result<(), ApiError> {
    let last = serde_json::to_string(last)?;
    tx.execute("UPDATE engine_rule SET last = ?2 WHERE id = ?1", params![id, last])?;
    Ok(())
}
