//! The operations that the sandbox has, by name.

use serde_json::Value;

use super::{
    image::{image_queries, images, layers, put_image, uploads},
    registry::{account_settings, authorization, backfill, registry_policy, replication, templates},
    repository::{
        lifecycle_policy, repositories, repository_policy, repository_settings, resource_tags, scanning,
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
    "CreateRepository" => repositories::create_repository,
    "CreateRepositoryCreationTemplate" => templates::create_repository_creation_template,
    "DeleteLifecyclePolicy" => lifecycle_policy::delete_lifecycle_policy,
    "DeleteRegistryPolicy" => registry_policy::delete_registry_policy,
    "DeleteRepository" => repositories::delete_repository,
    "DeleteRepositoryCreationTemplate" => templates::delete_repository_creation_template,
    "DeleteRepositoryPolicy" => repository_policy::delete_repository_policy,
    "DescribeImageReplicationStatus" => replication::describe_image_replication_status,
    "DescribeImages" => image_queries::describe_images,
    "DescribeRegistry" => replication::describe_registry,
    "DescribeReplicationBackfillResults" => backfill::describe_replication_backfill_results,
    "DescribeRepositories" => repositories::describe_repositories,
    "DescribeRepositoryCreationTemplates" => templates::describe_repository_creation_templates,
    "GetAccountSetting" => account_settings::get_account_setting,
    "GetAuthorizationToken" => authorization::get_authorization_token,
    "GetDownloadUrlForLayer" => layers::get_download_url_for_layer,
    "GetLifecyclePolicy" => lifecycle_policy::get_lifecycle_policy,
    "GetRegistryPolicy" => registry_policy::get_registry_policy,
    "GetRepositoryPolicy" => repository_policy::get_repository_policy,
    "InitiateLayerUpload" => uploads::initiate_layer_upload,
    "ListImages" => image_queries::list_images,
    "ListReplicationBackfills" => backfill::list_replication_backfills,
    "ListTagsForResource" => resource_tags::list_tags_for_resource,
    "PutAccountSetting" => account_settings::put_account_setting,
    "PutImage" => put_image::put_image,
    "PutImageScanningConfiguration" => repository_settings::put_image_scanning_configuration,
    "PutImageTagMutability" => repository_settings::put_image_tag_mutability,
    "PutLifecyclePolicy" => lifecycle_policy::put_lifecycle_policy,
    "PutRegistryPolicy" => registry_policy::put_registry_policy,
    "PutReplicationConfiguration" => replication::put_replication_configuration,
    "SetRepositoryPolicy" => repository_policy::set_repository_policy,
    "StartReplicationBackfill" => backfill::start_replication_backfill,
    "StopReplicationBackfill" => backfill::stop_replication_backfill,
    "TagResource" => resource_tags::tag_resource,
    "UntagResource" => resource_tags::untag_resource,
    "UpdateRepositoryCreationTemplate" => templates::update_repository_creation_template,
    "UploadLayerPart" => uploads::upload_layer_part,
}

/// The operation's own name, if the sandbox has it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|known| **known == name).copied()
}
