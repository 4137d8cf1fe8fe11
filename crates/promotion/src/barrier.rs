//! The barrier between proof and tags: the destinations of a stage move together.

use std::collections::BTreeMap;

use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::place::Place;

/// How far one destination is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "detail")]
pub enum DestinationState {
    /// Nothing was done.
    Waiting,
    /// The build is being copied.
    Copying,
    /// The build and everything that it refers to was read back by digest.
    Proven,
    /// The tag was written, or resolves where replication carries it.
    Tagged(Digest),
    /// It failed, with the reason.
    Failed(String),
}

/// One destination.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Progress {
    replicated: bool,
    state: DestinationState,
}

/// What the engine may do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Copy and prove the build at these destinations; no tag yet.
    Prove(Vec<Place>),
    /// Every written destination is proven: write the tags here.
    Tag(Vec<Place>),
    /// Wait for replication to carry the tag here. This is not atomic.
    AwaitReplication(Vec<Place>),
    /// A destination failed before any tag was written: nothing visible has changed.
    Stopped(Vec<(Place, String)>),
    /// A destination failed while tags were written: resume to write the rest.
    Resume(Vec<(Place, String)>),
    /// Every destination's tag resolves to the digest.
    Done,
}

/// The destinations of one build in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    digest: Digest,
    places: BTreeMap<Place, Progress>,
    /// Whether a tag was written or may be: from then on a failure leaves the stage half moved.
    open: bool,
}

impl Barrier {
    /// A build for these destinations, each with whether replication carries it there.
    pub fn new(digest: Digest, places: impl IntoIterator<Item = (Place, bool)>) -> Self {
        let progress = |replicated| Progress { replicated, state: DestinationState::Waiting };
        let places = places.into_iter().map(|(place, replicated)| (place, progress(replicated))).collect();
        Self { digest, places, open: false }
    }

    /// Notes what happened at a destination. A tag that names another digest is a failure. A tag that names
    /// the digest before the barrier is open was written by someone else: it proves nothing, and is ignored.
    pub fn note(&mut self, place: &Place, state: DestinationState) {
        let open = self.open;
        let Some(progress) = self.places.get_mut(place) else { return };
        progress.state = match state {
            DestinationState::Tagged(found) if found != self.digest => {
                DestinationState::Failed(format!("the tag names another image, {}", found.short()))
            }
            DestinationState::Tagged(_) if !open && !progress.replicated => return,
            state => state,
        };
        let proven = |one: &Progress| one.replicated || one.state == DestinationState::Proven;
        self.open = self.open || self.places.values().all(proven);
    }

    /// Whether tags may be written.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The state of each destination.
    pub fn states(&self) -> impl Iterator<Item = (&Place, &DestinationState)> {
        self.places.iter().map(|(place, progress)| (place, &progress.state))
    }

    /// A failed destination is tried again; what was reached stays.
    pub fn resume(&mut self) {
        for progress in self.places.values_mut() {
            if matches!(progress.state, DestinationState::Failed(_)) {
                progress.state = DestinationState::Waiting;
            }
        }
    }

    /// What may be done next.
    pub fn next(&self) -> NextStep {
        let failed: Vec<(Place, String)> = self
            .places
            .iter()
            .filter_map(|(place, progress)| match &progress.state {
                DestinationState::Failed(why) => Some((place.clone(), why.clone())),
                _ => None,
            })
            .collect();
        if !failed.is_empty() {
            return if self.open { NextStep::Resume(failed) } else { NextStep::Stopped(failed) };
        }
        let those = |wanted: &dyn Fn(&Progress) -> bool| -> Vec<Place> {
            self.places
                .iter()
                .filter(|(_, progress)| wanted(progress))
                .map(|(place, _)| place.clone())
                .collect()
        };
        let is_tagged = |one: &Progress| matches!(one.state, DestinationState::Tagged(_));
        if !self.open {
            return NextStep::Prove(those(&|one| !one.replicated && one.state != DestinationState::Proven));
        }
        let untagged = those(&|one| !one.replicated && !is_tagged(one));
        if !untagged.is_empty() {
            return NextStep::Tag(untagged);
        }
        let carried = those(&|one| one.replicated && !is_tagged(one));
        if carried.is_empty() { NextStep::Done } else { NextStep::AwaitReplication(carried) }
    }
}
