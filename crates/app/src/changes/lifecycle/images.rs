//! The images of the repository that is being previewed. Moving through time asks for the same list again
//! and again, so the last one is kept for a minute.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    App,
    api::{ApiError, RepositoryKey},
    lifecycle::DescribedImages,
};

/// How long a list is as good as a new one.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// A list of images and when it was read.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    of: RepositoryKey,
    pub(crate) at: DateTime<Utc>,
    pub(crate) images: Arc<DescribedImages>,
}

/// The last list that was read.
#[derive(Debug, Default)]
pub(crate) struct ListedImages(Mutex<Option<Listed>>);

impl App {
    /// The images of a repository, read within the last minute.
    pub(super) async fn listed_images(&self, key: &RepositoryKey) -> Result<Listed, ApiError> {
        let now = self.timing.clock.now();
        let kept = || self.listed_images.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().clone().filter(|known| known.of == *key && now - known.at < FRESH);
        if let Some(known) = known {
            return Ok(known);
        }
        let images = Arc::new(self.described_images(key.clone()).await?);
        let listed = Listed { of: key.clone(), at: now, images };
        *kept() = Some(listed.clone());
        Ok(listed)
    }
}
