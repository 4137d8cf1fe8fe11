//! Reading the facts. What cannot be read is a fact that is not known, with the reason.

use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, Repository, Services};
use longshore_names::{Region, RepositoryName};
use longshore_policy::{
    readiness::{
        CallFact, Fact, Facts, Failure, IMAGE_STATUS, Identity, KeyFact, NeededCall, Purpose, RegistryFacts,
        RepositoryState, keys_in_use, needed_calls, readiness,
    },
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
    api::{ApiError, RegistryKey, Side},
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

impl Registry {
    fn without_credentials(facts: RegistryFacts, reason: ApiError) -> Self {
        Self {
            client: None,
            services: None,
            keys: HashMap::new(),
            facts,
            repositories: Err(reason),
            contents: HashMap::new(),
        }
    }
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
            let calls = self.contents_read(key, rule).await;
            if let Fact::Known(known) = &mut facts.calls {
                known.extend(calls);
            }
        }
        Ok(facts)
    }

    /// The calls that a rule needs and that were not tried: IAM is asked about them.
    pub(super) async fn simulate(&mut self, facts: &mut Facts) {
        let needed = needed_calls(facts, &readiness(facts));
        let space = self.source.space;
        for of in std::iter::once(&mut facts.source).chain(&mut facts.destinations) {
            let registry = self.registries.get(&RegistryKey::of(space, &of.registry));
            let Some(services) = registry.and_then(|registry| registry.services.as_ref()) else { continue };
            let Fact::Known(known) = &mut of.calls else { continue };
            let here: Vec<&NeededCall> = needed.iter().filter(|call| call.registry == of.registry).collect();
            known.extend(self.simulated.ask(services, &of.identity, &here).await);
        }
    }

    /// The calls that read the repositories of a rule, as they were answered.
    async fn contents_read(&self, key: &RegistryKey, rule: &RuleDraft) -> Vec<CallFact> {
        let Some(Registry { services: Some(services), contents, repositories: Ok(all), .. }) =
            self.registries.get(key)
        else {
            return Vec::new();
        };
        let read: Vec<(&RepositoryName, &Contents)> =
            taken(all, rule).filter_map(|one| Some((&one.name, contents.get(&one.name)?))).collect();
        let mut calls = Vec::new();
        let images = read.iter().map(|(name, of)| (*name, of.images.as_ref().map(drop)));
        let policies =
            read.iter().filter_map(|(name, of)| Some((*name, of.policy.as_ref()?.as_ref().map(drop))));
        for (action, purpose, answers) in [
            ("ecr:DescribeImages", Purpose::Watch, images.collect::<Vec<_>>()),
            ("ecr:GetRepositoryPolicy", Purpose::Watch, policies.collect()),
        ] {
            // The first that was refused stands for all.
            let refused = answers.iter().find(|(_, answer)| answer.is_err());
            let Some((name, answer)) = refused.or(answers.first()) else { continue };
            let arn = name.arn(&key.account, &key.region);
            calls.push(read_call(services, action, &arn, purpose, *answer).await);
        }
        calls
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

    /// The name under which a policy that was read, of a registry or of one of its repositories, is
    /// remembered as opened.
    pub(super) fn base(&self, key: &RegistryKey, repository: Option<&RepositoryName>) -> Option<String> {
        let text = match repository {
            Some(name) => self.registries.get(key)?.contents.get(name)?.policy.as_ref()?.as_ref().ok()?,
            None => self.policies.get(key)?.as_ref().ok()?,
        };
        Some(self.app.opened.remember(text.as_deref()))
    }

    /// Recent images of the rule's repositories whose replication failed, after the source was read. The
    /// call is added to `calls`, if there was an image to ask about.
    pub(super) async fn failures(
        &self,
        rule: &RuleDraft,
        calls: &mut Fact<Vec<CallFact>>,
    ) -> Fact<Vec<Failure>> {
        let found = self.failed(rule).await;
        let services = self.registries.get(self.source).and_then(|source| source.services.as_ref());
        if let (Fact::Known(calls), Some(services), Some((name, answer))) = (calls, services, &found) {
            let arn = name.arn(&self.source.account, &self.source.region);
            let answer = answer.as_ref().map(drop);
            calls.push(read_call(services, IMAGE_STATUS, &arn, Purpose::Watch, answer).await);
        }
        match (self.unread_images(rule), found) {
            (Some(error), _) => Fact::Unknown(error.message),
            (None, Some((_, found))) => fact(found),
            (None, None) => Fact::Known(Vec::new()),
        }
    }

    /// Why images of the rule's repositories could not be read.
    fn unread_images(&self, rule: &RuleDraft) -> Option<ApiError> {
        let source = self.registries.get(self.source)?;
        let all = match &source.repositories {
            Ok(all) => all,
            Err(error) => return Some(error.clone()),
        };
        taken(all, rule).find_map(|one| source.contents.get(&one.name)?.images.as_ref().err().cloned())
    }

    async fn read(&mut self, key: &RegistryKey) -> Result<Registry, ApiError> {
        let mut facts = RegistryFacts::unread(key.id());
        let (client, services) = match self.app.connection(key).await {
            Ok(connection) => (connection.client, connection.services),
            Err(error) => {
                facts.identity = no_identity(error.clone());
                return Ok(Registry::without_credentials(facts, error));
            }
        };
        facts.identity = identity(&client).await;
        if let Some(reason) = self.of_another_account(key, &facts.identity) {
            facts.identity = Fact::Unknown(reason.message.clone());
            return Ok(Registry::without_credentials(facts, reason));
        }
        let configuration = self.configuration(key).await;
        let policy = self.policy(key).await;
        let repositories = client.repositories().await.map_err(ApiError::from);
        let mounting = client.blob_mounting().await.map_err(ApiError::from);
        let templates = client.creation_templates().await.map_err(ApiError::from);
        use Purpose::{Backfill, Examine, Watch};
        let read = async |action, purpose, answer| read_call(&services, action, "*", purpose, answer).await;
        let mut calls = vec![
            read("ecr:DescribeRegistry", Examine, configuration.as_ref().map(drop)).await,
            read("ecr:GetRegistryPolicy", Examine, policy.as_ref().map(drop)).await,
            read("ecr:DescribeRepositories", Examine, repositories.as_ref().map(drop)).await,
            read("ecr:GetAccountSetting", Watch, mounting.as_ref().map(drop)).await,
        ];
        if key == self.source {
            facts.service_role = service_role(&services).await;
            let backfills = client.backfills().await.map_err(ApiError::from);
            calls.push(read("ecr:ListReplicationBackfills", Backfill, backfills.as_ref().map(drop)).await);
        } else {
            let answer = templates.as_ref().map(drop);
            calls.push(read("ecr:DescribeRepositoryCreationTemplates", Watch, answer).await);
        }
        facts.calls = Fact::Known(calls);
        facts.configuration = match configuration {
            Ok(value) => ReplicationConfiguration::from_value(value)
                .map_or_else(|error| Fact::Unknown(error.to_string()), Fact::Known),
            Err(error) => Fact::Unknown(error.message),
        };
        facts.policy = parsed(policy);
        facts.blob_mounting = fact(mounting);
        facts.templates = fact(templates.map(|found| found.iter().map(template).collect()));
        Ok(Registry {
            client: Some(client),
            services: Some(services),
            facts,
            repositories,
            contents: HashMap::new(),
            keys: HashMap::new(),
        })
    }

    /// The credentials of the environment are nobody's for an account that is not connected, unless they
    /// are that account's own.
    fn of_another_account(&self, key: &RegistryKey, identity: &Fact<Identity>) -> Option<ApiError> {
        let Ok(Identity::Proven { account, .. }) = identity.get() else { return None };
        let is_connected = self.app.accounts.find(key.space, key.account.as_str()).is_some();
        (*account != key.account && !is_connected).then(|| {
            let text = format!(
                "Account {} is not connected, and the credentials of the environment belong to account {account}.",
                key.account
            );
            ApiError::new("account-needed", Side::Input, text)
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

    /// The failures, and a repository whose images were asked about; `None` if there was no image.
    async fn failed(&self, rule: &RuleDraft) -> Option<(RepositoryName, Result<Vec<Failure>, ApiError>)> {
        let source = self.registries.get(self.source)?;
        let (client, all) = (source.client.as_ref()?, source.repositories.as_ref().ok()?);
        let (mut asked, mut recent) = (None, Vec::new());
        for repository in taken(all, rule).take(REPOSITORIES) {
            let images = source.contents.get(&repository.name).and_then(|known| known.images.as_ref().ok());
            for image in images.into_iter().flatten().take(IMAGES) {
                asked.get_or_insert(&repository.name);
                recent.push(failures_of(client.clone(), repository.name.clone(), image.clone()));
            }
        }
        let failed: Result<Vec<Vec<Failure>>, ApiError> =
            stream::iter(recent).buffered(AT_ONCE).try_collect().await;
        Some((asked?.clone(), failed.map(|failed| failed.into_iter().flatten().collect())))
    }
}
