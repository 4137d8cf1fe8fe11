//! What could be cleaned up for a rule.

use std::collections::BTreeSet;

use longshore_ecr::{EcrClient, Repository};
use longshore_names::{RegistryId, RepositoryName};
use longshore_policy::{
    ContentHash,
    registry_policy::explain_statement,
    replication::{ReplicationConfiguration, RuleView, explain_rule, matching_filter},
};

use super::{
    came::divide,
    statements::{lets_in, others, read},
};
use crate::{
    App,
    api::{
        ApiError, CleanUpCandidates, CleanUpRepository, CleanUpStatement, GetCleanUp, RegistryKey,
        RepositoryKey, Side, StatementKey,
    },
    plans::images_of,
    runs::{Made, store},
};

impl App {
    /// What can be cleaned up for a rule: repositories on both sides and statements, with what
    /// would go and what would stay.
    ///
    /// # Errors
    /// `rule-changed` when the rule is not there as it was; why the source cannot be read. A
    /// destination that cannot be read is left out.
    pub async fn clean_up(&self, request: GetCleanUp) -> Result<CleanUpCandidates, ApiError> {
        let GetCleanUp { registry, rule } = request;
        let connection = self.connection(&registry).await?;
        let source = &connection.client;
        let configuration = ReplicationConfiguration::from_value(source.replication_configuration().await?)?;
        let rule = match rule {
            Some(id) => Some(find(&configuration, &id)?),
            None => None,
        };
        let repositories = source.repositories().await?;
        let ours = self.made(Made::Repository, &registry).await?;
        let mut candidates = CleanUpCandidates {
            source: registry.clone(),
            rule: rule
                .as_ref()
                .map(|rule| explain_rule(rule, source.registry(), &self.namer(registry.space))),
            source_repositories: Vec::new(),
            destination_repositories: Vec::new(),
            statements: Vec::new(),
        };
        for repository in &repositories {
            let ours = ours.contains(repository.name.as_str());
            if !ours && !rule.as_ref().is_some_and(|rule| matches(rule, &repository.name)) {
                continue;
            }
            let images = images_of(source, &repository.name).await?.map_or(0, |images| images.len());
            candidates.source_repositories.push(CleanUpRepository {
                repository: RepositoryKey {
                    registry: registry.clone(),
                    repository: repository.name.to_string(),
                },
                images: u32::try_from(images).unwrap_or(u32::MAX),
                staying: 0,
                ours,
            });
        }
        let Some(rule) = rule else { return Ok(candidates) };
        for destination in &rule.destinations {
            let key = RegistryKey::of(registry.space, destination);
            match self.at_destination(source, &rule, destination, &key).await {
                Ok((repositories, statements)) => {
                    candidates.destination_repositories.extend(repositories);
                    candidates.statements.extend(statements);
                }
                // The person sees of what the app cannot see only that it is not offered.
                Err(error) => tracing::info!(code = error.code, "a destination cannot be cleaned up"),
            }
        }
        Ok(candidates)
    }

    async fn at_destination(
        &self,
        source: &EcrClient,
        rule: &RuleView,
        destination: &RegistryId,
        key: &RegistryKey,
    ) -> Result<(Vec<CleanUpRepository>, Vec<CleanUpStatement>), ApiError> {
        let client = self.connection(key).await?.client;
        let mut repositories = Vec::new();
        for Repository { name, .. } in client.repositories().await? {
            if !matches(rule, &name) {
                continue;
            }
            let Some(divided) = divide(self, source, &client, key, &name).await? else { continue };
            if divided.came.is_empty() {
                continue;
            }
            repositories.push(CleanUpRepository {
                repository: RepositoryKey { registry: key.clone(), repository: name.to_string() },
                images: u32::try_from(divided.came.len()).unwrap_or(u32::MAX),
                staying: u32::try_from(divided.stays.len()).unwrap_or(u32::MAX),
                ours: divided.stays.is_empty(),
            });
        }
        if destination.account == source.registry().account {
            return Ok((repositories, Vec::new()));
        }
        let account = &source.registry().account;
        let policy = read(client.registry_policy().await?.as_deref())?;
        let ours = self.made(Made::Statement, key).await?;
        let statements = policy
            .statements()
            .into_iter()
            .filter(|statement| lets_in(statement, account))
            .map(|statement| CleanUpStatement {
                key: StatementKey { registry: key.clone(), statement: statement.hash.to_string() },
                sid: statement.sid.clone(),
                sentence: explain_statement(&statement, destination, &self.namer(key.space)),
                other_accounts: others(&statement, account),
                ours: ours.contains(statement.hash.as_str()),
            })
            .collect();
        Ok((repositories, statements))
    }

    /// Names of what this app made in a registry.
    pub(crate) async fn made(
        &self,
        kind: Made,
        registry: &RegistryKey,
    ) -> Result<BTreeSet<String>, ApiError> {
        let registry = registry.clone();
        let made = self.db.read(move |tx| Ok(store::made(tx, kind, &registry)?)).await?;
        Ok(made.into_iter().collect())
    }
}

/// The rule of this content.
pub(crate) fn find(configuration: &ReplicationConfiguration, id: &str) -> Result<RuleView, ApiError> {
    configuration.rule(&ContentHash::from_text(id)).ok_or_else(|| {
        let text = "The rule is no longer there as it was: it was changed or removed elsewhere.";
        ApiError::new("changed-elsewhere", Side::Source, text).hint("Look at the rules as they are now.")
    })
}

/// Whether a rule takes a repository. A filter of a kind that is not known takes none.
pub(crate) fn matches(rule: &RuleView, name: &RepositoryName) -> bool {
    rule.prefixes().is_some_and(|prefixes| matching_filter(&prefixes, name).is_some())
}
