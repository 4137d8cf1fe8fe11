//! Writes the engine's events into the view of a run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use longshore_engine::{Event, PlannedImage, Reporter, Way};
use longshore_names::Digest;

use super::live::Live;
use crate::api::{LayerAction, RunImage, RunLayer, RunState, RunView};

/// Reports one image. The engine may copy it under several tags; here that is one image.
pub(super) struct Progress {
    live: Arc<Live>,
    image: usize,
    /// Counted bytes of each blob's upload, so that an upload that starts over counts its bytes
    /// again.
    counted: Mutex<HashMap<Digest, u64>>,
}

impl Progress {
    /// Shows the blobs of `planned` and starts to report.
    pub(super) fn new(live: Arc<Live>, image: usize, planned: &[PlannedImage]) -> Self {
        let progress = Self { live, image, counted: Mutex::default() };
        progress.change(|_, shown| {
            shown.state = RunState::Running;
            shown.error = None;
            shown.layers.clear();
            for blob in planned.iter().flat_map(|image| &image.blobs) {
                let digest = blob.descriptor.digest.to_string();
                if shown.layers.iter().any(|layer| layer.digest == digest) {
                    continue;
                }
                let action =
                    if blob.way == Way::Present { LayerAction::Present } else { LayerAction::Waiting };
                shown.layers.push(RunLayer { digest, moved: 0, total: blob.descriptor.size, action });
            }
        });
        progress
    }

    fn change(&self, change: impl FnOnce(&mut Sums, &mut RunImage)) {
        self.live.update(|view| {
            let RunView { images, bytes_moved, bytes_saved, .. } = view;
            if let Some(shown) = images.get_mut(self.image) {
                let mut sums = Sums { moved: bytes_moved, saved: bytes_saved };
                change(&mut sums, shown);
            }
        });
    }

    /// Sets the final state of the image.
    pub(super) fn end(&self, state: RunState, error: Option<crate::api::ApiError>) {
        self.change(|_, shown| {
            shown.state = state;
            shown.error = error;
        });
    }

    /// A blob that needed no upload; counted once, however many tags it is copied for.
    fn saved(&self, digest: &Digest, size: u64, action: LayerAction) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.insert(digest.clone(), size).is_some() {
            return;
        }
        self.change(|sums, shown| {
            *sums.saved += size;
            if let Some(layer) = layer(shown, digest) {
                layer.action = action;
                layer.moved = 0;
            }
        });
    }
}

struct Sums<'a> {
    moved: &'a mut u64,
    saved: &'a mut u64,
}

fn layer<'a>(image: &'a mut RunImage, digest: &Digest) -> Option<&'a mut RunLayer> {
    image.layers.iter_mut().find(|layer| layer.digest == digest.as_str())
}

impl Reporter for Progress {
    fn tell(&self, event: Event) {
        match event {
            Event::Present { digest, size, .. } => self.saved(&digest, size, LayerAction::Present),
            Event::Mounted { digest, size, .. } => self.saved(&digest, size, LayerAction::Mounted),
            Event::Bytes { digest, moved, .. } => {
                let before = self
                    .counted
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(digest.clone(), moved)
                    .unwrap_or(0);
                let more = if moved >= before { moved - before } else { moved };
                self.change(|sums, shown| {
                    *sums.moved += more;
                    if let Some(layer) = layer(shown, &digest) {
                        layer.action = LayerAction::Uploading;
                        layer.moved = moved;
                    }
                });
            }
            Event::Uploaded { digest, size, .. } => self.change(|_, shown| {
                if let Some(layer) = layer(shown, &digest) {
                    layer.action = LayerAction::Uploaded;
                    layer.moved = size;
                }
            }),
            Event::Planned { .. }
            | Event::Started { .. }
            | Event::Skipped { .. }
            | Event::Referrer { .. }
            | Event::ReferrerRefused { .. }
            | Event::SourceMoved { .. }
            | Event::Removed { .. }
            | Event::NotRemoved { .. }
            | Event::Verified { .. }
            | Event::Finished { .. }
            | Event::Failed { .. }
            | Event::Checked { .. }
            | Event::Paused
            | Event::Resumed
            | Event::Ended { .. } => {}
        }
    }
}
