//! Which settings of two repositories differ.

use longshore_ecr::{Encryption, TagMutability};
use serde_json::Value;

use super::read::Settings;
use crate::{
    api::{self, RepositorySetting},
    documents::{same_policy, value},
    inventory::KeptSettings,
};

/// What is compared of a repository.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    /// A word, and the exclusions in order.
    mutability: (String, Vec<String>),
    scan_on_push: bool,
    encryption: Kind,
    /// Absent if they were not read.
    policies: Option<(Value, Value)>,
}

/// Keys of KMS differ from Region to Region, so only the kind counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Aes256,
    Kms,
    KmsDsse,
    Other(String),
}

impl Facts {
    /// Of a repository that was read now.
    pub(super) fn now(settings: &Settings) -> Self {
        let mutability = match &settings.mutability {
            TagMutability::Mutable { except } => mutability(false, except),
            TagMutability::Immutable { except } => mutability(true, except),
            TagMutability::Other { name } => (name.clone(), Vec::new()),
        };
        let encryption = match &settings.encryption {
            Encryption::Aes256 => Kind::Aes256,
            Encryption::Kms { .. } => Kind::Kms,
            Encryption::KmsDsse { .. } => Kind::KmsDsse,
            Encryption::Other { name } => Kind::Other(name.clone()),
        };
        let policies = (value(settings.lifecycle.as_deref()), value(settings.policy.as_deref()));
        Self { mutability, scan_on_push: settings.scan_on_push, encryption, policies: Some(policies) }
    }

    /// Of a repository as it was last read.
    pub(super) fn kept(kept: &KeptSettings) -> Self {
        let row = &kept.row;
        Self {
            mutability: mutability(row.mutability.immutable, &row.mutability.exclusions),
            scan_on_push: row.scan_on_push,
            encryption: match row.encryption {
                api::Encryption::Aes256 => Kind::Aes256,
                api::Encryption::Kms { .. } => Kind::Kms,
                api::Encryption::KmsDsse { .. } => Kind::KmsDsse,
            },
            policies: kept
                .policies
                .as_ref()
                .map(|of| (value(of.lifecycle.as_deref()), value(of.policy.as_deref()))),
        }
    }

    /// The settings that differ, as far as they were read.
    pub(super) fn different(&self, other: &Self) -> Vec<RepositorySetting> {
        let (lifecycle, policy) = match (&self.policies, &other.policies) {
            (Some((lifecycle, policy)), Some((its_lifecycle, its_policy))) => {
                (lifecycle != its_lifecycle, !same_policy(policy, its_policy))
            }
            _ => (false, false),
        };
        let differs = [
            (RepositorySetting::TagMutability, self.mutability != other.mutability),
            (RepositorySetting::ScanOnPush, self.scan_on_push != other.scan_on_push),
            (RepositorySetting::LifecyclePolicy, lifecycle),
            (RepositorySetting::RepositoryPolicy, policy),
            (RepositorySetting::Encryption, self.encryption != other.encryption),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(setting, _)| setting).collect()
    }

    /// Whether all of it was read.
    pub(super) fn is_whole(&self) -> bool {
        self.policies.is_some()
    }
}

/// The order of exclusions does not matter.
fn mutability(immutable: bool, exclusions: &[String]) -> (String, Vec<String>) {
    let mut exclusions = exclusions.to_vec();
    exclusions.sort_unstable();
    (if immutable { "immutable" } else { "mutable" }.to_owned(), exclusions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root"]},"Action":["ecr:BatchGetImage"]}]}"#;

    fn settings() -> Settings {
        Settings {
            mutability: TagMutability::Immutable { except: vec!["latest".into(), "dev*".into()] },
            scan_on_push: true,
            lifecycle: Some(r#"{"rules":[]}"#.into()),
            policy: Some(POLICY.into()),
            encryption: Encryption::Kms { key: Some("arn:aws:kms:us-west-2:1:key/a".into()) },
        }
    }

    #[test]
    fn notation_the_order_of_exclusions_and_keys_do_not_differ() {
        let other = Settings {
            mutability: TagMutability::Immutable { except: vec!["dev*".into(), "latest".into()] },
            lifecycle: Some("{ \"rules\": [] }".into()),
            policy: Some(POLICY.replace(r#"["ecr:BatchGetImage"]"#, r#""ecr:BatchGetImage""#)),
            encryption: Encryption::Kms { key: Some("arn:aws:kms:eu-west-1:1:key/b".into()) },
            ..settings()
        };
        assert_eq!(Facts::now(&settings()).different(&Facts::now(&other)), []);
    }

    #[test]
    fn each_setting_differs_by_itself_and_what_was_not_read_does_not() {
        use RepositorySetting as Of;
        let base = Facts::now(&settings());
        for (other, setting) in [
            (Settings { mutability: TagMutability::IMMUTABLE, ..settings() }, Of::TagMutability),
            (Settings { scan_on_push: false, ..settings() }, Of::ScanOnPush),
            (Settings { lifecycle: None, ..settings() }, Of::LifecyclePolicy),
            (Settings { policy: None, ..settings() }, Of::RepositoryPolicy),
            (Settings { encryption: Encryption::Aes256, ..settings() }, Of::Encryption),
        ] {
            assert_eq!(base.different(&Facts::now(&other)), [setting]);
        }
        let unread = Facts { policies: None, ..base.clone() };
        assert_eq!((base.different(&unread), unread.is_whole()), (vec![], false));
    }
}
