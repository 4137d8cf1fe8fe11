//! One search over everything that was read.

use rusqlite::{Transaction, params};

use super::{
    repositories::{IN_SCOPE, space_of},
    rows,
};
use crate::{
    App,
    api::{ApiError, RepositoryKey, Search, SearchHit, SearchHits},
    db::like_anywhere,
};

/// The most hits of one search.
const MOST: u32 = 200;

fn search(tx: &Transaction<'_>, request: &Search) -> Result<SearchHits, ApiError> {
    let text = request.text.trim();
    if text.is_empty() {
        return Ok(SearchHits { total: 0, hits: Vec::new() });
    }
    let pattern = like_anywhere(text);
    let scope = &request.scope;
    // Exact matches come first, then repositories, tags and digests, each in order.
    let matching = format!(
        "SELECT g.space, g.account, g.region, p.name, NULL, NULL, p.name = ?5 AS exact, 0 AS kind
             FROM repository p JOIN registry g ON g.key = p.registry
             WHERE {IN_SCOPE} AND p.name LIKE ?4 ESCAPE '\\'
         UNION ALL
         SELECT g.space, g.account, g.region, p.name, i.digest, t.tag, t.tag = ?5, 1
             FROM tag t JOIN image i ON i.key = t.image JOIN repository p ON p.key = t.repository
                  JOIN registry g ON g.key = p.registry
             WHERE {IN_SCOPE} AND t.tag LIKE ?4 ESCAPE '\\'
         UNION ALL
         SELECT g.space, g.account, g.region, p.name, i.digest, NULL, i.digest = ?5, 2
             FROM image i JOIN repository p ON p.key = i.repository JOIN registry g ON g.key = p.registry
             WHERE {IN_SCOPE} AND length(?5) >= 4 AND i.digest LIKE ?4 ESCAPE '\\'"
    );
    let (space, account, region) = (space_of(scope)?, &scope.account, &scope.region);
    let total = tx
        .prepare_cached(&format!("SELECT count(*) FROM ({matching})"))?
        .query_row(params![space, account, region, pattern, text], |row| row.get(0))?;
    let limit = request.limit.clamp(1, MOST);
    let ordered = format!("{matching} ORDER BY exact DESC, kind, 4, 6, 5, 1, 2, 3 LIMIT ?6");
    let mut statement = tx.prepare_cached(&ordered)?;
    let mut found = statement.query(params![space, account, region, pattern, text, limit])?;
    let mut hits = Vec::new();
    while let Some(row) = found.next()? {
        hits.push(SearchHit {
            repository: RepositoryKey { registry: rows::registry(row, 0)?, repository: row.get(3)? },
            digest: row.get(4)?,
            tag: row.get(5)?,
        });
    }
    Ok(SearchHits { total, hits })
}

impl App {
    /// Matches of a text: repositories by name, images by tag, images by digest from four
    /// characters on. No network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn search(&self, request: Search) -> Result<SearchHits, ApiError> {
        self.db.read(move |tx| search(tx, &request)).await
    }
}
