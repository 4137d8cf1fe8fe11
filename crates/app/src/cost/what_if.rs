//! What a lifecycle policy, or archiving, would change about the cost of a repository.

use std::time::Duration;

use longshore_policy::cost::{Prices, per_month, sum};

use crate::{
    App,
    api::{ApiError, RepositoryKey, UsageSearch},
    lifecycle::{Action, InUse, StorageClass, preview},
};

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIf {
    /// A lifecycle policy.
    Lifecycle {
        /// Its text.
        text: String,
    },
    /// Archive what was not pulled for so many days.
    Archive {
        /// The days.
        not_pulled: u32,
    },
}

/// What it would change.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfResult {
    /// Images that are deleted.
    pub expired: usize,
    /// The most bytes that this frees.
    pub expired_bytes: u64,
    /// Images that move to the archive.
    pub archived: usize,
    /// The most bytes that move.
    pub archived_bytes: u64,
    /// Images that are in use, and stay where they are.
    pub spared: usize,
    /// What a month costs now; `None` where a price is unknown.
    pub before: Option<f64>,
    /// What a month costs then.
    pub after: Option<f64>,
}

impl App {
    /// What would change, `days` from now. Sizes are those of images, as if they shared no layer: the most that it
    /// can be.
    ///
    /// # Errors
    /// `lifecycle-refused` when ECR would not accept the policy; when the images cannot be listed.
    pub async fn what_if(
        &self,
        key: &RepositoryKey,
        what: &WhatIf,
        days: u32,
        prices: &Prices,
    ) -> Result<WhatIfResult, ApiError> {
        let listed = self.described_images(key.clone()).await?;
        let name = key.repository.parse().map_err(crate::errors::name_error("repository"))?;
        let usage = self.usage(key, &name, &listed, &UsageSearch::default()).await;
        let at = self.now() + Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        let counted = |image: &&crate::lifecycle::DescribedImage| !image.is_index;
        let bytes = |image: &crate::lifecycle::DescribedImage| image.bytes.unwrap_or_default();
        let mut result = WhatIfResult {
            expired: 0,
            expired_bytes: 0,
            archived: 0,
            archived_bytes: 0,
            spared: 0,
            before: None,
            after: None,
        };
        let (mut from_standard, mut from_archive) = (0, 0);
        match what {
            WhatIf::Lifecycle { text } => {
                let (_, rules) = crate::changes::lifecycle::accepted(text)?;
                let found = preview(&rules, &listed, at, &usage);
                result.spared = found.spared.len();
                for one in &found.images {
                    let size = if one.image.is_index { 0 } else { bytes(one.image) };
                    match one.action {
                        Action::Expire => {
                            result.expired += 1;
                            result.expired_bytes += size;
                            match one.image.storage_class {
                                StorageClass::Archive => from_archive += size,
                                _ => from_standard += size,
                            }
                        }
                        _ => {
                            result.archived += 1;
                            result.archived_bytes += size;
                        }
                    }
                }
            }
            WhatIf::Archive { not_pulled } => {
                let since = at - chrono::TimeDelta::days(i64::from(*not_pulled));
                for image in
                    listed.images.iter().filter(|image| image.storage_class == StorageClass::Standard)
                {
                    let last = image.pulled.or(image.pushed).max(image.activated);
                    if last.is_none_or(|last| last >= since) {
                        continue;
                    }
                    let tags: Vec<&str> = image.tags.iter().map(String::as_str).collect();
                    if usage.used_by(&image.digest, &tags).is_some() {
                        result.spared += 1;
                        continue;
                    }
                    result.archived += 1;
                    result.archived_bytes += if image.is_index { 0 } else { bytes(image) };
                }
            }
        }
        let total = |class: StorageClass| -> u64 {
            listed.images.iter().filter(counted).filter(|one| one.storage_class == class).map(bytes).sum()
        };
        let (standard, archive) = (total(StorageClass::Standard), total(StorageClass::Archive));
        let rates = prices.of(&key.registry.region);
        let month = |standard: u64, archive: u64| {
            sum([per_month(standard, rates.storage), per_month(archive, rates.archive)])
        };
        result.before = month(standard, archive);
        result.after = month(
            standard.saturating_sub(from_standard + result.archived_bytes),
            archive.saturating_sub(from_archive) + result.archived_bytes,
        );
        Ok(result)
    }
}
