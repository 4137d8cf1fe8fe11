//! A registry's documents, replaced as a whole: the replication configuration and the policy.

mod keeping;
mod orphans;
mod perform;

pub(in crate::changes) use keeping::Keeping;

use async_trait::async_trait;
use perform::{rule_is_gone, write_policy, write_replication};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, Finding, OwnedDocument, RegistryKey, Space},
    documents::DocumentKind,
    steps::{Change, DocumentChange, Job, ListedWrite, Outcome, PolicyRewrite, ReplacedDocument, Rewrite},
};

/// Replaces the replication configuration of a registry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct WriteReplication(pub(crate) DocumentChange);

#[typetag::serde(name = "writeReplication")]
#[async_trait]
impl Change for WriteReplication {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeRegistry", "ecr:PutReplicationConfiguration", "iam:CreateServiceLinkedRole"]
    }

    fn is_destructive(&self) -> bool {
        !self.0.unmade.is_empty()
    }

    /// Deletes that are replicated into an account delete there too.
    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        let Some(here) = here else { return Vec::new() };
        let reached = deletes_into(self.0.after.as_deref(), self.0.before.as_deref());
        reached.into_iter().chain([here.account.to_string()]).map(|account| (here.space, account)).collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        let registry = |(space, account): (Space, String)| {
            Some(RegistryKey { space, account: account.parse().ok()?, region: here?.region.clone() })
        };
        self.alters(here).into_iter().filter_map(registry).collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("PutReplicationConfiguration", here, None)]
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: Some(DocumentKind::Replication), change: &self.0 })
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        vec![Rewrite::whole(OwnedDocument::Replication, &self.0)]
    }

    /// When a rule could not be written, the statements that were just written for it are offered back.
    fn explain(&self, job: &Job<'_>, mut error: ApiError) -> ApiError {
        let here = job.context.map(|context| &context.registry);
        let view = job.live.view();
        let written: Vec<_> = view
            .versions
            .iter()
            .filter(|version| Some(&version.registry) != here)
            .filter(|version| version.kind == DocumentKind::Policy.as_str())
            .map(|version| format!("{} of {}", version.kind, job.app.accounts.label(&version.registry)))
            .collect();
        if !written.is_empty() {
            let offer = match written.as_slice() {
                [one] => format!(
                    "The {one} was already written for this rule; restore the previous version if it should not stay."
                ),
                many => format!(
                    "{} policies were already written for this rule; undo what was done if they should not stay.",
                    many.len()
                ),
            };
            error.hint = Some(match error.hint {
                Some(hint) => format!("{hint} {offer}"),
                None => offer,
            });
        }
        error
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        write_replication(job, &job.here().await?, &self.0).await
    }
}

/// Replaces the policy of a registry, or deletes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct WritePolicy(pub(crate) DocumentChange);

#[typetag::serde(name = "writePolicy")]
#[async_trait]
impl Change for WritePolicy {
    fn permissions(&self) -> &'static [&'static str] {
        match self.0.after {
            None => &["ecr:GetRegistryPolicy", "ecr:DeleteRegistryPolicy"],
            Some(_) => &["ecr:GetRegistryPolicy", "ecr:PutRegistryPolicy"],
        }
    }

    fn is_destructive(&self) -> bool {
        !self.0.unmade.is_empty()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let operation = if self.0.after.is_none() { "DeleteRegistryPolicy" } else { "PutRegistryPolicy" };
        vec![ListedWrite::at(operation, here, None)]
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        Some(ReplacedDocument { kind: Some(DocumentKind::Policy), change: &self.0 })
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        vec![Rewrite::whole(OwnedDocument::Policy, &self.0)]
    }

    fn policies(&self) -> Option<PolicyRewrite<'_>> {
        let (before, after) = (self.0.before.as_deref(), self.0.after.as_deref());
        Some(PolicyRewrite { repository: None, before, after, upgrades_scope: false })
    }

    fn warning(&self) -> Option<Finding> {
        orphans::warning(self.0.after.as_deref())
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        write_policy(job, &job.here().await?, &self.0).await
    }
}

/// Reads the replication configuration and makes sure that a rule is not in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RuleIsGone {
    pub(crate) rule: String,
}

#[typetag::serde(name = "ruleIsGone")]
#[async_trait]
impl Change for RuleIsGone {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeRegistry"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        rule_is_gone(&job.here().await?.client, &self.rule).await
    }
}

/// Accounts to which `after` replicates deletions and `before` did not.
fn deletes_into(after: Option<&str>, before: Option<&str>) -> Vec<String> {
    let accounts = |text: Option<&str>| -> Vec<String> {
        let document: serde_json::Value =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let rules = document["rules"].as_array().cloned().unwrap_or_default();
        rules
            .iter()
            .filter(|rule| rule["deleteReplication"]["enabled"] == true)
            .flat_map(|rule| rule["destinations"].as_array().cloned().unwrap_or_default())
            .filter_map(|destination| Some(destination["registryId"].as_str()?.to_owned()))
            .collect()
    };
    let known = accounts(before);
    accounts(after).into_iter().filter(|account| !known.contains(account)).collect()
}
