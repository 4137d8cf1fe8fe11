//! The record as it is stored: rows that are only added, and the end of the chain in the keychain.

use longshore_promotion::record::{Anchor, Chain, Entry, follow, verify_rows};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::{
    App,
    api::{ApiError, AppEvent, PromotionEnd, Side, Space},
    secrets::Secret,
};

/// Adds entries in one transaction that is on disk when this returns; gives them back as they were written.
///
/// # Errors
/// `promotion-record-broken` when the last row is no entry; errors of the database.
pub(crate) async fn append(app: &App, space: Space, entries: Vec<Entry>) -> Result<Vec<Entry>, ApiError> {
    let written = app
        .db
        .write_through(move |tx| {
            let mut last = last(tx, space)?;
            let mut written = Vec::with_capacity(entries.len());
            for entry in entries {
                let (entry, row) = follow(last.as_ref(), entry);
                let sequence = i64::try_from(entry.sequence).unwrap_or(i64::MAX);
                tx.execute(
                    "INSERT INTO promotion_record (space, sequence, entry) VALUES (?1, ?2, ?3)",
                    params![space.word(), sequence, row],
                )?;
                last = Some(entry.clone());
                written.push(entry);
            }
            Ok(written)
        })
        .await?;
    if let Some(last) = written.last() {
        remember_end(app, space, &Anchor { sequence: last.sequence, hash: last.hash.clone() }).await;
    }
    app.events.send(AppEvent::Promotions);
    Ok(written)
}

fn last(tx: &Transaction<'_>, space: Space) -> Result<Option<Entry>, ApiError> {
    let sql = "SELECT entry FROM promotion_record WHERE space = ?1 ORDER BY sequence DESC LIMIT 1";
    let row: Option<String> = tx.query_row(sql, [space.word()], |row| row.get(0)).optional()?;
    row.map(|row| serde_json::from_str(&row).map_err(|_| broken("the last row is not an entry"))).transpose()
}

fn rows(tx: &Transaction<'_>, space: Space) -> Result<Vec<String>, ApiError> {
    let sql = "SELECT entry FROM promotion_record WHERE space = ?1 ORDER BY sequence";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([space.word()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn broken(why: &str) -> ApiError {
    ApiError::new(
        "promotion-record-broken",
        Side::ThisMachine,
        format!("The record cannot be added to: {why}."),
    )
}

/// The verified entries of a space, the first first.
///
/// # Errors
/// `promotion-record-broken`, with the first entry that is wrong.
pub(crate) async fn entries(app: &App, space: Space) -> Result<Vec<Entry>, ApiError> {
    Ok(chain(app, space, None).await?.entries().to_vec())
}

/// The verified chain of a space; `anchor` is an end that was noted outside the database.
///
/// # Errors
/// As [`entries`].
pub(super) async fn chain(app: &App, space: Space, anchor: Option<Anchor>) -> Result<Chain, ApiError> {
    let rows = app.db.read(move |tx| rows(tx, space)).await?;
    let verified = move || verify_rows(rows.iter().map(String::as_str), anchor.as_ref());
    let verified = tokio::task::spawn_blocking(verified)
        .await
        .map_err(|_| ApiError::internal("The record could not be verified."))?;
    verified.map_err(|error| {
        ApiError::new(
            error.code(),
            Side::ThisMachine,
            format!("{}.", longshore_names::capital(&error.to_string())),
        )
        .hint(error.hint())
    })
}

/// A keychain serves all data directories of its person, and each has a record of its own.
fn end_name(app: &App, space: Space) -> String {
    format!("promotion/record/{}/{}", app.data_directory_id(), space.word())
}

/// Notes the end of the chain in the keychain. Without a keychain, a removed end is found only by an end that a
/// person noted.
async fn remember_end(app: &App, space: Space, end: &Anchor) {
    let text = format!("{}:{}", end.sequence, end.hash);
    if let Err(error) = app.secrets.set(&end_name(app, space), Secret::new(text)).await {
        tracing::debug!(code = error.code, "the end of the record was not noted in the keychain");
    }
}

/// The end of the chain as the keychain has it.
async fn remembered_end(app: &App, space: Space) -> Option<Anchor> {
    let kept = app.secrets.get(&end_name(app, space)).await.ok().flatten()?;
    parse_end(kept.expose())
}

/// An end as `SEQUENCE:HASH`.
fn parse_end(text: &str) -> Option<Anchor> {
    let (sequence, hash) = text.trim().split_once(':')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(())?;
    Some(Anchor { sequence: sequence.parse().ok()?, hash: hash.to_ascii_lowercase() })
}

impl App {
    /// Verifies the record of a space, also against the end that the keychain has, and against one that a
    /// person noted.
    ///
    /// # Errors
    /// `promotion-record-broken`; `promotion-record-end` when `end` is not `NUMBER:HASH`.
    pub async fn verify_promotions(
        &self,
        request: crate::api::VerifyPromotions,
    ) -> Result<PromotionEnd, ApiError> {
        let crate::api::VerifyPromotions { space, end } = request;
        let given = end
            .map(|text| {
                parse_end(&text).ok_or_else(|| {
                    let text = "The end of a record is its number and its hash, `NUMBER:HASH`.";
                    ApiError::input("promotion-record-end", "end", text)
                })
            })
            .transpose()?;
        let kept = remembered_end(self, space).await;
        let mut head = Anchor::empty();
        for end in [given, kept.clone()] {
            head = chain(self, space, end).await?.head();
        }
        Ok(PromotionEnd { entries: head.sequence, hash: head.hash, anchored: kept.map(|kept| kept.sequence) })
    }
}
