//! A plan: every change before it happens, as values that can be stored, hashed and shown.

use chrono::{DateTime, Utc};
use longshore_ecr::{RepositorySettings, TagMutability};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::api::{EnginePlan, Finding, PlanExpiry, PlanRequest, RegistryKey, Severity, Space};

/// A change that has been thought through and has not happened yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) content: Content,
}

/// What the hash of a plan is taken over: all of it but its id and its time.
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
    /// What the run of an engine rule comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<EnginePlan>,
    /// What life-cycle policies would do afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expiry: Option<PlanExpiry>,
    /// What was asked for, so that it can be planned again.
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

    /// The first finding that forbids running.
    pub(crate) fn refusal(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }
}

impl Plan {
    /// SHA-256 over the plan's content, in hexadecimal digits.
    pub(crate) fn hash(&self) -> String {
        // Serialising plain data into memory has no way to fail; an empty text would still be one
        // that no shown hash equals.
        let text = serde_json::to_vec(&self.content).unwrap_or_default();
        hex::encode(Sha256::digest(&text))
    }
}

/// Where a step runs, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Context {
    pub(crate) registry: RegistryKey,
    pub(crate) partition: String,
    /// Where the API answers; absent for AWS's own endpoint.
    pub(crate) endpoint: Option<String>,
    /// ARN of the caller.
    pub(crate) principal: Option<String>,
}

/// One thing that a plan does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) reason: Option<String>,
    /// Where; absent on this machine, and at registries that are no account's.
    pub(crate) context: Option<Context>,
    pub(crate) destructive: bool,
    pub(crate) action: Action,
}

/// What a step does. Holds all that is needed to do it, and what must still be so when it is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Action {
    CreateRepository {
        name: RepositoryName,
        settings: RepositorySettings,
    },
    /// `images` are those that the person was shown; another one refuses the deletion.
    DeleteRepository {
        name: RepositoryName,
        images: Vec<Digest>,
    },
    /// Whole images, and single tags that go if they are still at their digest.
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
    /// Reads the configuration and makes sure that a rule is not in it.
    RuleIsGone {
        rule: String,
    },
    Copy(CopyImage),
    PushSample {
        name: RepositoryName,
        tag: CopyTag,
        digest: Digest,
        /// As of a copy.
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
    /// Keeps an engine rule; without a text after, forgets it.
    WriteEngineRule(EngineRuleChange),
    RunEngineRule(RunEngineRule),
}

/// An engine rule that is kept, replaced or forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EngineRuleChange {
    pub(crate) id: String,
    pub(crate) space: Space,
    pub(crate) name: String,
    /// The rule file before and after.
    pub(crate) document: DocumentChange,
    /// Production registries that it writes to by itself.
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
    /// Under which the journal finds what is left.
    pub(crate) sync: String,
    /// The app began it by itself.
    pub(crate) scheduled: bool,
    /// Registries of known accounts that are written.
    pub(crate) destinations: Vec<RegistryKey>,
    /// Those, and the one that is read, as they were used when this was planned.
    #[serde(default)]
    pub(crate) places: Vec<Context>,
    /// For each destination of the rule, the repositories that are created there. A run that finds out
    /// anew what is to be done creates no others.
    #[serde(default)]
    pub(crate) creates: Vec<Vec<RepositoryName>>,
    /// What of the source was not looked at, a sentence for each.
    #[serde(default)]
    pub(crate) not_looked_at: Vec<String>,
}

/// An image that goes with all its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doomed {
    pub(crate) digest: Digest,
    /// The tags that the person was shown; another one refuses the deletion.
    pub(crate) tags: Vec<Tag>,
}

/// A tag that goes; its image stays as long as another tag is on it.
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
    /// None copies by digest only.
    pub(crate) tags: Vec<CopyTag>,
    /// It stands in for a native replication, so that clean-up may remove it.
    pub(crate) replica: bool,
    /// So many images expire afterwards by a life-cycle policy, as the person agreed; more of them
    /// refuse the copy.
    #[serde(default)]
    pub(crate) expires: usize,
}

/// A tag that a copy gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyTag {
    pub(crate) tag: Tag,
    /// The digest that the person was shown it is moved away from; another one refuses the copy.
    pub(crate) replaces: Option<Digest>,
}

/// A whole document that is replaced. Texts are JSON as read and as written; absent means that
/// there is no such document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentChange {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Content hashes of rules or statements that become ours with this write.
    pub(crate) made: Vec<String>,
    /// Content hashes of rules or statements that go.
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

    /// The documents before and after, for those that replace one.
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
