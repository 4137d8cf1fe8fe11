//! Reading the facts. What cannot be read is a fact that is not known, with the reason.

use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, Repository, Services};
use longshore_names::{Region, RepositoryName};
use longshore_policy::{
    readiness::{Fact, Facts, Failure, Identity, KeyFact, RegistryFacts, RepositoryState, keys_in_use},
    replication::{ReplicationConfiguration, RuleDraft},
};
use serde_json::Value;

use super::{
    contents::{Contents, contents, failures_of, taken},
    convert::{fact, identity, no_identity, parsed, state, template},
    permissions::{SimulatedCalls, key_state, read_call, service_role},
};
use crate::{
    App,
    api::{ApiError, RegistryKey},
};

/// Concurrent calls.
const AT_ONCE: usize = 4;
/// The most repositories of a rule whose policies and images are read in a registry.
const REPOSITORIES: usize = 50;
/// The newest images of a repository whose replication is asked about.
const IMAGES: usize = 5;

/// What was read for the rules of one source. Nothing is read twice.
pub(super) struct Gathering<'a> {
    app: &'a App,
    source: &'a RegistryKey,
    registries: HashMap<RegistryKey, Registry>,
    configurations: HashMap<RegistryKey, Result<Value, ApiError>>,
    policies: HashMap<RegistryKey, Result<Option<String>, ApiError>>,
    simulated: SimulatedCalls,
}

/// What is the same for every rule.
struct Registry {
    /// `None` when there are no credentials.
    client: Option<EcrClient>,
    services: Option<Services>,
    /// Without repositories and enabled Regions, which depend on the rule.
    facts: RegistryFacts,
    repositories: Result<Vec<Repository>, ApiError>,
    contents: HashMap<RepositoryName, Contents>,
    keys: HashMap<String, KeyFact>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(app: &'a App, source: &'a RegistryKey) -> Self {
        Self {
            app,
            source,
            registries: HashMap::new(),
            configurations: HashMap::new(),
            policies: HashMap::new(),
            simulated: SimulatedCalls::default(),
        }
    }

    /// What is known about a registry, as far as a rule needs it.
    pub(super) async fn registry(
        &mut self,
        key: &RegistryKey,
        rule: &RuleDraft,
    ) -> Result<RegistryFacts, ApiError> {
        if !self.registries.contains_key(key) {
            let registry = self.read(key).await?;
            self.registries.insert(key.clone(), registry);
        }
        let known = &self.registries[key];
        let (mut facts, has_credentials) = (known.facts.clone(), known.client.is_some());
        if has_credentials {
            // Refused credentials are refused in every Region.
            facts.enabled_regions = match facts.identity.get() {
                Ok(Identity::Refused { text }) => Fact::Unknown(text.clone()),
                _ => self.enabled_regions(key, facts.registry.region.clone(), rule).await,
            };
            facts.repositories = self.repositories(key, rule).await;
        }
        Ok(facts)
    }

    /// The policies of other registries of an account, in which a statement may have been put by mistake.
    pub(super) async fn elsewhere(&mut self, key: &RegistryKey) -> Result<Vec<RegistryFacts>, ApiError> {
        let others = self.app.accounts.registries(Some(key.space));
        let mut found = Vec::new();
        for other in others.into_iter().filter(|other| other.account == key.account && other != key) {
            let mut facts = RegistryFacts::unread(other.id());
            facts.policy = parsed(self.policy(&other).await);
            found.push(facts);
        }
        Ok(found)
    }

    /// The name under which a policy that was read is remembered as opened.
    pub(super) fn base(&self, key: &RegistryKey) -> Option<String> {
        let text = self.policies.get(key)?.as_ref().ok()?;
        Some(self.app.opened.remember(text.as_deref()))
    }

    /// Recent images of the rule's repositories whose replication failed, after the source was read.
    pub(super) async fn failures(&self, rule: &RuleDraft) -> Fact<Vec<Failure>> {
        match self.failed(rule).await {
            Ok(found) => Fact::Known(found),
            Err(error) => Fact::Unknown(error.message),
        }
    }

    async fn read(&mut self, key: &RegistryKey) -> Result<Registry, ApiError> {
        let mut facts = RegistryFacts::unread(key.id());
        let (client, services) = match self.app.connection(key).await {
            Ok(connection) => (connection.client, connection.services),
            Err(error) => {
                facts.identity = no_identity(error.clone());
                return Ok(Registry {
                    client: None,
                    services: None,
                    keys: HashMap::new(),
                    facts,
                    repositories: Err(error),
                    contents: HashMap::new(),
                });
            }
        };
        facts.identity = identity(&client).await;
        let configuration = self.configuration(key).await;
        let policy = self.policy(key).await;
        let repositories = client.repositories().await.map_err(ApiError::from);
        let mut calls = vec![
            read_call(&services, "ecr:DescribeRegistry", &configuration).await,
            read_call(&services, "ecr:GetRegistryPolicy", &policy).await,
            read_call(&services, "ecr:DescribeRepositories", &repositories).await,
        ];
        let mut writes = Vec::new();
        if key == self.source {
            facts.service_role = service_role(&services).await;
            writes.push("ecr:PutReplicationConfiguration");
            if facts.service_role == Fact::Known(false) {
                writes.push("iam:CreateServiceLinkedRole");
            }
        } else if key.account != self.source.account {
            writes.push("ecr:PutRegistryPolicy");
        }
        calls.extend(self.simulated.ask(&services, &facts.identity, &writes).await);
        facts.calls = Fact::Known(calls);
        facts.configuration = match configuration {
            Ok(value) => ReplicationConfiguration::from_value(value)
                .map_or_else(|error| Fact::Unknown(error.to_string()), Fact::Known),
            Err(error) => Fact::Unknown(error.message),
        };
        facts.policy = parsed(policy);
        facts.blob_mounting = fact(client.blob_mounting().await);
        facts.templates =
            fact(client.creation_templates().await.map(|found| found.iter().map(template).collect()));
        Ok(Registry {
            client: Some(client),
            services: Some(services),
            facts,
            repositories,
            contents: HashMap::new(),
            keys: HashMap::new(),
        })
    }

