//! A plan: every change before it happens, as values that can be stored, hashed and shown.

use chrono::{DateTime, Utc};
use longshore_ecr::{RepositorySettings, TagMutability};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::api::{EnginePlan, Finding, PlanExpiry, PlanRequest, RegistryKey, Severity, Space};

/// A change that has been planned and has not happened yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) content: Content,
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
    pub(crate) bytes_to_move: u64,
    pub(crate) bytes_saved: u64,
    /// A summary of the run of an engine rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<EnginePlan>,
    /// The effect of life-cycle policies afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expiry: Option<PlanExpiry>,
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
            bytes_to_move: 0,
            bytes_saved: 0,
            engine: None,
            expiry: None,
            request: None,
        }
    }

    /// What must be agreed to before it runs, in sentences.
    pub(crate) fn to_agree(&self) -> impl Iterator<Item = &String> {
        let engine = self.engine.iter().flat_map(|engine| &engine.acknowledge);
        engine.chain(self.expiry.iter().flat_map(|expiry| &expiry.acknowledge))
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

/// The target of a step; it runs only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Context {
    pub(crate) registry: RegistryKey,
    pub(crate) partition: String,
    /// Where the API answers; absent for AWS's own endpoint.
    pub(crate) endpoint: Option<String>,
    /// ARN of the caller.
    pub(crate) principal: Option<String>,
}

/// One action of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) reason: Option<String>,
    /// The target; absent for this machine, and for registries that belong to no account.
    pub(crate) context: Option<Context>,
    pub(crate) destructive: bool,
    pub(crate) action: Action,
}

/// What a step does. Holds everything that is needed to do it, and what must still be true when it
/// runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Action {
    CreateRepository {
        name: RepositoryName,
        settings: RepositorySettings,
    },
    /// `images` are those that were shown to the person; any other image refuses the deletion.
    DeleteRepository {
        name: RepositoryName,
        images: Vec<Digest>,
    },
    /// Whole images, and individual tags that are deleted if they still have their digest.
    DeleteImages {
        name: RepositoryName,
        images: Vec<Doomed>,
        tags: Vec<DoomedTag>,
    },
    SetMutability {
        name: RepositoryName,
        before: TagMutability,
        after: TagMutability,
    },
    SetBlobMounting {
        enabled: bool,
    },
    WriteReplication(DocumentChange),
    WritePolicy(DocumentChange),
    /// Reads the configuration and verifies that a rule is not in it.
    RuleIsGone {
        rule: String,
    },
    Copy(CopyImage),
    PushSample {
        name: RepositoryName,
        tag: CopyTag,
        digest: Digest,
        /// As for a copy.
        #[serde(default)]
        expires: usize,
    },
    /// Waits until no image of these repositories is IN_PROGRESS.
    WaitForReplication {
        names: Vec<RepositoryName>,
    },
    /// Deletes these images, then the repository if nothing else is in it.
    ClearReplicas {
        name: RepositoryName,
        images: Vec<Doomed>,
    },
    /// Saves an engine rule; without a text after, removes it.
    WriteEngineRule(EngineRuleChange),
    RunEngineRule(RunEngineRule),
}

/// An engine rule that is saved, replaced or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EngineRuleChange {
    pub(crate) id: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// The rule file before and after.
    pub(crate) document: DocumentChange,
    /// Production registries that it writes to automatically.
    pub(crate) production: Vec<RegistryKey>,
}

/// A run of an engine rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunEngineRule {
    pub(crate) rule: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// The rule as it was when this was planned.
    pub(crate) yaml: String,
    /// The id under which the journal finds the remaining work.
    pub(crate) sync: String,
    /// Whether the app started it automatically.
    pub(crate) scheduled: bool,
    /// Registries of known accounts that are written to.
    pub(crate) destinations: Vec<RegistryKey>,
    /// Those, and the registry that is read, as they were accessed when this was planned.
    #[serde(default)]
    pub(crate) places: Vec<Context>,
    /// For each destination of the rule, the repositories that are created there. A run that plans
    /// its work again creates no others.
    #[serde(default)]
    pub(crate) creates: Vec<Vec<RepositoryName>>,
    /// What was not read from the source, one sentence each.
    #[serde(default)]
    pub(crate) not_looked_at: Vec<String>,
}

/// An image that is deleted with all its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doomed {
    pub(crate) digest: Digest,
    /// The tags that were shown to the person; any other tag refuses the deletion.
    pub(crate) tags: Vec<Tag>,
}

