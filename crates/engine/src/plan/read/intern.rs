//! Keeps equal values once in memory. Thousands of images share most of their layers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::Descriptor;

use crate::{PlannedImage, PlannedManifest};

/// Returns the same instance for equal values.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    digests: HashSet<Digest>,
    repositories: HashSet<RepositoryName>,
    descriptors: HashMap<Digest, Arc<Descriptor>>,
}

impl Interner {
    pub(crate) fn digest(&mut self, digest: &Digest) -> Digest {
        if let Some(known) = self.digests.get(digest) {
            return known.clone();
        }
        self.digests.insert(digest.clone());
        digest.clone()
    }

    pub(crate) fn repository(&mut self, name: &RepositoryName) -> RepositoryName {
        if let Some(known) = self.repositories.get(name) {
            return known.clone();
        }
        self.repositories.insert(name.clone());
        name.clone()
    }

    /// Two manifests may describe the same bytes differently; then both descriptions are kept.
    pub(crate) fn descriptor(&mut self, descriptor: &Descriptor) -> Arc<Descriptor> {
        if let Some(known) = self.descriptors.get(&descriptor.digest)
            && **known == *descriptor
        {
            return known.clone();
        }
        let digest = self.digest(&descriptor.digest);
        let shared = Arc::new(Descriptor { digest: digest.clone(), ..descriptor.clone() });
        self.descriptors.entry(digest).or_insert_with(|| shared.clone());
        shared
    }

    pub(crate) fn manifest(&mut self, manifest: &mut PlannedManifest) {
        manifest.descriptor.digest = self.digest(&manifest.descriptor.digest);
        for digest in manifest.blobs.iter_mut().chain(&mut manifest.children) {
            *digest = self.digest(digest);
        }
        manifest.blobs.shrink_to_fit();
        manifest.children.shrink_to_fit();
    }

    /// Shares an image's values with those of earlier images; for plans that are read back.
    pub(crate) fn image(&mut self, image: &mut PlannedImage) {
        image.repository = self.repository(&image.repository);
        image.destination = self.repository(&image.destination);
        for blob in &mut image.blobs {
            blob.descriptor = self.descriptor(&blob.descriptor);
        }
        let referrers = image.referrers.iter_mut().flat_map(|referrer| &mut referrer.manifests);
        for manifest in image.manifests.iter_mut().chain(referrers) {
            self.manifest(manifest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_descriptors_are_one_and_different_ones_of_the_same_bytes_stay() {
        let digest = |fill: char| format!("sha256:{}", fill.to_string().repeat(64)).parse().unwrap();
        let layer = |fill, media_type: &str| Descriptor {
            media_type: media_type.into(),
            digest: digest(fill),
            size: 1,
        };
        let mut interner = Interner::default();
        let one = interner.descriptor(&layer('a', "gzip"));
        assert!(Arc::ptr_eq(&one, &interner.descriptor(&layer('a', "gzip"))));
        assert_eq!(*interner.descriptor(&layer('a', "zstd")), layer('a', "zstd"));
        assert!(Arc::ptr_eq(&one, &interner.descriptor(&layer('a', "gzip"))));
        assert_eq!(interner.descriptor(&layer('b', "gzip")).digest, digest('b'));
    }
}
