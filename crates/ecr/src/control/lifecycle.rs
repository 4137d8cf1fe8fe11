//! The lifecycle policy of a repository, and the images that it evaluates.

use longshore_names::RepositoryName;
use longshore_registry::{StoredImage, media_types};

use crate::{EcrClient, EcrError, ImageDetail, ImageStatus};

/// Far more than ECR accepts (30,720 characters): a longer text is no policy.
const LONGEST_BYTES: usize = 256 * 1024;

impl EcrClient {
    /// The text of a repository's lifecycle policy, or `None` when it has none.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrError::RepositoryNotFound),
    /// [`AccessDenied`](EcrError::AccessDenied), and as `GetLifecyclePolicy`.
    pub async fn lifecycle_policy(&self, name: &RepositoryName) -> Result<Option<String>, EcrError> {
        let call = self.call("GetLifecyclePolicy", Some(name));
        let operation =
            self.ecr().get_lifecycle_policy().registry_id(self.account()).repository_name(name.as_str());
        match self.send(call.clone(), operation.send()).await {
            Ok(answer) => match answer.lifecycle_policy_text {
                Some(text) if text.len() > LONGEST_BYTES => {
                    Err(self.protocol(call, "its lifecyclePolicyText is longer than a policy can be"))
                }
                text => Ok(text),
            },
            Err(EcrError::PolicyNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The data of `DescribeImages` that policies evaluate.
pub(crate) fn stored(detail: ImageDetail) -> StoredImage {
    StoredImage {
        pushed: detail.pushed_at,
        pulled: detail.last_pulled_at,
        is_archived: detail.status == ImageStatus::Archived,
        archived: detail.archived_at,
        restored: detail.activated_at,
        is_index: detail.media_type.as_deref().is_some_and(media_types::is_index),
        subject: detail.subject,
        tags: detail.tags,
        ..StoredImage::new(detail.digest)
    }
}
