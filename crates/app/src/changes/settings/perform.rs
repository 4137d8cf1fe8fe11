//! The steps that change whether pushed images are scanned, and who else may use a repository.

use async_trait::async_trait;
use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::{ApiError, OwnedDocument, RegistryKey},
    changes::documents::Keeping,
    documents::{DocumentKind, Setting, scan_text},
    inventory::WrittenPolicy,
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, PolicyRewrite, ReplacedDocument, Rewrite},
};

/// Turns scanning of pushed images on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct SetScanOnPush {
    pub(in crate::changes) name: RepositoryName,
    pub(in crate::changes) scan: bool,
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
        let now = here.client.repository(&self.name).await?.map(|now| now.scan_on_push);
        if now == Some(self.scan) {
            return Ok(Outcome::Skipped("it is so already".into()));
        }
        let kind = DocumentKind::Setting(Setting::ScanOnPush);
        let (before, after) = (now.map(scan_text), Some(scan_text(self.scan)));
        Keeping::new(kind, &here.key, Some(self.name.as_str()), before, after)
            .through(job, here.client.put_scan_on_push(&self.name, self.scan))
            .await?;
        job.app.registry_changed(&here.key).await;
        Ok(Outcome::Done("changed".into()))
    }
}

/// Replaces the policy of a repository, or deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct SetRepositoryPolicy {
    pub(in crate::changes) name: RepositoryName,
    pub(in crate::changes) document: DocumentChange,
}

#[typetag::serde(name = "setRepositoryPolicy")]
#[async_trait]
impl Change for SetRepositoryPolicy {
    fn permissions(&self) -> &'static [&'static str] {
        match self.document.after {
            Some(_) => &["ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"],
            None => &["ecr:GetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"],
        }
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let operation = match self.document.after {
            Some(_) => "SetRepositoryPolicy",
            None => "DeleteRepositoryPolicy",
        };
        vec![ListedWrite::at(operation, here, Some(&self.name))]
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: None, change: &self.document })
    }

    fn policies(&self) -> Option<PolicyRewrite<'_>> {
        let (before, after) = (self.document.before.as_deref(), self.document.after.as_deref());
        Some(PolicyRewrite { repository: Some(&self.name), before, after, upgrades_scope: false })
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let document = OwnedDocument::RepositoryPolicy { name: self.name.to_string() };
        vec![Rewrite::whole(document, &self.document)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        let DocumentChange { before, after, .. } = &self.document;
        let kind = DocumentKind::Setting(Setting::RepositoryPolicy);
        let meaning = kind.meaning(&here.key);
        let now = here.client.repository_policy(&self.name).await?;
        if meaning.same(&kind.read(now.as_deref()), &kind.read(after.as_deref())) {
            return Ok(Outcome::Skipped("it is so already".into()));
        }
        let write =
            here.client.replace_repository_policy(&self.name, before.as_deref(), after.as_deref(), &*meaning);
        Keeping::new(kind, &here.key, Some(self.name.as_str()), now, after.clone())
            .through(job, write)
            .await?;
        job.app.policy_written(&here.key, &self.name, WrittenPolicy::Repository, after.clone()).await;
        Ok(Outcome::Done("written and read back".into()))
    }
}
