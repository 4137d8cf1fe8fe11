//! Reads the facts for a plan: digests, manifests, and the destination's content.
//!
//! Nothing is requested twice, and nothing is requested from a repository that does not exist. The
//! destination is asked once per repository for its tags. Tags that exist are resolved on both
//! sides; the other images are fetched from the source with one request each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    Error as RegistryError, Manifest, Platform, RegistryErrorKind, RepositoryState, Sink, Source, TagOrDigest,
};

use crate::{
    CopyItem, CopyRequest, EngineError, EngineErrorKind, Failure, OnConflict, PlannedReferrer,
    error::NOT_READ,
    plan::destination::{Known, Standing, Standings, read_standings},
    plan::read::platform,
    plan::read::referring::{Found, Search},
    plan::read::resolve::{Resolved, known, of_the_registry, resolve, to_resolve},
    plan::read::walk::{Closure, Walker},
};

/// Images that are looked at concurrently.
const AT_ONCE: usize = 64;
/// After this many images in a row that could not be looked at, the rest are not requested.
const MOST_TROUBLE: usize = 3;
/// Repositories that are queried concurrently; each query may take many requests.
const REPOSITORIES_AT_ONCE: usize = 4;

/// The facts for a plan.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) items: Vec<ItemFacts>,
    /// Blobs that repositories of the destination have, among those that were requested.
    pub(crate) present: HashMap<RepositoryName, HashSet<Digest>>,
    /// Repositories that the destination does not have.
    pub(crate) absent: BTreeSet<RepositoryName>,
    pub(crate) manifests: HashMap<Digest, Manifest>,
}

/// The facts about one item.
#[derive(Default)]
pub(crate) struct ItemFacts {
    /// The digest to copy, or why the image is unavailable.
    pub(crate) root: Option<Result<Digest, Failure>>,
    /// What the destination has under the tag or digest.
    pub(crate) existing: Option<Digest>,
    /// Everything that the image consists of, if that matters.
    pub(crate) closure: Option<Closure>,
    /// The referrers to copy; their blobs are in `closure`.
    pub(crate) referrers: Vec<PlannedReferrer>,
    /// The index that the image of one platform was taken from.
    pub(crate) out_of: Option<Digest>,
    /// Additional notes about it.
    pub(crate) notes: Vec<String>,
}

impl ItemFacts {
    fn failed(error: EngineError) -> Self {
        Self { root: Some(Err(error.failure())), ..Self::default() }
    }

    fn is_unread(&self) -> bool {
        matches!(&self.root, Some(Err(failure)) if failure.code == NOT_READ)
    }

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
    let standings = read_standings(sink.as_ref(), items).await?;
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
        trouble: Trouble::default(),
    };
    // Futures are created when their turn comes: ten thousand at once would take much memory.
    let gathering_ref = &gathering;
    // By index and not by reference: a closure over references would keep the future from being
    // `Send`.
    let reading =
        (0..items.len()).filter_map(move |place| items.get(place).map(|item| gathering_ref.item(item)));
    let mut found: Vec<ItemFacts> = futures::stream::iter(reading).buffered(AT_ONCE).try_collect().await?;
    let (present, failed) = present(sink.as_ref(), items, &found, &standings).await?;
    for (item, facts) in items.iter().zip(&mut found) {
        if let (Some(error), true) = (failed.get(&item.destination), facts.closure.is_some()) {
            *facts = ItemFacts::failed(error.clone().while_reading());
        }
    }
    if let (true, Some(error)) = (found.iter().all(ItemFacts::is_unread), gathering.trouble.last()) {
        // Nothing was read at all.
        return Err(error);
    }
    let absent = standings
        .iter()
        .filter(|(_, standing)| standing.as_ref().is_ok_and(|s| s.state == RepositoryState::Absent))
        .map(|(name, _)| name.clone())
        .collect();
    Ok(Facts { items: found, present, absent, manifests: gathering.walker.into_kept() })
}

/// The tags of each source repository, none where the registry refuses to list them, or the
/// transient failure that prevented reading them.
type SourceTags = HashMap<RepositoryName, Result<Option<HashSet<Tag>>, EngineError>>;

