//! Steps that change one setting of a repository.

use async_trait::async_trait;
use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::{ApiError, OwnedDocument, RegistryKey},
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, ReplacedDocument, Rewrite},
};

/// Turns scanning of pushed images on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SetScanOnPush {
    pub(super) name: RepositoryName,
    pub(super) scan: bool,
}

#[typetag::serde(name = "setScanOnPush")]
#[async_trait]
impl Change for SetScanOnPush {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeRepositories", "ecr:PutImageScanningConfiguration"]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("PutImageScanningConfiguration", here, Some(&self.name))]
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let text = |scan: bool| Some(json!({"imageScanningConfiguration": {"scanOnPush": scan}}).to_string());
        let document = OwnedDocument::Repository { name: self.name.to_string() };
        vec![Rewrite { document, before: text(!self.scan), after: text(self.scan) }]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        let now = here.client.repository(&self.name).await?;
        if now.is_some_and(|now| now.scan_on_push == self.scan) {
            return Ok(Outcome::Skipped("it is so already".into()));
        }
        here.client.put_scan_on_push(&self.name, self.scan).await?;
        job.app.registry_changed(&here.key).await;
        Ok(Outcome::Done("changed".into()))
    }
}

/// Replaces the lifecycle policy of a repository, or deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SetLifecyclePolicy {
    pub(super) name: RepositoryName,
    pub(super) document: DocumentChange,
}

#[typetag::serde(name = "setLifecyclePolicy")]
#[async_trait]
impl Change for SetLifecyclePolicy {
    fn permissions(&self) -> &'static [&'static str] {
        match self.document.after {
            Some(_) => &["ecr:GetLifecyclePolicy", "ecr:PutLifecyclePolicy"],
            None => &["ecr:GetLifecyclePolicy", "ecr:DeleteLifecyclePolicy"],
        }
    }

    fn is_destructive(&self) -> bool {
        self.document.after.is_some()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let operation = match self.document.after {
            Some(_) => "PutLifecyclePolicy",
            None => "DeleteLifecyclePolicy",
        };
        vec![ListedWrite::at(operation, here, Some(&self.name))]
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: None, change: &self.document })
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let document = OwnedDocument::LifecyclePolicy { name: self.name.to_string() };
        vec![Rewrite::whole(document, &self.document)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let client = job.here().await?.client;
        let DocumentChange { before, after, .. } = &self.document;
        client.replace_lifecycle_policy(&self.name, before.as_deref(), after.as_deref()).await?;
        Ok(Outcome::Done("written and read back".into()))
    }
}
