//! The archive, and what scans know about the use of images.

use aws_sdk_ecr::types as sdk;
use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName};

use crate::{EcrClient, EcrError, ImageId, ImageStatus, client::convert};

/// The containers in which enhanced scanning has seen an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageUse {
    /// `inUseCount`: the running ECS tasks and EKS pods.
    pub count: i64,
    /// `lastInUseAt`.
    pub last: Option<DateTime<Utc>>,
}

impl EcrClient {
    /// Moves an image to the archive, from which it must be restored before it can be pulled. Of an image that
    /// is there already, nothing changes.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageStorageClassUpdateNotSupported`, and as `UpdateImageStorageClass`.
    pub async fn archive_image(&self, name: &RepositoryName, digest: &Digest) -> Result<(), EcrError> {
        self.store_image(name, digest, sdk::TargetStorageClass::Archive).await.map(drop)
    }

    /// Restores an image from the archive, and returns its status: ECR takes up to 20 minutes. Of an image that is
    /// not in the archive, nothing changes.
    ///
    /// # Errors
    /// As [`archive_image`](Self::archive_image).
    pub async fn restore_image(
        &self,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<ImageStatus, EcrError> {
        self.store_image(name, digest, sdk::TargetStorageClass::Standard).await
    }

    async fn store_image(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        class: sdk::TargetStorageClass,
    ) -> Result<ImageStatus, EcrError> {
        let id = ImageId { digest: Some(digest.clone()), tag: None };
        let operation = self
            .ecr()
            .update_image_storage_class()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_id(convert::image_id_request(&id))
            .target_storage_class(class);
        let answer = self.send(self.call("UpdateImageStorageClass", Some(name)), operation.send()).await?;
        Ok(convert::image_status(answer.image_status()))
    }

    /// In how many containers an image runs, according to the first of its findings; `None` if the findings do
    /// not say. Does not count as a pull.
    ///
    /// # Errors
    /// `ScanNotFound` of an image that was not scanned, and as `DescribeImageScanFindings`.
    pub async fn image_use(
        &self,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<ImageUse>, EcrError> {
        let id = ImageId { digest: Some(digest.clone()), tag: None };
        let operation = self
            .ecr()
            .describe_image_scan_findings()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_id(convert::image_id_request(&id))
            .max_results(1);
        let answer = self.send(self.call("DescribeImageScanFindings", Some(name)), operation.send()).await?;
        let findings =
            answer.image_scan_findings().map(|found| found.enhanced_findings()).unwrap_or_default();
        let details = findings.iter().flat_map(|finding| finding.resources());
        let mut details = details.filter_map(|resource| resource.details()?.aws_ecr_container_image());
        Ok(details.find_map(|image| {
            let last = image.last_in_use_at().and_then(convert::time);
            (image.in_use_count().is_some() || last.is_some())
                .then(|| ImageUse { count: image.in_use_count().unwrap_or_default(), last })
        }))
    }
}
