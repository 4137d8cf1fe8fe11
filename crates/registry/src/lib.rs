//! An OCI distribution client: references, manifests, digest-checked streams, auth, uploads,
//! referrers, pacing per host; and the small [`Source`] and [`Sink`] traits that the copy engine
//! sees.
//!
//! Not for: anything about AWS. ECR's API lives in `longshore-ecr`.
#![allow(missing_docs)] // lifted when the fields of errors are documented

mod endpoint;
mod error;
mod model;

pub use endpoint::{Sink, Source};
pub use error::Error;
pub use model::{BlobStream, Descriptor, MAX_MANIFEST_BYTES, Manifest, TagOrDigest};
