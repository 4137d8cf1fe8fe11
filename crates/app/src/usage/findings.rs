//! What enhanced scanning knows: in how many containers an image runs.

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use longshore_ecr::{EcrErrorKind, ImageUse};
use longshore_names::{Digest, RepositoryName};

use super::Seen;
use crate::{
    App,
    api::{ApiError, RepositoryKey, Side},
    lifecycle::DescribedImages,
    plans::counted,
};

/// Concurrent requests.
const AT_ONCE: usize = 8;
/// The most images that are asked about; each takes a request.
const MOST: usize = 2_000;
/// An image that ran within this time counts as used.
const RECENT: TimeDelta = TimeDelta::days(30);

impl App {
    /// Asks ECR about the use of each image of a repository that runs: indexes and artifacts do not.
    pub(crate) async fn used_by_findings(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
        images: &DescribedImages,
    ) -> Result<Seen, ApiError> {
        let client = self.connection(&key.registry).await?.client;
        let runs = images.images.iter().filter(|image| !image.is_index && image.subject.is_none());
        let digests: Vec<Digest> = runs.filter_map(|image| image.digest.parse().ok()).collect();
        let mut seen = Seen::default();
        if digests.len() > MOST {
            let text = format!(
                "The repository has {}, and scans are asked about {MOST} of them.",
                counted(digests.len(), "image")
            );
            return Err(ApiError::new("usage-too-many", Side::Input, text));
        }
        let asks = digests.into_iter().map(|digest| {
            let (client, name) = (client.clone(), name.clone());
            async move { (client.image_use(&name, &digest).await, digest) }
        });
        let mut answers = stream::iter(asks).buffer_unordered(AT_ONCE);
        let (mut unscanned, mut silent) = (0, 0);
        while let Some((answer, digest)) = answers.next().await {
            match answer {
                Ok(Some(found)) => {
                    if let Some(by) = self.user(found) {
                        seen.used.digest(digest.to_string(), by);
                    }
                }
                Ok(None) => silent += 1,
                Err(error) if error.code() == "scan-not-found" => unscanned += 1,
                Err(error) if matches!(error.kind, EcrErrorKind::ImageNotFound) => {}
                Err(error) if matches!(error.kind, EcrErrorKind::UnknownOperation) => {
                    seen.unseen.push("This registry offers no findings of scans.".to_owned());
                    return Ok(seen);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if unscanned > 0 {
            seen.unseen.push(format!("{} not scanned.", are(unscanned)));
        }
        if silent > 0 {
            let images = counted(silent, "image");
            seen.unseen.push(format!("The findings of {images} do not say where they run."));
        }
        Ok(seen)
    }

    fn user(&self, found: ImageUse) -> Option<String> {
        let now = self.now();
        match found.last {
            _ if found.count > 0 => Some(format!(
                "{} in which Amazon Inspector sees it",
                counted(usize::try_from(found.count).unwrap_or(usize::MAX), "container")
            )),
            Some(last) if now - last < RECENT => {
                Some(format!("a container in which Amazon Inspector saw it on {}", last.format("%Y-%m-%d")))
            }
            _ => None,
        }
    }
}

fn are(number: usize) -> String {
    if number == 1 { "1 image was".to_owned() } else { format!("{number} images were") }
}
