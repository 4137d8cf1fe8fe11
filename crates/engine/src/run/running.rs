//! The loop of a run: begins blobs and manifests as slots become free, and collects the results.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    EngineError, Event, How, ImageEnd, ImageOutcome, Side, Way,
    image::finish::Copied,
    run::other_shards::{Arrivals, Awaited},
    run::progress::Progress,
    work::blob_table::TransferId,
    work::shared::Work,
};

/// The least and the most memory that a blob in transfer takes: buffers of its two connections, as
/// measured.
const LEAST_MEMORY: u64 = 256 * 1024;
const MOST_MEMORY: u64 = 1024 * 1024;

/// Images whose manifests are being put, for each slot to put one: some wait for a child that
/// another image puts, or are being proven.
const IMAGES_FOR_A_PLACE: usize = 2;

enum Ended {
    Transfer(TransferId, usize, Result<How, EngineError>),
    Image(usize, Result<Copied, EngineError>),
    Others(Arrivals),
}

struct Running<'a> {
    work: &'a Arc<Work>,
    progress: Progress,
    tasks: JoinSet<Ended>,
    outcomes: &'a mut [ImageOutcome],
    started: Vec<bool>,
    /// The image for which each blob moved, or was found.
    drivers: Vec<Option<u32>>,
    blobs: usize,
    memory: u64,
    images: usize,
}

/// Works until every image ended or the run is stopped.
pub(crate) async fn all_images(
    work: &Arc<Work>,
    progress: Progress,
    cancel: &CancellationToken,
    outcomes: &mut [ImageOutcome],
) -> Result<(), EngineError> {
    let mut running = Running {
        work,
        progress,
        tasks: JoinSet::new(),
        started: vec![false; outcomes.len()],
        outcomes,
        drivers: vec![None; work.table.len()],
        blobs: 0,
        memory: 0,
        images: 0,
    };
    running.wait_for_others();
    let mut changes = work.control.changes();
    let mut paused = false;
    while running.progress.open() > 0 && !cancel.is_cancelled() {
        if paused != work.control.is_paused() {
            paused = !paused;
            work.report(if paused { Event::Paused } else { Event::Resumed });
        }
        if !paused {
            running.begin_all();
        }
        if running.progress.open() == 0 {
            break;
        }
        if running.tasks.is_empty() && !paused {
            running.stuck();
            break;
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(ended) = running.tasks.join_next() => running.ended(ended.map_err(aborted)?),
            () = changes.next() => {}
        }
    }
    running.tasks.abort_all();
    // Tasks that ended in the meantime count; the rest stays as it was.
    while let Some(ended) = running.tasks.join_next().await {
        if let Ok(ended) = ended {
            running.ended(ended);
        }
    }
    Ok(())
}

fn aborted(error: tokio::task::JoinError) -> EngineError {
    EngineError::internal(error.to_string())
}

