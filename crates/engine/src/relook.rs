//! Looks at what a plan could not look at, when its run goes on.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Action, CopyItem, CopyPlan, CopyRequest, EngineError, RunContext, Way, error::NOT_LOOKED_AT, plan,
};

/// Plans the images that were not looked at, in the places that they have.
///
/// # Errors
/// When a registry cannot be asked now either, or nobody agreed to what would expire.
pub(crate) async fn look_at_the_rest(
    plan_of: &mut CopyPlan,
    context: &RunContext,
) -> Result<(), EngineError> {
    let places: Vec<usize> = plan_of
        .images
        .iter()
        .enumerate()
        .filter(|(_, image)| matches!(&image.action, Action::Unavailable { failure } if failure.code == NOT_LOOKED_AT))
        .map(|(place, _)| place)
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let images = places.iter().filter_map(|place| plan_of.images.get(*place));
    let items: Vec<CopyItem> = images
        .map(|image| {
            let (from, reference) = (image.repository.clone(), image.reference.clone());
            CopyItem::new(from, reference, image.destination.clone(), image.tag.clone())
        })
        .collect();
    let request = CopyRequest {
        on_conflict: plan_of.on_conflict,
        referrers: plan_of.referrers,
        order: plan_of.order,
        platform: plan_of.platform.clone(),
        ..CopyRequest::new(items)
    };
    let mut rest = plan(context.source.clone(), context.sink.clone(), &request).await?;
    rest.expiry.agreed(&rest.destination, context.accept_expiry)?;
    // The order may be another one than that of the items.
    let mut free: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for place in places.into_iter().rev() {
        if let Some(image) = plan_of.images.get(place) {
            let names = (image.source_name(), image.named_there());
            free.entry(names).or_default().push(place);
        }
    }
    let taken: Vec<Option<usize>> = rest
        .images
        .iter()
        .map(|image| free.get_mut(&(image.source_name(), image.named_there()))?.pop())
        .collect();
    for (mut image, place) in std::mem::take(&mut rest.images).into_iter().zip(&taken) {
        for blob in &mut image.blobs {
            if let Way::Mount { after, .. } = &mut blob.way {
                *after = after.and_then(|before| taken.get(before).copied().flatten());
            }
        }
        if let Some(slot) = place.and_then(|place| plan_of.images.get_mut(place)) {
            *slot = image;
        }
    }
    plan_of.in_order.extend(rest.in_order);
    let mut manifests = HashMap::clone(&plan_of.manifests);
    manifests.extend(rest.manifests.iter().map(|(digest, manifest)| (digest.clone(), manifest.clone())));
    plan_of.manifests = Arc::new(manifests);
    Ok(())
}
