//! Reading the facts. What cannot be read is a fact that is not known, with the reason.

use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, ImageId, ImageScope, Repository};
use longshore_names::{Region, RegistryId};
use longshore_policy::{
    readiness::{
        CallAnswer, CallFact, CreationTemplate, Encryption, Fact, Failure, Identity, ImageState,
        RegistryFacts, RepositoryState, TagMutability,
    },
    registry_policy::RegistryPolicy,
    replication::{ReplicationConfiguration, RuleDraft, RuleView, matching_filter},
};

use crate::{
    App,
    access::Connection,
    api::{ApiError, RegistryKey},
    documents::parse_policy,
};

/// Concurrent calls.
const AT_ONCE: usize = 4;
/// The most repositories of a registry whose policies and images are read.
const REPOSITORIES: usize = 50;
/// The newest images of a repository whose replication is asked about.
const IMAGES: usize = 5;

/// Facts of registries, read once each.
pub(super) struct Gathering<'a> {
    app: &'a App,
    known: HashMap<RegistryKey, RegistryFacts>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self { app, known: HashMap::new() }
    }

    /// What is known about a registry, as far as a rule needs it.
    pub(super) async fn registry(
        &mut self,
        key: &RegistryKey,
        rule: &RuleDraft,
        is_source: bool,
    ) -> Result<RegistryFacts, ApiError> {
        if let Some(known) = self.known.get(key) {
            return Ok(known.clone());
        }
        let facts = read(self.app, key, rule, is_source).await?;
        self.known.insert(key.clone(), facts.clone());
        Ok(facts)
    }

    /// The policies of other registries of an account, in which a statement may have been put by mistake.
    pub(super) async fn elsewhere(&mut self, key: &RegistryKey) -> Result<Vec<RegistryFacts>, ApiError> {
        let others = self.app.accounts.registries(Some(key.space));
        let mut found = Vec::new();
        for other in others.into_iter().filter(|other| other.account == key.account && other != key) {
            let mut facts = RegistryFacts::unread(other.id()?);
            if let Ok(connection) = self.app.connection(&other).await {
                facts.policy = policy(&connection.client).await;
            }
            found.push(facts);
        }
        Ok(found)
    }

    /// Recent images of the rule's repositories whose replication failed.
    pub(super) async fn failures(&self, source: &RegistryKey, rule: &RuleView) -> Fact<Vec<Failure>> {
        match failures(self.app, source, rule).await {
            Ok(found) => Fact::Known(found),
            Err(error) => Fact::Unknown(error.message),
        }
    }
}

/// Whether the credentials are at fault, and not the network or the registry.
fn refuses_credentials(code: &str) -> bool {
    code.starts_with("credentials-")
        || code.starts_with("mfa-")
        || code.starts_with("keychain-")
        || matches!(
            code,
            "no-credentials"
                | "invalid-signature"
                | "key-missing"
                | "profile-unknown"
                | "clock-skew"
                | "wrong-registry"
                | "identity-mismatch"
        )
}

async fn read(
    app: &App,
    key: &RegistryKey,
    rule: &RuleDraft,
    is_source: bool,
) -> Result<RegistryFacts, ApiError> {
    let mut facts = RegistryFacts::unread(key.id()?);
    let connection = match app.connection(key).await {
        Ok(connection) => connection,
        Err(error) => {
            facts.identity = no_identity(error);
            return Ok(facts);
        }
    };
    let client = &connection.client;
    facts.identity = identity(client).await;
    facts.enabled_regions = enabled_regions(app, key, rule, &facts.registry).await;
    let configuration = client.replication_configuration().await;
    let (read, policy_read) = (call("ecr:DescribeRegistry", &configuration), client.registry_policy().await);
    let mut calls = vec![read, call("ecr:GetRegistryPolicy", &policy_read)];
    let untried = "It can only be tried by writing; IAM's simulator was not asked.";
    let write = if is_source { "ecr:PutReplicationConfiguration" } else { "ecr:PutRegistryPolicy" };
    let answer = CallAnswer::Untried(untried.into());
    calls.push(CallFact { action: write.into(), answer, how: "not tried".into() });
    facts.configuration = match configuration {
        Ok(value) => match ReplicationConfiguration::from_value(value) {
            Ok(known) => Fact::Known(known),
            Err(error) => Fact::Unknown(error.to_string()),
        },
        Err(error) => unknown(error),
    };
    facts.policy = parsed(policy_read);
    facts.calls = Fact::Known(calls);
    facts.blob_mounting = fact(client.blob_mounting().await);
    facts.templates = match client.creation_templates().await {
        Ok(found) => Fact::Known(found.iter().map(template).collect()),
        Err(error) => unknown(error),
    };
    facts.repositories = repositories(&connection, rule, is_source).await;
    Ok(facts)
}

