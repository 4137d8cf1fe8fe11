//! Windows of repositories.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::rows::{self, REPOSITORY_COLUMNS};
use crate::{
    App,
    accounts::word,
    api::{
        ApiError, Direction, ListRepositories, RegistryKey, RegistryProblem, RepositoryKey, RepositoryRow,
        RepositorySort, RepositoryWindow, Scope, Side,
    },
    db::{from_ms, like_anywhere},
};

/// The most rows of one window.
pub(super) const MOST_ROWS: u32 = 500;

/// Parameters `?1` to `?3` of every query with a scope.
pub(super) const IN_SCOPE: &str =
    "(?1 IS NULL OR g.space = ?1) AND (?2 IS NULL OR g.account = ?2) AND (?3 IS NULL OR g.region = ?3)";

/// The value of the space for [`IN_SCOPE`].
pub(super) fn space_of(scope: &Scope) -> Result<Option<String>, ApiError> {
    scope.space.as_ref().map(word).transpose()
}

pub(super) fn all_of(tx: &Transaction<'_>, key: &RegistryKey) -> Result<Vec<RepositoryRow>, ApiError> {
    let Some(number) = rows::registry_number(tx, key, false)? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {REPOSITORY_COLUMNS} FROM repository p JOIN registry g ON g.key = p.registry
         WHERE p.registry = ?1 ORDER BY p.name"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query([number])?;
    let mut repositories = Vec::new();
    while let Some(row) = found.next()? {
        repositories.push(rows::repository(row)?);
    }
    Ok(repositories)
}

pub(super) fn one(tx: &Transaction<'_>, key: &RepositoryKey) -> Result<Option<RepositoryRow>, ApiError> {
    let Some(number) = rows::repository_number(tx, key)? else { return Ok(None) };
    let sql = format!(
        "SELECT {REPOSITORY_COLUMNS} FROM repository p JOIN registry g ON g.key = p.registry WHERE p.key = ?1"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    statement.query_row([number], |row| Ok(rows::repository(row))).optional()?.transpose()
}

/// `registries`: those of the scope, read or not.
fn window(
    tx: &Transaction<'_>,
    request: &ListRepositories,
    registries: &[RegistryKey],
) -> Result<RepositoryWindow, ApiError> {
    let space = space_of(&request.scope)?;
    let text = request.text.trim();
    let pattern = (!text.is_empty()).then(|| like_anywhere(text));
    let Scope { account, region, .. } = &request.scope;
    let from = format!(
        "FROM repository p JOIN registry g ON g.key = p.registry
         WHERE {IN_SCOPE} AND (?4 IS NULL OR p.name LIKE ?4 ESCAPE '\\')"
    );
    let total = tx
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params![space, account, region, pattern], |row| row.get(0))?;
    let column = match request.sort {
        RepositorySort::Name => "p.name",
        RepositorySort::Created => "p.created",
        RepositorySort::Images => "p.images",
        RepositorySort::Pushed => "p.pushed",
    };
    let direction = match request.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    // Unknown values come last in either direction; the rest of the order keeps windows stable.
    let sql = format!(
        "SELECT {REPOSITORY_COLUMNS} {from}
         ORDER BY {column} {direction} NULLS LAST, p.name, g.space, g.account, g.region LIMIT ?5 OFFSET ?6"
    );
    let limit = request.limit.clamp(1, MOST_ROWS);
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params![space, account, region, pattern, limit, request.offset])?;
    let mut shown = Vec::new();
    while let Some(row) = found.next()? {
        shown.push(rows::repository(row)?);
    }
    let Reads { oldest, problems, settled } = reads(tx, &request.scope)?;
    let unread = registries.iter().filter(|registry| !settled.contains(registry)).count();
    Ok(RepositoryWindow {
        total,
        offset: request.offset,
        rows: shown,
        as_of: oldest,
        unread: u32::try_from(unread).unwrap_or(u32::MAX),
        problems,
    })
}

/// What is known about the registries of a scope.
struct Reads {
    /// The oldest read.
    oldest: Option<DateTime<Utc>>,
    /// The registries that cannot be read.
    problems: Vec<RegistryProblem>,
    /// The registries that were read, or cannot be.
    settled: Vec<RegistryKey>,
}

fn reads(tx: &Transaction<'_>, scope: &Scope) -> Result<Reads, ApiError> {
    let sql = format!(
        "SELECT g.space, g.account, g.region, g.repositories_read, g.problem FROM registry g
         WHERE {IN_SCOPE} ORDER BY g.space, g.account, g.region"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params![space_of(scope)?, scope.account, scope.region])?;
    let mut known = Reads { oldest: None, problems: Vec::new(), settled: Vec::new() };
    while let Some(row) = found.next()? {
        let registry = rows::registry(row, 0)?;
        let read = row.get::<_, Option<i64>>(3)?.map(from_ms);
        let problem = row.get::<_, Option<String>>(4)?;
        if read.is_some() || problem.is_some() {
            known.settled.push(registry.clone());
        }
        if let Some(read) = read {
            known.oldest = Some(known.oldest.map_or(read, |oldest| read.min(oldest)));
        }
        if let Some(problem) = problem {
            known.problems.push(RegistryProblem { registry, error: serde_json::from_str(&problem)? });
        }
    }
    Ok(known)
}

impl App {
    /// The registries of a scope, read or not.
    pub(super) fn registries_in(&self, scope: &Scope) -> Vec<RegistryKey> {
        let mut registries = self.accounts.registries(scope.space);
        registries.retain(|registry| scope.contains(registry));
        registries
    }

    /// A window of repositories, from what was read; no network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn repositories(&self, request: ListRepositories) -> Result<RepositoryWindow, ApiError> {
        let registries = self.registries_in(&request.scope);
        self.db.read(move |tx| window(tx, &request, &registries)).await
    }

    /// One repository. If it is unknown, it is looked up in its registry.
    ///
    /// # Errors
    /// `repository-not-found`; the reason why the registry cannot be read.
    pub async fn repository(&self, key: RepositoryKey) -> Result<RepositoryRow, ApiError> {
        if let Some(row) = self.inventory.repository(&key).await? {
            return Ok(row);
        }
        self.read_repositories(&key.registry).await?;
        self.inventory.repository(&key).await?.ok_or_else(|| {
            let place = self.accounts.label(&key.registry);
            let text = format!("{place} has no repository `{}`.", key.repository);
            ApiError::new("repository-not-found", Side::Service, text)
        })
    }
}
