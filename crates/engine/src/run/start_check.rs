//! What the destination has before a run begins to work: a plan may be old, and a journal may lack
//! the last moments.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use futures::StreamExt;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, Sink, TagOrDigest};

use crate::{
    Action, CopyPlan, EngineError, EngineErrorKind, Event, OnConflict, PlannedImage, Skipped, Way,
    journal::Finished, work::shared::Work,
};

/// How long a plan's facts about tags count. An older plan is compared with the destination before
/// anything is uploaded. Each tag is looked up once more right before it is put.
const COUNTS_FOR: Duration = Duration::from_secs(5 * 60);
/// With at most this many images, the source's tags are looked up again in any case.
const FEW: usize = 8;
const REPOSITORIES_AT_ONCE: usize = 8;

/// The facts that are known before a run begins to work.
#[derive(Default)]
pub(crate) struct StartFacts {
    /// Images that are over, and why.
    pub(crate) over: HashMap<usize, Over>,
    /// Blobs that the destination has.
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
}

/// Why an image is over before it began.
pub(crate) enum Over {
    /// Nothing has to be done.
    Skipped(Skipped),
    /// Its tag is taken.
    Conflict(EngineError),
}

/// Before a new run: the facts of a young plan count, otherwise all tags are looked up.
pub(crate) async fn before_run(plan: &CopyPlan, sink: &dyn Sink) -> Result<StartFacts, EngineError> {
    let mut facts = StartFacts::default();
    if plan.is_younger_than(COUNTS_FOR) {
        return Ok(facts);
    }
    read_tags(plan, &HashSet::new(), sink, &mut facts).await?;
    Ok(facts)
}

/// Before a run is resumed: looks up every unfinished tag, and every blob of unfinished images.
pub(crate) async fn before_resume(
    plan: &CopyPlan,
    finished: &Finished,
    sink: &dyn Sink,
) -> Result<StartFacts, EngineError> {
    let mut facts = StartFacts::default();
    for index in &finished.images {
        facts.over.insert(*index, Over::Skipped(Skipped::FinishedBefore));
    }
    read_tags(plan, &finished.images, sink, &mut facts).await?;
    let mut wanted: BTreeMap<&RepositoryName, HashSet<&Digest>> = BTreeMap::new();
    for (index, image) in plan.images.iter().enumerate() {
        if facts.over.contains_key(&index) || !image.action.is_work() {
            continue;
        }
        let blobs = image.blobs.iter().filter(|blob| blob.way != Way::Foreign);
        wanted.entry(&image.destination).or_default().extend(blobs.map(|blob| &blob.descriptor.digest));
    }
    let asked: Vec<_> = wanted
        .into_iter()
        .map(|(repository, digests)| async move {
            let digests: Vec<Digest> = digests.into_iter().cloned().collect();
            (repository, sink.exists_many(repository, &digests).await)
        })
        .collect();
    let mut answers = futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE);
    while let Some((repository, answer)) = answers.next().await {
        match answer {
            Ok(there) => {
                facts.asked.extend(there.into_iter().map(|digest| (repository.clone(), digest)));
            }
            Err(error) if error.is_retryable() => return Err(EngineError::destination(error)),
            // Missing, or not readable for us: the images of this repository find out for
            // themselves.
            Err(error) => tracing::debug!(%repository, %error, "not asked for blobs"),
        }
    }
    Ok(facts)
}

