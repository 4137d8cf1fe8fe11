//! The archive, and what scans know about the use of images.

use aws_sdk_ecr::types as sdk;
use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName};

use crate::{EcrClient, EcrError, ImageId, ImageStatus, client::convert};

/// The most findings of one page.
const MOST_FINDINGS: i32 = 1_000;

/// The containers in which enhanced scanning has seen an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageUse {
    /// `inUseCount`: the running ECS tasks and EKS pods.
    pub count: i64,
    /// `lastInUseAt`.
    pub last: Option<DateTime<Utc>>,
}

/// What a scan found in one image (`DescribeImageScanFindings`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageScan {
    /// ECR's word for its state: `COMPLETE`, `ACTIVE`, `IN_PROGRESS`, `UNSUPPORTED_IMAGE`, …
    pub status: String,
    /// What ECR says about the state.
    pub description: Option<String>,
    /// When it ended; of continuous scans, when its newest finding was updated.
    pub at: Option<DateTime<Utc>>,
    /// Each finding: its id, such as `CVE-2026-12345`, and its severity in ECR's word.
    pub found: Vec<(String, String)>,
}

impl EcrClient {
    /// The scan of one image with all its findings. Does not count as a pull.
    ///
    /// # Errors
    /// `ScanNotFound` of an image that was not scanned, and as `DescribeImageScanFindings`.
    pub async fn image_scan(&self, name: &RepositoryName, digest: &Digest) -> Result<ImageScan, EcrError> {
        let id = ImageId { digest: Some(digest.clone()), tag: None };
        let call = self.call("DescribeImageScanFindings", Some(name));
        let mut scan = ImageScan { status: String::new(), description: None, at: None, found: Vec::new() };
        let mut next: Option<String> = None;
        loop {
            let operation = self
                .ecr()
                .describe_image_scan_findings()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .image_id(convert::image_id_request(&id))
                .set_next_token(next.clone())
                .max_results(MOST_FINDINGS);
            let answer = self.send(call.clone(), operation.send()).await?;
            if let Some(status) = answer.image_scan_status() {
                scan.status = status.status().map(|status| status.as_str().to_owned()).unwrap_or_default();
                scan.description = status.description().map(str::to_owned);
            }
            if let Some(findings) = answer.image_scan_findings() {
                let updated = findings
                    .enhanced_findings()
                    .iter()
                    .filter_map(|one| convert::time(one.updated_at()?))
                    .max();
                let completed = findings.image_scan_completed_at().and_then(convert::time);
                scan.at = scan.at.max(completed.max(updated));
                scan.found.extend(findings.findings().iter().map(|one| {
                    let severity = one.severity().map(|severity| severity.as_str()).unwrap_or_default();
                    (one.name().unwrap_or_default().to_owned(), severity.to_owned())
                }));
                scan.found.extend(findings.enhanced_findings().iter().map(|one| {
                    let id = one.package_vulnerability_details().and_then(|found| found.vulnerability_id());
                    let id = id.or(one.title()).unwrap_or_default();
                    (id.to_owned(), one.severity().unwrap_or_default().to_owned())
                }));
            }
            let following = answer.next_token().map(str::to_owned);
            if following.is_none() || following == next {
                return Ok(scan);
            }
            next = following;
        }
    }

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
