//! Steps that create and delete creation templates.

use async_trait::async_trait;
use longshore_ecr::{CreationTemplate, EcrError};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, OwnedDocument, RegistryKey, Side},
    changes::documents::Keeping,
    documents::{DocumentKind, Setting, template::written},
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, ReplacedDocument, Rewrite},
};

fn document(template: &CreationTemplate) -> OwnedDocument {
    OwnedDocument::Template { prefix: template.prefix.clone() }
}

/// The version before a write of the template with a prefix.
fn keeping(
    at: &RegistryKey,
    prefix: &str,
    before: Option<&CreationTemplate>,
    after: Option<&CreationTemplate>,
) -> Keeping {
    let kind = DocumentKind::Setting(Setting::Template);
    Keeping::new(kind, at, Some(prefix), before.map(written), after.map(written))
}

/// Creates a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct CreateTemplate {
    pub(in crate::changes) template: CreationTemplate,
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
        let here = job.here().await?;
        let client = &here.client;
        let known =
            |found: Vec<CreationTemplate>| found.into_iter().find(|one| one.prefix == self.template.prefix);
        match known(client.creation_templates().await?) {
            Some(there) if there == self.template => return Ok(Outcome::Skipped("it exists already".into())),
            Some(_) => return Err(differs(&self.template.prefix)),
            None => {}
        }
        let write = async {
            let Err(error) = client.create_template(&self.template).await else { return Ok(()) };
            // A request without a response may have been carried out.
            match client.creation_templates().await.map(known) {
                Ok(Some(there)) if there == self.template => Ok(()),
                _ => Err(error),
            }
        };
        keeping(&here.key, &self.template.prefix, None, Some(&self.template)).through(job, write).await?;
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
pub(in crate::changes) struct ReplaceTemplate {
    /// As it was opened.
    pub(in crate::changes) before: CreationTemplate,
    pub(in crate::changes) after: CreationTemplate,
    /// Both as text.
    pub(in crate::changes) document: DocumentChange,
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
        let here = job.here().await?;
        let client = &here.client;
        let prefix = &self.after.prefix;
        let read = async || -> Result<Option<CreationTemplate>, EcrError> {
            Ok(client.creation_templates().await?.into_iter().find(|one| one.prefix == *prefix))
        };
        match read().await? {
            Some(there) if there.means(&self.after) => {
                return Ok(Outcome::Skipped("it is so already".into()));
            }
            Some(there) if there.means(&self.before) => {}
            _ => return Err(changed(prefix)),
        }
        let timing = &job.app.timing.writes;
        // A request without a response may have been carried out, and reads lag behind writes.
        let write = async {
            let sent = client.update_template(&self.after).await;
            for look in 0.. {
                match read().await? {
                    Some(there) if there.means(&self.after) => return Ok(true),
                    Some(there) if there.means(&self.before) && look < timing.looks => {
                        sent.clone()?;
                        tokio::time::sleep(timing.look).await;
                    }
                    _ => break,
                }
            }
            sent.map(|()| false)
        };
        let kept = keeping(&here.key, prefix, Some(&self.before), Some(&self.after));
        match kept.through(job, write).await? {
            true => Ok(Outcome::Done("changed".into())),
            false => Err(changed(prefix)),
        }
    }
}

/// The error when a template is not as it was opened.
pub(super) fn changed(prefix: &str) -> ApiError {
    let text = format!("The creation template for `{prefix}` was changed elsewhere.");
    ApiError::new("changed-elsewhere", Side::Service, text)
}

/// Deletes a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct DeleteTemplate {
    /// As it was shown.
    pub(in crate::changes) template: CreationTemplate,
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
        let here = job.here().await?;
        let client = &here.client;
        let found = client.creation_templates().await?;
        match found.iter().find(|one| one.prefix == self.template.prefix) {
            None => return Ok(Outcome::Skipped("it does not exist any more".into())),
            Some(there) if *there != self.template => return Err(changed(&self.template.prefix)),
            Some(_) => {}
        }
        let kept = keeping(&here.key, &self.template.prefix, Some(&self.template), None);
        kept.through(job, client.delete_template(&self.template.prefix)).await?;
        Ok(Outcome::Done("deleted; repositories that it made stay".into()))
    }
}
