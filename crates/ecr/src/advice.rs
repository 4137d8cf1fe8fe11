//! What to do about an error: a hint, the side it is on, whether a retry can help.

use longshore_registry::Error as RegistryError;

use crate::{EcrError, Side};

impl EcrError {
    /// What to do about it, as one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::RepositoryNotFound { .. } => "Create the repository, or check its name, account and Region.".into(),
            Self::RepositoryNotEmpty { .. } => "Delete its images first, or delete the repository with its images.".into(),
            Self::RepositoryAlreadyExists { .. } => "Use the existing repository or choose another name.".into(),
            Self::ImageNotFound { .. } => "Refresh the list: the image or tag was removed or never pushed.".into(),
            Self::ImageAlreadyExists { .. } => "Nothing to do: the same image already exists.".into(),
            Self::TagImmutable { .. } => "Choose another tag, or add an exclusion for it to the repository's tag immutability.".into(),
            Self::DigestRefused { .. } => "Send the manifest's bytes unchanged.".into(),
            Self::DigestMismatch { .. } => {
                "Nothing was stored. Try again; if it recurs, the registry or a proxy changes bytes.".into()
            }
            Self::ReferencedContentMissing { .. } => "Push the layers and child manifests first.".into(),
            Self::UploadNotFound { .. } => "Upload the layer again from its beginning.".into(),
            Self::LayerPartInvalid { .. } => "Continue from the registry's position, or start over.".into(),
            Self::LayerAlreadyExists { .. } => "Nothing to do: the layer already exists.".into(),
            Self::LayerInvalid { .. } => "Upload the layer again from its beginning.".into(),
            Self::PolicyNotFound { .. } => "Add a statement to create one.".into(),
            Self::LimitExceeded { .. } => "Remove what is not needed, or ask AWS for a higher quota.".into(),
            Self::AccessDenied { explicit: true, .. } => {
                "A policy denies this explicitly (identity, organization or registry policy); have that statement changed.".into()
            }
            Self::AccessDenied { action, principal, .. } => match (action, principal) {
                (Some(action), Some(principal)) => format!("Grant `{action}` to {principal}."),
                (Some(action), None) => format!("Grant `{action}` to this principal."),
                _ => format!("Grant `ecr:{}` to this principal.", self.call().operation),
            },
            Self::CredentialsExpired { .. } => "Log in again, or enter fresh credentials.".into(),
            Self::CredentialsUnknown { .. } => {
                "Check the access key, and that the Region is enabled for the account.".into()
            }
            Self::InvalidSignature { .. } => "Check the secret access key.".into(),
            Self::ClockSkew { .. } => "Correct this machine's clock.".into(),
            Self::NoCredentials { problem: Some(problem), .. } => problem.hint.clone(),
            Self::NoCredentials { .. } => "Check the account's credentials in the settings.".into(),
            Self::Throttled { .. } => "Wait a moment; fewer concurrent requests help.".into(),
            Self::InvalidParameter { .. } => "Correct the value that the message names.".into(),
            Self::Kms { .. } => "Check that the key is enabled, in this Region, and usable by this principal.".into(),
            Self::UnknownOperation { .. } => "The endpoint does not support this; check the endpoint setting.".into(),
            Self::Certificate { .. } => {
                "Trust the authority: name its certificate (PEM) in AWS_CA_BUNDLE, in `ca_bundle` of the profile, or in the settings.".into()
            }
            Self::Unreachable { .. } => "Check the endpoint, the network, the proxy and the name of the Region.".into(),
            Self::Timeout { .. } => "Try again; if it recurs, check the network.".into(),
            Self::Server { .. } => "Try again later.".into(),
            Self::Protocol { .. } => "Check the endpoint setting: is it really the address of ECR?".into(),
            Self::Exception { exception, .. } => exception.hint.into(),
            Self::Other { .. } => "The service's own message says what it did not accept.".into(),
            Self::WrongRegistry { actual, .. } => {
                format!("Use credentials of account {}, not of {actual}.", self.call().registry.account)
            }
            Self::ChangedElsewhere { .. } => "Review the difference and plan again.".into(),
            Self::NotSent { cause, .. } => format!("Nothing was sent. {}", cause.hint()),
            Self::Unconfirmed { .. } | Self::NotVisible { .. } => {
                "Check the current state; a retry reads it before it writes.".into()
            }
            Self::LostUpdate { .. } => "Review the difference, agree with the other writer, and plan again.".into(),
        }
    }

    /// The side on which something has to change.
    pub fn side(&self) -> Side {
        match self {
            Self::CredentialsExpired { .. }
            | Self::CredentialsUnknown { .. }
            | Self::InvalidSignature { .. }
            | Self::ClockSkew { .. }
            | Self::NoCredentials { .. }
            | Self::InvalidParameter { .. }
            | Self::DigestRefused { .. }
            | Self::WrongRegistry { .. } => Side::ThisMachine,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Protocol { .. } => Side::Network,
            Self::NotSent { cause, .. } | Self::Unconfirmed { cause, .. } => cause.side(),
            _ => Side::Registry,
        }
    }

    /// Whether the same call may succeed when it is retried.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unreachable { .. } | Self::Timeout { .. } | Self::Server { .. }
        )
    }

    /// The same failure in the words of [`Source`](longshore_registry::Source) and
    /// [`Sink`](longshore_registry::Sink). `name` is the endpoint's.
    pub fn into_registry_error(self, name: &str) -> RegistryError {
        let registry = name.to_owned();
        let call = self.call().clone();
        let repository = call.repository.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = self.to_string();
        match self {
            Self::RepositoryNotFound { .. } => RegistryError::RepositoryNotFound { registry, repository },
            Self::ImageNotFound { .. } => {
                RegistryError::NotFound { registry, repository, what: "such image".into() }
            }
            Self::ReferencedContentMissing { .. } => {
                RegistryError::ReferencedContentMissing { registry, repository, message: call.message }
            }
            Self::AccessDenied { .. } | Self::Kms { .. } | Self::WrongRegistry { .. } => {
                RegistryError::Denied { registry, message }
            }
            Self::CredentialsExpired { .. }
            | Self::CredentialsUnknown { .. }
            | Self::InvalidSignature { .. }
            | Self::ClockSkew { .. }
            | Self::NoCredentials { .. } => RegistryError::Unauthorized { registry, message },
            Self::Throttled { .. } => {
                RegistryError::Throttled { registry, message: call.message, retry_after: None }
            }
            Self::Unreachable { .. } | Self::Timeout { .. } => RegistryError::Network { registry, message },
            Self::Server { status, .. } => RegistryError::Server { registry, status, message: call.message },
            Self::Protocol { .. } => RegistryError::Protocol { registry, message: call.message },
            Self::UnknownOperation { .. } => RegistryError::Unsupported { registry, message },
            Self::DigestMismatch { expected, actual, .. } => {
                RegistryError::DigestMismatch { registry, expected, actual }
            }
            Self::Other { status, .. } => RegistryError::Refused { registry, status, message },
            _ => RegistryError::Refused { registry, status: 400, message },
        }
    }
}
