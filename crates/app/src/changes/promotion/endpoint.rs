//! Registries for the copy engine, and requests to it.

use std::sync::Arc;

use longshore_ecr::{EcrClient, EcrEndpoint, RepositorySettings};
use longshore_engine::{CopyItem, CopyRequest, OnConflict};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::TagOrDigest;

use super::CopyTag;
use crate::api::ApiError;

/// A registry for one plan or one step of a run, so that changes of its settings in between take
/// effect.
pub(crate) async fn endpoint(client: &EcrClient) -> Result<Arc<EcrEndpoint>, ApiError> {
    Ok(Arc::new(EcrEndpoint::connect(client.clone(), RepositorySettings::default()).await?))
}

/// Copies one digest to a repository, under these tags. Tags are moved: whether that is allowed was
/// decided, and shown, when the plan was made.
pub(crate) fn copy_request(
    from: &RepositoryName,
    digest: &Digest,
    to: &RepositoryName,
    tags: &[CopyTag],
    mounting: bool,
) -> CopyRequest {
    let item = |tag: Option<&CopyTag>| {
        let reference = TagOrDigest::Digest(digest.clone());
        CopyItem::new(from.clone(), reference, to.clone(), tag.map(|known| known.tag.clone()))
    };
    let items =
        if tags.is_empty() { vec![item(None)] } else { tags.iter().map(|tag| item(Some(tag))).collect() };
    let mut request = CopyRequest::new(items);
    request.on_conflict = OnConflict::Overwrite;
    request.mounting = mounting;
    request
}
