//! One copy: a tag, a digest or a whole repository.

use longshore_engine::{CopyItem, CopyPlan, CopyRequest, OnConflict, Referrers, RunContext, RunOutcome};
use longshore_names::{RepositoryName, Tag};
use longshore_registry::{Platform, Sink, Source, TagOrDigest};

use super::{
    archived::{Shelf, unnamed},
    ecr_names,
    left_behind::{Asking, LeftBehind},
    nothing_selected,
    reopen::note,
};
use crate::{
    access::{Endpoints, Location, NewRepositories},
    api::{ApiError, Side},
};

/// The options of a copy.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// The source; without a tag or digest, every tag.
    pub source: Location,
    /// The destination; without a tag, under the source's tags.
    pub destination: Location,
    /// What to do with tags that are taken.
    pub on_conflict: OnConflict,
    /// Copies the image of one platform out of each index.
    pub platform: Option<Platform>,
    /// Whether signatures, SBOMs and attestations are copied too.
    pub referrers: Referrers,
}

impl CopyOptions {
    /// Copies everything that the source names; moves no tag.
    pub fn new(source: Location, destination: Location) -> Self {
        Self {
            source,
            destination,
            on_conflict: OnConflict::default(),
            platform: None,
            referrers: Referrers::default(),
        }
    }
}

/// A copy that is planned and has not started.
pub struct PlannedCopy {
    /// What will be done.
    pub plan: CopyPlan,
    /// Worth knowing, such as names that the source lists and that are left out.
    pub notes: Vec<String>,
    context: RunContext,
    left: LeftBehind,
    is_local: bool,
}

/// Reads both places and decides what to do. Changes nothing.
///
/// # Errors
/// When a place cannot be opened or read, or source and destination do not match.
pub async fn plan_copy(endpoints: &Endpoints, options: &CopyOptions) -> Result<PlannedCopy, ApiError> {
    let (from, to) = (&options.source.clone().settled(), &options.destination);
    let several = matches!(from, Location::Registry(reference) if reference.reference.is_none());
    match to.reference() {
        Some(TagOrDigest::Digest(_)) => {
            let text = "A destination can have a tag, but no digest.";
            return Err(wrong(text, "Leave the digest out; it is the source's anyway."));
        }
        Some(TagOrDigest::Tag(_)) if several => return Err(all_into_one()),
        _ => {}
    }
    let sink = endpoints.sink(to).await.map_err(|error| error.of(Side::Destination))?;
    let source = endpoints.source(from).await.map_err(|error| error.of(Side::Source))?;
    let mut request = CopyRequest::new(Vec::new());
    items(endpoints, source.as_ref(), (from, to), &mut request).await?;
    if let Some(TagOrDigest::Tag(tag)) = to.reference() {
        let [one] = request.items.as_mut_slice() else { return Err(all_into_one()) };
        one.tag = Some(tag.clone());
    }
    ecr_names::check(endpoints, to, &request.items).await?;
    request.on_conflict = options.on_conflict;
    request.platform.clone_from(&options.platform);
    request.referrers = options.referrers;
    let plan = longshore_engine::plan(source.clone(), sink.clone(), &request).await?;
    let mut notes = source.remarks();
    notes.extend(sink.remarks().into_iter().filter(|_| source.name() != sink.name()));
    let note = note(endpoints, None, &NewRepositories::default()).await;
    let context = RunContext { note, ..RunContext::new(source, sink) };
    let left = if options.referrers.wanted() { LeftBehind::none() } else { LeftBehind::default() };
    let is_local = !matches!(from, Location::Registry(_));
    Ok(PlannedCopy { plan, notes, context, left, is_local })
}

impl PlannedCopy {
    /// The context of its run; to be completed with a reporter, a journal and a way to stop.
    pub fn context(&self) -> RunContext {
        self.context.clone()
    }

    /// How many referrers of the images stay at the source; known after [`run`](Self::run) or
    /// [`look_for_referrers`](Self::look_for_referrers), for up to 16 images or a source on this
    /// machine.
    pub fn left_behind(&self) -> LeftBehind {
        self.left.clone()
    }

    /// Asks the source for referrers that would stay behind.
    pub async fn look_for_referrers(&self) {
        if let Some(asking) = self.asking() {
            asking.end().await;
        }
    }

    fn asking(&self) -> Option<Asking> {
        match self.left.get() {
            Some(_) => None,
            None => self.left.ask(&self.context.source, &self.plan, self.is_local),
        }
    }

    /// Carries out the plan as the run with this id, and meanwhile asks for referrers that stay
    /// behind. The summary counts all requests since the places were opened.
    ///
    /// # Errors
    /// When the run cannot start; images that fail are in the outcome.
    pub async fn run(self, run: String, context: RunContext) -> Result<RunOutcome, ApiError> {
        let asking = self.asking();
        let (source, sink) = (self.context.source.clone(), self.context.sink.clone());
        let mut outcome = longshore_engine::run_as(run, self.plan, context).await?;
        if let Some(asking) = asking {
            asking.end().await;
        }
        outcome.summary.requests = counted(source.as_ref(), sink.as_ref());
        Ok(outcome)
    }
}

/// The images that the source names, under the source's tags.
async fn items(
    endpoints: &Endpoints,
    source: &dyn Source,
    (from, to): (&Location, &Location),
    request: &mut CopyRequest,
) -> Result<(), ApiError> {
    if let Some(shelf) = Shelf::of(endpoints, from).await? {
        request.items = shelf.items(to)?;
        return Ok(());
    }
    let (repository, destination) = (repository(from, to)?, repository(to, from)?);
    match from.reference() {
        Some(reference) => {
            let tag = from.tag().cloned();
            request.items.push(CopyItem::new(repository, reference.clone(), destination, tag));
        }
        None => {
            let mut listed = source.list(&repository).await.map_err(|error| at(Side::Source, error))?;
            listed.sort_unstable_by(|one, other| one.tag.cmp(&other.tag));
            let tags: Vec<Tag> = listed.iter().map(|listed| listed.tag.clone()).collect();
            request.source_tags.insert(repository.clone(), tags.into());
            let item = |listed| CopyItem::listed(repository.clone(), listed, destination.clone());
            request.items = listed.into_iter().map(item).collect();
            if request.items.is_empty() {
                return Err(nothing_selected(format!("`{from}` has no tags.")));
            }
        }
    }
    Ok(())
}

fn all_into_one() -> ApiError {
    let text = "Several source tags cannot be copied to one tag.";
    wrong(text, "Specify a source tag, or omit the destination tag.")
}

fn wrong(text: &str, hint: &str) -> ApiError {
    ApiError::input("destination", "destination", text).hint(hint)
}

/// A place's repository. A directory is one repository without a name; it takes the name of the
/// other place, so that plans read well.
pub(super) fn repository(location: &Location, other: &Location) -> Result<RepositoryName, ApiError> {
    match (location, other) {
        (Location::Registry(reference), _) | (_, Location::Registry(reference)) => {
            Ok(reference.repository.clone())
        }
        _ => unnamed(),
    }
}

/// Requests to both registries since they were opened.
pub(super) fn counted(source: &dyn Source, sink: &dyn Sink) -> u64 {
    let (read, written) = (source.stats(), sink.stats());
    if source.name() == sink.name() {
        read.requests.max(written.requests)
    } else {
        read.requests + written.requests
    }
}

fn at(side: Side, error: longshore_registry::Error) -> ApiError {
    ApiError { side, ..error.into() }
}
