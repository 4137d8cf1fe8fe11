//! Looks again at images that a plan could not look at, when its run is resumed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use longshore_names::{Digest, RepositoryName};

use crate::{
    Action, CopyItem, CopyPlan, CopyRequest, EngineError, EngineErrorKind, PlannedImage, RunContext, Way,
    plan::copy_plan::plan_beside,
    plan::decide::{self, Taken},
};

/// Plans the images that were not looked at, in their places. The plan stays as it is until
/// everything is known.
///
/// # Errors
/// When a registry still cannot be asked, or expiring images were not accepted.
pub(crate) async fn plan_unread(plan_of: &mut CopyPlan, context: &RunContext) -> Result<(), EngineError> {
    let is_open = |image: &PlannedImage| image.action.is_unread();
    let places: Vec<usize> =
        (0..plan_of.images.len()).filter(|place| plan_of.images.get(*place).is_some_and(is_open)).collect();
    if places.is_empty() {
        return Ok(());
    }
    let images = places.iter().filter_map(|place| plan_of.images.get(*place));
    let items: Vec<CopyItem> = images
        .map(|image| {
            let (from, reference) = (image.repository.clone(), image.reference.clone());
            let item = CopyItem::new(from, reference, image.destination.clone(), image.tag.clone());
            CopyItem { digest: image.digest.clone(), ..item }
        })
        .collect();
    let request = CopyRequest {
        on_conflict: plan_of.on_conflict,
        referrers: plan_of.referrers,
        order: plan_of.order,
        platform: plan_of.platform.clone(),
        ..CopyRequest::new(items)
    };
    let taken = taken(plan_of);
    let mut rest = plan_beside(context.source.clone(), context.sink.clone(), &request, taken).await?;
    rest.expiry.agreed(&rest.destination, context.accept_expiry)?;
    refuse_creations(plan_of, &mut rest);
    merge(plan_of, rest, places);
    Ok(())
}

/// The names that the other images of a plan take.
fn taken(plan_of: &CopyPlan) -> Taken {
    let named = plan_of.images.iter().filter(|image| image.action.is_work() || image.action == Action::Skip);
    let named = named.filter_map(|image| {
        let (tag, digest): (_, &Digest) = (image.tag.clone()?, image.digest.as_ref()?);
        Some(((image.destination.clone(), tag), digest.clone()))
    });
    // The first image with a name has it.
    let mut taken = Taken::new();
    for (name, digest) in named {
        taken.entry(name).or_insert(digest);
    }
    taken
}

/// Refuses images whose repository would have to be created without being listed in the plan. If
/// the plan looked at other images of the repository, it existed, and the run reports that it is
/// gone.
fn refuse_creations(plan_of: &CopyPlan, rest: &mut CopyPlan) {
    let was_there = |name: &RepositoryName| {
        let seen = |image: &PlannedImage| !matches!(image.action, Action::Unavailable { .. });
        plan_of.images.iter().any(|image| image.destination == *name && seen(image))
    };
    let new: BTreeSet<&RepositoryName> = rest
        .create_repositories
        .iter()
        .filter(|name| !plan_of.create_repositories.contains(name) && !was_there(name))
        .collect();
    let is_refused = |image: &PlannedImage| image.action.is_work() && new.contains(&image.destination);
    let refused: BTreeSet<usize> =
        (0..rest.images.len()).filter(|at| rest.images.get(*at).is_some_and(is_refused)).collect();
    for (at, image) in rest.images.iter_mut().enumerate() {
        if refused.contains(&at) {
            let (registry, repository) = (rest.destination.clone(), image.destination.to_string());
            let failure =
                EngineError::destination(EngineErrorKind::CreationNotPlanned { registry, repository })
                    .failure();
            image.action = Action::Unavailable { failure };
            (image.blobs, image.manifests, image.referrers) = Default::default();
        }
        for blob in &mut image.blobs {
            if matches!(blob.way, Way::Mount { after: Some(first), .. } if refused.contains(&first)) {
                blob.way = Way::Upload;
            }
        }
        if !refused.is_empty() {
            decide::count_bytes(image);
            image.explanation = decide::explain(image);
        }
    }
}

/// Puts the newly planned images into their places.
fn merge(plan_of: &mut CopyPlan, mut rest: CopyPlan, places: Vec<usize>) {
    // The order may be another one than that of the items.
    let mut free: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for place in places.into_iter().rev() {
        if let Some(image) = plan_of.images.get(place) {
            let names = (image.source_name(), image.named_there());
            free.entry(names).or_default().push(place);
        }
    }
    let placed: Vec<Option<usize>> = rest
        .images
        .iter()
        .map(|image| free.get_mut(&(image.source_name(), image.named_there()))?.pop())
        .collect();
    for (mut image, place) in std::mem::take(&mut rest.images).into_iter().zip(&placed) {
        for blob in &mut image.blobs {
            if let Way::Mount { after, .. } = &mut blob.way {
                *after = after.and_then(|before| placed.get(before).copied().flatten());
            }
        }
        if let Some(slot) = place.and_then(|place| plan_of.images.get_mut(place)) {
            *slot = image;
        }
    }
    plan_of.in_order.extend(rest.in_order);
    plan_of.expiry.replace(rest.expiry);
    plan_of.totals = decide::totals(&plan_of.images, decide::written(&plan_of.images).len());
    let mut manifests = HashMap::clone(&plan_of.manifests);
    manifests.extend(rest.manifests.iter().map(|(digest, manifest)| (digest.clone(), manifest.clone())));
    plan_of.manifests = Arc::new(manifests);
}
