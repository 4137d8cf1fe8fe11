//! Amazon ECR as one principal sees it: the control plane of a registry, STS, and the registry as
//! a [`Source`](longshore_registry::Source) and [`Sink`](longshore_registry::Sink) for the copy
//! engine.
//!
//! AWS and anything that speaks its API (a sandbox, a private endpoint) differ only in
//! [`EcrConfig`]'s endpoints and credentials.
//!
//! ```no_run
//! # async fn example() -> Result<(), longshore_ecr::EcrError> {
//! use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
//! use longshore_ecr::{EcrClient, EcrConfig};
//! use longshore_names::RegistryId;
//!
//! # let (account, region) = ("111122223333".parse().unwrap(), "us-west-2".parse().unwrap());
//! # let (key, secret) = ("", "");
//! let client = EcrClient::new(EcrConfig {
//!     registry: RegistryId::new(account, region),
//!     credentials: SharedCredentialsProvider::new(Credentials::from_keys(key, secret, None)),
//!     endpoint: None,
//!     sts_endpoint: None,
//!     data_plane: None,
//!     network: Default::default(),
//!     hosts: Default::default(),
//! });
//! for repository in client.repositories().await? {
//!     println!("{}", repository.uri);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Not for: deciding what a document should say (that is `longshore-policy`), and registries
//! other than ECR (that is `longshore-registry`).
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod client;
mod control;
mod endpoint;
mod error;
mod exceptions;
mod host;
mod model;
mod services;

pub use client::calls::Calls;
pub use client::classify::{Denied, causes};
pub use client::ecr_client::{EcrClient, EcrConfig};
pub use client::json_call::{JsonCall, JsonTarget};
pub use client::sts::{AssumedRole, CallerIdentity, CredentialProblem, RoleRequest};
pub use client::token::RegistryToken;
pub use client::transport::http::http_client;
pub use control::backfill::{Backfill, BackfillProgress, BackfillResult, BackfillState};
pub use control::documents::{Meaning, same_json};
pub use control::settings::{BLOB_MOUNTING, REGISTRY_POLICY_SCOPE};
pub use control::storage::{ImageScan, ImageUse};
pub use control::templates::{CreationTemplate, REPLICATION, ROOT};
pub use control::write::{Fate, WriteTiming};
pub use endpoint::ecr_endpoint::EcrEndpoint;
pub use endpoint::login::EcrLogin;
pub use error::{Call, Document, EcrError, EcrErrorKind, Side};
pub use exceptions::{Exception, exceptions};
pub use host::{Hosts, api_host, console_url, registry_of_host};
pub use model::{
    Deletion, Encryption, ImageDetail, ImageFailure, ImageFailureCode, ImageId, ImageScope, ImageStatus,
    LayerStatus, Page, ReplicationState, ReplicationStatus, Repository, RepositorySettings, ResourceTag,
    TagMutability,
};
pub use services::{
    AccessKeyView, AttachedPolicy, AuthorizationDetails, AuthorizationEvaluation, IamEntity, IamItem,
    IamItemKind, IamKind, IamPolicy, IamRole, KeyState, KeyUse, KmsKey, ListedPolicies, NewKey,
    PolicySourceError, PolicyUse, PolicyVersion, REPLICATION_ROLE, ServiceEndpoints, Services, Simulated,
    SimulatedDecision, StackResource, authorization_id, policy_source,
};
