//! Each action in plain words, and whether it can be limited to repositories.

use serde::Serialize;

use crate::iam::actions;

/// What an action allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionMeaning {
    /// The action, such as `ecr:PutImage`.
    pub action: String,
    /// What it allows, in one sentence.
    pub meaning: &'static str,
    /// Whether a statement can limit it to repositories; else its resource is `*`.
    pub by_repository: bool,
}

const MEANINGS: [(&str, &str); 66] = [
    ("ecr:BatchCheckLayerAvailability", "Ask which layers a repository has already."),
    ("ecr:BatchDeleteImage", "Delete images and tags."),
    ("ecr:BatchGetImage", "Read manifests, which counts as a pull."),
    ("ecr:BatchGetRepositoryScanningConfiguration", "Read how repositories are scanned."),
    ("ecr:BatchImportUpstreamImage", "Fill a pull-through cache."),
    ("ecr:CompleteLayerUpload", "Finish the upload of a layer."),
    ("ecr:CreatePullThroughCacheRule", "Add a pull-through cache rule."),
    ("ecr:CreateRepository", "Create repositories."),
    ("ecr:CreateRepositoryCreationTemplate", "Add a template for repositories that ECR creates."),
    ("ecr:DeleteLifecyclePolicy", "Remove a lifecycle policy."),
    ("ecr:DeletePullThroughCacheRule", "Remove a pull-through cache rule."),
    ("ecr:DeleteRegistryPolicy", "Remove all permissions of other accounts in the registry."),
    ("ecr:DeleteRepository", "Delete repositories with all their images."),
    ("ecr:DeleteRepositoryCreationTemplate", "Remove a creation template."),
    ("ecr:DeleteRepositoryPolicy", "Remove the permissions of a repository."),
    ("ecr:DeleteSigningConfiguration", "Stop signing images when they are pushed."),
    ("ecr:DeregisterPullTimeUpdateExclusion", "Count the pulls of a role again."),
    ("ecr:DescribeImageReplicationStatus", "Read whether an image has been replicated."),
    ("ecr:DescribeImageScanFindings", "Read what scans found in an image."),
    ("ecr:DescribeImageSigningStatus", "Read whether an image has been signed."),
    ("ecr:DescribeImages", "List images with size, tags and dates, without pulling."),
    ("ecr:DescribePullThroughCacheRules", "List pull-through cache rules."),
    ("ecr:DescribeRegistry", "Read the replication configuration."),
    ("ecr:DescribeReplicationBackfillResults", "Read what a backfill replicated."),
    ("ecr:DescribeRepositories", "List repositories and their settings."),
    ("ecr:DescribeRepositoryCreationTemplates", "List creation templates."),
    ("ecr:GetAccountSetting", "Read a setting of the registry."),
    ("ecr:GetAuthorizationToken", "Log in. It is needed for every pull and push."),
    ("ecr:GetDownloadUrlForLayer", "Download layers."),
    ("ecr:GetImageCopyStatus", "Let a pull-through cache ask for the state of its copy."),
    ("ecr:GetLifecyclePolicy", "Read a lifecycle policy."),
    ("ecr:GetLifecyclePolicyPreview", "Read what a lifecycle policy would do."),
    ("ecr:GetRegistryPolicy", "Read the registry's policy."),
    ("ecr:GetRegistryScanningConfiguration", "Read how the registry scans."),
    ("ecr:GetRepositoryPolicy", "Read the policy of a repository."),
    ("ecr:GetSigningConfiguration", "Read what is signed when it is pushed."),
    ("ecr:InitiateLayerUpload", "Begin the upload of a layer."),
    ("ecr:ListImageReferrers", "List signatures and SBOMs of an image. It is allowed by ecr:BatchGetImage."),
    ("ecr:ListImages", "List tags and digests."),
    ("ecr:ListPullTimeUpdateExclusions", "List roles whose pulls do not count."),
    ("ecr:ListReplicationBackfills", "List backfills."),
    ("ecr:ListTagsForResource", "Read the resource tags of a repository."),
    ("ecr:PutAccountSetting", "Change a setting of the registry, such as the policy scope."),
    ("ecr:PutImage", "Write a manifest or move a tag. In production this decides what runs."),
    ("ecr:PutImageScanningConfiguration", "Change whether pushed images are scanned."),
    ("ecr:PutImageTagMutability", "Change whether tags can be overwritten."),
    ("ecr:PutLifecyclePolicy", "Change what expires. It can delete every image."),
    ("ecr:PutRegistryPolicy", "Give other accounts permissions in the registry."),
    ("ecr:PutRegistryScanningConfiguration", "Change how the registry scans."),
    ("ecr:PutReplicationConfiguration", "Copy images to any other account and Region."),
    ("ecr:PutSigningConfiguration", "Change what is signed when it is pushed."),
    ("ecr:RegisterPullTimeUpdateExclusion", "Let the pulls of a role not count."),
    ("ecr:ReplicateImage", "Let another account replicate images to here. No client can call it."),
    ("ecr:SetRepositoryPolicy", "Give others, or oneself, permissions in a repository."),
    ("ecr:StartImageScan", "Scan an image."),
    ("ecr:StartLifecyclePolicyPreview", "Compute what a lifecycle policy would do."),
    ("ecr:StartReplicationBackfill", "Replicate images that exist already."),
    ("ecr:StopReplicationBackfill", "Stop a backfill."),
    ("ecr:TagResource", "Add resource tags, which policies may decide by."),
    ("ecr:UntagResource", "Remove resource tags, which policies may decide by."),
    ("ecr:UpdateImageStorageClass", "Archive and restore images."),
    ("ecr:UpdatePullThroughCacheRule", "Change a pull-through cache rule."),
    ("ecr:UpdateRepositoryCreationTemplate", "Change a creation template."),
    ("ecr:UploadLayerPart", "Upload part of a layer."),
    ("ecr:ValidatePullThroughCacheRule", "Check the credentials of a pull-through cache rule."),
    ("iam:CreateServiceLinkedRole", "Create the role with which ECR replicates."),
];

/// What an action allows; `None` for one that is not in the list.
pub fn meaning(action: &str) -> Option<ActionMeaning> {
    let (name, meaning) = MEANINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(action))?;
    let by_repository = name.starts_with("ecr:") && !actions::is_on_registry(name);
    Some(ActionMeaning { action: (*name).to_owned(), meaning, by_repository })
}

/// Every action of ECR with its meaning.
pub fn meanings() -> impl Iterator<Item = ActionMeaning> {
    MEANINGS.iter().filter_map(|(action, _)| meaning(action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_meaning_and_no_other_has() {
        let known: Vec<String> = actions::all().map(|name| format!("ecr:{name}")).collect();
        for action in &known {
            assert!(meaning(action).is_some(), "{action}");
        }
        let more: Vec<_> = meanings().map(|one| one.action).filter(|one| !known.contains(one)).collect();
        assert_eq!(more, ["iam:CreateServiceLinkedRole"]);
        assert!(MEANINGS.is_sorted_by_key(|(action, _)| *action));
        assert!(!meaning("ecr:getauthorizationtoken").unwrap().by_repository);
        assert!(meaning("ecr:PutImage").unwrap().by_repository);
    }
}