    /// The keys of KMS that the rule's images are encrypted with at a destination.
    pub(super) async fn keys(
        &mut self,
        key: &RegistryKey,
        facts: &Facts,
        of: &RegistryFacts,
    ) -> Vec<KeyFact> {
        let Some(registry) = self.registries.get_mut(key) else { return Vec::new() };
        let Some(services) = &registry.services else { return Vec::new() };
        let mut found = Vec::new();
        for name in keys_in_use(facts, of).into_keys().take(REPOSITORIES) {
            if !registry.keys.contains_key(&name) {
                let state = key_state(services, &name).await;
                registry.keys.insert(name.clone(), KeyFact { key: name.clone(), state });
            }
            found.extend(registry.keys.get(&name).cloned());
        }
        found
    }

    async fn configuration(&mut self, key: &RegistryKey) -> Result<Value, ApiError> {
        if let Some(known) = self.configurations.get(key) {
            return known.clone();
        }
        let read = match self.app.connection(key).await {
            Ok(connection) => connection.client.replication_configuration().await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        self.configurations.insert(key.clone(), read.clone());
        read
    }

    async fn policy(&mut self, key: &RegistryKey) -> Result<Option<String>, ApiError> {
        if let Some(known) = self.policies.get(key) {
            return known.clone();
        }
        let read = match self.app.connection(key).await {
            Ok(connection) => connection.client.registry_policy().await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        self.policies.insert(key.clone(), read.clone());
        read
    }

    /// The Regions of the rule that the account has enabled: those where its registry answers.
    async fn enabled_regions(
        &mut self,
        key: &RegistryKey,
        here: Region,
        rule: &RuleDraft,
    ) -> Fact<BTreeSet<Region>> {
        let mut wanted: BTreeSet<Region> = rule.destinations.iter().map(|to| to.region.clone()).collect();
        wanted.insert(here);
        wanted.insert(self.source.region.clone());
        let mut enabled = BTreeSet::new();
        for region in wanted {
            let there = RegistryKey { region: region.clone(), ..key.clone() };
            match self.configuration(&there).await {
                Ok(_) => {
                    enabled.insert(region);
                }
                // AWS does not know the credentials in a Region that is not enabled.
                Err(error)
                    if error.code == "credentials-unknown" || error.code == "sandbox-region-not-found" => {}
                // It answered, so it is enabled.
                Err(error) if error.code == "access-denied" => {
                    enabled.insert(region);
                }
                Err(error) => return Fact::Unknown(error.message),
            }
        }
        Fact::Known(enabled)
    }

    /// The repositories that the rule takes, with policies where images arrive, and with images.
    async fn repositories(&mut self, key: &RegistryKey, rule: &RuleDraft) -> Fact<Vec<RepositoryState>> {
        let is_source = key == self.source;
        let Some(registry) = self.registries.get_mut(key) else { return Fact::default() };
        let all = match &registry.repositories {
            Ok(all) => all,
            Err(error) => return Fact::Unknown(error.message.clone()),
        };
        let Some(client) = &registry.client else { return Fact::default() };
        let taken: Vec<&Repository> = taken(all, rule).collect();
        let unread = taken.iter().take(REPOSITORIES).map(|one| one.name.clone());
        let unread: Vec<RepositoryName> =
            unread.filter(|name| !registry.contents.contains_key(name)).collect();
        let read: Vec<(RepositoryName, Contents)> = stream::iter(unread)
            .map(|name| {
                let client = client.clone();
                async move { (name.clone(), contents(&client, &name, is_source).await) }
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        registry.contents.extend(read);
        let contents = &registry.contents;
        let states = taken.iter().enumerate().map(|(index, one)| {
            let known = contents.get(&one.name).filter(|_| index < REPOSITORIES);
            state(one, known.ok_or_else(|| format!("Only {REPOSITORIES} repositories are read.")))
        });
        Fact::Known(states.collect())
    }

    async fn failed(&self, rule: &RuleDraft) -> Result<Vec<Failure>, ApiError> {
        let Some(source) = self.registries.get(self.source) else { return Ok(Vec::new()) };
        let all = source.repositories.as_ref().map_err(Clone::clone)?;
        let Some(client) = &source.client else { return Ok(Vec::new()) };
        let mut recent = Vec::new();
        for repository in taken(all, rule).take(REPOSITORIES) {
            let Some(known) = source.contents.get(&repository.name) else { continue };
            let images = known.images.as_ref().map_err(Clone::clone)?;
            let newest = images.iter().take(IMAGES).cloned();
            recent.extend(newest.map(|image| failures_of(client.clone(), repository.name.clone(), image)));
        }
        let failed: Vec<Vec<Failure>> = stream::iter(recent).buffered(AT_ONCE).try_collect().await?;
        Ok(failed.into_iter().flatten().collect())
    }
}
