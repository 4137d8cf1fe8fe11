//! Reads what a plan is decided on: digests, manifests, and what the destination has.
//!
//! Nothing is asked twice, and nothing of a repository that is not there. The destination is asked
//! once per repository for its tags; those that are taken are resolved on both sides; the rest is
//! fetched from the source by one request each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    Error as RegistryError, Manifest, Platform, RepositoryState, Sink, Source, TagOrDigest,
};

use crate::{
    CopyItem, CopyRequest, EngineError, Failure, OnConflict, PlannedReferrer,
    destination::{Known, Standing, look},
    platform,
    referring::{Found, Search},
    resolve::{Resolved, known, of_the_registry, resolve, to_resolve},
    walk::{Closure, Walker},
};

/// Images looked at at once.
const AT_ONCE: usize = 64;
/// Repositories asked at once; each question may be many requests.
const REPOSITORIES_AT_ONCE: usize = 4;

/// What was found out.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) items: Vec<ItemFacts>,
    /// Blobs that repositories of the destination have, of those that were asked for.
    pub(crate) present: HashMap<RepositoryName, HashSet<Digest>>,
    /// Repositories that the destination does not have.
    pub(crate) absent: BTreeSet<RepositoryName>,
    pub(crate) manifests: HashMap<Digest, Manifest>,
}

/// What was found out about one item.
#[derive(Default)]
pub(crate) struct ItemFacts {
    /// What is to be copied, or why the image cannot be had.
    pub(crate) root: Option<Result<Digest, Failure>>,
    /// What is at the destination under the tag or digest.
    pub(crate) existing: Option<Digest>,
    /// Everything the image is made of, if that matters.
    pub(crate) closure: Option<Closure>,
    /// What refers to it and is to be copied; its blobs are in `closure`.
    pub(crate) referrers: Vec<PlannedReferrer>,
    /// The index that one platform was taken out of.
    pub(crate) out_of: Option<Digest>,
    /// More to be said about it.
    pub(crate) notes: Vec<String>,
}

impl ItemFacts {
    /// Whether something will be put at the destination.
    pub(crate) fn is_work(&self, on_conflict: OnConflict) -> bool {
        let Some(Ok(root)) = &self.root else { return false };
        match &self.existing {
            None => true,
            Some(existing) if existing == root => !self.referrers.is_empty(),
            Some(_) => on_conflict == OnConflict::Overwrite,
        }
    }
}

pub(crate) async fn gather(
    source: &Arc<dyn Source>,
    sink: &Arc<dyn Sink>,
    request: &CopyRequest,
    items: &[CopyItem],
) -> Result<Facts, EngineError> {
    let standings = look(sink.as_ref(), items).await?;
    let (there, here) = to_resolve(items, request, &standings);
    let (there, here) = futures::try_join!(
        resolve(sink.as_ref(), there, EngineError::destination),
        resolve(source.as_ref(), here, EngineError::source),
    )?;
    let source_tags = source_tags(source.as_ref(), request, items).await?;
    let gathering = Gathering {
        walker: Walker::new(source),
        sink: sink.as_ref(),
        request,
        standings: &standings,
        there,
        here,
        source_tags,
        same_registry: source.name() == sink.name(),
    };
    // Futures are made when their turn comes: ten thousand at once would be much memory.
    let gathering_ref = &gathering;
    // By place and not by reference: a closure over references would keep the future from being `Send`.
    let looking =
        (0..items.len()).filter_map(move |place| items.get(place).map(|item| gathering_ref.item(item)));
    let found: Vec<ItemFacts> = futures::stream::iter(looking).buffered(AT_ONCE).try_collect().await?;
    let present = present(sink.as_ref(), items, &found, &standings).await?;
    let absent = standings
        .iter()
        .filter(|(_, standing)| standing.state == RepositoryState::Absent)
        .map(|(name, _)| name.clone())
        .collect();
    Ok(Facts { items: found, present, absent, manifests: gathering.walker.into_kept() })
}

