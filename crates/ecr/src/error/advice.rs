//! What to do about an error: a hint, the side it is on, whether a retry can help.

use longshore_registry::{Error as RegistryError, RegistryErrorKind};

use crate::{EcrError, EcrErrorKind as Kind, Side};

impl EcrError {
    /// What to do about it, as one sentence.
    pub fn hint(&self) -> String {
        match &self.kind {
            Kind::RepositoryNotFound => "Create the repository, or check its name, account and Region.".into(),
            Kind::RepositoryNotEmpty => "Delete its images first, or delete the repository with its images.".into(),
            Kind::RepositoryAlreadyExists => "Use the existing repository or choose another name.".into(),
            Kind::ImageNotFound => "Refresh the list: the image or tag was removed or never pushed.".into(),
            Kind::ImageAlreadyExists => "Nothing to do: the same image already exists.".into(),
            Kind::TagImmutable => "Choose another tag, or add an exclusion for it to the repository's tag immutability.".into(),
            Kind::DigestRefused => "Send the manifest's bytes unchanged.".into(),
            Kind::DigestMismatch { .. } => {
                "Nothing was stored. Try again; if it recurs, the registry or a proxy changes bytes.".into()
            }
            Kind::ReferencedContentMissing => "Push the layers and child manifests first.".into(),
            Kind::UploadNotFound => "Upload the layer again from its beginning.".into(),
            Kind::LayerPartInvalid { .. } => "Continue from the registry's position, or start over.".into(),
            Kind::LayerAlreadyExists => "Nothing to do: the layer already exists.".into(),
            Kind::LayerInvalid => "Upload the layer again from its beginning.".into(),
            Kind::PolicyNotFound => "Add a statement to create one.".into(),
            Kind::LimitExceeded => "Remove what is not needed, or ask AWS for a higher quota.".into(),
            Kind::AccessDenied { explicit: true, .. } => {
                "A policy denies this explicitly (identity, organization or registry policy); have that statement changed.".into()
            }
            Kind::AccessDenied { principal, .. } => format!(
                "Grant `{}` to {}.",
                self.needed_permission().unwrap_or_default(),
                principal.as_deref().unwrap_or("this principal")
            ),
            Kind::CredentialsExpired => "Log in again, or enter fresh credentials.".into(),
            Kind::CredentialsUnknown => {
                "Check the access key, and that the Region is enabled for the account.".into()
            }
            Kind::InvalidSignature => "Check the secret access key.".into(),
            Kind::ClockSkew => "Correct this machine's clock.".into(),
            Kind::NoCredentials { problem: Some(problem) } => problem.hint.clone(),
            Kind::NoCredentials { .. } => "Check the account's credentials in the settings.".into(),
            Kind::Throttled => "Wait a moment; fewer concurrent requests help.".into(),
            Kind::InvalidParameter => "Correct the value that the message names.".into(),
            Kind::Kms => "Check that the key is enabled, in this Region, and usable by this principal.".into(),
            Kind::UnknownOperation => "The endpoint does not support this; check the endpoint setting.".into(),
            Kind::Certificate => {
                "Trust the authority: name its certificate (PEM) in AWS_CA_BUNDLE, in `ca_bundle` of the profile, or in the settings.".into()
            }
            Kind::Unreachable { .. } => "Check the endpoint, the network, the proxy and the name of the Region.".into(),
            Kind::Timeout => "Try again; if it recurs, check the network.".into(),
            Kind::Server { .. } => "Try again later.".into(),
            Kind::Protocol => "Check the endpoint setting: is it really the address of ECR?".into(),
            Kind::Exception { exception } => exception.hint.into(),
            Kind::Other { .. } => "The service's own message says what it did not accept.".into(),
            Kind::WrongRegistry { actual } => {
                format!("Use credentials of account {}, not of {actual}.", self.call.registry.account)
            }
            Kind::ChangedElsewhere { .. } => "Review the difference and plan again.".into(),
            Kind::NotSent { cause } => format!("Nothing was sent. {}", cause.hint()),
            Kind::Unconfirmed { .. } | Kind::NotVisible => {
                "Check the current state; a retry reads it before it writes.".into()
            }
            Kind::LostUpdate { .. } => "Review the difference, agree with the other writer, and plan again.".into(),
        }
    }

    /// The action that a denied call needs: as the denial says, else by the name of its operation.
    pub fn needed_permission(&self) -> Option<String> {
        let Kind::AccessDenied { action, .. } = &self.kind else { return None };
        let service = match self.call.operation {
            "DescribeKey" => "kms",
            "GetRole" | "SimulatePrincipalPolicy" | "GetRequestAuthorizationDetails" => "iam",
            "ListAccounts" => "organizations",
            "ListRegions" => "account",
            "AssumeRole" | "GetCallerIdentity" | "GetSessionToken" => "sts",
            _ => "ecr",
        };
        Some(action.clone().unwrap_or_else(|| format!("{service}:{}", self.call.operation)))
    }

    /// The side on which something has to change.
    pub fn side(&self) -> Side {
        match &self.kind {
            Kind::CredentialsExpired
            | Kind::CredentialsUnknown
            | Kind::InvalidSignature
            | Kind::ClockSkew
            | Kind::NoCredentials { .. }
            | Kind::InvalidParameter
            | Kind::DigestRefused
            | Kind::WrongRegistry { .. } => Side::ThisMachine,
            Kind::Unreachable { .. } | Kind::Timeout | Kind::Protocol => Side::Network,
            Kind::NotSent { cause } | Kind::Unconfirmed { cause } => cause.side(),
            _ => Side::Registry,
        }
    }

    /// Whether the same call may succeed when it is retried.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, Kind::Throttled | Kind::Unreachable { .. } | Kind::Timeout | Kind::Server { .. })
    }

    /// The same failure in the words of [`Source`](longshore_registry::Source) and
    /// [`Sink`](longshore_registry::Sink). `name` is the endpoint's.
    pub fn into_registry_error(self, name: &str) -> RegistryError {
        let repository = self.call.repository.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = self.to_string();
        let call = *self.call;
        let kind = match self.kind {
            Kind::RepositoryNotFound => RegistryErrorKind::RepositoryNotFound { repository },
            Kind::ImageNotFound => RegistryErrorKind::NotFound { repository, what: "such image".into() },
            Kind::ReferencedContentMissing => {
                RegistryErrorKind::ReferencedContentMissing { repository, message: call.message }
            }
            Kind::AccessDenied { .. } | Kind::Kms | Kind::WrongRegistry { .. } => {
                RegistryErrorKind::Denied { message }
            }
            Kind::CredentialsExpired
            | Kind::CredentialsUnknown
            | Kind::InvalidSignature
            | Kind::ClockSkew
            | Kind::NoCredentials { .. } => RegistryErrorKind::Unauthorized { message },
            Kind::Throttled => RegistryErrorKind::Throttled { message: call.message, retry_after: None },
            Kind::Unreachable { .. } | Kind::Timeout => RegistryErrorKind::Network { message },
            Kind::Server { status } => RegistryErrorKind::Server { status, message: call.message },
            Kind::Protocol => RegistryErrorKind::Protocol { message: call.message },
            Kind::UnknownOperation => RegistryErrorKind::Unsupported { message },
            Kind::DigestMismatch { expected, actual } => {
                RegistryErrorKind::DigestMismatch { expected, actual }
            }
            Kind::Other { status, .. } => RegistryErrorKind::Refused { status, message },
            _ => RegistryErrorKind::Refused { status: 400, message },
        };
        kind.at(name)
    }
}
