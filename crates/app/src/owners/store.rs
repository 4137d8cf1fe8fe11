//! What a person said about the owners of documents.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::words::kind_and_name;
use crate::{
    accounts::{from_word, word},
    api::{ApiError, DocumentKey, OwnedDocument, OwnerSource},
    db::to_ms,
};

/// What is stored for a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The note of a mark.
    pub(super) mark: Option<String>,
    /// Owners that no longer manage the document.
    pub(super) released: Vec<(OwnerSource, String)>,
}

impl Said {
    pub(super) fn is_released(&self, source: OwnerSource, name: &str) -> bool {
        self.released.iter().any(|(of, named)| *of == source && named == name)
    }
}

/// The document's key in the table.
fn column(document: &OwnedDocument) -> String {
    match kind_and_name(document) {
        (kind, Some(name)) => format!("{kind}/{name}"),
        (kind, None) => kind.into(),
    }
}

fn place(key: &DocumentKey) -> [String; 4] {
    let registry = &key.registry;
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    [registry.space.word().to_owned(), account, region, column(&key.document)]
}

pub(super) fn said(tx: &Transaction<'_>, key: &DocumentKey) -> Result<Said, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT source, name FROM document_owner
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND document = ?4",
    )?;
    let mut said = Said::default();
    let mut rows = statement.query(place(key))?;
    while let Some(row) = rows.next()? {
        let (source, name): (String, String) = (row.get(0)?, row.get(1)?);
        match from_word(&source)? {
            OwnerSource::Mark => said.mark = Some(name),
            source => said.released.push((source, name)),
        }
    }
    Ok(said)
}

/// Stores a mark, or that an owner no longer manages the document.
pub(super) fn put(
    tx: &Transaction<'_>,
    key: &DocumentKey,
    source: OwnerSource,
    name: &str,
    at: DateTime<Utc>,
) -> Result<(), ApiError> {
    let [space, account, region, document] = place(key);
    tx.execute(
        "INSERT OR REPLACE INTO document_owner (space, account, region, document, source, name, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![space, account, region, document, word(&source)?, name, to_ms(at)],
    )?;
    Ok(())
}

/// Removes a mark.
pub(super) fn unmark(tx: &Transaction<'_>, key: &DocumentKey) -> Result<(), ApiError> {
    let [space, account, region, document] = place(key);
    tx.execute(
        "DELETE FROM document_owner
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND document = ?4 AND source = ?5",
        params![space, account, region, document, word(&OwnerSource::Mark)?],
    )?;
    Ok(())
}

/// Forgets all that was said about a document.
pub(super) fn forget(tx: &Transaction<'_>, key: &DocumentKey) -> Result<(), ApiError> {
    tx.execute(
        "DELETE FROM document_owner WHERE space = ?1 AND account = ?2 AND region = ?3 AND document = ?4",
        place(key),
    )?;
    Ok(())
}
