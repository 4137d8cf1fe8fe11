//! Tracks which parts of a plan can be done now, wait for others, or are over. No I/O, no clock.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use longshore_names::RepositoryName;

use crate::{
    CopyPlan, Way,
    work::blob_table::{Table, TransferId},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for another transfer or image.
    Blocked,
    Ready,
    Running,
    Over,
}

/// Blobs and images of a run: which may begin, in the order of the plan.
///
/// Images wait here for their blobs, and blobs for the content they are mounted from, so that
/// waiting work never occupies a slot.
pub(crate) struct Progress {
    plan: Arc<CopyPlan>,
    table: Arc<Table>,
    states: Vec<State>,
    /// Blobs of each image that are not at the destination yet.
    remaining: Vec<u32>,
    ended: Vec<bool>,
    open: usize,
    transfers: BTreeSet<TransferId>,
    images: BTreeSet<usize>,
    after_transfer: HashMap<TransferId, Vec<TransferId>>,
    after_image: HashMap<usize, Vec<TransferId>>,
    /// Where tags are put one after the other: the preceding image, and the following one.
    before: HashMap<usize, usize>,
    follows: HashMap<usize, usize>,
}

impl Progress {
    /// The initial state. `referenced_only`: a blob can be mounted only once a manifest of the
    /// other repository names it, and not as soon as it exists.
    pub(crate) fn new(
        plan: Arc<CopyPlan>,
        table: Arc<Table>,
        works: impl Fn(usize) -> bool,
        referenced_only: bool,
    ) -> Self {
        let works: Vec<usize> = (0..plan.images.len()).filter(|index| works(*index)).collect();
        let mut progress = Self {
            states: vec![State::Ready; table.len()],
            remaining: vec![0; plan.images.len()],
            ended: vec![true; plan.images.len()],
            open: works.len(),
            transfers: (0..table.len()).collect(),
            images: BTreeSet::new(),
            after_transfer: HashMap::new(),
            after_image: HashMap::new(),
            before: HashMap::new(),
            follows: HashMap::new(),
            plan,
            table,
        };
        progress.put_in_order(&works);
        for index in &works {
            let count = progress.table.needs(*index).count();
            set(&mut progress.remaining, *index, u32::try_from(count).unwrap_or(u32::MAX));
            set(&mut progress.ended, *index, false);
        }
        for index in works {
            progress.offer(index);
        }
        for id in 0..progress.table.len() {
            progress.block(id, referenced_only);
        }
        progress
    }

    fn put_in_order(&mut self, works: &[usize]) {
        let mut last: HashMap<&RepositoryName, usize> = HashMap::new();
        for index in works {
            let image = self.plan.images.get(*index);
            let Some(image) = image.filter(|image| self.plan.puts_in_order(&image.destination)) else {
                continue;
            };
            if let Some(before) = last.insert(&image.destination, *index) {
                self.before.insert(*index, before);
                self.follows.insert(before, *index);
            }
        }
    }

    fn block(&mut self, id: TransferId, referenced_only: bool) {
        let Some((image, transfer)) = self.table.mounts_after(&self.plan, id) else { return };
        if self.is_over(image) {
            return;
        }
        match transfer {
            Some(transfer) if !referenced_only => {
                self.after_transfer.entry(transfer).or_default().push(id);
            }
            _ => self.after_image.entry(image).or_default().push(id),
        }
        set(&mut self.states, id, State::Blocked);
        self.transfers.remove(&id);
    }

    fn is_over(&self, image: usize) -> bool {
        self.ended.get(image).copied().unwrap_or(true)
    }

    /// The number of images that have not ended yet.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Those images.
    pub(crate) fn open_images(&self) -> Vec<usize> {
        (0..self.ended.len()).filter(|index| !self.is_over(*index)).collect()
    }