/// A tag that is deleted; its image stays as long as it has another tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoomedTag {
    pub(crate) tag: Tag,
    pub(crate) digest: Digest,
}

/// An image that the engine copies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyImage {
    pub(crate) source: Context,
    pub(crate) from: RepositoryName,
    pub(crate) digest: Digest,
    pub(crate) to: RepositoryName,
    /// If empty, the copy is by digest only.
    pub(crate) tags: Vec<CopyTag>,
    /// It is copied in place of a native replication, so that clean-up may remove it.
    pub(crate) replica: bool,
    /// The number of images that expire afterwards by a life-cycle policy, as the person agreed; a
    /// larger number refuses the copy.
    #[serde(default)]
    pub(crate) expires: usize,
}

/// A tag that a copy gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyTag {
    pub(crate) tag: Tag,
    /// The digest from which it is moved, as shown to the person; any other digest refuses the
    /// copy.
    pub(crate) replaces: Option<Digest>,
}

/// A whole document that is replaced. Texts are JSON as read and as written; absent means that
/// there is no such document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentChange {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Content hashes of rules or statements that this write makes ours.
    pub(crate) made: Vec<String>,
    /// Content hashes of rules or statements that are removed.
    pub(crate) unmade: Vec<String>,
}

impl Action {
    const COPY: &'static [&'static str] = &[
        "ecr:GetAuthorizationToken",
        "ecr:DescribeImages",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchCheckLayerAvailability",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
        "ecr:GetLifecyclePolicy",
    ];

    /// IAM actions that the caller needs.
    pub(crate) fn permissions(&self) -> &'static [&'static str] {
        match self {
            Self::CreateRepository { .. } => &["ecr:CreateRepository", "ecr:DescribeRepositories"],
            Self::DeleteRepository { images, .. } if images.is_empty() => {
                &["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:DeleteRepository"]
            }
            Self::DeleteRepository { .. } => &[
                "ecr:DescribeImages",
                "ecr:BatchDeleteImage",
                "ecr:DescribeRepositories",
                "ecr:DeleteRepository",
            ],
            Self::DeleteImages { .. } => &["ecr:DescribeImages", "ecr:BatchDeleteImage"],
            Self::SetMutability { .. } => &["ecr:DescribeRepositories", "ecr:PutImageTagMutability"],
            Self::SetBlobMounting { .. } => &["ecr:GetAccountSetting", "ecr:PutAccountSetting"],
            Self::WriteReplication(_) => {
                &["ecr:DescribeRegistry", "ecr:PutReplicationConfiguration", "iam:CreateServiceLinkedRole"]
            }
            Self::WritePolicy(change) if change.after.is_none() => {
                &["ecr:GetRegistryPolicy", "ecr:DeleteRegistryPolicy"]
            }
            Self::WritePolicy(_) => &["ecr:GetRegistryPolicy", "ecr:PutRegistryPolicy"],
            Self::RuleIsGone { .. } => &["ecr:DescribeRegistry"],
            Self::Copy(_) => Self::COPY,
            Self::PushSample { .. } => &[
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:InitiateLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:CompleteLayerUpload",
                "ecr:PutImage",
                "ecr:GetLifecyclePolicy",
            ],
            Self::WaitForReplication { .. } => &["ecr:DescribeImages", "ecr:DescribeImageReplicationStatus"],
            Self::ClearReplicas { .. } => {
                &["ecr:DescribeImages", "ecr:BatchDeleteImage", "ecr:DeleteRepository"]
            }
            Self::WriteEngineRule(_) => &[],
            Self::RunEngineRule(run) if run.destinations.is_empty() => &[],
            Self::RunEngineRule(_) => Self::COPY,
        }
    }

    /// The documents before and after, for actions that replace one.
    pub(crate) fn documents(&self) -> Option<&DocumentChange> {
        match self {
            Self::WriteReplication(change) | Self::WritePolicy(change) => Some(change),
            Self::WriteEngineRule(change) => Some(&change.document),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                    account: "111122223333".into(),
                    region: "us-west-2".into(),
                },
                partition: "aws".into(),
                endpoint: None,
                principal: None,
            }),
            destructive: false,
            action: Action::WritePolicy(DocumentChange {
                before: None,
                after: Some("{}".into()),
                made: vec!["x".into()],
                unmade: Vec::new(),
            }),
        });
        let text = serde_json::to_string(&one).unwrap();
        let back: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(back.hash(), one.hash());
    }
}
