//! What an identity is for, and the actions that it takes.

use serde::{Deserialize, Serialize};

/// What a user or a role should be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Pull images.
    Pull,
    /// Push images.
    Push,
    /// Pull and push images.
    PushPull,
    /// Build and push, and read what was pushed and what scans found.
    Ci,
    /// Promote images between repositories, and read all that gates ask for.
    ReleaseManager,
    /// Set up replication: rules, permissions, templates, backfills.
    ReplicationAdministrator,
    /// Read every setting and list, without pulling.
    Auditor,
    /// Everything that Longshore does for a person.
    Longshore,
}

/// Log in to registries.
pub(super) const LOGIN: [&str; 1] = ["ecr:GetAuthorizationToken"];

const PULL: [&str; 3] =
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
// `BatchGetImage` is what clients ask before they push a tag again.
const PUSH: [&str; 6] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];
const LISTS: [&str; 3] = ["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListImages"];
const READ_REPOSITORY: [&str; 7] = [
    "ecr:DescribeImageReplicationStatus",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImageSigningStatus",
    "ecr:GetLifecyclePolicy",
    "ecr:GetLifecyclePolicyPreview",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
];
const READ_REGISTRY: [&str; 11] = [
    "ecr:DescribePullThroughCacheRules",
    "ecr:DescribeRegistry",
    "ecr:DescribeReplicationBackfillResults",
    "ecr:DescribeRepositoryCreationTemplates",
    "ecr:GetAccountSetting",
    "ecr:GetRegistryPolicy",
    "ecr:GetRegistryScanningConfiguration",
    "ecr:GetSigningConfiguration",
    "ecr:ListPullTimeUpdateExclusions",
    "ecr:ListReplicationBackfills",
    "ecr:ValidatePullThroughCacheRule",
];
const REPLICATION: [&str; 8] = [
    "ecr:CreateRepositoryCreationTemplate",
    "ecr:DeleteRegistryPolicy",
    "ecr:DeleteRepositoryCreationTemplate",
    "ecr:PutRegistryPolicy",
    "ecr:PutReplicationConfiguration",
    "ecr:StartReplicationBackfill",
    "ecr:StopReplicationBackfill",
    "ecr:UpdateRepositoryCreationTemplate",
];
const MANAGE_REPOSITORY: [&str; 11] = [
    "ecr:BatchDeleteImage",
    "ecr:CreateRepository",
    "ecr:DeleteLifecyclePolicy",
    "ecr:DeleteRepository",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:PutLifecyclePolicy",
    "ecr:SetRepositoryPolicy",
    "ecr:StartLifecyclePolicyPreview",
    "ecr:TagResource",
    "ecr:UntagResource",
];

impl Purpose {
    /// Every purpose, the least first.
    pub const ALL: [Self; 8] = [
        Self::Pull,
        Self::Push,
        Self::PushPull,
        Self::Ci,
        Self::ReleaseManager,
        Self::ReplicationAdministrator,
        Self::Auditor,
        Self::Longshore,
    ];

    /// Its name, such as `push-pull`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::PushPull => "push-pull",
            Self::Ci => "ci",
            Self::ReleaseManager => "release-manager",
            Self::ReplicationAdministrator => "replication-administrator",
            Self::Auditor => "auditor",
            Self::Longshore => "longshore",
        }
    }

    /// The purpose in one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Pull => "Pull images.",
            Self::Push => "Push images.",
            Self::PushPull => "Pull and push images.",
            Self::Ci => "Build and push images, and read what scans found.",
            Self::ReleaseManager => "Promote images, and read what a decision about them needs.",
            Self::ReplicationAdministrator => {
                "Set up replication: rules, registry permissions, creation templates and backfills."
            }
            Self::Auditor => "Read every list and setting without pulling an image.",
            Self::Longshore => "Everything that Longshore does for a person.",
        }
    }

    /// Whether it logs in to registries.
    pub fn logs_in(self) -> bool {
        !matches!(self, Self::ReplicationAdministrator | Self::Auditor)
    }

    /// The actions on repositories, sorted.
    pub fn on_repositories(self) -> Vec<&'static str> {
        let parts: &[&[&'static str]] = match self {
            Self::Pull => &[&PULL],
            Self::Push => &[&PUSH],
            Self::PushPull => &[&PULL, &PUSH],
            Self::Ci => &[&PULL, &PUSH, &LISTS, &["ecr:DescribeImageScanFindings"]],
            Self::ReleaseManager => &[&PULL, &PUSH, &LISTS, &READ_REPOSITORY],
            Self::ReplicationAdministrator => &[&LISTS, &["ecr:DescribeImageReplicationStatus"]],
            Self::Auditor => &[&LISTS, &READ_REPOSITORY],
            Self::Longshore => &[&PULL, &PUSH, &LISTS, &READ_REPOSITORY, &MANAGE_REPOSITORY],
        };
        sorted(parts)
    }

    /// The actions on the registry itself, which have no narrower resource, sorted.
    pub fn on_registries(self) -> Vec<&'static str> {
        match self {
            Self::Pull | Self::Push | Self::PushPull | Self::Ci => Vec::new(),
            Self::ReleaseManager => sorted(&[&["ecr:DescribeRegistry", "ecr:GetAccountSetting"]]),
            Self::ReplicationAdministrator => sorted(&[&READ_REGISTRY, &REPLICATION]),
            Self::Auditor => sorted(&[&READ_REGISTRY]),
            Self::Longshore => sorted(&[&READ_REGISTRY, &REPLICATION, &["ecr:PutAccountSetting"]]),
        }
    }

    /// Whether it writes replication configurations, the first of which creates a role.
    pub(super) fn replicates(self) -> bool {
        matches!(self, Self::ReplicationAdministrator | Self::Longshore)
    }
}

impl std::str::FromStr for Purpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == text).ok_or(())
    }
}

/// The actions of `Pull` in a repository's or registry's own policy.
pub(super) fn pull() -> Vec<&'static str> {
    PULL.to_vec()
}

/// The actions of `Push` there.
pub(super) fn push() -> Vec<&'static str> {
    PUSH.to_vec()
}

pub(super) fn sorted(parts: &[&[&'static str]]) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = parts.concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// Every action that changes images or settings of a repository, or of a registry, sorted.
pub(super) fn writes() -> Vec<&'static str> {
    const OTHERS: [&str; 12] = [
        "ecr:CreatePullThroughCacheRule",
        "ecr:DeletePullThroughCacheRule",
        "ecr:DeleteRepositoryPolicy",
        "ecr:DeleteSigningConfiguration",
        "ecr:DeregisterPullTimeUpdateExclusion",
        "ecr:PutAccountSetting",
        "ecr:PutRegistryScanningConfiguration",
        "ecr:PutSigningConfiguration",
        "ecr:RegisterPullTimeUpdateExclusion",
        "ecr:StartImageScan",
        "ecr:UpdateImageStorageClass",
        "ecr:UpdatePullThroughCacheRule",
    ];
    let reads = sorted(&[&PULL, &LISTS, &READ_REPOSITORY]);
    let mut all = sorted(&[&PUSH, &MANAGE_REPOSITORY, &REPLICATION, &OTHERS]);
    all.retain(|action| !reads.contains(action));
    all
}
