//! What to do about an error: a hint, the side it is on, whether a retry can help.

use longshore_registry::{Error as RegistryError, RegistryErrorKind};

use crate::{EcrError, EcrErrorKind as Kind, Side, services::is_of_iam};

impl EcrError {
    /// What to do about it, as one sentence.
    pub fn hint(&self) -> String {
        match &self.kind {
            Kind::AccessDenied { explicit: true, .. } => {
                "A policy denies this explicitly (identity, organization or registry policy); have that statement changed.".into()
            }
            Kind::AccessDenied { principal, .. } => format!(
                "Grant `{}` to {}.",
                self.needed_permission().unwrap_or_default(),
                principal.as_deref().unwrap_or("this principal")
            ),
            Kind::NoCredentials { problem: Some(problem) } => problem.hint.clone(),
            Kind::WrongRegistry { actual } => {
                format!("Use credentials of account {}, not of {actual}.", self.call.registry.account)
            }
            Kind::NotSent { cause } => format!("Nothing was sent. {}", cause.hint()),
            _ => longshore_codes::way_out(self.code()).into(),
        }
    }

    /// The action that a denied call needs: as the denial says, else by the name of its operation.
    pub fn needed_permission(&self) -> Option<String> {
        let Kind::AccessDenied { action, .. } = &self.kind else { return None };
        let service = match self.call.operation {
            "DescribeKey" => "kms",
            "SimulatePrincipalPolicy" | "GetRequestAuthorizationDetails" => "iam",
            operation if is_of_iam(operation) => "iam",
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
            | Kind::RegionNotServed
            | Kind::ClockSkew
            | Kind::CertificateFile
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
            | Kind::RegionNotServed
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
