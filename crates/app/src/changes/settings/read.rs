//! The settings of a repository, read now.

use longshore_ecr::{EcrClient, Encryption, Repository, RepositorySettings, TagMutability};
use longshore_names::RepositoryName;

use super::compare::Facts;
use crate::{
    api::{ApiError, RepositorySetting, SettingValue},
    changes::repositories::{Complete, mutability_words},
};

/// What is compared.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) mutability: TagMutability,
    pub(super) scan_on_push: bool,
    pub(super) lifecycle: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) encryption: Encryption,
}

impl Settings {
    /// `None` when there is no such repository.
    pub(super) async fn read(client: &EcrClient, name: &RepositoryName) -> Result<Option<Self>, ApiError> {
        let Some(repository) = client.repository(name).await? else { return Ok(None) };
        Ok(Some(Self::of(client, repository).await?))
    }

    /// Of a repository that was just listed; its policies are read now.
    pub(super) async fn of(client: &EcrClient, repository: Repository) -> Result<Self, ApiError> {
        Ok(Self {
            mutability: repository.tag_mutability,
            scan_on_push: repository.scan_on_push,
            lifecycle: client.lifecycle_policy(&repository.name).await?,
            policy: client.repository_policy(&repository.name).await?,
            encryption: repository.encryption,
        })
    }

    pub(super) fn values(&self) -> Vec<SettingValue> {
        let value = |setting, text: String| SettingValue { setting, text };
        vec![
            value(RepositorySetting::TagMutability, mutability_words(&self.mutability)),
            value(RepositorySetting::ScanOnPush, if self.scan_on_push { "on" } else { "off" }.into()),
            value(
                RepositorySetting::LifecyclePolicy,
                self.lifecycle.clone().unwrap_or_else(|| "none".into()),
            ),
            value(RepositorySetting::RepositoryPolicy, self.policy.clone().unwrap_or_else(|| "none".into())),
            value(RepositorySetting::Encryption, encryption(&self.encryption)),
        ]
    }

    /// As a new repository elsewhere gets them: a key of KMS belongs to one Region.
    pub(super) fn complete(&self, name: &RepositoryName) -> Complete {
        let settings = RepositorySettings {
            tag_mutability: self.mutability.clone(),
            scan_on_push: self.scan_on_push,
            encryption: match &self.encryption {
                Encryption::Kms { .. } => Encryption::Kms { key: None },
                Encryption::KmsDsse { .. } => Encryption::KmsDsse { key: None },
                Encryption::Aes256 | Encryption::Other { .. } => Encryption::Aes256,
            },
            tags: Vec::new(),
        };
        let (lifecycle, policy) = (self.lifecycle.clone(), self.policy.clone());
        Complete { name: name.clone(), settings, lifecycle, policy }
    }

    /// Whether it is encrypted with a key that another Region does not have.
    pub(super) fn has_own_key(&self) -> bool {
        matches!(&self.encryption, Encryption::Kms { key: Some(_) } | Encryption::KmsDsse { key: Some(_) })
    }

    /// The settings that differ.
    pub(super) fn different(&self, other: &Self) -> Vec<RepositorySetting> {
        Facts::now(self).different(&Facts::now(other))
    }
}

/// A repository with all its settings, as it is created elsewhere, and whether it has a key of KMS that is not
/// used there; `None` when there is no such repository.
pub(in crate::changes) async fn complete_of(
    client: &EcrClient,
    name: &RepositoryName,
) -> Result<Option<(Complete, bool)>, ApiError> {
    let found = Settings::read(client, name).await?;
    Ok(found.map(|settings| (settings.complete(name), settings.has_own_key())))
}

fn encryption(of: &Encryption) -> String {
    let with = |kind: &str, key: &Option<String>| match key {
        Some(key) => format!("{kind} with {key}"),
        None => kind.to_owned(),
    };
    match of {
        Encryption::Aes256 => "AES-256".into(),
        Encryption::Kms { key } => with("KMS", key),
        Encryption::KmsDsse { key } => with("KMS, two layers", key),
        Encryption::Other { name } => name.clone(),
    }
}