    /// The next blob that may begin, and the image that it is transferred for.
    pub(crate) fn peek_transfer(&mut self) -> Option<(TransferId, usize)> {
        while let Some(id) = self.transfers.first().copied() {
            let user = self.table.users(id).find(|image| !self.is_over(*image));
            match user {
                Some(image) => return Some((id, image)),
                // All images that wanted it failed.
                None => self.over(id),
            }
        }
        None
    }

    /// A blob begins.
    pub(crate) fn begin_transfer(&mut self, id: TransferId) {
        self.transfers.remove(&id);
        set(&mut self.states, id, State::Running);
    }

    /// A blob is at the destination.
    pub(crate) fn transfer_done(&mut self, id: TransferId) {
        let table = self.table.clone();
        for image in table.users(id) {
            if let Some(count) = self.remaining.get_mut(image) {
                *count = count.saturating_sub(1);
            }
            self.offer(image);
        }
        self.over(id);
    }

    /// A blob could not be transferred from the repository of one image. Returns the images that
    /// fail because of that: all of them, or, when it is the source's fault, those that read from
    /// the same repository; for the others it is tried again. The caller ends these images.
    pub(crate) fn transfer_failed(&mut self, id: TransferId, image: usize, of_source: bool) -> Vec<usize> {
        let plan = self.plan.clone();
        let repository = |index: usize| plan.images.get(index).map(|image| &image.repository);
        let users: Vec<usize> = self.table.users(id).filter(|index| !self.is_over(*index)).collect();
        let (failed, others): (Vec<usize>, Vec<usize>) = users
            .into_iter()
            .partition(|index| !of_source || *index == image || repository(*index) == repository(image));
        if others.is_empty() {
            self.over(id);
        } else {
            set(&mut self.states, id, State::Ready);
            self.transfers.insert(id);
        }
        failed
    }

    fn over(&mut self, id: TransferId) {
        set(&mut self.states, id, State::Over);
        self.transfers.remove(&id);
        let waiting = self.after_transfer.remove(&id).unwrap_or_default();
        self.unblock(waiting);
    }

    fn unblock(&mut self, waiting: Vec<TransferId>) {
        for id in waiting {
            if self.states.get(id) == Some(&State::Blocked) {
                set(&mut self.states, id, State::Ready);
                self.transfers.insert(id);
            }
        }
    }

    /// The next image whose blobs are all there.
    pub(crate) fn next_image(&mut self) -> Option<usize> {
        self.images.pop_first()
    }

    /// An image ended, successfully or not.
    pub(crate) fn image_ended(&mut self, image: usize) {
        if self.is_over(image) {
            return;
        }
        set(&mut self.ended, image, true);
        self.open -= 1;
        self.images.remove(&image);
        let waiting = self.after_image.remove(&image).unwrap_or_default();
        self.unblock(waiting);
        if let Some(next) = self.follows.get(&image).copied() {
            self.offer(next);
        }
    }

    fn offer(&mut self, image: usize) {
        let complete = self.remaining.get(image) == Some(&0) && !self.is_over(image);
        let its_turn = self.before.get(&image).is_none_or(|before| self.is_over(*before));
        if complete && its_turn {
            self.images.insert(image);
        }
    }

    /// The transfers that another shard makes, by repository.
    pub(crate) fn of_other_shards(&self) -> HashMap<RepositoryName, Vec<TransferId>> {
        let mut found: HashMap<RepositoryName, Vec<TransferId>> = HashMap::new();
        for id in &self.transfers {
            if let Some((image, blob)) = self.table.first(&self.plan, *id)
                && matches!(blob.way, Way::Elsewhere { .. })
            {
                found.entry(image.destination.clone()).or_default().push(*id);
            }
        }
        found
    }

    /// Removes a transfer from those that may begin until [`give_back`](Self::give_back) or
    /// [`transfer_done`](Self::transfer_done).
    pub(crate) fn set_aside(&mut self, id: TransferId) {
        set(&mut self.states, id, State::Blocked);
        self.transfers.remove(&id);
    }

    /// A transfer that was set aside may begin.
    pub(crate) fn give_back(&mut self, id: TransferId) {
        self.unblock(vec![id]);
    }
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}
