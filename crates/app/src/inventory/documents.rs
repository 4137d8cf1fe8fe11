//! Replication configurations and registry policies as last read, and what they explain.

use chrono::{DateTime, Utc};
use longshore_policy::replication::{ReplicationConfiguration, RuleView};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;

use super::{Inventory, look::Look, rows};
use crate::{
    accounts::word,
    api::{ApiError, AppEvent, RegistryKey},
    db::{from_ms, to_ms},
};

/// A document and when it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen<T> {
    /// The document.
    pub(crate) document: T,
    /// When it was read.
    pub(crate) at: DateTime<Utc>,
}

impl Inventory {
    /// The replication configuration of a registry as last read; `None` before the first read.
    pub(crate) async fn replication_document(
        &self,
        registry: &RegistryKey,
    ) -> Result<Option<Seen<Value>>, ApiError> {
        let registry = registry.clone();
        self.db
            .read(move |tx| {
                let Some((text, at)) = document(tx, &registry, "replication")? else { return Ok(None) };
                let text = text.unwrap_or_else(|| "{\"rules\":[]}".to_owned());
                Ok(Some(Seen { document: serde_json::from_str(&text)?, at }))
            })
            .await
    }

    /// The policy of a registry as last read: the document is `None` when the registry has none;
    /// the result is `None` before the first read.
    pub(crate) async fn policy_document(
        &self,
        registry: &RegistryKey,
    ) -> Result<Option<Seen<Option<String>>>, ApiError> {
        let registry = registry.clone();
        self.db
            .read(
                move |tx| Ok(document(tx, &registry, "policy")?.map(|(document, at)| Seen { document, at })),
            )
            .await
    }

    /// Stores the result of a read; notifies windows if the document has changed.
    pub(crate) async fn keep_replication_document(
        &self,
        registry: &RegistryKey,
        value: &Value,
        look: Look,
    ) -> Result<(), ApiError> {
        if self.keep(registry, "replication", Some(value.to_string()), look).await? {
            self.events.send(AppEvent::Replication { registry: registry.clone() });
        }
        Ok(())
    }

    /// Stores the result of a read; notifies windows if the document has changed.
    pub(crate) async fn keep_policy_document(
        &self,
        registry: &RegistryKey,
        policy: Option<String>,
        look: Look,
    ) -> Result<(), ApiError> {
        if self.keep(registry, "policy", policy, look).await? {
            self.events.send(AppEvent::Policy { registry: registry.clone() });
        }
        Ok(())
    }

    /// Whether the document has changed; the first read counts as a change.
    async fn keep(
        &self,
        registry: &RegistryKey,
        column: &'static str,
        text: Option<String>,
        look: Look,
    ) -> Result<bool, ApiError> {
        let (registry, look) = (registry.clone(), look.end(&self.clock));
        self.db
            .write(move |tx| {
                let (before, read) = document(tx, &registry, column)?.unzip();
                if look.is_late(read.map(to_ms)) {
                    return Ok(false);
                }
                let Some(number) = look.registry(tx, &registry)? else { return Ok(false) };
                let sql = format!("UPDATE registry SET {column} = ?2, {column}_read = ?3 WHERE key = ?1");
                tx.prepare_cached(&sql)?.execute(params![number, text, to_ms(look.began)])?;
                Ok(before != Some(text))
            })
            .await
    }
}

/// A document's text, absent when the registry has none, and when it was read.
type Kept = (Option<String>, DateTime<Utc>);

pub(super) fn document(
    tx: &Transaction<'_>,
    registry: &RegistryKey,
    column: &str,
) -> Result<Option<Kept>, ApiError> {
    let sql = format!(
        "SELECT {column}, {column}_read FROM registry
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND {column}_read IS NOT NULL"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let parameters = params![word(&registry.space)?, registry.account.as_str(), registry.region.as_str()];
    let found = statement.query_row(parameters, |row| Ok((row.get(0)?, from_ms(row.get(1)?)))).optional()?;
    Ok(found)
}

/// The rules of a registry as last read. A document that cannot be parsed has none.
pub(super) fn rules(tx: &Transaction<'_>, registry: &RegistryKey) -> Result<Vec<RuleView>, ApiError> {
    let text = document(tx, registry, "replication")?.and_then(|(text, _)| text);
    let document = text.and_then(|text| serde_json::from_str(&text).ok());
    let configuration = document.and_then(|value| ReplicationConfiguration::from_value(value).ok());
    Ok(configuration.map(|configuration| configuration.rules()).unwrap_or_default())
}

/// The reason why a registry cannot be read, if there is one.
pub(super) fn registry_problem(
    tx: &Transaction<'_>,
    registry: &RegistryKey,
) -> Result<Option<ApiError>, ApiError> {
    let Some(number) = rows::registry_number(tx, registry, false)? else { return Ok(None) };
    let mut statement = tx.prepare_cached("SELECT problem FROM registry WHERE key = ?1")?;
    let problem: Option<String> = statement.query_row([number], |row| row.get(0))?;
    Ok(problem.as_deref().map(serde_json::from_str).transpose()?)
}