async fn read_tags(
    plan: &CopyPlan,
    finished: &HashSet<usize>,
    sink: &dyn Sink,
    facts: &mut StartFacts,
) -> Result<(), EngineError> {
    let mut wanted: BTreeMap<&RepositoryName, Vec<(usize, &PlannedImage, TagOrDigest)>> = BTreeMap::new();
    for (index, image) in plan.images.iter().enumerate() {
        // With blobs only, another shard puts the manifest and the tag.
        let puts_tag = image.action.is_work() && image.action != Action::Blobs;
        if let Some(tag) = image.tag.clone().filter(|_| puts_tag)
            && !finished.contains(&index)
        {
            let tag = TagOrDigest::Tag(tag);
            wanted.entry(&image.destination).or_default().push((index, image, tag));
        }
    }
    let reading: Vec<_> = wanted
        .into_iter()
        .map(|(repository, images)| async move {
            let tags: Vec<TagOrDigest> = images.iter().map(|(_, _, tag)| tag.clone()).collect();
            (images, sink.resolve_many(repository, &tags).await)
        })
        .collect();
    let mut answers = futures::stream::iter(reading).buffer_unordered(REPOSITORIES_AT_ONCE);
    while let Some((images, answer)) = answers.next().await {
        let there = match answer {
            Ok(there) => there,
            Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => continue,
            Err(error) if error.is_retryable() => return Err(EngineError::destination(error)),
            // Each image looks its tag up before it is put.
            Err(_) => continue,
        };
        for (index, image, tag) in images {
            let found = there.get(&tag).map(|found| &found.digest);
            let Some(over) = over(image, found, plan.on_conflict) else { continue };
            facts.over.insert(index, over);
        }
    }
    Ok(())
}

/// What a tag's digest at the destination means for an image.
fn over(image: &PlannedImage, found: Option<&Digest>, on_conflict: OnConflict) -> Option<Over> {
    let found = found?;
    if image.digest.as_ref() == Some(found) {
        // Referrers may still be missing; they are added to what is there.
        return image.referrers.is_empty().then_some(Over::Skipped(Skipped::SameDigest));
    }
    if image.replaces.as_ref() == Some(found) {
        return None;
    }
    if on_conflict == OnConflict::Skip {
        return Some(Over::Skipped(Skipped::Kept));
    }
    Some(Over::Conflict(EngineError::destination(EngineErrorKind::Conflict {
        repository: image.destination.to_string(),
        tag: image.tag.as_ref().map(ToString::to_string).unwrap_or_default(),
        existing: found.clone(),
    })))
}

impl Work {
    /// Looks up where an image's tag points: `true` when it already points at the digest.
    ///
    /// # Errors
    /// When it is taken, or the destination cannot be asked.
    pub(crate) async fn there_already(
        &self,
        image: &PlannedImage,
        digest: &Digest,
    ) -> Result<bool, EngineError> {
        let Some(tag) = &image.tag else { return Ok(false) };
        let reference = TagOrDigest::Tag(tag.clone());
        let there = self
            .registries
            .retried(|| self.registries.sink.resolve(&image.destination, &reference))
            .await
            .map_err(EngineError::destination)?;
        match there {
            Some(there) if there.digest == *digest => Ok(image.referrers.is_empty()),
            Some(there) if image.replaces.as_ref() != Some(&there.digest) => {
                Err(EngineError::destination(EngineErrorKind::Conflict {
                    repository: image.destination.to_string(),
                    tag: tag.to_string(),
                    existing: there.digest,
                }))
            }
            _ => Ok(false),
        }
    }

    /// Reports when the source's tag points elsewhere now; the planned digest is copied all the
    /// same. For few images this is always checked, for many only when the plan is not recent,
    /// since it takes a request for each.
    pub(crate) async fn check_source_tag(&self, index: usize, image: &PlannedImage, digest: &Digest) {
        let TagOrDigest::Tag(_) = &image.reference else { return };
        if self.plan.images.len() > FEW && self.plan.is_younger_than(COUNTS_FOR) {
            return;
        }
        let planned = image.out_of.as_ref().unwrap_or(digest);
        match self.registries.source.resolve(&image.repository, &image.reference).await {
            Ok(Some(now)) if now.digest == *planned => {}
            Ok(now) => {
                let now = now.map(|now| now.digest);
                self.report(Event::SourceMoved { image: index, planned: planned.clone(), now });
            }
            // The copy does not depend on this.
            Err(error) => tracing::debug!(run = %self.run, %error, "the source's tag was not looked at"),
        }
    }
}