/// Lists the tags of source repositories, if cosign's tags are wanted.
async fn source_tags(
    source: &dyn Source,
    request: &CopyRequest,
    items: &[CopyItem],
) -> Result<SourceTags, EngineError> {
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
                    Err(error) if of_the_registry(&error) => return Err(EngineError::source(error)),
                    Err(error) if error.is_retryable() => {
                        return Ok((repository.clone(), Err(EngineError::source(error))));
                    }
                    // Refused: the wanted tags are requested one by one.
                    Err(_) => return Ok((repository.clone(), Ok(None))),
                },
            };
            let about = listed.into_iter().filter(|tag| tag.as_str().starts_with("sha"));
            Ok((repository.clone(), Ok(Some(about.collect::<HashSet<Tag>>()))))
        })
        .collect();
    let mut asked = futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE);
    while let Some((repository, found)) = asked.try_next().await? {
        tags.insert(repository, found);
    }
    Ok(tags)
}

/// The blobs that repositories have, and the transient failures of those that could not be asked.
type Present = (HashMap<RepositoryName, HashSet<Digest>>, HashMap<RepositoryName, EngineError>);

/// Asks repositories for the blobs that images need. Repositories without content are not asked.
async fn present(
    sink: &dyn Sink,
    items: &[CopyItem],
    found: &[ItemFacts],
    standings: &Standings,
) -> Result<Present, EngineError> {
    let mut wanted: BTreeMap<&RepositoryName, BTreeSet<&Digest>> = BTreeMap::new();
    for (item, facts) in items.iter().zip(found) {
        let filled = standings
            .get(&item.destination)
            .is_some_and(|known| known.as_ref().is_ok_and(|known| known.state == RepositoryState::Filled));
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
                Ok(found) => Ok((repository.clone(), Ok(found))),
                // It was deleted a moment ago, so it has nothing.
                Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                    Ok((repository.clone(), Ok(HashSet::new())))
                }
                Err(error) if error.is_retryable() => {
                    Ok((repository.clone(), Err(EngineError::destination(error))))
                }
                Err(error) => Err(EngineError::destination(error)),
            }
        })
        .collect();
    let mut asked = futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE);
    let (mut present, mut failed) = Present::default();
    while let Some((repository, answer)) = asked.try_next().await? {
        match answer {
            Ok(found) => drop(present.insert(repository, found)),
            Err(error) => drop(failed.insert(repository, error)),
        }
    }
    Ok((present, failed))
}

/// Counts the images in a row that could not be looked at because of transient failures. A registry
/// that answers for none of them is not asked for thousands more.
#[derive(Default)]
struct Trouble(Mutex<(usize, Option<EngineError>)>);

impl Trouble {
    fn state(&self) -> MutexGuard<'_, (usize, Option<EngineError>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The failure that ends the gathering.
    fn is_too_much(&self) -> Option<EngineError> {
        let state = self.state();
        state.1.clone().filter(|_| state.0 >= MOST_TROUBLE)
    }

    fn failed(&self, error: &EngineError) {
        let mut state = self.state();
        *state = (state.0 + 1, Some(error.clone()));
    }

    fn remember(&self, error: &EngineError) {
        self.state().1 = Some(error.clone());
    }

    fn succeeded(&self) {
        self.state().0 = 0;
    }

    fn last(&self) -> Option<EngineError> {
        self.state().1.clone()
    }
}

/// What all items share while they are looked at.
struct Gathering<'a> {
    walker: Walker<'a>,
    sink: &'a dyn Sink,
    request: &'a CopyRequest,
    standings: &'a Standings,
    /// What the destination's references point at.
    there: Resolved,
    /// What the source's references point at.
    here: Resolved,
    source_tags: SourceTags,
    same_registry: bool,
    trouble: Trouble,
}

