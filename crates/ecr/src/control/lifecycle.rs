//! The lifecycle policy of a repository, and the images that it evaluates.

use longshore_names::RepositoryName;
use longshore_registry::{StoredImage, media_types};
use serde_json::Value;

use crate::{
    Call, Document, EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageStatus,
    control::{
        documents::{changed, lost},
        write::{Replace, Stands, once, replace},
    },
};

/// Far more than ECR accepts (30,720 characters): a longer text is no policy.
const LONGEST_BYTES: usize = 256 * 1024;

impl EcrClient {
    /// The text of a repository's lifecycle policy, or `None` when it has none.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound),
    /// [`AccessDenied`](EcrErrorKind::AccessDenied), and as `GetLifecyclePolicy`.
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
            Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a repository's lifecycle policy if it is `expected` now; `None` stands for no policy.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](EcrErrorKind::ChangedElsewhere) when it is neither `expected` nor `new`,
    /// [`LostUpdate`](EcrErrorKind::LostUpdate), [`Unconfirmed`](EcrErrorKind::Unconfirmed),
    /// and as `PutLifecyclePolicy` and `DeleteLifecyclePolicy`.
    pub async fn replace_lifecycle_policy(
        &self,
        name: &RepositoryName,
        expected: Option<&str>,
        new: Option<&str>,
    ) -> Result<(), EcrError> {
        let operation = if new.is_some() { "PutLifecyclePolicy" } else { "DeleteLifecyclePolicy" };
        let call = self.call(operation, Some(name));
        let (expected, value) = (meaning(expected), meaning(new));
        let what = Lifecycle { client: self, call, name, expected, text: new, value };
        replace(&what, self.write_timing()).await.map(drop)
    }
}

/// A policy as JSON; null for none.
fn meaning(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
}

struct Lifecycle<'a> {
    client: &'a EcrClient,
    call: Call,
    name: &'a RepositoryName,
    expected: Value,
    text: Option<&'a str>,
    value: Value,
}

impl Replace for Lifecycle<'_> {
    type Content = Value;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Value, EcrError> {
        Ok(meaning(self.client.lifecycle_policy(self.name).await?.as_deref()))
    }

    async fn put(&self) -> Result<(), EcrError> {
        let (client, account, name) = (self.client, self.client.account(), self.name.as_str());
        let Some(text) = self.text else {
            let operation = client.ecr().delete_lifecycle_policy().registry_id(account).repository_name(name);
            let operation = operation.customize().config_override(once());
            return match client.send(self.call.clone(), operation.send()).await {
                Ok(_) | Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(()),
                Err(error) => Err(error),
            };
        };
        let operation = client
            .ecr()
            .put_lifecycle_policy()
            .registry_id(account)
            .repository_name(name)
            .lifecycle_policy_text(text)
            .customize()
            .config_override(once());
        client.send(self.call.clone(), operation.send()).await.map(drop)
    }

    fn changes(&self) -> bool {
        self.expected != self.value
    }

    fn stands(&self, found: &Value) -> Stands {
        match found {
            found if *found == self.value => Stands::Ours,
            found if *found == self.expected => Stands::Former,
            Value::Null => Stands::Nothing,
            _ => Stands::Other,
        }
    }

    fn changed(&self, found: Value) -> EcrError {
        changed(&self.call, Document::LifecyclePolicy, &self.expected, found)
    }

    fn lost(&self, found: Value) -> EcrError {
        lost(&self.call, Document::LifecyclePolicy, &self.value, found)
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