fn no_identity(error: ApiError) -> Fact<Identity> {
    match refuses_credentials(&error.code) {
        true => Fact::Known(Identity::Refused { text: error.message }),
        false => Fact::Unknown(error.message),
    }
}

async fn identity(client: &EcrClient) -> Fact<Identity> {
    match client.caller_identity().await {
        Ok(caller) => Fact::Known(Identity::Proven { account: caller.account, principal: caller.arn }),
        Err(error) => no_identity(error.into()),
    }
}

/// The Regions of the rule that the account has enabled: those where its registry answers.
async fn enabled_regions(
    app: &App,
    key: &RegistryKey,
    rule: &RuleDraft,
    here: &RegistryId,
) -> Fact<BTreeSet<Region>> {
    let mut wanted: BTreeSet<Region> = rule.destinations.iter().map(|to| to.region.clone()).collect();
    wanted.insert(here.region.clone());
    let mut enabled = BTreeSet::new();
    for region in wanted {
        let there = RegistryKey { region: region.to_string(), ..key.clone() };
        let asked = match app.connection(&there).await {
            Ok(connection) => {
                connection.client.replication_configuration().await.map(drop).map_err(ApiError::from)
            }
            Err(error) => Err(error),
        };
        match asked {
            Ok(()) => {
                enabled.insert(region);
            }
            // AWS does not know the credentials in a Region that is not enabled.
            Err(error) if error.code == "credentials-unknown" || error.code == "sandbox-region-not-found" => {
            }
            // It answered, so it is enabled.
            Err(error) if error.code == "access-denied" => {
                enabled.insert(region);
            }
            Err(error) => return Fact::Unknown(error.message),
        }
    }
    Fact::Known(enabled)
}

fn call<T>(action: &str, answer: &Result<T, EcrError>) -> CallFact {
    let answer = match answer {
        Ok(_) => CallAnswer::Allowed,
        Err(error @ EcrError::AccessDenied { .. }) => CallAnswer::Denied(error.to_string()),
        Err(error) => CallAnswer::Untried(error.to_string()),
    };
    CallFact { action: action.to_owned(), answer, how: "read".into() }
}

fn fact<T>(read: Result<T, EcrError>) -> Fact<T> {
    read.map_or_else(unknown, Fact::Known)
}

fn unknown<T>(error: EcrError) -> Fact<T> {
    Fact::Unknown(ApiError::from(error).message)
}

async fn policy(client: &EcrClient) -> Fact<Option<RegistryPolicy>> {
    parsed(client.registry_policy().await)
}

fn parsed(read: Result<Option<String>, EcrError>) -> Fact<Option<RegistryPolicy>> {
    match read {
        Ok(None) => Fact::Known(None),
        Ok(Some(text)) => match parse_policy(Some(&text)) {
            Ok(policy) => Fact::Known(Some(policy)),
            Err(error) => Fact::Unknown(error.to_string()),
        },
        Err(error) => unknown(error),
    }
}

