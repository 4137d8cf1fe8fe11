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

mod answer;
mod archive;
mod auth;
mod blobs;
mod challenge;
mod client;
mod clients;
mod config;
mod credentials;
mod digest;
mod docker_config;
mod endpoint;
mod error;
mod exchange;
mod graph;
mod host;
mod layout;
mod leave;
mod listing;
mod local;
mod manifest;
mod manifests;
pub mod media_types;
mod model;
mod mount;
mod pacer;
mod pages;
mod profile;
mod put;
mod reach;
mod reference;
mod referrers;
mod referrers_index;
mod refusal;
mod rest;
mod resume;
mod retry;
mod secret;
mod stored;
mod tls;
mod token;
mod trickle;
mod upload;
mod verified;
mod wire;

pub use archive::{ArchiveForm, ArchivedImage, ArchivedName, DockerArchive};
pub use client::HttpRegistry;
pub use config::{ImageConfig, MAX_CONFIG_BYTES};
pub use credentials::{CredentialProvider, Credentials, Issued};
pub use digest::{Hasher, digest_of};
pub use docker_config::DockerConfig;
pub use endpoint::{Sink, Source};
pub use error::Error;
pub use host::{Host, HostOptions, Limits, Stats};
pub use layout::OciLayout;
pub use leave::{Tagged, Untagged, leave};
pub use manifest::{Child, ManifestError, ManifestKind, ManifestView, Platform};
pub use model::{
    BlobStream, Descriptor, Listed, MAX_MANIFEST_BYTES, Manifest, RepositoryState, TagOrDigest, UploadState,
};
pub use profile::{Ability, Profile};
pub use reference::{Reference, ReferenceError, is_loopback};
pub use resume::{open_verified, without_first};
pub use retry::{Backoff, Tries};
pub use secret::Secret;
pub use stored::StoredImage;
pub use tls::TlsOptions;
pub use trickle::LeastRate;
pub use verified::VerifiedStream;
