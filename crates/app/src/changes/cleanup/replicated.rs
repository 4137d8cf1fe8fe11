//! Which images of a destination repository were replicated by a rule.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageId, ReplicationState};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{ManifestKind, ManifestView};

use super::snapshots::{AT_ONCE, Seen, Snapshot};
use crate::{
    App,
    api::{ApiError, RegistryKey},
    changes::images::Doomed,
    made::{self, Made},
};

/// A destination repository, divided.
#[derive(Debug, Default)]
pub(super) struct Divided {
    /// Images whose digest was replicated from the repository of the same name.
    pub(super) replicated: Vec<Doomed>,
    /// Everything else.
    pub(super) stays: Vec<Seen>,
}

/// The two registries of a clean-up, and what the app knows about the second one.
pub(super) struct Sides<'a> {
    pub(super) app: &'a App,
    pub(super) snapshot: &'a Snapshot,
    pub(super) source: &'a EcrClient,
    pub(super) source_key: &'a RegistryKey,
    pub(super) destination: EcrClient,
    pub(super) destination_key: &'a RegistryKey,
    /// Images that this app copied there, or that an earlier check found to be replicated.
    copied: BTreeSet<String>,
}

impl<'a> Sides<'a> {
    pub(super) async fn new(
        app: &'a App,
        snapshot: &'a Snapshot,
        source: &'a EcrClient,
        source_key: &'a RegistryKey,
        destination_key: &'a RegistryKey,
    ) -> Result<Self, ApiError> {
        let destination = app.connection(destination_key).await?.client;
        let copied = app.made(Made::Replica, destination_key).await?;
        Ok(Self { app, snapshot, source, source_key, destination, destination_key, copied })
    }

    /// Whether the app itself copied images to a repository in place of a rule.
    pub(super) fn has_copied(&self, name: &RepositoryName) -> bool {
        let prefix = format!("{name}@");
        self.copied.range(prefix.clone()..).next().is_some_and(|first| first.starts_with(&prefix))
    }

    fn is_copied(&self, name: &RepositoryName, digest: &Digest) -> bool {
        self.copied.contains(&made::replica(name, digest))
    }

    /// The number of images in a repository, and how many of them need a call to ECR each. Lists
    /// both sides.
    pub(super) async fn size(&self, name: &RepositoryName) -> Result<(usize, usize), ApiError> {
        let (there, asked) = self.lists(name).await?;
        Ok((there.map_or(0, |there| there.len()), asked.len()))
    }

    /// The repository's images at the destination, and those of them that the source has too and
    /// that are not yet known to be replicated.
    async fn lists(&self, name: &RepositoryName) -> Result<(Option<Arc<[Seen]>>, Vec<Digest>), ApiError> {
        let (there, sent) = tokio::try_join!(
            self.snapshot.images(&self.destination, self.destination_key, name),
            self.snapshot.images(self.source, self.source_key, name),
        )?;
        let sent: HashSet<&Digest> =
            sent.iter().flat_map(|sent| sent.iter()).map(|image| &image.digest).collect();
        let asked = there.iter().flat_map(|there| there.iter()).map(|image| &image.digest);
        let asked = asked.filter(|&digest| sent.contains(digest) && !self.is_copied(name, digest));
        let asked = asked.cloned().collect();
        Ok((there, asked))
    }

    /// Divides the images of a repository of the destination; `None` when it does not exist.
    ///
    /// An image was replicated when the source's repository of the same name has its digest and ECR
    /// says that it was replicated to this destination, or when this app copied it there in place
    /// of the rule. Children of an index do not always have a status of their own; they were
    /// replicated if an index that lists them was.
    pub(super) async fn divide(&self, name: &RepositoryName) -> Result<Option<Arc<Divided>>, ApiError> {
        self.snapshot.divided(self.destination_key, name, || self.divide_anew(name)).await
    }

    async fn divide_anew(&self, name: &RepositoryName) -> Result<Option<Arc<Divided>>, ApiError> {
        let (there, asked) = self.lists(name).await?;
        let Some(there) = there else { return Ok(None) };
        let complete: HashSet<Digest> = stream::iter(asked)
            .map(|digest| self.arrived(name, digest))
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|digest| async { Ok(digest) })
            .try_collect()
            .await?;
        let replicated =
            |image: &Seen| complete.contains(&image.digest) || self.is_copied(name, &image.digest);
        // The indexes are read only for these: a read counts as a pull, of images about to be
        // deleted.
        let orphans = there.iter().any(|image| image.tags.is_empty() && !replicated(image));
        let indexes = there.iter().filter(|image| image.is_index && replicated(image));
        let children = match orphans {
            true => self.children(name, indexes.map(|image| image.digest.clone()).collect()).await?,
            false => HashSet::new(),
        };
        let mut divided = Divided::default();
        for image in there.iter() {
            let child = image.tags.is_empty() && children.contains(&image.digest);
            if replicated(image) || child {
                divided.replicated.push(Doomed { digest: image.digest.clone(), tags: image.tags.clone() });
            } else {
                divided.stays.push(image.clone());
            }
        }
        Ok(Some(Arc::new(divided)))
    }

    /// The children that these indexes list.
    async fn children(
        &self,
        name: &RepositoryName,
        indexes: Vec<Digest>,
    ) -> Result<HashSet<Digest>, ApiError> {
        if indexes.is_empty() {
            return Ok(HashSet::new());
        }
        let manifests = self.app.manifests(self.destination_key, name, &indexes).await?;
        let mut found = HashSet::new();
        for manifest in manifests.values() {
            // An index that cannot be parsed lists nothing that would be safe to delete.
            if let Ok(view) = ManifestView::parse(&manifest.media_type, &manifest.bytes)
                && let ManifestKind::Index { children } = view.kind
            {
                found.extend(children.into_iter().map(|child| child.descriptor.digest));
            }
        }
        Ok(found)
    }

    /// The digest, if ECR says that its replication to the destination is complete.
    async fn arrived(&self, name: &RepositoryName, digest: Digest) -> Result<Option<Digest>, ApiError> {
        let _room = self.snapshot.room().await?;
        let id = ImageId { digest: Some(digest.clone()), tag: None };
        match self.source.replication_status(name, &id).await {
            Ok(statuses) => {
                let target = self.destination.registry();
                let arrived = statuses.iter().any(|status| {
                    status.destination == *target && status.state == ReplicationState::Complete
                });
                Ok(arrived.then_some(digest))
            }
            Err(
                EcrError { kind: EcrErrorKind::ImageNotFound, .. }
                | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
            ) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
