//! What a person does with a run that copies images: reads a window of them, pauses it, changes its
//! limits.

use std::sync::Arc;

use super::store;
use crate::{
    App,
    api::{
        ApiError, ListRunImages, RunImage, RunImageRow, RunImageWindow, RunKey, RunLimits, RunState, Side,
    },
    db::like_anywhere,
    steps::RunImages,
};

impl App {
    /// A window of a run's images: those in progress first, then those that failed.
    ///
    /// # Errors
    /// `run-unknown`; when the database cannot be read.
    pub async fn run_images(&self, request: ListRunImages) -> Result<RunImageWindow, ApiError> {
        if let Some(images) = self.runs.get(&request.run).map(|live| Arc::clone(&live.images)) {
            return Ok(images.window(&request));
        }
        let view = self.run(RunKey { run: request.run.clone() }).await?;
        if view.rule.is_none() {
            return Ok(of_view(view.images, &request));
        }
        let pattern = like_anywhere(request.search.trim());
        let version = view.transfer.map_or(0, |transfer| transfer.version);
        let (total, rows) = self
            .db
            .read(move |tx| {
                let window = (request.offset, request.limit.clamp(1, 500));
                Ok(store::images(tx, &request.run, request.only_failed, &pattern, window)?)
            })
            .await?;
        Ok(RunImageWindow { total, rows, version })
    }

    fn steered(&self, run: &str) -> Option<Arc<RunImages>> {
        self.runs.get(run).map(|live| Arc::clone(&live.images)).filter(|images| images.copies())
    }

    async fn steer(&self, run: String, change: impl FnOnce(&RunImages)) -> Result<(), ApiError> {
        let Some(images) = self.steered(&run) else {
            let view = self.run(RunKey { run }).await?;
            let text = match view.ended {
                Some(_) => "This run has ended.",
                None => "This run cannot be paused.",
            };
            return Err(ApiError::new("run-not-steerable", Side::Input, text)
                .hint("Only runs that copy images and are under way can be paused and limited."));
        };
        change(&images);
        if let Some(live) = self.runs.get(&run) {
            live.changed.notify_one();
        }
        Ok(())
    }

    /// Pauses a run: what is on its way is finished, and nothing new begins.
    ///
    /// # Errors
    /// `run-unknown`, `run-not-steerable`.
    pub async fn pause_run(&self, request: RunKey) -> Result<(), ApiError> {
        self.steer(request.run, |images| images.steering.pause()).await
    }

    /// Continues a paused run.
    ///
    /// # Errors
    /// As for [`pause_run`](Self::pause_run).
    pub async fn continue_run(&self, request: RunKey) -> Result<(), ApiError> {
        self.steer(request.run, |images| images.steering.resume()).await
    }

    /// Changes the limits of a run in progress.
    ///
    /// # Errors
    /// As for [`pause_run`](Self::pause_run); `limit-zero`.
    pub async fn set_run_limits(&self, request: RunLimits) -> Result<(), ApiError> {
        let RunLimits { run, bandwidth, concurrency } = request;
        let zero = |field: &str| ApiError::input("limit-zero", field, "With a limit of 0, it never ends.");
        if bandwidth == Some(0) {
            return Err(zero("bandwidth"));
        }
        if concurrency == Some(0) {
            return Err(zero("concurrency"));
        }
        self.steer(run, |images| {
            images.steering.set_bandwidth(bandwidth);
            images.steering.set_concurrency(concurrency.map(|count| count as usize));
        })
        .await
    }
}

/// The same window over a run of few images.
fn of_view(images: Vec<RunImage>, request: &ListRunImages) -> RunImageWindow {
    let wanted = request.search.trim().to_lowercase();
    let fits = |image: &RunImage| {
        (!request.only_failed || image.state == RunState::Failed)
            && (image.source.to_lowercase().contains(&wanted)
                || image.destination.to_lowercase().contains(&wanted))
    };
    let mut rows: Vec<RunImageRow> = (0..)
        .zip(images)
        .filter(|(_, image)| fits(image))
        .map(|(index, mut image)| {
            let bytes_moved = image.layers.iter().map(|layer| layer.moved).sum();
            if !request.layers_of.contains(&index) {
                image.layers.clear();
            }
            RunImageRow { index, image, bytes_moved, bytes_to_move: None }
        })
        .collect();
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    rows.drain(..rows.len().min(request.offset as usize));
    rows.truncate(request.limit.clamp(1, 500) as usize);
    RunImageWindow { total, rows, version: 0 }
}
