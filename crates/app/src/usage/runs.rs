//! Images that runs of this program copy now, and images on their way to the repository.

use longshore_names::RepositoryName;

use super::Seen;
use crate::{
    App,
    api::{ApiError, RepositoryKey, RunState},
    plans::place,
};

impl App {
    /// The images that runs in progress copy, and those that ECR replicates to the repository now.
    pub(crate) async fn used_by_runs(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
    ) -> Result<Seen, ApiError> {
        let mut seen = Seen::default();
        for (title, digest) in self.images_of_runs() {
            seen.used.digest(digest, format!("the run `{title}`, which is in progress"));
        }
        for (source, repository, reference) in self.inventory.in_progress_to(&key.registry).await? {
            if repository != *name {
                continue;
            }
            let by = format!("a replication from {}, which is in progress", place(self, &source));
            match reference.contains(':') {
                true => seen.used.digest(reference, by),
                false => seen.used.tag(reference, by),
            }
        }
        Ok(seen)
    }

    /// The digests that runs of this process copy now, each with the title of the run.
    fn images_of_runs(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for view in self.runs.in_progress() {
            let waits = |state: RunState| matches!(state, RunState::Waiting | RunState::Running);
            let images = view.images.iter().filter(|image| waits(image.state));
            found.extend(images.map(|image| (view.title.clone(), image.digest.clone())));
        }
        found
    }
}
