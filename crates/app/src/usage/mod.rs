//! Who uses an image? Sources of knowledge that protect images from deletions by rule and that previews of
//! lifecycle policies name.

mod destinations;
mod findings;
mod protected;
mod references;
mod runs;
mod stages;

use longshore_names::RepositoryName;

use crate::{
    App,
    api::{ApiError, RepositoryKey, UsageKind, UsageSearch, UsageSource},
    lifecycle::{DescribedImages, InUse, UsedImages},
};

/// What is known about the use of the images of a repository.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    used: Vec<UsedImages>,
    /// What was asked.
    pub(crate) sources: Vec<UsageSource>,
}

/// The answer of a source.
#[derive(Debug, Default)]
pub(super) struct Seen {
    used: UsedImages,
    /// What it could not see, in sentences.
    unseen: Vec<String>,
}

impl InUse for Usage {
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String> {
        self.used.used_by(digest, tags)
    }
}

impl Usage {
    fn add(&mut self, kind: UsageKind, seen: Result<Seen, ApiError>) {
        let (seen, problem) = match seen {
            Ok(seen) => (seen, None),
            Err(error) => (Seen::default(), Some(error)),
        };
        let found = u32::try_from(seen.used.len()).unwrap_or(u32::MAX);
        self.sources.push(UsageSource { kind, found, unseen: seen.unseen, problem });
        self.used.push(seen.used);
    }
}

impl App {
    /// Asks every source that is not left out who uses the images of a repository.
    pub(crate) async fn usage(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
        images: &DescribedImages,
        search: &UsageSearch,
    ) -> Usage {
        let asked = |kind: UsageKind| !search.leave_out.contains(&kind);
        let mut usage = Usage::default();
        if asked(UsageKind::Protected) {
            usage.add(UsageKind::Protected, self.used_by_protection(key).await);
        }
        if asked(UsageKind::References) && !search.references.is_empty() {
            usage.add(UsageKind::References, references::of_files(key, &search.references).await);
        }
        if asked(UsageKind::Lists) && !search.lists.is_empty() {
            usage.add(UsageKind::Lists, references::of_lists(key, &search.lists));
        }
        if asked(UsageKind::Findings) {
            usage.add(UsageKind::Findings, self.used_by_findings(key, name, images).await);
        }
        if asked(UsageKind::Destinations) {
            usage.add(UsageKind::Destinations, self.used_by_destinations(key, name).await);
        }
        if asked(UsageKind::Runs) {
            usage.add(UsageKind::Runs, self.used_by_runs(key, name).await);
        }
        if asked(UsageKind::Stages) {
            usage.add(UsageKind::Stages, Box::pin(self.used_by_stages(key, name)).await);
        }
        usage
    }
}
