//! Writes the tags of builds at one destination, once every destination has every build.

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_promotion::hold::Holds;
use longshore_registry::{Backoff, Error, RegistryErrorKind, Sink, Tagged, Tries};
use serde::{Deserialize, Serialize};

use super::copy::At;
use crate::{
    api::{ApiError, RegistryKey, Side, Space},
    changes::promotion::CopyTag,
    plans::counted,
    promotion::entries,
    steps::{Change, Job, ListedWrite, Outcome},
};

/// The tags of one build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TaggedBuild {
    pub(super) repository: RepositoryName,
    pub(super) digest: Digest,
    /// The main one first; `replaces` is the only digest that a tag may be moved away from.
    pub(super) tags: Vec<CopyTag>,
}

/// Writes tags at one destination.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagBuilds {
    pub(super) space: Space,
    pub(super) at: At,
    pub(super) builds: Vec<TaggedBuild>,
}

#[typetag::serde(name = "tagBuilds")]
#[async_trait]
impl Change for TagBuilds {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:GetAuthorizationToken", "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:PutImage"]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let put = |build: &TaggedBuild, tag: &Tag| {
            ListedWrite::at("PutImage", here, Some(&build.repository)).of(&build.digest).tagged(Some(tag))
        };
        let of_build =
            |build: &TaggedBuild| build.tags.iter().map(|one| put(build, &one.tag)).collect::<Vec<_>>();
        self.builds.iter().flat_map(of_build).collect()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        // A build may have been blocked while it was copied.
        let holds = Holds::of(&entries(job.app, self.space).await?);
        if let Some(block) = self.builds.iter().find_map(|build| holds.block(&build.digest)) {
            return Err(ApiError::new("promotion-blocked", Side::Input, block.sentence()));
        }
        let sink = self.at.open(job, self.space).await?;
        let (mut put, mut there) = (0, 0);
        for build in &self.builds {
            let written = write(sink.as_ref(), build).await;
            if let Some(key) = self.at.key() {
                job.app.repository_changed(key, &build.repository).await;
            }
            let (new, same) = written?;
            (put, there) = (put + new, there + same);
        }
        if put == 0 {
            return Ok(Outcome::Skipped(format!("{} there already", counted(there, "tag"))));
        }
        Ok(Outcome::Done(format!("{} written and read back", counted(put, "tag"))))
    }
}

/// Writes the tags of a build and reads them back; how many were written, and how many named it already.
async fn write(sink: &dyn Sink, build: &TaggedBuild) -> Result<(usize, usize), ApiError> {
    let repository = &build.repository;
    let manifest = retried(|| sink.manifest(repository, &build.digest)).await;
    let manifest = manifest.map_err(|error| ApiError::from(error).on(Side::Destination))?;
    let (mut put, mut there) = (0, 0);
    for CopyTag { tag, replaces } in &build.tags {
        let pushed = retried(|| sink.push_tag(repository, &manifest, tag, replaces.as_ref())).await;
        match pushed.map_err(|error| refused(repository, tag, error))? {
            Tagged::Put => put += 1,
            Tagged::There => there += 1,
        }
    }
    let tags: Vec<Tag> = build.tags.iter().map(|one| one.tag.clone()).collect();
    let now = retried(|| sink.tags_now(repository, &tags)).await;
    let now = now.map_err(|error| ApiError::from(error).on(Side::Destination))?;
    match tags.iter().find(|tag| now.get(*tag) != Some(&build.digest)) {
        None => Ok((put, there)),
        Some(tag) => {
            let text = match now.get(tag) {
                Some(other) => {
                    format!("`{repository}:{tag}` was moved to {} in the meantime.", other.short())
                }
                None => format!("`{repository}:{tag}` was removed in the meantime."),
            };
            Err(ApiError::new("changed-elsewhere", Side::Destination, text))
        }
    }
}

fn refused(repository: &RepositoryName, tag: &Tag, error: Error) -> ApiError {
    match error.kind {
        RegistryErrorKind::TagTaken { existing, .. } => {
            let text = format!("`{repository}:{tag}` was moved to {} in the meantime.", existing.short());
            ApiError::new("changed-elsewhere", Side::Destination, text)
                .hint("This tag was not moved. Check it and plan again.")
        }
        _ => ApiError::from(error).on(Side::Destination),
    }
}

/// Tries again what may succeed later.
pub(super) async fn retried<T, F: Future<Output = Result<T, Error>> + Send>(
    mut attempt: impl FnMut() -> F + Send,
) -> Result<T, Error> {
    let tries = Tries::shared_or(Backoff::default());
    loop {
        match tries.within(attempt()).await {
            Ok(value) => return Ok(value),
            Err(error) => match tries.after(&error) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            },
        }
    }
}