impl Gathering<'_> {
    /// A failure of one image does not affect the others, and neither does a transient failure on
    /// either side. Any other failure of a registry ends the plan.
    async fn item(&self, item: &CopyItem) -> Result<ItemFacts, EngineError> {
        if let Some(error) = self.known_failure(item) {
            self.trouble.remember(&error);
            return Ok(ItemFacts::failed(error.while_reading()));
        }
        if let Some(error) = self.trouble.is_too_much() {
            return Ok(ItemFacts::failed(error.while_reading()));
        }
        let mut facts = ItemFacts::default();
        match self.read_item(item, &mut facts).await {
            Ok(()) => {
                self.trouble.succeeded();
                Ok(facts)
            }
            Err(error) if error.passes() => {
                self.trouble.failed(&error);
                Ok(ItemFacts::failed(error.while_reading()))
            }
            Err(EngineError { side, kind: EngineErrorKind::Registry(error) })
                if side == crate::Side::Destination || of_the_registry(&error) =>
            {
                Err(EngineError { side, kind: EngineErrorKind::Registry(error) })
            }
            Err(error) => {
                self.trouble.succeeded();
                Ok(ItemFacts::failed(error))
            }
        }
    }

    /// A transient failure of a request that was made for many items.
    fn known_failure(&self, item: &CopyItem) -> Option<EngineError> {
        let standing = self.standings.get(&item.destination).and_then(|known| known.as_ref().err());
        let tags = self.source_tags.get(&item.repository).and_then(|known| known.as_ref().err());
        let here = self.here.get(&(item.repository.clone(), item.reference.clone()));
        let there = item.tag.clone().map(|tag| (item.destination.clone(), TagOrDigest::Tag(tag)));
        let there = there.and_then(|key| self.there.get(&key));
        let resolved = [here, there].into_iter().flatten().find_map(|known| known.as_ref().err());
        [standing, tags, resolved].into_iter().flatten().find(|error| error.passes()).cloned()
    }

    async fn read_item(&self, item: &CopyItem, facts: &mut ItemFacts) -> Result<(), EngineError> {
        let digest = self.source_digest(item)?;
        let standing = self
            .standings
            .get(&item.destination)
            .ok_or_else(|| EngineError::internal(format!("nothing is known of `{}`", item.destination)))?
            .as_ref()
            .map_err(Clone::clone)?;
        facts.existing = self.existing(item, standing, digest.as_ref())?;
        if let Some(digest) = &digest
            && self.request.platform.is_none()
        {
            facts.root = Some(Ok(digest.clone()));
            if self.is_decided(digest, facts.existing.as_ref()) {
                return Ok(());
            }
        }
        let root = self.fetch(item, digest.as_ref()).await?;
        let root = match &self.request.platform {
            Some(wanted) => self.of_platform(item, root, wanted, facts).await?,
            None => root,
        };
        if item.tag.is_none() && facts.existing.is_none() && standing.state == RepositoryState::Filled {
            // Only now is the digest known that is to be looked up.
            let reference = TagOrDigest::Digest(root.digest.clone());
            let found = self.sink.resolve(&item.destination, &reference).await;
            facts.existing = found.map_err(EngineError::destination)?.map(|found| found.digest);
        }
        facts.root = Some(Ok(root.digest.clone()));
        let retag = self.same_registry && item.repository == item.destination;
        if retag || self.is_decided(&root.digest, facts.existing.as_ref()) {
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

    /// The digest that the source's reference points at, if it was requested or is known.
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
        EngineError::source(EngineErrorKind::SourceMissing {
            registry: self.walker.source.name().to_owned(),
            repository: item.repository.to_string(),
            reference: item.reference.to_string(),
        })
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

    /// Whether nothing more needs to be known: the destination has the image, or keeps another one.
    fn is_decided(&self, digest: &Digest, existing: Option<&Digest>) -> bool {
        match existing {
            None => false,
            Some(existing) if existing == digest => !self.request.referrers.wanted(),
            Some(_) => self.request.on_conflict != OnConflict::Overwrite,
        }
    }

    /// Fetches the image's own manifest with one request.
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
        let tags = match self.source_tags.get(&item.repository) {
            Some(tags) => tags.as_ref().map_err(Clone::clone)?.as_ref(),
            None => None,
        };
        let search = Search {
            walker: &self.walker,
            sink: self.sink,
            repository: &item.repository,
            tags,
            destination: &item.destination,
            standing,
            wanted: self.request.referrers,
            on_conflict: self.request.on_conflict,
        };
        search.all(closure, present).await
    }
}
