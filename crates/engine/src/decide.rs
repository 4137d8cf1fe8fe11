//! From facts to a plan. No I/O: the same facts always give the same plan.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use longshore_names::{Digest, RepositoryName};

use crate::{
    Action, CopyItem, CopyPlan, CopyRequest, OnConflict, PlanTotals, PlannedBlob, PlannedImage, Way,
    gather::{Closure, Facts, ItemFacts},
};

/// Decides for every item of the request.
pub(crate) fn decide(source: &str, sink: &str, request: &CopyRequest, facts: Facts) -> CopyPlan {
    let mut deciding =
        Deciding { same_registry: source == sink, request, present: &facts.present, brought: HashMap::new() };
    let images: Vec<PlannedImage> = request
        .items
        .iter()
        .zip(facts.items)
        .enumerate()
        .map(|(index, (item, facts))| deciding.image(index, item, facts))
        .collect();
    let written: BTreeSet<&RepositoryName> =
        images.iter().filter(|image| image.action.is_work()).map(|image| &image.destination).collect();
    let create: Vec<RepositoryName> =
        facts.absent.into_iter().filter(|name| written.contains(name)).collect();
    let totals = totals(&images, written.len());
    CopyPlan {
        source: source.to_owned(),
        destination: sink.to_owned(),
        images,
        create_repositories: create,
        totals,
        manifests: Arc::new(facts.manifests),
    }
}

struct Deciding<'a> {
    same_registry: bool,
    request: &'a CopyRequest,
    present: &'a HashMap<RepositoryName, std::collections::HashSet<Digest>>,
    /// Which image brings a blob to the destination first, and to which repository; and all
    /// repositories that get it.
    brought: HashMap<Digest, (usize, RepositoryName, BTreeSet<RepositoryName>)>,
}

impl Deciding<'_> {
    fn image(&mut self, index: usize, item: &CopyItem, facts: ItemFacts) -> PlannedImage {
        let mut image = PlannedImage {
            repository: item.repository.clone(),
            reference: item.reference.clone(),
            digest: None,
            destination: item.destination.clone(),
            tag: item.tag.clone(),
            action: Action::Skip,
            replaces: None,
            manifests: Vec::new(),
            blobs: Vec::new(),
            bytes_to_move: 0,
            bytes_to_mount: 0,
            bytes_present: 0,
            explanation: String::new(),
        };
        match facts.root {
            Err(failure) => image.action = Action::Unavailable { failure },
            Ok(root) => {
                let retag = self.same_registry && item.repository == item.destination;
                image.action = match (&facts.existing, self.request.on_conflict) {
                    (Some(existing), _) if *existing == root.digest => Action::Skip,
                    (Some(existing), OnConflict::Fail) => Action::Conflict { existing: existing.clone() },
                    _ if retag => Action::Retag,
                    _ if self.same_registry && self.request.mounting => Action::Mount,
                    _ => Action::Copy,
                };
                if image.action.is_work() {
                    image.replaces = facts.existing;
                    self.parts(index, item, &mut image, facts.closure.unwrap_or_default());
                }
                image.digest = Some(root.digest);
            }
        }
        image.explanation = explain(&image);
        image
    }

    fn parts(&mut self, index: usize, item: &CopyItem, image: &mut PlannedImage, closure: Closure) {
        for descriptor in closure.blobs {
            let way = self.way(index, item, &descriptor.digest);
            let sum = match way {
                Way::Present | Way::Shared => &mut image.bytes_present,
                Way::Upload => &mut image.bytes_to_move,
                Way::Mount { .. } => &mut image.bytes_to_mount,
            };
            *sum = sum.saturating_add(descriptor.size);
            image.blobs.push(PlannedBlob { descriptor, way });
        }
        image.manifests = closure.manifests;
    }

    fn way(&mut self, index: usize, item: &CopyItem, digest: &Digest) -> Way {
        if self.present.get(&item.destination).is_some_and(|found| found.contains(digest)) {
            return Way::Present;
        }
        let first = self.brought.get_mut(digest).map(|(image, repository, repositories)| {
            let shared = !repositories.insert(item.destination.clone());
            (*image, repository.clone(), shared)
        });
        if let Some((_, _, true)) = first {
            return Way::Shared;
        }
        if first.is_none() {
            let repositories = BTreeSet::from([item.destination.clone()]);
            self.brought.insert(digest.clone(), (index, item.destination.clone(), repositories));
        }
        if !self.request.mounting {
            return Way::Upload;
        }
        if self.same_registry {
            return Way::Mount { from: item.repository.clone(), after: None };
        }
        let elsewhere =
            self.present.iter().filter(|(_, found)| found.contains(digest)).map(|(name, _)| name).min();
        match (elsewhere, first) {
            (Some(from), _) => Way::Mount { from: from.clone(), after: None },
            (None, Some((image, from, _))) => Way::Mount { from, after: Some(image) },
            (None, None) => Way::Upload,
        }
    }
}

fn explain(image: &PlannedImage) -> String {
    let (from, to) = (image.source_name(), image.destination_name());
    let moved =
        image.replaces.as_ref().map_or(String::new(), |old| format!(", moving the tag from {}", old.short()));
    match &image.action {
        Action::Skip => format!("{to} has the same digest already; nothing to do"),
        Action::Conflict { existing } => format!("{to} is at {} already and stays there", existing.short()),
        Action::Unavailable { failure } => format!("{from} cannot be copied: {}", failure.message),
        Action::Retag => format!("{from} gets the name {to}; one manifest, no layer{moved}"),
        Action::Mount => format!(
            "{from} becomes {to} in the same registry; {} mounted if the registry agrees, uploaded if not{moved}",
            bytes(image.bytes_to_mount)
        ),
        Action::Copy => format!(
            "{from} becomes {to}; {} to upload, {} to mount, {} there already{moved}",
            bytes(image.bytes_to_move),
            bytes(image.bytes_to_mount),
            bytes(image.bytes_present)
        ),
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

fn totals(images: &[PlannedImage], repositories: usize) -> PlanTotals {
    let mut totals = PlanTotals { requests: repositories as u64, ..PlanTotals::default() };
    for image in images {
        *match image.action {
            Action::Copy => &mut totals.copy,
            Action::Retag => &mut totals.retag,
            Action::Mount => &mut totals.mount,
            Action::Skip => &mut totals.skip,
            Action::Conflict { .. } => &mut totals.conflict,
            Action::Unavailable { .. } => &mut totals.unavailable,
        } += 1;
        totals.bytes_to_move = totals.bytes_to_move.saturating_add(image.bytes_to_move);
        totals.bytes_to_mount = totals.bytes_to_mount.saturating_add(image.bytes_to_mount);
        totals.bytes_saved = totals.bytes_saved.saturating_add(image.bytes_present);
        if image.action.is_work() {
            // Each manifest is put, the tag is asked for; an upload is GET, POST and PUT.
            totals.requests += image.manifests.len().max(1) as u64 + 1;
            totals.requests += image
                .blobs
                .iter()
                .map(|blob| match blob.way {
                    Way::Upload => 3,
                    Way::Mount { .. } => 1,
                    Way::Present | Way::Shared => 0,
                })
                .sum::<u64>();
        }
    }
    totals
}
