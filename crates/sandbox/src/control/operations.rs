//! The operations that the sandbox has, by name.

use serde_json::Value;

use super::{
    features::{cache_rules, exclusions, scanning_rules, signing},
    image::{image_queries, images, layers, put_image, referrers, scans, storage_class, uploads},
    registry::{account_settings, authorization, backfill, registry_policy, replication, templates},
    repository::{
        lifecycle_policy, lifecycle_preview, repositories, repository_policy, repository_settings,
        resource_tags, scanning,
    },
    wire::{call::Call, error::ApiResult, members::Members},
};

macro_rules! operations {
    ($($name:literal => $run:path),* $(,)?) => {
        const NAMES: &[&str] = &[$($name),*];

        /// Runs the call's operation.
        pub(super) async fn run(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
            match call.operation {
                $($name => $run(call, input).await,)*
                other => Err(super::wire::error::ApiError::server(&format!("no operation {other}"))),
            }
        }
    };
}

operations! {
    "BatchCheckLayerAvailability" => layers::batch_check_layer_availability,
    "BatchDeleteImage" => images::batch_delete_image,
    "BatchGetImage" => images::batch_get_image,
    "BatchGetRepositoryScanningConfiguration" => scanning::batch_get_repository_scanning_configuration,
    "CompleteLayerUpload" => uploads::complete_layer_upload,
    "CreatePullThroughCacheRule" => cache_rules::create_pull_through_cache_rule,
    "CreateRepository" => repositories::create_repository,
    "CreateRepositoryCreationTemplate" => templates::create_repository_creation_template,
    "DeleteLifecyclePolicy" => lifecycle_policy::delete_lifecycle_policy,
    "DeletePullThroughCacheRule" => cache_rules::delete_pull_through_cache_rule,
    "DeleteRegistryPolicy" => registry_policy::delete_registry_policy,
    "DeleteRepository" => repositories::delete_repository,
    "DeleteRepositoryCreationTemplate" => templates::delete_repository_creation_template,
    "DeleteRepositoryPolicy" => repository_policy::delete_repository_policy,
    "DeleteSigningConfiguration" => signing::delete_signing_configuration,
    "DeregisterPullTimeUpdateExclusion" => exclusions::deregister_pull_time_update_exclusion,
    "DescribeImageReplicationStatus" => replication::describe_image_replication_status,
    "DescribeImageScanFindings" => scans::describe_image_scan_findings,
    "DescribeImageSigningStatus" => signing::describe_image_signing_status,
    "DescribeImages" => image_queries::describe_images,
    "DescribePullThroughCacheRules" => cache_rules::describe_pull_through_cache_rules,
    "DescribeRegistry" => replication::describe_registry,
    "DescribeReplicationBackfillResults" => backfill::describe_replication_backfill_results,
    "DescribeRepositories" => repositories::describe_repositories,
    "DescribeRepositoryCreationTemplates" => templates::describe_repository_creation_templates,
    "GetAccountSetting" => account_settings::get_account_setting,
    "GetAuthorizationToken" => authorization::get_authorization_token,
    "GetDownloadUrlForLayer" => layers::get_download_url_for_layer,
    "GetLifecyclePolicy" => lifecycle_policy::get_lifecycle_policy,
    "GetLifecyclePolicyPreview" => lifecycle_preview::get_lifecycle_policy_preview,
    "GetRegistryPolicy" => registry_policy::get_registry_policy,
    "GetRegistryScanningConfiguration" => scanning_rules::get_registry_scanning_configuration,
    "GetRepositoryPolicy" => repository_policy::get_repository_policy,
    "GetSigningConfiguration" => signing::get_signing_configuration,
    "InitiateLayerUpload" => uploads::initiate_layer_upload,
    "ListImageReferrers" => referrers::list_image_referrers,
    "ListImages" => image_queries::list_images,
    "ListPullTimeUpdateExclusions" => exclusions::list_pull_time_update_exclusions,
    "ListReplicationBackfills" => backfill::list_replication_backfills,
    "ListTagsForResource" => resource_tags::list_tags_for_resource,
    "PutAccountSetting" => account_settings::put_account_setting,
    "PutImage" => put_image::put_image,
    "PutImageScanningConfiguration" => repository_settings::put_image_scanning_configuration,
    "PutImageTagMutability" => repository_settings::put_image_tag_mutability,
    "PutLifecyclePolicy" => lifecycle_policy::put_lifecycle_policy,
    "PutRegistryPolicy" => registry_policy::put_registry_policy,
    "PutRegistryScanningConfiguration" => scanning_rules::put_registry_scanning_configuration,
    "PutReplicationConfiguration" => replication::put_replication_configuration,
    "PutSigningConfiguration" => signing::put_signing_configuration,
    "RegisterPullTimeUpdateExclusion" => exclusions::register_pull_time_update_exclusion,
    "SetRepositoryPolicy" => repository_policy::set_repository_policy,
    "StartImageScan" => scans::start_image_scan,
    "StartLifecyclePolicyPreview" => lifecycle_preview::start_lifecycle_policy_preview,
    "StartReplicationBackfill" => backfill::start_replication_backfill,
    "StopReplicationBackfill" => backfill::stop_replication_backfill,
    "TagResource" => resource_tags::tag_resource,
    "UntagResource" => resource_tags::untag_resource,
    "UpdateImageStorageClass" => storage_class::update_image_storage_class,
    "UpdatePullThroughCacheRule" => cache_rules::update_pull_through_cache_rule,
    "UpdateRepositoryCreationTemplate" => templates::update_repository_creation_template,
    "UploadLayerPart" => uploads::upload_layer_part,
    "ValidatePullThroughCacheRule" => cache_rules::validate_pull_through_cache_rule,
}

/// The operation's own name, if the sandbox has it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|known| **known == name).copied()
}
