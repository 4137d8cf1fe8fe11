//! The images of a run: those of its steps, each in the view of the run, or the many of an engine
//! rule, shown in totals and read by windows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use longshore_engine::{Action, CopyPlan, Event, PlannedImage, Reporter, Way};
use longshore_names::{Digest, ForeignText};
use longshore_registry::Descriptor;
use tokio::time::Instant;

use super::{Live, meter::Meter};
use crate::{
    api::{
        ApiError, LayerAction, ListRunImages, RunCounts, RunImage, RunImageRow, RunImageWindow, RunLayer,
        RunPause, RunState, RunTransfer, RunView,
    },
    transfer::Steering,
};

/// The number of images whose layers are reported at once.
const MOST_OPEN: usize = 50;
/// Images that are stored in the history of one run, except those that the destination already had.
const MOST_KEPT: usize = 20_000;

/// When bytes may be transferred again, if a window forbids it now.
pub(crate) type Opens = Arc<dyn Fn() -> Option<DateTime<Utc>> + Send + Sync>;

/// The images of a run. Clones of the handle show the same run.
pub(crate) struct RunImages {
    state: Mutex<State>,
    pub(crate) steering: Steering,
    opens: Opens,
    before: Before,
    /// They are few and known from the plan: the view of the run lists them.
    listed: bool,
}

/// Bytes of an earlier part of the run. They are not uploaded again, except for uploads that a
/// registry could not resume.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Before {
    pub(crate) moved: u64,
    pub(crate) saved: u64,
    /// The bytes that the whole run was to upload.
    pub(crate) to_move: u64,
}

#[derive(Default)]
struct State {
    images: Vec<Image>,
    counts: RunCounts,
    to_move: u64,
    moved: u64,
    mounted: u64,
    saved: u64,
    removed: u32,
    version: u64,
    meter: Meter,
}

struct Image {
    source: String,
    destination: String,
    digest: Option<Digest>,
    state: RunState,
    error: Option<ApiError>,
    blobs: Vec<Blob>,
    to_move: u64,
    moved: u64,
}

struct Blob {
    descriptor: Arc<Descriptor>,
    action: LayerAction,
    moved: u64,
    /// Its size is among the saved bytes.
    saved: bool,
}

impl std::fmt::Debug for RunImages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunImages").field("listed", &self.listed).finish_non_exhaustive()
    }
}

impl RunImages {
    /// The images of a run whose steps copy one image each, as `images` lists them.
    pub(crate) fn of_steps(images: &[RunImage], steering: Steering, before: Before) -> Self {
        let mut state = State::default();
        for image in images {
            let image = Image::shown(image);
            state.counts.images += 1;
            *of(&mut state.counts, image.state) += 1;
            state.images.push(image);
        }
        Self { state: Mutex::new(state), steering, opens: Arc::new(|| None), before, listed: true }
    }

