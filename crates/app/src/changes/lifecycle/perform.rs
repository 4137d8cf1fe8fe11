//! The step that writes the lifecycle policy of a repository.

use async_trait::async_trait;
use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, OwnedDocument, RegistryKey, Space},
    changes::{documents::Keeping, losses::accounts},
    documents::{DocumentKind, Setting},
    inventory::WrittenPolicy,
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, ReplacedDocument, Rewrite},
};

/// Replaces the lifecycle policy of a repository, or deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct SetLifecyclePolicy {
    pub(in crate::changes) name: RepositoryName,
    pub(in crate::changes) document: DocumentChange,
    /// Registries to which rules replicate what it deletes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::changes) also: Vec<RegistryKey>,
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

    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(here.map(std::slice::from_ref).unwrap_or_default()).chain(accounts(&self.also)).collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().chain(&self.also).cloned().collect()
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
        let here = job.here().await?;
        let DocumentChange { before, after, .. } = &self.document;
        let kind = DocumentKind::Setting(Setting::LifecyclePolicy);
        let now = here.client.lifecycle_policy(&self.name).await?;
        if kind.meaning(&here.key).same(&kind.read(now.as_deref()), &kind.read(after.as_deref())) {
            return Ok(Outcome::Skipped("it is so already".into()));
        }
        let write = here.client.replace_lifecycle_policy(&self.name, before.as_deref(), after.as_deref());
        Keeping::new(kind, &here.key, Some(self.name.as_str()), now, after.clone())
            .through(job, write)
            .await?;
        job.app.policy_written(&here.key, &self.name, WrittenPolicy::Lifecycle, after.clone()).await;
        Ok(Outcome::Done("written and read back".into()))
    }
}
