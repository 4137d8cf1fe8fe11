//! Names and notes of replication rules.
//!
//! A rule has neither in ECR. They are stored by the rule's content, as rules have no id either: they
//! survive another order of the rules and follow a change by Longshore. A rule that was changed elsewhere
//! has none. Rows of rules that are gone stay, so that a restored rule has its name again.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Result, params};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    api::{AdoptRule, ApiError, AppEvent, NameRule, RegistryKey, ReplicationView},
    documents::find_rule,
    made::{self, Made},
};
use longshore_policy::replication::ReplicationConfiguration;

/// The longest name.
const LONGEST_NAME: usize = 60;
/// The longest note.
const LONGEST_NOTE: usize = 300;

/// What a person says about a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RuleName {
    pub(crate) name: String,
    pub(crate) note: Option<String>,
}

/// A rule that a write names. Without a name, that of the rule that it replaces stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedRule {
    /// Content hash.
    pub(crate) rule: String,
    /// Content hash of the rule that it replaces.
    pub(crate) replaces: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) note: Option<String>,
}

/// A typed name and note; `None` for neither.
///
/// # Errors
/// `rule-name-invalid` and `rule-note-invalid`, at their fields.
pub(crate) fn typed(name: Option<&str>, note: Option<&str>) -> Result<Option<RuleName>, ApiError> {
    let trimmed = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
    let is_line =
        |text: &str, longest: usize| text.chars().count() <= longest && !text.chars().any(char::is_control);
    let (name, note) = (trimmed(name), Some(trimmed(note)).filter(|note| !note.is_empty()));
    if !is_line(&name, LONGEST_NAME) {
        let text = format!("The name of a rule is one line of at most {LONGEST_NAME} characters.");
        return Err(ApiError::input("rule-name-invalid", "name", text));
    }
    if !note.as_deref().is_none_or(|note| is_line(note, LONGEST_NOTE)) {
        let text = format!("The note of a rule is one line of at most {LONGEST_NOTE} characters.");
        return Err(ApiError::input("rule-note-invalid", "note", text));
    }
    if name.is_empty() && note.is_some() {
        return Err(ApiError::input("rule-name-invalid", "name", "A rule with a note needs a name."));
    }
    Ok((!name.is_empty()).then_some(RuleName { name, note }))
}

impl App {
    /// Names of a registry's rules, by content hash.
    pub(crate) async fn rule_names(
        &self,
        registry: &RegistryKey,
    ) -> Result<BTreeMap<String, RuleName>, ApiError> {
        let registry = registry.clone();
        self.db.read(move |tx| Ok(list(tx, &registry)?)).await
    }

    /// Gives a rule a name and a note; an empty name takes both away. ECR does not learn them.
    ///
    /// # Errors
    /// `rule-name-invalid`, `rule-note-invalid`; `changed-elsewhere` without such a rule; when the configuration cannot be read.
    pub async fn name_rule(&self, request: NameRule) -> Result<ReplicationView, ApiError> {
        let NameRule { registry, rule, name, note } = request;
        let name = typed(Some(&name), note.as_deref())?;
        self.existing_rule(&registry, &rule).await?;
        let of = registry.clone();
        let named = move |tx: &rusqlite::Transaction<'_>| Ok(put(tx, &of, &rule, name.as_ref())?);
        self.db.write(named).await?;
        self.events.send(AppEvent::Replication { registry: registry.clone() });
        self.replication(registry).await
    }

    /// Makes a rule that was created outside Longshore one of ours: clean-up offers what it needed.
    ///
    /// # Errors
    /// As [`name_rule`](Self::name_rule).
    pub async fn adopt_rule(&self, request: AdoptRule) -> Result<ReplicationView, ApiError> {
        let AdoptRule { registry, rule, name, note } = request;
        let name = typed(name.as_deref(), note.as_deref())?;
        self.existing_rule(&registry, &rule).await?;
        let of = registry.clone();
        let adopted = move |tx: &rusqlite::Transaction<'_>| {
            made::put(tx, "", Made::Rule, &of, std::slice::from_ref(&rule))?;
            match name {
                Some(name) => Ok(put(tx, &of, &rule, Some(&name))?),
                None => Ok(()),
            }
        };
        self.db.write(adopted).await?;
        self.events.send(AppEvent::Replication { registry: registry.clone() });
        self.replication(registry).await
    }

    async fn existing_rule(&self, registry: &RegistryKey, rule: &str) -> Result<(), ApiError> {
        let configuration = ReplicationConfiguration::from_value(self.read_replication(registry).await?)?;
        find_rule(&configuration, rule).map(drop)
    }
}

