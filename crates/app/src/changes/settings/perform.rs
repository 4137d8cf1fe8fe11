//! The step that changes whether pushed images are scanned.

use async_trait::async_trait;
use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::{ApiError, OwnedDocument, RegistryKey},
    changes::documents::Keeping,
    documents::{DocumentKind, Setting, scan_text},
    steps::{Change, Job, ListedWrite, Outcome, Rewrite},
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
