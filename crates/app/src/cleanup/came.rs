//! Which images of a destination repository came by a rule.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, ImageDetail, ImageId, ReplicationState};
use longshore_names::{Digest, RegistryId, RepositoryName};
use longshore_registry::{ManifestKind, ManifestView, media_types};

use crate::{
    App,
    api::{ApiError, RegistryKey},
    plans::images_of,
    runs::{Made, store},
};

/// Calls for replication status at the same time.
const AT_ONCE: usize = 8;

/// A destination repository, divided.
#[derive(Debug, Default)]
pub(super) struct Divided {
    /// Their digest came by replication from the repository of the same name.
    pub(super) came: Vec<Digest>,
    /// Everything else.
    pub(super) stays: Vec<ImageDetail>,
}

/// Divides the images of `name` at `destination`; `None` when the repository is not there.
///
/// An image came when the source's repository of the same name has its digest and ECR says that
/// it was replicated to this destination, or when this app copied it there in the rule's stead.
/// Children of an index carry no status of their own everywhere; they came when an index did that
/// names them.
pub(super) async fn divide(
    app: &App,
    source: &EcrClient,
    destination: &EcrClient,
    key: &RegistryKey,
    name: &RepositoryName,
) -> Result<Option<Divided>, ApiError> {
    let Some(there) = images_of(destination, name).await? else { return Ok(None) };
    let copied = copied(app, key, name).await?;
    let sent = images_of(source, name).await?.unwrap_or_default();
    let sent: HashSet<Digest> = sent.into_iter().map(|image| image.digest).collect();
    let target = destination.registry();
    let asked = there.iter().filter(|image| sent.contains(&image.digest)).map(|image| &image.digest);
    let complete: HashSet<Digest> = stream::iter(asked.cloned().collect::<Vec<_>>())
        .map(|digest| is_complete(source, name, digest, target))
        .buffer_unordered(AT_ONCE)
        .try_filter_map(|digest| async { Ok(digest) })
        .try_collect()
        .await?;
    let came = |digest: &Digest| complete.contains(digest) || copied.contains(digest.as_str());
    let indexes = there.iter().filter(|image| {
        came(&image.digest) && image.media_type.as_deref().is_some_and(media_types::is_index)
    });
    let children = children(destination, name, indexes.map(|image| image.digest.clone())).await?;
    let mut divided = Divided::default();
    for image in there {
        let child = image.tags.is_empty() && children.contains(&image.digest);
        if came(&image.digest) || child {
            divided.came.push(image.digest);
        } else {
            divided.stays.push(image);
        }
    }
    Ok(Some(divided))
}

/// What these indexes name. Reading them counts as a pull of images that are about to go.
async fn children(
    destination: &EcrClient,
    name: &RepositoryName,
    indexes: impl Iterator<Item = Digest>,
) -> Result<HashSet<Digest>, ApiError> {
    let ids: Vec<ImageId> = indexes.map(|digest| ImageId { digest: Some(digest), tag: None }).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let (manifests, _) = destination.batch_get_image(name, &ids).await?;
    let mut found = HashSet::new();
    for manifest in manifests {
        // An index that cannot be understood names nothing that would be safe to delete.
        if let Ok(view) = ManifestView::parse(&manifest.media_type, &manifest.bytes)
            && let ManifestKind::Index { children } = view.kind
        {
            found.extend(children.into_iter().map(|child| child.descriptor.digest));
        }
    }
    Ok(found)
}

async fn is_complete(
    source: &EcrClient,
    name: &RepositoryName,
    digest: Digest,
    target: &RegistryId,
) -> Result<Option<Digest>, ApiError> {
    let id = ImageId { digest: Some(digest.clone()), tag: None };
    match source.replication_status(name, &id).await {
        Ok(statuses) => {
            let arrived = statuses
                .iter()
                .any(|status| status.destination == *target && status.state == ReplicationState::Complete);
            Ok(arrived.then_some(digest))
        }
        Err(EcrError::ImageNotFound { .. } | EcrError::RepositoryNotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Digests that this app copied, or has found before to have come.
async fn copied(app: &App, key: &RegistryKey, name: &RepositoryName) -> Result<HashSet<String>, ApiError> {
    let registry = key.clone();
    let prefix = format!("{name}@");
    let made = app.db.read(move |tx| Ok(store::made(tx, Made::Replica, &registry)?)).await?;
    Ok(made.iter().filter_map(|known| known.strip_prefix(&prefix)).map(str::to_owned).collect())
}