/// The tags of source repositories, if cosign's are looked for.
async fn source_tags(
    source: &dyn Source,
    request: &CopyRequest,
    items: &[CopyItem],
) -> Result<HashMap<RepositoryName, HashSet<Tag>>, EngineError> {
    let mut tags = HashMap::new();
    if !request.referrers.wanted() {
        return Ok(tags);
    }
    let repositories: BTreeSet<&RepositoryName> = items.iter().map(|item| &item.repository).collect();
    let asked: Vec<_> = repositories
        .into_iter()
        .map(|repository| async move {
            let listed = match request.source_tags.get(repository) {
                Some(known) => known.to_vec(),
                None => match source.tags(repository).await {
                    Ok(tags) => tags,
                    Err(error) if error.is_retryable() => return Err(EngineError::source(error)),
                    // The images say for themselves what is wrong.
                    Err(_) => Vec::new(),
                },
            };
            let about = listed.into_iter().filter(|tag| tag.as_str().starts_with("sha"));
            Ok((repository.clone(), about.collect::<HashSet<Tag>>()))
        })
        .collect();
    let mut asked = futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE);
    while let Some((repository, found)) = asked.try_next().await? {
        tags.insert(repository, found);
    }
    Ok(tags)
}

/// What repositories have of the blobs that images need. Where nothing is, nothing is asked.
async fn present(
    sink: &dyn Sink,
    items: &[CopyItem],
    found: &[ItemFacts],
    standings: &HashMap<RepositoryName, Standing>,
) -> Result<HashMap<RepositoryName, HashSet<Digest>>, EngineError> {
    let mut wanted: BTreeMap<&RepositoryName, BTreeSet<&Digest>> = BTreeMap::new();
    for (item, facts) in items.iter().zip(found) {
        let filled = standings
            .get(&item.destination)
            .is_some_and(|standing| standing.state == RepositoryState::Filled);
        if let (true, Some(closure)) = (filled, &facts.closure) {
            let blobs = closure.blobs.iter().filter(|blob| !blob.foreign).map(|blob| &blob.descriptor.digest);
            wanted.entry(&item.destination).or_default().extend(blobs);
        }
    }
    let asked: Vec<_> = wanted
        .into_iter()
        .filter(|(_, digests)| !digests.is_empty())
        .map(|(repository, digests)| async move {
            let digests: Vec<Digest> = digests.into_iter().cloned().collect();
            match sink.exists_many(repository, &digests).await {
                Ok(found) => Ok((repository.clone(), found)),
                // It went away a moment ago: then it has nothing.
                Err(RegistryError::RepositoryNotFound { .. }) => Ok((repository.clone(), HashSet::new())),
                Err(error) => Err(EngineError::destination(error)),
            }
        })
        .collect();
    futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE).try_collect().await
}

/// What every item is looked at with.
struct Gathering<'a> {
    walker: Walker<'a>,
    sink: &'a dyn Sink,
    request: &'a CopyRequest,
    standings: &'a HashMap<RepositoryName, Standing>,
    /// What the destination's references point at.
    there: Resolved,
    /// What the source's references point at.
    here: Resolved,
    source_tags: HashMap<RepositoryName, HashSet<Tag>>,
    same_registry: bool,
}

