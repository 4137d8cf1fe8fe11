//! What this app created, identified by content. It decides what is shown as *Created by Longshore*
//! and what clean-up initially chooses.

use std::collections::BTreeSet;

use longshore_names::RepositoryName;
use rusqlite::{Connection, Result, params};

use crate::{
    App,
    api::{ApiError, RegistryKey, Space},
    documents::DocumentKind,
};

/// Types of things that this app created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// A replication rule; its name is the content hash.
    Rule,
    /// A policy statement; its name is the content hash.
    Statement,
    /// A repository.
    Repository,
    /// An image that was replicated by a rule, or copied in place of one: `repository@digest`.
    Replica,
    /// A promotion inside a registry: `from>to`, both repositories.
    Promotion,
}

impl Made {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Statement => "statement",
            Self::Repository => "repository",
            Self::Replica => "replica",
            Self::Promotion => "promotion",
        }
    }
}

impl Made {
    /// What this app creates inside of a document.
    pub(crate) fn in_document(kind: DocumentKind) -> Option<Self> {
        match kind {
            DocumentKind::Replication => Some(Self::Rule),
            DocumentKind::Policy => Some(Self::Statement),
            DocumentKind::Setting(_) | DocumentKind::Iam(_) => None,
        }
    }
}

/// The name of a replicated image.
pub(crate) fn replica(repository: &RepositoryName, digest: &longshore_names::Digest) -> String {
    format!("{repository}@{digest}")
}

/// The name of a promotion. No repository's name has a `>`.
pub(crate) fn promotion(from: &RepositoryName, to: &RepositoryName) -> String {
    format!("{from}>{to}")
}

impl App {
    /// Names of what this app created in a registry.
    pub(crate) async fn made(
        &self,
        kind: Made,
        registry: &RegistryKey,
    ) -> Result<BTreeSet<String>, ApiError> {
        let registry = registry.clone();
        self.db.read(move |tx| Ok(list(tx, kind, &registry)?)).await
    }

    /// Remembers what was created.
    pub(crate) async fn remember_made(
        &self,
        run: &str,
        kind: Made,
        registry: &RegistryKey,
        names: Vec<String>,
    ) -> Result<(), ApiError> {
        let (run, registry) = (run.to_owned(), registry.clone());
        self.db.write(move |tx| Ok(put(tx, &run, kind, &registry, &names)?)).await
    }

    /// Forgets what no longer exists.
    pub(crate) async fn forget_made(
        &self,
        kind: Made,
        registry: &RegistryKey,
        names: Vec<String>,
    ) -> Result<(), ApiError> {
        let registry = registry.clone();
        self.db.write(move |tx| Ok(remove(tx, kind, &registry, &names)?)).await
    }

    /// Forgets a deleted repository: another one with its name is not ours.
    pub(crate) async fn forget_made_repository(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
    ) -> Result<(), ApiError> {
        let (registry, name) = (registry.clone(), name.to_string());
        self.db
            .write(move |tx| {
                let promotions = list(tx, Made::Promotion, &registry)?;
                let named = |known: &String| known.split('>').any(|part| part == name);
                let gone: Vec<_> = promotions.into_iter().filter(named).collect();
                remove(tx, Made::Promotion, &registry, &gone)?;
                Ok(remove(tx, Made::Repository, &registry, &[name])?)
            })
            .await
    }
}

pub(crate) fn put(
    connection: &Connection,
    run: &str,
    kind: Made,
    registry: &RegistryKey,
    names: &[String],
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO made (kind, space, account, region, name, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for name in names {
        let space = registry.space.word();
        statement.execute(params![
            kind.as_str(),
            space,
            registry.account.as_str(),
            registry.region.as_str(),
            name,
            run
        ])?;
    }
    Ok(())
}

pub(crate) fn remove(
    connection: &Connection,
    kind: Made,
    registry: &RegistryKey,
    names: &[String],
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM made WHERE kind = ?1 AND space = ?2 AND account = ?3 AND region = ?4 AND name = ?5",
    )?;
    for name in names {
        let space = registry.space.word();
        statement.execute(params![
            kind.as_str(),
            space,
            registry.account.as_str(),
            registry.region.as_str(),
            name
        ])?;
    }
    Ok(())
}

/// As [`remove`], for documents whose parts Longshore can create; `None` for the others.
pub(crate) fn remove_of(
    connection: &Connection,
    kind: Option<Made>,
    registry: &RegistryKey,
    names: &[String],
) -> Result<()> {
    kind.map_or(Ok(()), |kind| remove(connection, kind, registry, names))
}

/// Forgets everything that was created in a space.
pub(crate) fn forget_space(connection: &Connection, space: Space) -> Result<()> {
    connection.execute("DELETE FROM made WHERE space = ?1", [space.word()])?;
    Ok(())
}

pub(crate) fn list(connection: &Connection, kind: Made, registry: &RegistryKey) -> Result<BTreeSet<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM made WHERE kind = ?1 AND space = ?2 AND account = ?3 AND region = ?4",
    )?;
    let parameters =
        params![kind.as_str(), registry.space.word(), registry.account.as_str(), registry.region.as_str()];
    statement.query_map(parameters, |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_known_per_registry() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(crate::db::RUNS).unwrap();
        let here = RegistryKey {
            space: Space::Sandbox,
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
        };
        let other = RegistryKey { region: "eu-west-1".parse().unwrap(), ..here.clone() };
        put(&connection, "run", Made::Rule, &here, &["h".into()]).unwrap();
        put(&connection, "run", Made::Rule, &here, &["h".into()]).unwrap();
        assert!(list(&connection, Made::Rule, &here).unwrap().contains("h"));
        assert!(list(&connection, Made::Statement, &here).unwrap().is_empty());
        assert!(list(&connection, Made::Rule, &other).unwrap().is_empty());
        remove(&connection, Made::Rule, &here, &["h".into()]).unwrap();
        assert!(list(&connection, Made::Rule, &here).unwrap().is_empty());
    }
}
