//! Services beside ECR that say whether replication will work: IAM, KMS and IAM Toolbox; and who else
//! manages a resource: CloudFormation. And where those answer that describe accounts.

mod authorization;
mod cloudformation;
mod hosts;
mod iam;
mod kms;

use std::fmt;

use aws_credential_types::provider::SharedCredentialsProvider;
use longshore_names::RegistryId;
use longshore_registry::Network;
use url::Url;

use crate::{Call, EcrError, EcrErrorKind, Hosts};

pub use authorization::{AuthorizationDetails, AuthorizationEvaluation, authorization_id};
pub use cloudformation::StackResource;
pub(crate) use iam::is_of_iam;
pub use iam::{
    AccessKeyView, AttachedPolicy, IamEntity, IamItem, IamItemKind, IamKind, IamPolicy, IamRole, KeyUse,
    ListedPolicies, NewKey, PolicySourceError, PolicyUse, PolicyVersion, REPLICATION_ROLE, Simulated,
    SimulatedDecision, policy_source,
};
pub use kms::{KeyState, KmsKey};

/// Where services beside ECR answer; `None` for AWS's own address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceEndpoints {
    /// IAM.
    pub iam: Option<Url>,
    /// KMS.
    pub kms: Option<Url>,
    /// IAM Toolbox.
    pub iam_toolbox: Option<Url>,
    /// CloudFormation.
    pub cloudformation: Option<Url>,
    /// AWS Account Management.
    pub account: Option<Url>,
    /// AWS Organizations.
    pub organizations: Option<Url>,
}

impl ServiceEndpoints {
    /// All of them at one address.
    pub fn all_at(url: &Url) -> Self {
        let there = || Some(url.clone());
        Self {
            iam: there(),
            kms: there(),
            iam_toolbox: there(),
            cloudformation: there(),
            account: there(),
            organizations: there(),
        }
    }
}

/// Services beside ECR, as the principal that acts at a registry. Cheap to clone; nothing is cached.
#[derive(Clone)]
pub struct Services {
    /// The registry for whose sake they are asked.
    pub registry: RegistryId,
    /// The principal's credentials.
    pub credentials: SharedCredentialsProvider,
    /// Certificates and proxies.
    pub network: Network,
    /// Which of AWS's hosts are used.
    pub hosts: Hosts,
    /// Where they answer.
    pub endpoints: ServiceEndpoints,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Services {
    fn no_address(&self, operation: &'static str) -> EcrError {
        self.protocol(operation, "the service has no address")
    }

    /// An answer that cannot be used, or an address that is none.
    fn protocol(&self, operation: &'static str, message: &str) -> EcrError {
        EcrErrorKind::Protocol.of(Call {
            registry: self.registry.clone(),
            operation,
            repository: None,
            message: message.to_owned(),
            request_id: None,
        })
    }
}
