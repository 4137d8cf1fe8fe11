//! Requests that were written here, and their receipts.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::api::{ApiError, Space};

/// A request that was written here.
pub(super) struct Written {
    /// The file's text.
    pub(super) text: String,
    /// The receipt's text.
    pub(super) receipt: Option<String>,
}

pub(super) fn put(
    tx: &Transaction<'_>,
    space: Space,
    id: &str,
    text: &str,
    at: DateTime<Utc>,
) -> Result<(), ApiError> {
    let sql = "INSERT OR REPLACE INTO request (id, space, text, written) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![id, space.word(), text, at.to_rfc3339()])?;
    Ok(())
}

pub(super) fn find(tx: &Transaction<'_>, space: Space, id: &str) -> Result<Option<Written>, ApiError> {
    let sql = "SELECT text, receipt FROM request WHERE id = ?1 AND space = ?2";
    let row = |row: &rusqlite::Row<'_>| Ok(Written { text: row.get(0)?, receipt: row.get(1)? });
    Ok(tx.query_row(sql, [id, space.word()], row).optional()?)
}

pub(super) fn put_receipt(tx: &Transaction<'_>, id: &str, receipt: &str) -> Result<(), ApiError> {
    tx.execute("UPDATE request SET receipt = ?2 WHERE id = ?1", [id, receipt])?;
    Ok(())
}

/// Every request that was written in a space.
pub(super) fn all(tx: &Transaction<'_>, space: Space) -> Result<Vec<Written>, ApiError> {
    let mut statement = tx.prepare_cached("SELECT text, receipt FROM request WHERE space = ?1")?;
    let rows =
        statement.query_map([space.word()], |row| Ok(Written { text: row.get(0)?, receipt: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