/// Stores what a write says about a rule.
pub(crate) fn apply(connection: &Connection, registry: &RegistryKey, named: &NamedRule) -> Result<()> {
    let NamedRule { rule, replaces, name, note } = named;
    let name = match (name, replaces) {
        (Some(name), _) => Some(RuleName { name: name.clone(), note: note.clone() }),
        (None, Some(former)) => get(connection, registry, former)?,
        (None, None) => None,
    };
    match name {
        Some(name) => put(connection, registry, rule, Some(&name)),
        None => Ok(()),
    }
}

fn key(registry: &RegistryKey) -> (&str, &str, &str) {
    (registry.space.word(), registry.account.as_str(), registry.region.as_str())
}

/// Stores a name, or removes it. An empty one is none.
fn put(connection: &Connection, registry: &RegistryKey, rule: &str, name: Option<&RuleName>) -> Result<()> {
    let (space, account, region) = key(registry);
    match name.filter(|name| !name.name.is_empty()) {
        Some(RuleName { name, note }) => connection.execute(
            "INSERT OR REPLACE INTO rule_name (space, account, region, rule, name, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![space, account, region, rule, name, note],
        )?,
        None => connection.execute(
            "DELETE FROM rule_name WHERE space = ?1 AND account = ?2 AND region = ?3 AND rule = ?4",
            params![space, account, region, rule],
        )?,
    };
    Ok(())
}

fn get(connection: &Connection, registry: &RegistryKey, rule: &str) -> Result<Option<RuleName>> {
    let (space, account, region) = key(registry);
    let mut statement = connection.prepare_cached(
        "SELECT name, note FROM rule_name WHERE space = ?1 AND account = ?2 AND region = ?3 AND rule = ?4",
    )?;
    let found = statement.query_row(params![space, account, region, rule], |row| {
        Ok(RuleName { name: row.get(0)?, note: row.get(1)? })
    });
    found.optional()
}

fn list(connection: &Connection, registry: &RegistryKey) -> Result<BTreeMap<String, RuleName>> {
    let (space, account, region) = key(registry);
    let mut statement = connection.prepare_cached(
        "SELECT rule, name, note FROM rule_name WHERE space = ?1 AND account = ?2 AND region = ?3",
    )?;
    let rows = statement.query_map(params![space, account, region], |row| {
        Ok((row.get(0)?, RuleName { name: row.get(1)?, note: row.get(2)? }))
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Space;

    #[test]
    fn a_name_is_one_line_and_a_note_needs_one() {
        assert_eq!(typed(None, None).unwrap(), None);
        assert_eq!(typed(Some("  "), Some(" ")).unwrap(), None);
        let both = typed(Some(" Team A "), Some(" why ")).unwrap().unwrap();
        assert_eq!((both.name.as_str(), both.note.as_deref()), ("Team A", Some("why")));
        let long = "x".repeat(LONGEST_NAME + 1);
        for (name, note, field) in [
            (Some(long.as_str()), None, "name"),
            (Some("a\nb"), None, "name"),
            (None, Some("why"), "name"),
            (Some("a"), Some("b\u{1b}"), "note"),
        ] {
            assert_eq!(typed(name, note).unwrap_err().field.as_deref(), Some(field));
        }
    }

    #[test]
    fn a_name_follows_a_change_and_a_given_one_replaces_it() {
        let connection = Connection::open_in_memory().unwrap();
        let table = crate::db::OWNERS.split_once("CREATE TABLE rule_name").unwrap().1;
        connection.execute_batch(&format!("CREATE TABLE rule_name{table}")).unwrap();
        let here = RegistryKey {
            space: Space::Sandbox,
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
        };
        let named = |rule: &str, replaces: Option<&str>, name: Option<&str>| NamedRule {
            rule: rule.into(),
            replaces: replaces.map(str::to_owned),
            name: name.map(str::to_owned),
            note: None,
        };
        let write = |one: NamedRule| apply(&connection, &here, &one).unwrap();
        write(named("a", None, None));
        assert!(list(&connection, &here).unwrap().is_empty());
        write(named("a", None, Some("First")));
        write(named("b", Some("a"), None));
        write(named("c", Some("b"), Some("Second")));
        let names = |list: BTreeMap<String, RuleName>| -> Vec<(String, String)> {
            list.into_iter().map(|(rule, name)| (rule, name.name)).collect()
        };
        let expected = [("a", "First"), ("b", "First"), ("c", "Second")];
        assert_eq!(
            names(list(&connection, &here).unwrap()),
            expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        write(named("c", None, Some("")));
        assert_eq!(list(&connection, &here).unwrap().len(), 2);
    }
}
