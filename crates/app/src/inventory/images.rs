//! Windows of a repository's images.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    repositories::MOST_ROWS,
    rows::{self, IMAGE_COLUMNS, StatusView},
};
use crate::{
    App,
    api::{ApiError, Direction, ImageRow, ImageSort, ImageWindow, ListImages, RepositoryKey},
    db::{from_ms, like_anywhere},
};

pub(super) fn one(
    tx: &Transaction<'_>,
    key: &RepositoryKey,
    digest: &str,
    view: &StatusView,
) -> Result<Option<ImageRow>, ApiError> {
    let Some(number) = rows::repository_number(tx, key)? else { return Ok(None) };
    let sql = format!("SELECT {IMAGE_COLUMNS} FROM image i WHERE i.repository = ?1 AND i.digest = ?2");
    let mut statement = tx.prepare_cached(&sql)?;
    statement
        .query_row(params![number, digest], |row| Ok(rows::image(tx, row, key, view)))
        .optional()?
        .transpose()
}

fn window(tx: &Transaction<'_>, request: &ListImages, view: &StatusView) -> Result<ImageWindow, ApiError> {
    let key = &request.repository;
    let empty =
        ImageWindow { total: 0, offset: request.offset, rows: Vec::new(), as_of: None, problem: None };
    let Some(number) = rows::repository_number(tx, key)? else {
        let problem = super::documents::registry_problem(tx, &key.registry)?;
        return Ok(ImageWindow { problem, ..empty });
    };
    let text = request.text.trim();
    let pattern = (!text.is_empty()).then(|| like_anywhere(text));
    let from = "FROM image i WHERE i.repository = ?1 AND (?2 IS NULL OR i.digest LIKE ?2 ESCAPE '\\'
                OR EXISTS (SELECT 1 FROM tag t WHERE t.image = i.key AND t.tag LIKE ?2 ESCAPE '\\'))";
    let total = tx
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params![number, pattern], |row| row.get(0))?;
    let column = match request.sort {
        ImageSort::Pushed => "i.pushed",
        ImageSort::Tag => "i.first_tag",
        ImageSort::Size => "i.bytes",
    };
    let direction = match request.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    let sql = format!(
        "SELECT {IMAGE_COLUMNS} {from}
         ORDER BY {column} {direction} NULLS LAST, i.pushed DESC, i.digest LIMIT ?3 OFFSET ?4"
    );
    let limit = request.limit.clamp(1, MOST_ROWS);
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params![number, pattern, limit, request.offset])?;
    let mut shown = Vec::new();
    while let Some(row) = found.next()? {
        shown.push(rows::image(tx, row, key, view)?);
    }
    let (read, problem): (Option<i64>, Option<String>) = tx
        .prepare_cached("SELECT images_read, problem FROM repository WHERE key = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let problem = match problem {
        Some(text) => Some(serde_json::from_str(&text)?),
        None => super::documents::registry_problem(tx, &key.registry)?,
    };
    Ok(ImageWindow { total, rows: shown, as_of: read.map(from_ms), problem, ..empty })
}

impl App {
    /// A window of a repository's images, from what was read; no network. A repository that was
    /// never read is read now, in the background.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn images(&self, request: ListImages) -> Result<ImageWindow, ApiError> {
        let view = StatusView::new(self.accounts.clone());
        let repository = request.repository.clone();
        let window = self.db.read(move |tx| window(tx, &request, &view)).await?;
        // The repository on the screen is read anyway.
        if window.as_of.is_none() && self.visible().repository.as_ref() != Some(&repository) {
            self.touch_repository(&repository);
        }
        Ok(window)
    }
}
