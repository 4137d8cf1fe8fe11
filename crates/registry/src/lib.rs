//! An OCI distribution client: references, manifests, digest-checked streams, auth, uploads,
//! referrers, pacing per host; and the small [`Source`] and [`Sink`] traits that the copy engine
//! sees.
//!
//! ```no_run
//! use longshore_registry::{HostOptions, HttpRegistry, Reference, Source};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let reference: Reference = "localhost:5000/team/service:1.2".parse()?;
//! let registry = HttpRegistry::connect(&reference.host, HostOptions::default())?;
//! for tag in registry.tags(&reference.repository).await? {
//!     println!("{tag}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Bytes are never trusted: manifests are stored exactly as they arrive and their digest is
//! computed; [`open_verified`] opens a blob whose last bytes are held back until all of it has been
//! verified.
//!
//! [`OciLayout`] is the same for a directory, [`DockerArchive`] for an archive of `docker save`,
//! and [`DockerConfig`] finds the credentials that other container tools store.
//!
//! Not for: anything about AWS. ECR's API lives in `longshore-ecr`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod archive;
mod auth;
mod client;
mod endpoint;
mod error;
mod layout;
mod leave;
mod local;
mod model;
mod net;
mod requests;

pub use archive::{ArchiveForm, ArchivedImage, ArchivedName, DockerArchive};
pub use auth::credentials::{CredentialProvider, Credentials, Issued};
pub use auth::docker_config::DockerConfig;
pub use auth::secret::Secret;
pub use client::host::{Host, HostOptions, Limits, Stats};
pub use client::http_registry::HttpRegistry;
pub use client::profile::{Ability, Profile};
pub use endpoint::optional::{Lifecycle, Parts};
pub use endpoint::sink::Sink;
pub use endpoint::source::Source;
pub use error::{Error, RegistryErrorKind};
pub use layout::OciLayout;
pub use leave::{Tagged, Untagged, leave};
pub use model::config::{ImageConfig, MAX_CONFIG_BYTES};
pub use model::digest::{Hasher, digest_of};
pub use model::manifest::{Child, ManifestError, ManifestKind, ManifestView, Platform};
pub use model::media_types;
pub use model::reference::{Reference, ReferenceError, is_loopback};
pub use model::resume::{open_verified, without_first};
pub use model::stored::StoredImage;
pub use model::types::{
    BlobStream, Descriptor, Listed, MAX_MANIFEST_BYTES, Manifest, RepositoryState, TagOrDigest, UploadState,
};
pub use model::verified::VerifiedStream;
pub use net::network::{Network, bounded_answer, network_error};
pub use net::proxy::{ProxyError, ProxyRules};
pub use net::retry::{Backoff, Tries};
pub use net::tls::TlsOptions;
pub use net::trickle::LeastRate;
