//! The first screen: accounts by Regions, and the rules between them.

use std::collections::HashMap;

use longshore_policy::replication::ReplicationConfiguration;
use rusqlite::Transaction;

use super::rows;
use crate::{
    App,
    accounts::StoredAccount,
    api::{ApiError, Overview, OverviewLink, OverviewRegistry, RegistryKey, Scope},
    db::from_ms,
};

/// What the database knows about a registry.
#[derive(Default)]
struct Facts {
    repositories: Option<u32>,
    images: Option<u32>,
    failed: u32,
    in_progress: u32,
    read: Option<i64>,
    problem: Option<String>,
    replication: Option<String>,
}

fn facts(tx: &Transaction<'_>) -> Result<HashMap<RegistryKey, Facts>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT g.space, g.account, g.region, g.repositories_read, g.problem, g.replication,
                (SELECT count(*) FROM repository p WHERE p.registry = g.key),
                (SELECT sum(p.images) FROM repository p WHERE p.registry = g.key),
                (SELECT count(*) FROM replication r JOIN image i ON i.key = r.image
                     JOIN repository p ON p.key = i.repository
                 WHERE p.registry = g.key AND r.state = 'failed'),
                (SELECT count(*) FROM replication r JOIN image i ON i.key = r.image
                     JOIN repository p ON p.key = i.repository
                 WHERE p.registry = g.key AND r.state = 'inProgress')
         FROM registry g",
    )?;
    let mut found = statement.query([])?;
    let mut facts = HashMap::new();
    while let Some(row) = found.next()? {
        let read: Option<i64> = row.get(3)?;
        let known = Facts {
            read,
            problem: row.get(4)?,
            replication: row.get(5)?,
            repositories: read.map(|_| row.get(6)).transpose()?,
            images: row.get(7)?,
            failed: row.get(8)?,
            in_progress: row.get(9)?,
        };
        facts.insert(rows::registry(row, 0)?, known);
    }
    Ok(facts)
}

/// Rules as lines; a document that cannot be parsed has none.
fn links(source: &RegistryKey, document: &str) -> Vec<OverviewLink> {
    let Ok(configuration) = ReplicationConfiguration::parse(document) else { return Vec::new() };
    let mut links = Vec::new();
    for rule in configuration.rules() {
        for destination in &rule.destinations {
            links.push(OverviewLink {
                source: source.clone(),
                destination: RegistryKey::of(source.space, destination),
                rule: rule.hash.to_string(),
                filters: rule.filters.iter().map(|filter| filter.filter.clone()).collect(),
            });
        }
    }
    links
}

impl App {
    /// Accounts by Regions, and the rules between them, from what was read; no network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn overview(&self, scope: Scope) -> Result<Overview, ApiError> {
        let mut facts = self.db.read(facts).await?;
        let mut overview = Overview { registries: Vec::new(), links: Vec::new() };
        for StoredAccount { account, .. } in self.accounts.all().iter() {
            for region in &account.regions {
                let Some(registry) = RegistryKey::known(account, region) else { continue };
                if !scope.contains(&registry) {
                    continue;
                }
                let known = facts.remove(&registry).unwrap_or_default();
                if let Some(document) = &known.replication {
                    overview.links.extend(links(&registry, document));
                }
                let problem = known.problem.as_deref().map(serde_json::from_str).transpose()?;
                overview.registries.push(OverviewRegistry {
                    registry,
                    account_name: account.name.clone(),
                    colour: account.colour.clone(),
                    repositories: known.repositories,
                    images: known.images,
                    failed: known.failed,
                    in_progress: known.in_progress,
                    as_of: known.read.map(from_ms),
                    problem: problem.or_else(|| account.problem.clone()),
                });
            }
        }
        Ok(overview)
    }
}
