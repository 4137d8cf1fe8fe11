//! Steps that create and delete creation templates.

use async_trait::async_trait;
use longshore_ecr::CreationTemplate;
use serde::{Deserialize, Serialize};

use super::text::written;
use crate::{
    api::{ApiError, OwnedDocument, RegistryKey, Side},
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, ReplacedDocument, Rewrite},
};

fn document(template: &CreationTemplate) -> OwnedDocument {
    OwnedDocument::Template { prefix: template.prefix.clone() }
}

/// Creates a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreateTemplate {
    pub(super) template: CreationTemplate,
}

#[typetag::serde(name = "createTemplate")]
#[async_trait]
impl Change for CreateTemplate {
    fn permissions(&self) -> &'static [&'static str] {
        &[
            "ecr:DescribeRepositoryCreationTemplates",
            "ecr:CreateRepositoryCreationTemplate",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
        ]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("CreateRepositoryCreationTemplate", here, None)]
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let after = Some(written(&self.template));
        vec![Rewrite { document: document(&self.template), before: None, after }]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let client = job.here().await?.client;
        let known =
            |found: Vec<CreationTemplate>| found.into_iter().find(|one| one.prefix == self.template.prefix);
        match known(client.creation_templates().await?) {
            Some(there) if there == self.template => return Ok(Outcome::Skipped("it exists already".into())),
            Some(_) => return Err(differs(&self.template.prefix)),
            None => {}
        }
        if let Err(error) = client.create_template(&self.template).await {
            // A request without a response may have been carried out.
            let there = known(client.creation_templates().await?);
            return match there {
                Some(there) if there == self.template => Ok(Outcome::Done("created".into())),
                _ => Err(error.into()),
            };
        }
        Ok(Outcome::Done("created".into()))
    }
}

/// The error when another template has taken the prefix.
pub(super) fn differs(prefix: &str) -> ApiError {
    let text = format!("The registry has another creation template for `{prefix}`.");
    ApiError::new("template-already-exists", Side::Service, text)
}

/// Changes a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReplaceTemplate {
    /// As it was opened.
    pub(super) before: CreationTemplate,
    pub(super) after: CreationTemplate,
    /// Both as text.
    pub(super) document: DocumentChange,
}

#[typetag::serde(name = "replaceTemplate")]
#[async_trait]
impl Change for ReplaceTemplate {
    fn permissions(&self) -> &'static [&'static str] {
        &[
            "ecr:DescribeRepositoryCreationTemplates",
            "ecr:UpdateRepositoryCreationTemplate",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
        ]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("UpdateRepositoryCreationTemplate", here, None)]
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: None, change: &self.document })
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        vec![Rewrite::whole(document(&self.after), &self.document)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let client = job.here().await?.client;
        let prefix = &self.after.prefix;
        let read = async || -> Result<Option<CreationTemplate>, ApiError> {
            Ok(client.creation_templates().await?.into_iter().find(|one| one.prefix == *prefix))
        };
        match read().await? {
            Some(there) if there.means(&self.after) => {
                return Ok(Outcome::Skipped("it is so already".into()));
            }
            Some(there) if there.means(&self.before) => {}
            _ => return Err(changed(prefix)),
        }
        let sent = client.update_template(&self.after).await;
        // A request without a response may have been carried out, and reads lag behind writes.
        let timing = &job.app.timing.writes;
        for look in 0.. {
            match read().await? {
                Some(there) if there.means(&self.after) => return Ok(Outcome::Done("changed".into())),
                Some(there) if there.means(&self.before) && look < timing.looks => {
                    if let Err(error) = sent {
                        return Err(error.into());
                    }
                    tokio::time::sleep(timing.look).await;
                }
                _ => break,
            }
        }
        sent?;
        Err(changed(prefix))
    }
}

/// The error when a template is not as it was opened.
pub(super) fn changed(prefix: &str) -> ApiError {
    let text = format!("The creation template for `{prefix}` was changed elsewhere.");
    ApiError::new("changed-elsewhere", Side::Service, text)
}

/// Deletes a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeleteTemplate {
    /// As it was shown.
    pub(super) template: CreationTemplate,
}

#[typetag::serde(name = "deleteTemplate")]
#[async_trait]
impl Change for DeleteTemplate {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeRepositoryCreationTemplates", "ecr:DeleteRepositoryCreationTemplate"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("DeleteRepositoryCreationTemplate", here, None)]
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let before = Some(written(&self.template));
        vec![Rewrite { document: document(&self.template), before, after: None }]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let client = job.here().await?.client;
        let found = client.creation_templates().await?;
        match found.iter().find(|one| one.prefix == self.template.prefix) {
            None => return Ok(Outcome::Skipped("it does not exist any more".into())),
            Some(there) if *there != self.template => return Err(changed(&self.template.prefix)),
            Some(_) => {}
        }
        client.delete_template(&self.template.prefix).await?;
        Ok(Outcome::Done("deleted; repositories that it made stay".into()))
    }
}