    /// The images of an engine rule's run, none yet.
    pub(crate) fn of_rule(steering: Steering, before: Before, opens: Opens) -> Self {
        Self { state: Mutex::default(), steering, opens, before, listed: false }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the images of a destination; the returned reporter tracks them.
    pub(crate) fn add(self: &Arc<Self>, live: &Arc<Live>, plan: &CopyPlan) -> Arc<dyn Reporter> {
        let first = self.put(&plan.images, &plan.destination, plan.totals.bytes_to_move);
        Arc::new(Told { images: Arc::clone(self), live: Arc::clone(live), first, folded: false })
    }

    /// Shows the blobs of a step's image; the reporter tells of them. The engine may copy it to several
    /// tags: here it is one image, and [`end`](Self::end) says how it ended.
    pub(crate) fn begin(
        self: &Arc<Self>,
        live: &Arc<Live>,
        place: usize,
        planned: &[PlannedImage],
    ) -> Arc<dyn Reporter> {
        let mut state = self.state();
        let State { images, counts, .. } = &mut *state;
        if let Some(image) = images.get_mut(place) {
            image.become_(counts, RunState::Running);
            image.error = None;
            image.moved = 0;
            image.blobs = blobs_of(planned);
            image.to_move = planned.iter().map(|one| one.bytes_to_move).sum();
        }
        state.version += 1;
        drop(state);
        live.changed.notify_one();
        Arc::new(Told { images: Arc::clone(self), live: Arc::clone(live), first: place, folded: true })
    }

    /// Says how a step's image ended.
    pub(crate) fn end(&self, live: &Live, place: usize, to: RunState, error: Option<ApiError>) {
        let mut state = self.state();
        let State { images, counts, .. } = &mut *state;
        if let Some(image) = images.get_mut(place) {
            image.become_(counts, to);
            image.error = error;
        }
        state.version += 1;
        drop(state);
        live.changed.notify_one();
    }

    /// Adds images; returns the index of the first.
    fn put(&self, images: &[PlannedImage], destination: &str, to_move: u64) -> usize {
        let mut state = self.state();
        let first = state.images.len();
        state.to_move += to_move;
        for planned in images {
            let image = Image::new(planned, destination);
            state.counts.images += 1;
            *of(&mut state.counts, image.state) += 1;
            state.images.push(image);
        }
        state.version += 1;
        first
    }

    /// Writes the progress into the view.
    pub(crate) fn show(&self, view: &mut RunView) {
        let paused = match (self.steering.is_paused(), self.steering.is_closed()) {
            (true, _) => Some(RunPause::Person),
            (false, true) => Some(RunPause::Window),
            (false, false) => None,
        };
        let running = view.ended.is_none();
        let mut state = self.state();
        let moved = state.moved;
        if paused.is_some() {
            state.meter.forget();
        } else {
            state.meter.note(Instant::now(), moved);
        }
        let before = self.before;
        view.bytes_moved = before.moved + moved;
        view.bytes_saved = before.saved + state.saved;
        view.bytes_total = before.to_move.max(state.to_move).max(view.bytes_moved);
        if self.listed {
            let rows = state.images.iter().map(|image| image.row(0, true).image);
            view.images = rows.collect();
            if view.images.is_empty() {
                return;
            }
        }
        let left = view.bytes_total - view.bytes_moved;
        view.transfer = Some(RunTransfer {
            counts: state.counts.clone(),
            bytes_mounted: state.mounted,
            rate: state.meter.rate().filter(|_| running),
            left: state.meter.left(left).filter(|_| running && left > 0),
            paused: paused.filter(|_| running),
            opens: (paused == Some(RunPause::Window)).then(|| (self.opens)()).flatten(),
            bandwidth: self.steering.bandwidth(),
            concurrency: self.steering.concurrency().map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            removed: state.removed,
            version: state.version,
        });
    }

    /// Whether the run copies images, so that it can be paused and limited.
    pub(crate) fn copies(&self) -> bool {
        !self.listed || !self.state().images.is_empty()
    }

    /// A window of the images: in progress, failed, the others.
    pub(crate) fn window(&self, request: &ListRunImages) -> RunImageWindow {
        let state = self.state();
        let wanted = request.search.trim().to_lowercase();
        let fits = |image: &Image| {
            (!request.only_failed || image.state == RunState::Failed)
                && (wanted.is_empty()
                    || image.source.to_lowercase().contains(&wanted)
                    || image.destination.to_lowercase().contains(&wanted))
        };
        let mut places: Vec<usize> = state
            .images
            .iter()
            .enumerate()
            .filter(|(_, image)| fits(image))
            .map(|(place, _)| place)
            .collect();
        let weight = |place: &usize| match state.images.get(*place).map(|image| image.state) {
            Some(RunState::Running) => 0,
            Some(RunState::Failed) => 1,
            _ => 2,
        };
        places.sort_by_key(weight);
        let open: Vec<u32> = request.layers_of.iter().copied().take(MOST_OPEN).collect();
        let rows = places
            .iter()
            .skip(request.offset as usize)
            .take(request.limit.clamp(1, 500) as usize)
            .filter_map(|place| state.images.get(*place).map(|image| (number(*place), image)))
            .map(|(index, image)| image.row(index, open.contains(&index)))
            .collect();
        RunImageWindow { total: number(places.len()), rows, version: state.version }
    }

    /// Images for the history of a run with this end: all that the destination did not already
    /// have.
    pub(crate) fn ended(&self, end: RunState) -> Vec<RunImageRow> {
        let mut state = self.state();
        let State { images, counts, version, .. } = &mut *state;
        for image in images.iter_mut().filter(|image| image.state == RunState::Running) {
            image.become_(counts, end);
        }
        *version += 1;
        if self.listed {
            return Vec::new();
        }
        let kept = images.iter().enumerate().filter(|(_, image)| image.state != RunState::Skipped);
        kept.take(MOST_KEPT).map(|(place, image)| image.row(number(place), false)).collect()
    }

    /// Sets how many tags were removed in total.
    pub(crate) fn removed(&self, count: usize) {
        let mut state = self.state();
        state.removed += number(count);
        state.version += 1;
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn of(counts: &mut RunCounts, state: RunState) -> &mut u32 {
    match state {
        RunState::Running => &mut counts.running,
        RunState::Done => &mut counts.done,
        RunState::Skipped => &mut counts.skipped,
        RunState::Failed => &mut counts.failed,
        RunState::Waiting | RunState::Cancelled | RunState::Interrupted => &mut counts.waiting,
    }
}

impl Image {
    fn new(planned: &PlannedImage, destination: &str) -> Self {
        let (state, error) = match &planned.action {
            Action::Skip | Action::Keep { .. } => (RunState::Skipped, None),
            Action::Unavailable { failure } => (RunState::Failed, Some(ApiError::from(failure.clone()))),
            _ => (RunState::Waiting, None),
        };
        Self {
            source: ForeignText::new(planned.source_name()).into(),
            destination: ForeignText::new(format!("{destination}/{}", planned.destination_name())).into(),
            digest: planned.digest.clone(),
            state,
            error,
            blobs: blobs_of(std::slice::from_ref(planned)),
            to_move: planned.bytes_to_move,
            moved: 0,
        }
    }

    /// An image as it was shown before.
    fn shown(image: &RunImage) -> Self {
        let blob = |layer: &RunLayer| {
            let digest = layer.digest.parse().ok()?;
            let descriptor = Descriptor { media_type: String::new(), digest, size: layer.total };
            Some(Blob {
                descriptor: Arc::new(descriptor),
                action: layer.action,
                moved: layer.moved,
                saved: true,
            })
        };
        Self {
            source: image.source.clone(),
            destination: image.destination.clone(),
            digest: image.digest.parse().ok(),
            state: image.state,
            error: image.error.clone(),
            blobs: image.layers.iter().filter_map(blob).collect(),
            to_move: 0,
            moved: 0,
        }
    }

    fn become_(&mut self, counts: &mut RunCounts, state: RunState) {
        *of(counts, self.state) = of(counts, self.state).saturating_sub(1);
        *of(counts, state) += 1;
        self.state = state;
    }

    fn blob(&mut self, digest: &Digest) -> Option<&mut Blob> {
        self.blobs.iter_mut().find(|blob| blob.descriptor.digest == *digest)
    }

    fn row(&self, index: u32, layers: bool) -> RunImageRow {
        let layer = |blob: &Blob| RunLayer {
            digest: blob.descriptor.digest.to_string(),
            moved: blob.moved,
            total: blob.descriptor.size,
            action: blob.action,
        };
        RunImageRow {
            index,
            image: RunImage {
                source: self.source.clone(),
                destination: self.destination.clone(),
                digest: self.digest.as_ref().map(ToString::to_string).unwrap_or_default(),
                state: self.state,
                layers: if layers { self.blobs.iter().map(layer).collect() } else { Vec::new() },
                error: self.error.clone(),
            },
            bytes_moved: self.moved,
            bytes_to_move: Some(self.to_move),
        }
    }
}

/// The blobs of one image, each once.
fn blobs_of(planned: &[PlannedImage]) -> Vec<Blob> {
    let mut blobs: Vec<Blob> = Vec::new();
    for blob in planned.iter().flat_map(|image| &image.blobs) {
        if planned.len() > 1 && blobs.iter().any(|known| known.descriptor.digest == blob.descriptor.digest) {
            continue;
        }
        let action = if blob.way == Way::Present { LayerAction::Present } else { LayerAction::Waiting };
        blobs.push(Blob { descriptor: Arc::clone(&blob.descriptor), action, moved: 0, saved: false });
    }
    blobs
}

/// Tells of the images of one destination, or of one image.
struct Told {
    images: Arc<RunImages>,
    live: Arc<Live>,
    first: usize,
    /// All that is told is of the first image.
    folded: bool,
}

impl Told {
    fn change(&self, image: usize, change: impl FnOnce(&mut State, usize)) {
        let mut state = self.images.state();
        let place = if self.folded { self.first } else { self.first + image };
        if place < state.images.len() {
            change(&mut state, place);
            state.version += 1;
        }
        drop(state);
        self.live.changed.notify_one();
    }

    fn becomes(&self, image: usize, to: RunState, error: Option<ApiError>) {
        if self.folded {
            return;
        }
        self.change(image, |state, place| {
            let State { images, counts, .. } = state;
            if let Some(image) = images.get_mut(place) {
                image.become_(counts, to);
                image.error = error;
            }
        });
    }

    fn blob(&self, image: usize, digest: &Digest, change: impl FnOnce(&mut Sums<'_>, &mut Blob)) {
        self.change(image, |state, place| {
            let State { images, moved, mounted, saved, .. } = state;
            let Some(image) = images.get_mut(place) else { return };
            let mut here = 0;
            if let Some(blob) = image.blob(digest) {
                change(&mut Sums { here: &mut here, mounted, saved }, blob);
            }
            image.moved += here;
            *moved += here;
        });
    }
}

struct Sums<'a> {
    /// Uploaded bytes that this event adds.
    here: &'a mut u64,
    mounted: &'a mut u64,
    saved: &'a mut u64,
}

impl Reporter for Told {
    fn report(&self, event: Event) {
        match event {
            Event::Started { image } => self.becomes(image, RunState::Running, None),
            Event::Skipped { image, .. } => self.becomes(image, RunState::Skipped, None),
            Event::Finished { image } => self.becomes(image, RunState::Done, None),
            Event::Failed { image, failure } => {
                self.becomes(image, RunState::Failed, Some(ApiError::from(failure)));
            }
            Event::Present { image, digest, size } => self.blob(image, &digest, |sums, blob| {
                if !std::mem::replace(&mut blob.saved, true) {
                    *sums.saved += size;
                }
                blob.action = LayerAction::Present;
            }),
            Event::Mounted { image, digest, size } => self.blob(image, &digest, |sums, blob| {
                if !std::mem::replace(&mut blob.saved, true) {
                    *sums.saved += size;
                    *sums.mounted += size;
                }
                blob.action = LayerAction::Mounted;
            }),
            Event::Bytes { image, digest, moved, .. } => self.blob(image, &digest, |sums, blob| {
                // An upload that starts over counts its bytes again.
                *sums.here = if moved >= blob.moved { moved - blob.moved } else { moved };
                blob.action = LayerAction::Uploading;
                blob.moved = moved;
            }),
            Event::Uploaded { image, digest, size } => self.blob(image, &digest, |_, blob| {
                blob.action = LayerAction::Uploaded;
                blob.moved = size;
            }),
            Event::Removed { .. } => {
                self.images.removed(1);
                self.live.changed.notify_one();
            }
            Event::Paused | Event::Resumed => self.live.changed.notify_one(),
            Event::Planned { .. }
            | Event::Referrer { .. }
            | Event::ReferrerRefused { .. }
            | Event::SourceMoved { .. }
            | Event::NotRemoved { .. }
            | Event::Verified { .. }
            | Event::Checked { .. }
            | Event::Ended { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
