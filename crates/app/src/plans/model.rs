//! A plan: every change before it happens, as values that can be stored, hashed and shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::PolicyEffect;
use crate::{
    api::{
        DocumentKey, EnginePlan, Finding, Owner, PlanExpiry, PlanRequest, PromotionView, Severity, Space,
        Unhealed,
    },
    steps::Step,
};

/// A change that has been planned and has not happened yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) content: Content,
}

/// A document that a step writes and that something else manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Managed {
    /// The index of the step.
    pub(crate) step: usize,
    pub(crate) key: DocumentKey,
    pub(crate) owner: Owner,
}

/// The input of a plan's hash: everything except its id and its time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) space: Space,
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) stays: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) confirm: Option<String>,
    /// The names of the production accounts that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) production: Vec<String>,
    pub(crate) bytes_to_move: u64,
    pub(crate) bytes_saved: u64,
    /// A summary of the run of an engine rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<EnginePlan>,
    /// The effect of lifecycle policies afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expiry: Option<PlanExpiry>,
    /// Documents that it writes and that something else manages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) managed: Vec<Managed>,
    /// What its policies newly allow and deny.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) effects: Vec<PolicyEffect>,
    /// Failed replications that its policies allow from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unhealed: Option<Unhealed>,
    /// The promotion that it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) promotion: Option<PromotionView>,
    /// Managed documents that a person agreed to change all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) overrides: Vec<String>,
    /// What must be agreed to besides the copies and deletions of engine rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) agree: Vec<String>,
    /// Whether steps that do not need a failed one are still carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) keep_going: bool,
    /// The request, so that it can be planned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<PlanRequest>,
}

impl Content {
    pub(crate) fn new(space: Space, title: impl Into<String>) -> Self {
        Self {
            space,
            title: title.into(),
            steps: Vec::new(),
            stays: Vec::new(),
            findings: Vec::new(),
            confirm: None,
            production: Vec::new(),
            bytes_to_move: 0,
            bytes_saved: 0,
            engine: None,
            expiry: None,
            managed: Vec::new(),
            effects: Vec::new(),
            unhealed: None,
            promotion: None,
            overrides: Vec::new(),
            agree: Vec::new(),
            keep_going: false,
            request: None,
        }
    }

    /// What must be agreed to before it runs, in sentences.
    pub(crate) fn to_agree(&self) -> impl Iterator<Item = &String> {
        let engine = self.engine.iter().flat_map(|engine| &engine.acknowledge);
        engine.chain(self.expiry.iter().flat_map(|expiry| &expiry.acknowledge)).chain(&self.agree)
    }

    /// Whether some of its steps do not need all steps before them.
    pub(crate) fn has_rows(&self) -> bool {
        let fewer =
            |(index, step): (usize, &Step)| step.needs.as_ref().is_some_and(|needs| needs.len() < index);
        self.steps.iter().enumerate().any(fewer)
    }

    /// The first finding that prevents the run.
    pub(crate) fn refusal(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }
}

impl Plan {
    /// SHA-256 over the plan's content, in hexadecimal digits.
    pub(crate) fn hash(&self) -> String {
        // Serialising plain data into memory cannot fail; an empty text would still be one that no
        // shown hash equals.
        let text = serde_json::to_vec(&self.content).unwrap_or_default();
        hex::encode(Sha256::digest(&text))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        api::RegistryKey,
        changes::documents::WritePolicy,
        steps::{Context, DocumentChange},
    };

    fn plan() -> Plan {
        Plan { id: "a".into(), at: Utc::now(), content: Content::new(Space::Sandbox, "Nothing") }
    }

    #[test]
    fn the_hash_is_over_the_content_only() {
        let mut one = plan();
        let hash = one.hash();
        one.id = "b".into();
        one.at = DateTime::UNIX_EPOCH;
        assert_eq!(one.hash(), hash);
        one.content.title = "Something".into();
        assert_ne!(one.hash(), hash);
    }

    #[test]
    fn a_plan_survives_storage() {
        let mut one = plan();
        one.content.steps.push(Step {
            text: "Replace the policy".into(),
            reason: None,
            context: Some(Context {
                registry: RegistryKey {
                    space: Space::Sandbox,
                    account: "111122223333".parse().unwrap(),
                    region: "us-west-2".parse().unwrap(),
                },
                partition: "aws".into(),
                endpoint: None,
                principal: None,
            }),
            destructive: false,
            needs: None,
            action: Arc::new(WritePolicy(DocumentChange {
                before: None,
                after: Some("{}".into()),
                made: vec!["x".into()],
                unmade: Vec::new(),
                named: Vec::new(),
            })),
        });
        let text = serde_json::to_string(&one).unwrap();
        assert!(text.contains(r#""action":"writePolicy","before":null,"after":"{}""#), "{text}");
        let back: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(back.hash(), one.hash());
    }
}
