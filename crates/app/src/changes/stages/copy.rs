//! Copies builds to one destination by their digests only: no tag is written or moved.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_engine::{CopyItem, CopyRequest, OnConflict};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::rule::Registry;
use longshore_registry::{Sink, Source, TagOrDigest};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    api::{ApiError, RegistryKey, Space},
    changes::promotion::transfer,
    made::{self, Made},
    plans::counted,
    promotion::reach,
    steps::{COPYING, Change, Context, ExpectedImage, Job, ListedWrite, Outcome},
};

/// One build to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copied {
    pub(super) from: RepositoryName,
    pub(super) to: RepositoryName,
    pub(super) digest: Digest,
}

/// A registry of a stage, as it was reached when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub(super) registry: Registry,
    /// Absent outside ECR.
    pub(super) context: Option<Context>,
}

impl At {
    /// Reaches it as the plan did.
    ///
    /// # Errors
    /// As for connections; when the account acts as another caller by now.
    pub(super) async fn open(&self, job: &Job<'_>, space: Space) -> Result<Arc<dyn Sink>, ApiError> {
        if let Some(context) = &self.context {
            // Checks that the same caller acts as when the plan was made.
            job.there(context).await?;
        }
        Ok(reach(job.app, space, &self.registry).await?.sink)
    }

    pub(super) fn key(&self) -> Option<&RegistryKey> {
        self.context.as_ref().map(|context| &context.registry)
    }
}

/// Copies builds from one registry to another, with what refers to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CopyBuilds {
    pub(super) space: Space,
    pub(super) from: At,
    pub(super) to: At,
    pub(super) builds: Vec<Copied>,
    /// The number of images that expire afterwards by lifecycle policies, as the person agreed.
    pub(super) expires: usize,
}

#[typetag::serde(name = "copyBuilds")]
#[async_trait]
impl Change for CopyBuilds {
    fn permissions(&self) -> &'static [&'static str] {
        COPYING
    }

    fn registries(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().chain(self.from.key()).cloned().collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let of_build = |build: &Copied| {
            // Referrers and children of an index are known only during the copy.
            ["PutImage", "CompleteLayerUpload"].map(|write| ListedWrite::at(write, here, Some(&build.to)))
        };
        self.builds.iter().flat_map(of_build).collect()
    }

    fn copies_an_image(&self) -> bool {
        true
    }

    fn image(&self, app: &App, here: &RegistryKey) -> Option<ExpectedImage> {
        let first = self.builds.first()?;
        let label = |at: &At| match at.key() {
            Some(key) => app.accounts.label(key),
            None => at.registry.to_string(),
        };
        let name = |repository: &RepositoryName| match self.builds.len() {
            1 => repository.to_string(),
            many => counted(many, "build"),
        };
        Some(ExpectedImage {
            source: format!("{} {}", label(&self.from), name(&first.from)),
            destination: format!("{} {}", app.accounts.label(here), name(&first.to)),
            digest: first.digest.to_string(),
        })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let sink = self.to.open(job, self.space).await?;
        let source: Arc<dyn Source> = match self.from == self.to {
            true => sink.clone(),
            false => self.from.open(job, self.space).await?,
        };
        let mounting = mounting(job, self.to.context.as_ref()).await;
        let request = request(&self.builds, mounting);
        let outcome = transfer(job, source, sink, &request, (&[], self.expires)).await;
        if let Some(key) = self.to.key() {
            for build in &self.builds {
                job.app.repository_changed(key, &build.to).await;
            }
        }
        let outcome = outcome?;
        if let (Some(from), Some(to)) = (self.from.key(), self.to.key())
            && from == to
        {
            let other = self.builds.iter().filter(|build| build.from != build.to);
            let names = other.map(|build| made::promotion(&build.from, &build.to)).collect();
            job.remember(to, Made::Promotion, names).await;
        }
        Ok(outcome)
    }
}

/// Whether blobs are mounted, asked now: an earlier step may have turned it on. Other registries decline by
/// themselves.
async fn mounting(job: &Job<'_>, context: Option<&Context>) -> bool {
    let Some(context) = context else { return true };
    match job.there(context).await {
        Ok(connection) => connection.client.blob_mounting().await.unwrap_or(false),
        Err(_) => false,
    }
}

/// A request of the engine that copies builds by digest.
pub(super) fn request(builds: &[Copied], mounting: bool) -> CopyRequest {
    let item = |build: &Copied| {
        let reference = TagOrDigest::Digest(build.digest.clone());
        CopyItem::new(build.from.clone(), reference, build.to.clone(), None)
    };
    let mut request = CopyRequest::new(builds.iter().map(item).collect());
    request.on_conflict = OnConflict::Overwrite;
    request.mounting = mounting;
    request
}
