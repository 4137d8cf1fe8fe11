//! Access keys of users.

use chrono::{DateTime, Utc};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{call::input, model::time};
use crate::{EcrError, client::xml::Node, services::Services};

/// An access key, without its secret, which IAM tells only once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyView {
    /// Its id.
    pub id: String,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
}

/// The last use of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// When; IAM notes one for each quarter of an hour.
    pub at: DateTime<Utc>,
    /// The service, such as `ecr`.
    pub service: String,
    /// The Region.
    pub region: String,
}

/// A new access key. Neither its text nor its debug output has the secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    secret: String,
}

impl NewKey {
    /// The secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// `Active` or `Inactive`, as IAM has it.
pub(super) fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

impl Services {
    /// The access keys of a user.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:ListAccessKeys`.
    pub async fn iam_keys(&self, user: &str) -> Result<Vec<AccessKeyView>, EcrError> {
        let one = |node: &Node| {
            Some(AccessKeyView {
                id: node.text_of("AccessKeyId")?.to_owned(),
                active: node.text_of("Status") == Some(status(true)),
                created: time(node, "CreateDate"),
            })
        };
        self.iam_list("ListAccessKeys", input([("UserName", user)]), "AccessKeyMetadata", one).await
    }

    /// When a key was last used; `None` if never, or before IAM noted it.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:GetAccessKeyLastUsed`.
    pub async fn iam_key_use(&self, id: &str) -> Result<Option<KeyUse>, EcrError> {
        let answer = self.iam_read("GetAccessKeyLastUsed", input([("AccessKeyId", id)])).await?;
        let used = answer.child("AccessKeyLastUsed");
        let text = |name| used.and_then(|used| used.text_of(name)).unwrap_or_default().to_owned();
        let at = used.and_then(|used| time(used, "LastUsedDate"));
        Ok(at.map(|at| KeyUse { at, service: text("ServiceName"), region: text("Region") }))
    }

    /// Creates an access key. The request is sent once: without its answer the secret is lost.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `limit-exceeded` with two keys; `access-denied` without
    /// `iam:CreateAccessKey`.
    pub async fn iam_create_key(&self, user: &str) -> Result<NewKey, EcrError> {
        const OPERATION: &str = "CreateAccessKey";
        let answer = self.iam(OPERATION, input([("UserName", user)])).await?;
        let key = answer.child("AccessKey");
        let text = |name| key.and_then(|key| key.text_of(name)).map(str::to_owned);
        match (text("AccessKeyId"), text("SecretAccessKey")) {
            (Some(id), Some(secret)) => Ok(NewKey { id, secret }),
            _ => Err(self.protocol(OPERATION, "there is no key in it")),
        }
    }
}
