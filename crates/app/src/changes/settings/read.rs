//! The settings of a repository, read now.

use longshore_ecr::{EcrClient, Encryption, TagMutability};
use longshore_names::RepositoryName;
use serde_json::Value;

use crate::{
    api::{ApiError, RepositorySetting, SettingValue},
    changes::repositories::mutability_words,
};

/// What is compared.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) mutability: TagMutability,
    pub(super) scan_on_push: bool,
    pub(super) lifecycle: Option<String>,
    pub(super) encryption: Encryption,
}

impl Settings {
    /// `None` when there is no such repository.
    pub(super) async fn read(client: &EcrClient, name: &RepositoryName) -> Result<Option<Self>, ApiError> {
        let Some(repository) = client.repository(name).await? else { return Ok(None) };
        Ok(Some(Self {
            mutability: repository.tag_mutability,
            scan_on_push: repository.scan_on_push,
            lifecycle: client.lifecycle_policy(name).await?,
            encryption: repository.encryption,
        }))
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
            value(RepositorySetting::Encryption, encryption(&self.encryption)),
        ]
    }

    /// The settings that differ. Keys of KMS differ from Region to Region, so only the kind counts.
    pub(super) fn different(&self, other: &Self) -> Vec<RepositorySetting> {
        let kind = |of: &Encryption| std::mem::discriminant(of);
        let policy =
            |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let differs = [
            (RepositorySetting::TagMutability, self.mutability != other.mutability),
            (RepositorySetting::ScanOnPush, self.scan_on_push != other.scan_on_push),
            (RepositorySetting::LifecyclePolicy, policy(&self.lifecycle) != policy(&other.lifecycle)),
            (RepositorySetting::Encryption, kind(&self.encryption) != kind(&other.encryption)),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(setting, _)| setting).collect()
    }
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