impl Running<'_> {
    /// Begins everything that may begin: first images that can be finished, then blobs in the order
    /// of the plan, as far as slots and memory allow.
    fn begin_all(&mut self) {
        loop {
            while self.images < self.work.options.manifests.max(1) * IMAGES_FOR_A_PLACE {
                let Some(image) = self.progress.next_image() else { break };
                self.begin_image(image);
            }
            let Some((id, image)) = self.progress.peek_transfer() else { return };
            if !self.begin_transfer(id, image) {
                return;
            }
        }
    }

    fn begin_image(&mut self, index: usize) {
        self.start(index);
        self.report_shared(index);
        self.images += 1;
        let work = self.work.clone();
        self.tasks.spawn(async move {
            let result = caught(work.finish(index)).await;
            Ended::Image(index, result)
        });
    }

    /// Returns `false` when no slot is free.
    fn begin_transfer(&mut self, id: TransferId, image: usize) -> bool {
        let Some((planned, blob)) = self.work.table.first(&self.work.plan, id) else {
            self.progress.transfer_done(id);
            return true;
        };
        let (repository, descriptor) = (&planned.destination, &blob.descriptor);
        let known = match &blob.way {
            // The manifest says where it is.
            Way::Foreign => Some(None),
            way => self.work.ledger.known_before(repository, &descriptor.digest, way).map(Some),
        };
        if let Some(known) = known {
            self.start(image);
            self.progress.begin_transfer(id);
            self.drive(id, image);
            if let Some(how) = known {
                self.work.ledger.set_how_of(id, how);
                self.work.ledger.saved(descriptor.size);
                let (digest, size) = (descriptor.digest.clone(), descriptor.size);
                self.work.report(Event::Present { image, digest, size });
            }
            self.progress.transfer_done(id);
            return true;
        }
        let memory = descriptor.size.clamp(LEAST_MEMORY, MOST_MEMORY);
        if !self.has_place(memory) {
            return false;
        }
        self.start(image);
        self.progress.begin_transfer(id);
        self.drive(id, image);
        self.blobs += 1;
        self.memory += memory;
        let work = self.work.clone();
        self.tasks.spawn(async move {
            let result = caught(work.bring(id, image)).await;
            Ended::Transfer(id, image, result)
        });
        true
    }

    fn has_place(&self, memory: u64) -> bool {
        let options = &self.work.options;
        match self.work.control.concurrency() {
            Some(blobs) => self.blobs < blobs,
            None if self.blobs == 0 => true,
            None => self.blobs < options.blobs && self.memory + memory <= options.memory as u64,
        }
    }

    fn drive(&mut self, id: TransferId, image: usize) {
        if let Some(driver) = self.drivers.get_mut(id) {
            *driver = u32::try_from(image).ok();
        }
    }

    fn start(&mut self, index: usize) {
        if let Some(started) = self.started.get_mut(index)
            && !*started
        {
            *started = true;
            self.work.report(Event::Started { image: index });
        }
    }

    /// Reports the blobs that other images transferred for this one.
    fn report_shared(&self, index: usize) {
        for id in self.work.table.needs(index) {
            let driver = self.drivers.get(id).copied().flatten();
            let Some((_, blob)) = self.work.table.first(&self.work.plan, id) else { continue };
            if driver.map(|image| image as usize) == Some(index) || blob.way == Way::Foreign {
                continue;
            }
            self.work.ledger.saved(blob.descriptor.size);
            let (digest, size) = (blob.descriptor.digest.clone(), blob.descriptor.size);
            self.work.report(Event::Present { image: index, digest, size });
        }
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Transfer(id, image, result) => {
                self.blobs -= 1;
                if let Some((_, blob)) = self.work.table.first(&self.work.plan, id) {
                    self.memory -= blob.descriptor.size.clamp(LEAST_MEMORY, MOST_MEMORY);
                }
                self.transfer_ended(id, image, result);
            }
            Ended::Image(index, result) => {
                self.images -= 1;
                match result {
                    Ok(copied) => self.image_done(index, copied),
                    Err(error) => self.fail(index, &error),
                }
            }
            Ended::Others(Arrivals { arrived, awaited, given_up }) => {
                for id in arrived {
                    self.work.ledger.set_how_of(id, How::Asked);
                    self.progress.transfer_done(id);
                }
                for id in given_up {
                    self.progress.give_back(id);
                }
                if let Some(awaited) = awaited {
                    self.wait(awaited);
                }
            }
        }
    }

    fn transfer_ended(&mut self, id: TransferId, image: usize, result: Result<How, EngineError>) {
        match result {
            Ok(how) => {
                self.work.ledger.set_how_of(id, how);
                self.progress.transfer_done(id);
            }
            Err(error) => {
                let of_source = error.side == Side::Source;
                for index in self.progress.transfer_failed(id, image, of_source) {
                    self.fail(index, &error);
                }
            }
        }
    }

    fn image_done(&mut self, index: usize, copied: Copied) {
        if let Some(outcome) = self.outcomes.get_mut(index) {
            outcome.proof = copied.proof;
            outcome.refused = copied.refused;
            outcome.end = if copied.skipped { ImageEnd::Skipped } else { ImageEnd::Done };
        }
        if !copied.skipped {
            self.work.ledger.was_put(index);
            self.work.report(Event::Finished { image: index });
        }
        self.progress.image_ended(index);
    }

    fn fail(&mut self, index: usize, error: &EngineError) {
        if let Some(outcome) = self.outcomes.get_mut(index) {
            outcome.fail(error);
        }
        self.work.report(Event::Failed { image: index, failure: error.failure() });
        self.progress.image_ended(index);
    }

    /// Nothing is in progress and nothing can begin: a mistake in the plan or here. An error is
    /// better than a run that never ends.
    fn stuck(&mut self) {
        for index in self.progress.open_images() {
            self.fail(index, &EngineError::internal("an image waits for what never arrives"));
        }
    }

    fn wait_for_others(&mut self) {
        for (repository, blobs) in self.progress.of_other_shards() {
            for id in &blobs {
                self.progress.set_aside(*id);
            }
            self.wait(Awaited { repository, blobs, since: Instant::now() });
        }
    }

    fn wait(&mut self, awaited: Awaited) {
        let work = self.work.clone();
        self.tasks.spawn(async move { Ended::Others(work.wait_for_others(awaited).await) });
    }
}

/// A panic of one task is an error of its image and not the end of the run.
async fn caught<T>(work: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
    let result = AssertUnwindSafe(work).catch_unwind().await;
    result.unwrap_or_else(|_| Err(EngineError::internal("a task panicked")))
}
