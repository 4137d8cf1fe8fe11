//! A rule's settings for new repositories, in ECR's terms.

use longshore_ecr::{Encryption, RepositorySettings, ResourceTag, TagMutability};
use longshore_policy::rule::{self, Create, Immutability};

use crate::access::NewRepositories;

/// What happens to repositories that a destination does not have.
pub(super) fn new_repositories(create: &Create) -> NewRepositories {
    match create {
        Create::Never => NewRepositories::default(),
        Create::Template => NewRepositories { by_push: true, ..NewRepositories::default() },
        Create::Settings(wanted) => NewRepositories { settings: settings(wanted), by_push: false },
    }
}

fn settings(wanted: &rule::RepositorySettings) -> RepositorySettings {
    let except = wanted.immutability_exceptions.clone();
    RepositorySettings {
        tag_mutability: match wanted.immutability {
            None | Some(Immutability::Mutable) => TagMutability::Mutable { except },
            Some(Immutability::Immutable) => TagMutability::Immutable { except },
        },
        scan_on_push: wanted.scan_on_push.unwrap_or(false),
        encryption: match &wanted.encryption {
            None | Some(rule::Encryption::Aes256) => Encryption::Aes256,
            Some(rule::Encryption::Kms(key)) => Encryption::Kms { key: Some(key.clone()) },
            Some(rule::Encryption::KmsDsse(key)) => Encryption::KmsDsse { key: Some(key.clone()) },
        },
        tags: wanted
            .tags
            .iter()
            .map(|(key, value)| ResourceTag { key: key.clone(), value: value.clone() })
            .collect(),
    }
}
