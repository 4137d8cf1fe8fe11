//! Whether a test can remove what it makes.

use async_trait::async_trait;
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageId};
use longshore_names::{Digest, RepositoryName};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, RegistryKey, Side, Space},
    plans::place,
    steps::{Change, Job, Outcome},
};

/// Whether a repository of this name could be deleted, with an image in it. There is none yet, so the
/// requests change nothing; ECR decides about permissions first.
pub(super) async fn may_delete(
    client: &EcrClient,
    name: &RepositoryName,
    digest: &Digest,
) -> Result<bool, ApiError> {
    let id = ImageId { digest: Some(digest.clone()), tag: None };
    let images = client.batch_delete_image(name, &[id]).await.map(drop);
    let repository = client.delete_repository(name, false).await;
    for answer in [images, repository] {
        match answer {
            Err(EcrError { kind: EcrErrorKind::AccessDenied { .. }, .. }) => return Ok(false),
            Ok(()) | Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Asks that before anything is pushed, where it could not be asked by the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MayDelete {
    pub(super) name: RepositoryName,
    pub(super) digest: Digest,
}

#[typetag::serde(name = "mayDelete")]
#[async_trait]
impl Change for MayDelete {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:BatchDeleteImage", "ecr:DeleteRepository"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        // A run that is resumed may have its repository already, which was asked about before.
        if here.client.repository(&self.name).await?.is_some() {
            return Ok(Outcome::Skipped("the repository is there already".into()));
        }
        if may_delete(&here.client, &self.name, &self.digest).await? {
            return Ok(Outcome::Done("it may be deleted".into()));
        }
        let at = place(job.app, &here.key);
        let text = format!("The credentials for {at} may not delete the test repository again.");
        Err(ApiError::new("rule-test-failed", Side::Destination, text)
            .hint("Nothing was pushed. Allow `ecr:BatchDeleteImage` and `ecr:DeleteRepository`."))
    }
}
