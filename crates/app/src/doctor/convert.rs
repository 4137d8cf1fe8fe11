//! What services answered, as facts.

use longshore_ecr::EcrClient;
use longshore_policy::{
    readiness::{CreationTemplate, Encryption, Fact, Identity, ImageState, RepositoryState, TagMutability},
    registry_policy::RegistryPolicy,
};

use super::contents::Contents;
use crate::{api::ApiError, documents::parse_policy};

/// Whether the credentials are at fault, and not the network or the registry.
fn refuses_credentials(code: &str) -> bool {
    code.starts_with("credentials-")
        || code.starts_with("mfa-")
        || code.starts_with("keychain-")
        || matches!(
            code,
            "no-credentials"
                | "invalid-signature"
                | "key-forgotten"
                | "key-missing"
                | "profile-unknown"
                | "clock-skew"
                | "wrong-registry"
                | "identity-mismatch"
        )
}

pub(super) fn no_identity(error: ApiError) -> Fact<Identity> {
    match refuses_credentials(&error.code) {
        true => Fact::Known(Identity::Refused { text: error.message }),
        false => Fact::Unknown(error.message),
    }
}

pub(super) async fn identity(client: &EcrClient) -> Fact<Identity> {
    match client.fetch_identity().await {
        Ok(caller) => Fact::Known(Identity::Proven { account: caller.account, principal: caller.arn }),
        Err(error) => no_identity(error.into()),
    }
}

pub(super) fn fact<T>(read: Result<T, impl Into<ApiError>>) -> Fact<T> {
    read.map_or_else(|error| Fact::Unknown(error.into().message), Fact::Known)
}

pub(super) fn parsed(read: Result<Option<String>, ApiError>) -> Fact<Option<RegistryPolicy>> {
    match read {
        Ok(None) => Fact::Known(None),
        Ok(Some(text)) => match parse_policy(Some(&text)) {
            Ok(policy) => Fact::Known(Some(policy)),
            Err(error) => Fact::Unknown(error.to_string()),
        },
        Err(error) => Fact::Unknown(error.message),
    }
}

pub(super) fn template(from: &longshore_ecr::CreationTemplate) -> CreationTemplate {
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

/// A repository with what is in it, or why that is not known.
pub(super) fn state(
    from: &longshore_ecr::Repository,
    contents: Result<&Contents, String>,
) -> RepositoryState {
    let mut state = RepositoryState::new(from.name.clone());
    state.mutability = mutability(&from.tag_mutability);
    state.encryption = encryption(&from.encryption);
    match contents {
        Ok(contents) => {
            state.policy = contents.policy.clone().map_or_else(Fact::default, parsed);
            let images = contents.images.as_ref().map(|images| images.iter().map(image).collect());
            state.images = fact(images.map_err(Clone::clone));
        }
        Err(reason) => {
            state.policy = Fact::Unknown(reason.clone());
            state.images = Fact::Unknown(reason);
        }
    }
    state
}

fn image(from: &longshore_ecr::ImageDetail) -> ImageState {
    ImageState {
        digest: from.digest.to_string(),
        tags: from.tags.iter().map(ToString::to_string).collect(),
        replicating: false,
    }
}
