//! Turns facts into a plan. No I/O: the same facts always give the same plan.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    Action, CopyItem, CopyPlan, CopyRequest, Expiry, OnConflict, PlanTotals, PlannedBlob, PlannedImage, Way,
    error::NOT_READ,
    plan::gather::{Facts, ItemFacts},
    plan::read::walk::{Closure, Named},
    size::bytes_in_words,
};

/// The digest that each name at the destination gets.
pub(crate) type Taken = HashMap<(RepositoryName, Tag), Digest>;

/// Decides for every item of the request, in the order of `items`. The names in `taken` belong to
/// images of another plan.
pub(crate) fn decide(
    (source, sink): (&str, &str),
    request: &CopyRequest,
    items: &[&CopyItem],
    facts: Facts,
    taken: Taken,
) -> CopyPlan {
    let mut deciding = Deciding {
        same_registry: source == sink,
        request,
        present: &facts.present,
        brought: HashMap::new(),
        names: taken,
    };
    let images: Vec<PlannedImage> = items
        .iter()
        .zip(facts.items)
        .enumerate()
        .map(|(index, (item, facts))| deciding.image(index, item, facts))
        .collect();
    let created = may_be_written(&images);
    let create: Vec<RepositoryName> =
        facts.absent.into_iter().filter(|name| created.contains(name)).collect();
    let totals = totals(&images, written(&images).len());
    CopyPlan {
        source: source.to_owned(),
        destination: sink.to_owned(),
        images,
        create_repositories: create,
        on_conflict: request.on_conflict,
        referrers: request.referrers,
        order: request.order,
        in_order: BTreeSet::new(),
        expiry: Expiry::default(),
        shard: None,
        platform: request.platform.clone(),
        totals,
        planned_at: None,
        manifests: Arc::new(facts.manifests),
    }
}

