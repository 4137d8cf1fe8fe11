//! The writes of a plan, as values: everything that its run may put at the destination.

use longshore_names::{Digest, RepositoryName, Tag};

use crate::{Action, CopyPlan, PlannedImage, Way};

/// A write that a plan lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlannedWrite {
    /// A repository is created.
    Repository(RepositoryName),
    /// A blob is uploaded or mounted.
    Blob {
        /// Into which repository.
        repository: RepositoryName,
        /// Which.
        digest: Digest,
    },
    /// A manifest is put, under a tag or by digest alone.
    Manifest {
        /// Into which repository.
        repository: RepositoryName,
        /// Which.
        digest: Digest,
        /// Under which tag.
        tag: Option<Tag>,
    },
}

impl CopyPlan {
    /// Everything that the run of this plan may write. Content that the destination already has is
    /// listed with its image, since it is uploaded again if it turns out to be missing.
    pub fn writes(&self) -> Vec<PlannedWrite> {
        let created = self.create_repositories.iter().cloned().map(PlannedWrite::Repository);
        let work = self.images.iter().filter(|image| image.action.is_work());
        created.chain(work.flat_map(of_image)).collect()
    }
}

fn of_image(image: &PlannedImage) -> Vec<PlannedWrite> {
    let repository = || image.destination.clone();
    let brought = image.blobs.iter().filter(|blob| blob.way != Way::Foreign);
    let mut writes: Vec<PlannedWrite> = brought
        .map(|blob| PlannedWrite::Blob { repository: repository(), digest: blob.descriptor.digest.clone() })
        .collect();
    if image.action == Action::Blobs {
        return writes;
    }
    let put = |digest: &Digest, tag: Option<&Tag>| PlannedWrite::Manifest {
        repository: repository(),
        digest: digest.clone(),
        tag: tag.cloned(),
    };
    for referrer in &image.referrers {
        let manifests = referrer.manifests.iter().map(|manifest| &manifest.descriptor.digest);
        writes.extend(manifests.map(|digest| put(digest, None)));
        writes
            .extend(referrer.digest().zip(referrer.tag.as_ref()).map(|(digest, tag)| put(digest, Some(tag))));
    }
    writes.extend(image.manifests.iter().map(|manifest| put(&manifest.descriptor.digest, None)));
    writes.extend(image.digest.as_ref().map(|digest| put(digest, image.tag.as_ref())));
    writes
}
