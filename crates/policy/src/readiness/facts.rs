//! What is known about a rule's registries.

use std::collections::BTreeSet;

use longshore_names::{AccountId, Region, RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};

use super::{KeyFact, Purpose};
use crate::{
    ContentHash, pattern,
    registry_policy::RegistryPolicy,
    replication::{ReplicationConfiguration, RuleDraft},
};

/// Something that is known, or the reason why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is known.
    Known(T),
    /// It is not; why, as a sentence.
    Unknown(String),
}

impl<T> Fact<T> {
    /// What is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// What is known, or why it is not.
    ///
    /// # Errors
    /// The reason.
    pub fn get(&self) -> Result<&T, &str> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unknown(reason) => Err(reason),
        }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown("It was not read.".into())
    }
}

/// Who Longshore acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// AWS confirmed it.
    Proven {
        /// The account.
        account: AccountId,
        /// The ARN.
        principal: String,
    },
    /// The credentials are expired, unknown or missing.
    Refused {
        /// What was said, without secrets.
        text: String,
    },
}

/// The answer to whether a call is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallAnswer {
    /// It is.
    Allowed,
    /// It is not.
    Denied {
        /// The service's words.
        text: String,
        /// A statement denies it, so that another one that allows it does not help.
        explicit: bool,
    },
    /// It cannot be tried without doing it; why nothing else says so.
    Untried(String),
}

/// How it was found out whether a call is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// The call only reads, and was made.
    Reading,
    /// IAM's simulator was asked about a call that writes. It does not see policies of sessions.
    Simulating,
    /// A call that writes, about which nothing could be asked.
    Nothing,
}

impl AskedBy {
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Reading => "tried",
            Self::Simulating => "simulated by IAM",
            Self::Nothing => "not tried",
        }
    }
}

/// A call that will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFact {
    /// The action, such as `ecr:PutReplicationConfiguration`.
    pub action: String,
    /// `*`, or the ARN of what it is made on.
    pub resource: String,
    /// What it is made for.
    pub purpose: Purpose,
    /// Whether it is allowed.
    pub answer: CallAnswer,
    /// How that was found out.
    pub how: AskedBy,
}

/// Whether tags may be moved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMutability {
    /// Whether tags are immutable, apart from the exceptions.
    pub immutable: bool,
    /// Patterns of tags for which the opposite holds; at most 5.
    pub except: Vec<String>,
}

impl TagMutability {
    /// Whether a tag cannot be moved.
    pub fn protects(&self, tag: &str) -> bool {
        self.except.iter().any(|filter| pattern::matches(filter, tag)) != self.immutable
    }
}

/// How a repository encrypts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Encryption {
    /// With keys of S3.
    #[default]
    Aes256,
    /// With a key of KMS.
    Kms {
        /// `KMS` or `KMS_DSSE`.
        kind: String,
        /// The key's ARN; `None` for the AWS managed key.
        key: Option<String>,
    },
}

/// An image in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageState {
    /// The digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is being replicated now, so that it need not have arrived.
    pub replicating: bool,
}

/// A repository.
#[derive(Debug, Clone, PartialEq)]
pub struct RepositoryState {
    /// Its name.
    pub name: RepositoryName,
    /// Whether its tags may be moved.
    pub mutability: TagMutability,
    /// How it encrypts.
    pub encryption: Encryption,
    /// Its policy; `None` for none.
    pub policy: Fact<Option<RegistryPolicy>>,
    /// Its images.
    pub images: Fact<Vec<ImageState>>,
}

impl RepositoryState {
    /// A repository with the settings that ECR gives, of which nothing else is known.
    pub fn new(name: RepositoryName) -> Self {
        Self {
            name,
            mutability: TagMutability::default(),
            encryption: Encryption::default(),
            policy: Fact::default(),
            images: Fact::default(),
        }
    }
}

/// A repository creation template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreationTemplate {
    /// The beginning of names, before a `/`; or `ROOT`.
    pub prefix: String,
    /// Whether it is for repositories that replication creates.
    pub for_replication: bool,
    /// Whether tags may be moved.
    pub mutability: TagMutability,
    /// How repositories encrypt.
    pub encryption: Encryption,
    /// Whether it has a `customRoleArn`.
    pub has_role: bool,
}

/// What is known about a registry.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryFacts {
    /// The registry.
    pub registry: RegistryId,
    /// Who Longshore acts as there.
    pub identity: Fact<Identity>,
    /// The calls that a set-up makes there.
    pub calls: Fact<Vec<CallFact>>,
    /// The Regions that its account has enabled.
    pub enabled_regions: Fact<BTreeSet<Region>>,
    /// Its replication configuration.
    pub configuration: Fact<ReplicationConfiguration>,
    /// Its policy; `None` for none.
    pub policy: Fact<Option<RegistryPolicy>>,
    /// Its repositories.
    pub repositories: Fact<Vec<RepositoryState>>,
    /// Its creation templates.
    pub templates: Fact<Vec<CreationTemplate>>,
    /// Whether blob mounting is on.
    pub blob_mounting: Fact<bool>,
    /// Whether its account has the role `AWSServiceRoleForECRReplication`.
    pub service_role: Fact<bool>,
    /// The keys of KMS that its repositories and templates use, as far as they were asked about.
    pub keys: Vec<KeyFact>,
    /// Who pulls from it: ARNs and account ids.
    pub pullers: Fact<Vec<String>>,
}

impl RegistryFacts {
    /// A registry of which nothing was read.
    pub fn unread(registry: RegistryId) -> Self {
        Self {
            registry,
            identity: Fact::default(),
            calls: Fact::default(),
            enabled_regions: Fact::default(),
            configuration: Fact::default(),
            policy: Fact::default(),
            repositories: Fact::default(),
            templates: Fact::default(),
            blob_mounting: Fact::default(),
            service_role: Fact::default(),
            keys: Vec::new(),
            pullers: Fact::default(),
        }
    }
}

/// An image whose replication failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The repository.
    pub repository: RepositoryName,
    /// The digest.
    pub digest: String,
    /// A tag, if it has one.
    pub tag: Option<String>,
    /// Where it did not arrive.
    pub destination: RegistryId,
    /// The service's failure code.
    pub code: Option<String>,
}

/// What is known about a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The registry that replicates.
    pub source: RegistryFacts,
    /// The rule.
    pub rule: RuleDraft,
    /// The rule in the source's configuration; `None` if it is only planned.
    pub existing: Option<ContentHash>,
    /// The rule's destinations.
    pub destinations: Vec<RegistryFacts>,
    /// Other registries of the same accounts, in which a statement may have been put by mistake.
    pub elsewhere: Vec<RegistryFacts>,
    /// Recent failures of images that the rule takes.
    pub failures: Fact<Vec<Failure>>,
}

impl Facts {
    /// A planned rule about whose registries nothing was read.
    pub fn unread(source: RegistryId, rule: RuleDraft) -> Self {
        Self {
            source: RegistryFacts::unread(source),
            rule,
            existing: None,
            destinations: Vec::new(),
            elsewhere: Vec::new(),
            failures: Fact::default(),
        }
    }

    /// What is known about a destination.
    pub fn destination(&self, registry: &RegistryId) -> Option<&RegistryFacts> {
        self.destinations.iter().find(|facts| facts.registry == *registry)
    }
}