struct Deciding<'a> {
    same_registry: bool,
    request: &'a CopyRequest,
    present: &'a HashMap<RepositoryName, std::collections::HashSet<Digest>>,
    /// For each blob, the image that first transfers it to the destination, the repository of that
    /// image, and all repositories that receive the blob.
    brought: HashMap<Digest, (usize, RepositoryName, BTreeSet<RepositoryName>)>,
    /// What earlier images of the plan put under a name.
    names: Taken,
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
            referrers: Vec::new(),
            out_of: facts.out_of,
            bytes_to_move: 0,
            bytes_to_mount: 0,
            bytes_present: 0,
            bytes_elsewhere: 0,
            explanation: String::new(),
            notes: facts.notes,
        };
        match facts.root {
            None => image.action = Action::Unavailable { failure: nothing_known() },
            Some(Err(failure)) => {
                image.action = Action::Unavailable { failure };
                if image.action.is_unread() {
                    // A resumed run looks at the chosen digest, wherever the tag then points.
                    image.digest.clone_from(&item.digest);
                }
            }
            Some(Ok(root)) => {
                let retag = self.same_registry && item.repository == item.destination;
                let taken = self.taken(item, &root);
                if taken.is_some() {
                    image.notes.push("an earlier image of the plan takes this name".into());
                }
                let existing = taken.as_ref().or(facts.existing.as_ref());
                image.action = match (existing, self.request.on_conflict) {
                    (Some(existing), _) if taken.is_some() => Action::Conflict { existing: existing.clone() },
                    (Some(existing), _) if *existing == root && !facts.referrers.is_empty() => Action::Attach,
                    (Some(existing), _) if *existing == root => Action::Skip,
                    (Some(existing), OnConflict::Fail) => Action::Conflict { existing: existing.clone() },
                    (Some(existing), OnConflict::Skip) => Action::Keep { existing: existing.clone() },
                    _ if retag => Action::Retag,
                    _ if self.same_registry && self.request.mounting => Action::Mount,
                    _ => Action::Copy,
                };
                if let Some(tag) = item.tag.clone()
                    && (image.action.is_work() || image.action == Action::Skip)
                {
                    self.names.entry((item.destination.clone(), tag)).or_insert_with(|| root.clone());
                }
                if image.action.is_work() {
                    image.replaces = facts.existing.filter(|existing| *existing != root);
                    image.referrers = facts.referrers;
                    self.parts(index, item, &mut image, facts.closure.unwrap_or_default());
                }
                image.digest = Some(root);
            }
        }
        image.explanation = explain(&image);
        image
    }

    /// The digest that an earlier image of the plan puts under the same name, if it is another one.
    fn taken(&self, item: &CopyItem, digest: &Digest) -> Option<Digest> {
        let first = self.names.get(&(item.destination.clone(), item.tag.clone()?))?;
        (first != digest).then(|| first.clone())
    }

    fn parts(&mut self, index: usize, item: &CopyItem, image: &mut PlannedImage, closure: Closure) {
        image.blobs.reserve_exact(closure.blobs.len());
        for Named { descriptor, foreign } in closure.blobs {
            let way = if foreign { Way::Foreign } else { self.way(index, item, &descriptor.digest) };
            image.blobs.push(PlannedBlob { descriptor, way });
        }
        image.manifests = closure.manifests;
        count_bytes(image);
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

/// Sums up how an image's blobs get to the destination.
pub(crate) fn count_bytes(image: &mut PlannedImage) {
    let (mut present, mut upload, mut mount, mut elsewhere) = (0_u64, 0_u64, 0_u64, 0_u64);
    for blob in &image.blobs {
        let sum = match blob.way {
            Way::Present | Way::Shared => &mut present,
            Way::Upload => &mut upload,
            Way::Mount { .. } => &mut mount,
            Way::Elsewhere { .. } => &mut elsewhere,
            Way::Foreign => continue,
        };
        *sum = sum.saturating_add(blob.descriptor.size);
    }
    image.bytes_present = present;
    image.bytes_to_move = upload;
    image.bytes_to_mount = mount;
    image.bytes_elsewhere = elsewhere;
}

fn nothing_known() -> crate::Failure {
    crate::EngineError::internal("no facts about the image").failure()
}

/// Explains in one sentence what is done with an image and why.
pub(crate) fn explain(image: &PlannedImage) -> String {
    let (from, to) = (image.source_name(), image.destination_name());
    let mut text = match &image.action {
        Action::Skip => format!("{to} already has this digest; nothing to do"),
        Action::Keep { existing } => format!("{to} points at {} and stays, as requested", existing.short()),
        Action::Conflict { existing } => format!("{to} already points at {} and stays", existing.short()),
        Action::Unavailable { failure } if failure.code == NOT_READ => {
            format!("{from} could not be read: {}", failure.message)
        }
        Action::Unavailable { failure } => format!("{from} cannot be copied: {}", failure.message),
        Action::Retag => format!("{from} is tagged as {to}; one manifest, no layers"),
        Action::Attach => format!(
            "{to} already has this digest and receives its referrers; {} to upload",
            bytes_in_words(image.bytes_to_move)
        ),
        Action::Blobs => format!(
            "layers of {from} are copied to {}; {} to upload; another shard pushes the image",
            image.destination,
            bytes_in_words(image.bytes_to_move)
        ),
        Action::Mount => format!(
            "{from} is copied to {to} in the same registry; {} mounted if the registry agrees, uploaded if not",
            bytes_in_words(image.bytes_to_mount)
        ),
        Action::Copy => format!(
            "{from} is copied to {to}; {} to upload, {} to mount, {} already there",
            bytes_in_words(image.bytes_to_move),
            bytes_in_words(image.bytes_to_mount),
            bytes_in_words(image.bytes_present)
        ),
    };
    if image.bytes_elsewhere > 0 {
        text += &format!(", {} from other shards", bytes_in_words(image.bytes_elsewhere));
    }
    if let Some(old) = &image.replaces {
        text += &format!(", moving the tag from {}", old.short());
    }
    if let (Some(index), Some(own), true) = (&image.out_of, &image.digest, image.action.is_work()) {
        text += &format!(
            "; only one platform, image {} of the index {}, so its digest is not the source tag's",
            own.short(),
            index.short()
        );
    }
    match image.referrers.len() {
        0 => {}
        1 => text += "; one signature, SBOM or attestation is copied too",
        many => text += &format!("; {many} signatures, SBOMs and attestations are copied too"),
    }
    match foreign(image) {
        0 => {}
        1 => text += "; one layer may not be distributed and is not copied",
        many => text += &format!("; {many} layers may not be distributed and are not copied"),
    }
    for note in &image.notes {
        text += "; ";
        text += note;
    }
    text
}

fn foreign(image: &PlannedImage) -> usize {
    image.blobs.iter().filter(|blob| blob.way == Way::Foreign).count()
}

/// The repositories that images are written to.
pub(crate) fn written(images: &[PlannedImage]) -> BTreeSet<&RepositoryName> {
    images.iter().filter(|image| image.action.is_work()).map(|image| &image.destination).collect()
}

/// The repositories that images are written to now, or by a resumed run for images that were not
/// looked at.
pub(crate) fn may_be_written(images: &[PlannedImage]) -> BTreeSet<&RepositoryName> {
    let may = |image: &&PlannedImage| image.action.is_work() || image.action.is_unread();
    images.iter().filter(may).map(|image| &image.destination).collect()
}

/// Sums over a plan. `repositories` is the number of repositories that are written to.
pub(crate) fn totals(images: &[PlannedImage], repositories: usize) -> PlanTotals {
    let mut totals = PlanTotals { requests: repositories as u64, ..PlanTotals::default() };
    for image in images {
        match image.action {
            Action::Copy => totals.copy += 1,
            Action::Retag => totals.retag += 1,
            Action::Mount => totals.mount += 1,
            Action::Attach => totals.attach += 1,
            Action::Skip => totals.skip += 1,
            Action::Keep { .. } => totals.keep += 1,
            Action::Conflict { .. } => totals.conflict += 1,
            Action::Unavailable { .. } => totals.unavailable += 1,
            Action::Blobs => {}
        }
        totals.bytes_to_move = totals.bytes_to_move.saturating_add(image.bytes_to_move);
        totals.bytes_to_mount = totals.bytes_to_mount.saturating_add(image.bytes_to_mount);
        totals.bytes_saved = totals.bytes_saved.saturating_add(image.bytes_present);
        totals.bytes_elsewhere = totals.bytes_elsewhere.saturating_add(image.bytes_elsewhere);
        totals.referrers += image.referrers.len();
        totals.foreign += foreign(image);
        totals.requests += requests(image);
    }
    totals
}

/// The requests that a run needs for an image: each manifest is put; an upload is GET, POST and
/// PUT.
fn requests(image: &PlannedImage) -> u64 {
    if !image.action.is_work() {
        return 0;
    }
    let own = match image.action {
        Action::Blobs | Action::Attach => 0,
        // Put by digest first, then with its tag.
        _ if !image.referrers.is_empty() => image.manifests.len() + 1,
        _ => image.manifests.len().max(1),
    };
    let referrers: usize = image.referrers.iter().map(|referrer| referrer.manifests.len()).sum();
    let blobs = image.blobs.iter().map(|blob| match blob.way {
        Way::Upload => 3,
        Way::Mount { .. } | Way::Elsewhere { .. } => 1,
        Way::Present | Way::Shared | Way::Foreign => 0,
    });
    (own + referrers) as u64 + blobs.sum::<u64>()
}
