//! The step that creates an access key.

use async_trait::async_trait;
use longshore_ecr::{EcrError, Fate, IamItem, Services};
use longshore_names::ForeignText;
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, RegistryKey, Side},
    changes::documents::Keeping,
    documents::DocumentKind,
    steps::{Change, Job, Outcome},
};

/// Creates an access key of a user. Its secret is in the answer alone, so that the request is sent once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CreateKey {
    pub(super) user: String,
    /// The ids of the keys that the user had when this was planned.
    pub(super) known: Vec<String>,
}

#[typetag::serde(name = "createAccessKey")]
#[async_trait]
impl Change for CreateKey {
    fn permissions(&self) -> &'static [&'static str] {
        &["iam:ListAccessKeys", "iam:CreateAccessKey"]
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().cloned().collect()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        if let Some(id) = self.new_one(&here.services).await? {
            return Err(self.unknown(&id));
        }
        let key = match here.services.iam_create_key(&self.user).await {
            Ok(key) => key,
            Err(error) if error.fate() == Fate::Unknown => {
                return Err(self.looked(&here.services, error).await);
            }
            Err(error) => return Err(error.into()),
        };
        let id = key.id.clone();
        let item = IamItem::Key { user: self.user.clone(), id: id.clone() };
        job.app.new_keys.put(job.run, &self.user, key, job.app.now());
        // It is there, so that a failure to note it for an undo is no failure of the step.
        let kind = DocumentKind::Iam(item.kind());
        let active = Some(serde_json::Value::from("Active").to_string());
        let kept = Keeping::new(kind, &here.key, Some(&item.key()), None, active);
        if let Err(error) = kept.through(job, async { Ok::<_, EcrError>(()) }).await {
            tracing::warn!(code = error.code, "a new access key could not be noted for an undo");
        }
        Ok(Outcome::Done(format!("created `{}`", ForeignText::new(id))))
    }
}

impl CreateKey {
    /// A key that the user did not have when this was planned.
    async fn new_one(&self, services: &Services) -> Result<Option<String>, ApiError> {
        let keys = services.iam_keys(&self.user).await?;
        Ok(keys.into_iter().map(|key| key.id).find(|id| !self.known.contains(id)))
    }

    /// After a request without an answer: whether it was carried out.
    async fn looked(&self, services: &Services, error: EcrError) -> ApiError {
        match self.new_one(services).await {
            Ok(Some(id)) => self.unknown(&id),
            _ => {
                let mut error = ApiError::from(error);
                error.code = "outcome-unknown".into();
                error.hint("It is unknown whether the key was created. Look at the user's access keys.")
            }
        }
    }

    fn unknown(&self, id: &str) -> ApiError {
        let text = format!(
            "User `{}` has the access key `{id}`, which was created since this was planned, and whose secret is \
             not known here.",
            self.user
        );
        ApiError::new("iam-key-lost", Side::Service, text)
    }
}