fn template(from: &longshore_ecr::CreationTemplate) -> CreationTemplate {
    CreationTemplate {
        prefix: from.prefix.clone(),
        for_replication: from.applied_for.iter().any(|occasion| occasion == longshore_ecr::REPLICATION),
        mutability: mutability(&from.mutability),
        encryption: encryption(&from.encryption),
        has_role: from.custom_role_arn.is_some(),
    }
}

fn mutability(from: &longshore_ecr::TagMutability) -> TagMutability {
    match from {
        longshore_ecr::TagMutability::Mutable { except } => {
            TagMutability { immutable: false, except: except.clone() }
        }
        longshore_ecr::TagMutability::Immutable { except } => {
            TagMutability { immutable: true, except: except.clone() }
        }
        longshore_ecr::TagMutability::Other { .. } => TagMutability::default(),
    }
}

fn encryption(from: &longshore_ecr::Encryption) -> Encryption {
    match from {
        longshore_ecr::Encryption::Aes256 | longshore_ecr::Encryption::Other { .. } => Encryption::Aes256,
        longshore_ecr::Encryption::Kms { key } => Encryption::Kms { kind: "KMS".into(), key: key.clone() },
        longshore_ecr::Encryption::KmsDsse { key } => {
            Encryption::Kms { kind: "KMS_DSSE".into(), key: key.clone() }
        }
    }
}

/// The repositories that the rule takes, with policies where images arrive, and with images.
async fn repositories(
    connection: &Connection,
    rule: &RuleDraft,
    is_source: bool,
) -> Fact<Vec<RepositoryState>> {
    let found = match connection.client.repositories().await {
        Ok(found) => found,
        Err(error) => return unknown(error),
    };
    let taken = found.into_iter().filter(|one| matching_filter(&rule.filters, &one.name).is_some());
    let states: Vec<RepositoryState> = stream::iter(taken.enumerate())
        .map(|(index, repository)| {
            let client = connection.client.clone();
            async move { state(client, repository, is_source, index < REPOSITORIES).await }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    Fact::Known(states)
}

async fn state(client: EcrClient, from: Repository, is_source: bool, whole: bool) -> RepositoryState {
    let mut state = RepositoryState::new(from.name.clone());
    state.mutability = mutability(&from.tag_mutability);
    state.encryption = encryption(&from.encryption);
    if !whole {
        let reason = format!("Only {REPOSITORIES} repositories are read.");
        state.policy = Fact::Unknown(reason.clone());
        state.images = Fact::Unknown(reason);
        return state;
    }
    if !is_source {
        state.policy = parsed(client.repository_policy(&from.name).await);
    }
    state.images = match client.images(&from.name, ImageScope::Active).await {
        Ok(images) => Fact::Known(
            images
                .into_iter()
                .map(|image| ImageState {
                    digest: image.digest.to_string(),
                    tags: image.tags.iter().map(ToString::to_string).collect(),
                    replicating: false,
                })
                .collect(),
        ),
        Err(error) => unknown(error),
    };
    state
}

async fn failures(app: &App, source: &RegistryKey, rule: &RuleView) -> Result<Vec<Failure>, ApiError> {
    let client = app.connection(source).await?.client;
    let mut failed = Vec::new();
    let taken = client.repositories().await?.into_iter().filter(|one| rule.takes(&one.name));
    for repository in taken.take(REPOSITORIES) {
        let mut images = client.images(&repository.name, ImageScope::Active).await?;
        images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        for image in images.into_iter().take(IMAGES) {
            let id = ImageId { digest: Some(image.digest.clone()), tag: None };
            let statuses = match client.replication_status(&repository.name, &id).await {
                Ok(statuses) => statuses,
                Err(EcrError::ImageNotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            failed.extend(
                statuses
                    .into_iter()
                    .filter(|status| status.state == longshore_ecr::ReplicationState::Failed)
                    .map(|status| Failure {
                        repository: repository.name.clone(),
                        digest: image.digest.to_string(),
                        tag: image.tags.first().map(ToString::to_string),
                        destination: status.destination,
                        code: status.failure_code,
                    }),
            );
        }
    }
    Ok(failed)
}