impl Gathering<'_> {
    /// A failure of one image leaves the others; a failure of a registry ends the plan.
    async fn item(&self, item: &CopyItem) -> Result<ItemFacts, EngineError> {
        let mut facts = ItemFacts::default();
        match self.look_at(item, &mut facts).await {
            Ok(()) => Ok(facts),
            Err(EngineError::Registry { side, error })
                if side == crate::Side::Destination || of_the_registry(&error) =>
            {
                Err(EngineError::Registry { side, error })
            }
            Err(error) => Ok(ItemFacts { root: Some(Err(error.failure())), ..ItemFacts::default() }),
        }
    }

    async fn look_at(&self, item: &CopyItem, facts: &mut ItemFacts) -> Result<(), EngineError> {
        let digest = self.source_digest(item)?;
        let standing = self
            .standings
            .get(&item.destination)
            .ok_or_else(|| EngineError::Internal(format!("nothing is known of `{}`", item.destination)))?;
        facts.existing = self.existing(item, standing, digest.as_ref())?;
        if let Some(digest) = &digest
            && self.request.platform.is_none()
        {
            facts.root = Some(Ok(digest.clone()));
            if self.settled(digest, facts.existing.as_ref()) {
                return Ok(());
            }
        }
        let root = self.fetch(item, digest.as_ref()).await?;
        let root = match &self.request.platform {
            Some(wanted) => self.of_platform(item, root, wanted, facts).await?,
            None => root,
        };
        if item.tag.is_none() && facts.existing.is_none() && standing.state == RepositoryState::Filled {
            // Only now is it known for which digest to look.
            let reference = TagOrDigest::Digest(root.digest.clone());
            let found = self.sink.resolve(&item.destination, &reference).await;
            facts.existing = found.map_err(EngineError::destination)?.map(|found| found.digest);
        }
        facts.root = Some(Ok(root.digest.clone()));
        let retag = self.same_registry && item.repository == item.destination;
        if retag || self.settled(&root.digest, facts.existing.as_ref()) {
            return Ok(());
        }
        let mut closure = self.walker.close_over(&item.repository, &root).await?;
        if self.request.referrers.wanted() {
            let present = facts.existing.as_ref() == Some(&root.digest);
            let found = self.referrers(item, standing, &closure, present).await?;
            if present {
                // The image itself needs nothing.
                closure = Closure::default();
            }
            closure.join(found.blobs);
            facts.referrers = found.referrers;
            facts.notes.extend(found.notes);
        }
        facts.closure = Some(closure);
        Ok(())
    }

    /// What the source's reference points at, if that was asked or is known.
    fn source_digest(&self, item: &CopyItem) -> Result<Option<Digest>, EngineError> {
        if let Some(digest) = known(item) {
            return Ok(Some(digest.clone()));
        }
        match self.here.get(&(item.repository.clone(), item.reference.clone())) {
            None => Ok(None),
            Some(Ok(Some(digest))) => Ok(Some(digest.clone())),
            Some(Ok(None)) => Err(self.missing(item)),
            Some(Err(error)) => Err(error.clone()),
        }
    }

    fn missing(&self, item: &CopyItem) -> EngineError {
        EngineError::SourceMissing {
            registry: self.walker.source.name().to_owned(),
            repository: item.repository.to_string(),
            reference: item.reference.to_string(),
        }
    }

    /// What the destination has under the item's tag, or under its digest if it gets no tag.
    fn existing(
        &self,
        item: &CopyItem,
        standing: &Standing,
        digest: Option<&Digest>,
    ) -> Result<Option<Digest>, EngineError> {
        let target = match (&item.tag, digest) {
            (Some(tag), _) => TagOrDigest::Tag(tag.clone()),
            (None, Some(digest)) => TagOrDigest::Digest(digest.clone()),
            (None, None) => return Ok(None),
        };
        match standing.of(&target) {
            Known::Absent => Ok(None),
            Known::At(digest) => Ok(Some(digest)),
            Known::Ask => match self.there.get(&(item.destination.clone(), target)) {
                Some(Ok(digest)) => Ok(digest.clone()),
                Some(Err(error)) => Err(error.clone()),
                None => Ok(None),
            },
        }
    }

    /// Whether no more needs to be known: the destination has the image, or keeps another one.
    fn settled(&self, digest: &Digest, existing: Option<&Digest>) -> bool {
        match existing {
            None => false,
            Some(existing) if existing == digest => !self.request.referrers.wanted(),
            Some(_) => self.request.on_conflict != OnConflict::Overwrite,
        }
    }

    /// The image's own manifest, by one request.
    async fn fetch(&self, item: &CopyItem, digest: Option<&Digest>) -> Result<Manifest, EngineError> {
        if let Some(digest) = digest {
            return self.walker.read(&item.repository, digest).await;
        }
        let fetched = self.walker.source.fetch(&item.repository, &item.reference).await;
        let manifest = fetched.map_err(EngineError::source)?.ok_or_else(|| self.missing(item))?;
        self.walker.keep(&manifest);
        Ok(manifest)
    }

    async fn of_platform(
        &self,
        item: &CopyItem,
        root: Manifest,
        wanted: &Platform,
        facts: &mut ItemFacts,
    ) -> Result<Manifest, EngineError> {
        let index = root.digest.clone();
        let chosen = platform::choose(&self.walker, &item.repository, root, wanted).await?;
        facts.out_of = (chosen.digest != index).then_some(index);
        Ok(chosen)
    }

    async fn referrers(
        &self,
        item: &CopyItem,
        standing: &Standing,
        closure: &Closure,
        present: bool,
    ) -> Result<Found, EngineError> {
        let none = HashSet::new();
        let search = Search {
            walker: &self.walker,
            sink: self.sink,
            repository: &item.repository,
            tags: self.source_tags.get(&item.repository).unwrap_or(&none),
            destination: &item.destination,
            standing,
            wanted: self.request.referrers,
            on_conflict: self.request.on_conflict,
        };
        search.all(closure, present).await
    }
}
