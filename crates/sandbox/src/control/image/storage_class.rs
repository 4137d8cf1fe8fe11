//! `UpdateImageStorageClass`: into the archive, and back.
//!
//! An image is archived at once. Restoring takes as long as the switch `restore-time` says; until then it is
//! ACTIVATING and cannot be pulled. A manifest of a list is not archived before the list (User Guide,
//! "LifecyclePolicies").

use serde_json::{Value, json};

use crate::{
    control::{
        image::image_ids::ImageId,
        wire::{
            call::{Call, Refused},
            constraints::one_of,
            error::{ApiError, ApiResult},
            members::Members,
        },
    },
    images::expiry::archived,
    state::{Mutation, RepositoryState, Storage},
};

pub(in crate::control) async fn update_image_storage_class(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let id = ImageId::read(&input.needed_structure("imageId")?)?;
    let target = input.needed_text("targetStorageClass")?;
    let archive = one_of("targetStorageClass", target, &["STANDARD", "ARCHIVE"])? == "ARCHIVE";
    let now = call.now;
    let ready = chrono::TimeDelta::from_std(call.state.switches().restore_time).unwrap_or_default();
    let (owner, name) = (registry.id.clone(), repository.name.clone());
    let wanted = id.clone();
    let (digest, status) = repository
        .commit(move |state: &RepositoryState| -> Result<_, Refused> {
            let image = wanted.find(state).map_err(|_| Refused::Api(wanted.not_found(&owner, &name)))?;
            let (digest, is) = (image.digest.clone(), &image.storage);
            if archive == is.archived {
                return Ok((Vec::new(), (digest, is.status(now))));
            }
            if archive && state.parent_of(&digest).is_some_and(|list| !list.storage.archived) {
                let text =
                    format!("The image {digest} is referenced by a manifest list that is not archived");
                return Err(Refused::Api(ApiError::new(
                    "ImageStorageClassUpdateNotSupportedException",
                    text,
                )));
            }
            let storage = match archive {
                true => archived(now),
                false => Storage {
                    archived: false,
                    last_archived_at: is.last_archived_at,
                    last_activated_at: Some(now + ready),
                },
            };
            let status = storage.status(now);
            Ok((vec![Mutation::Stored { digest: digest.clone(), storage }], (digest, status)))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "imageId": id.resolved(&digest),
        "imageStatus": status,
    }))
}
