//! The step that upgrades a policy scope.

use async_trait::async_trait;
use longshore_ecr::REGISTRY_POLICY_SCOPE;
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, PolicyScope, RegistryKey, Side},
    documents::{DocumentKind, changes, value},
    export::account_setting,
    steps::{Change, Job, ListedWrite, Outcome, PolicyRewrite},
};

/// Upgrades the scope of a registry's policy from V1 to V2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UpgradePolicyScope {
    /// The policy that was planned with: what is newly allowed and denied is about it.
    pub(super) policy: Option<String>,
}

impl UpgradePolicyScope {
    /// What is different about the policy now, in words; `None` if it means the same.
    async fn changed(&self, job: &Job<'_>) -> Result<Option<String>, ApiError> {
        let here = job.here().await?;
        let now = here.client.registry_policy().await?;
        let (planned, now) = (value(self.policy.as_deref()), value(now.as_deref()));
        if DocumentKind::Policy.meaning(&here.key).same(&planned, &now) {
            return Ok(None);
        }
        let as_written = |document| DocumentKind::Policy.as_written(&here.key, document);
        let all = changes(DocumentKind::Policy, &as_written(&planned), &as_written(&now));
        Ok(Some(if all.is_empty() { String::new() } else { format!(": {}", all.join("; ")) }))
    }
}

#[typetag::serde(name = "upgradePolicyScope")]
#[async_trait]
impl Change for UpgradePolicyScope {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:GetAccountSetting", "ecr:GetRegistryPolicy", "ecr:PutAccountSetting"]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("PutAccountSetting", here, None)]
    }

    fn policies(&self) -> Option<PolicyRewrite<'_>> {
        let policy = self.policy.as_deref();
        Some(PolicyRewrite { repository: None, before: policy, after: policy, upgrades_scope: true })
    }

    fn exported(&self) -> Option<longshore_policy::export::Change> {
        Some(account_setting(REGISTRY_POLICY_SCOPE, Some("V1"), "V2"))
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        if job.app.policy_scope(&here.key).await? == PolicyScope::V2 {
            return Ok(Outcome::Skipped("the policy scope is V2 already".into()));
        }
        if let Some(changed) = self.changed(job).await? {
            let text = format!("The registry policy was changed elsewhere since this was planned{changed}.");
            return Err(ApiError::new("changed-elsewhere", Side::Service, text)
                .hint("The scope was not changed. Plan again to see what it would allow and deny now."));
        }
        here.client.put_account_setting(REGISTRY_POLICY_SCOPE, "V2").await?;
        job.app.policy_changed(&here.key).await;
        Ok(Outcome::Done("upgraded to V2 and read back".into()))
    }
}
