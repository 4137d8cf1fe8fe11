//! What a run has done.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::UploadState;
use tokio::sync::OnceCell;

use crate::{
    Action, CopyPlan, EngineError, How, Kind, Proof, Way,
    journal::{Begin, Finished, Journal, Record, Writer},
    work::blob_table::{Table, TransferId},
};

/// What was done, in memory and in the journal.
pub(crate) struct Ledger {
    run: String,
    plan: Arc<CopyPlan>,
    table: Arc<Table>,
    pub(crate) moved: AtomicU64,
    pub(crate) saved: AtomicU64,
    /// What an earlier part of this run finished.
    pub(crate) finished: Finished,
    /// Whether this run was resumed.
    resumed: bool,
    /// The content that the destination said it has when the run was resumed.
    asked: HashSet<(RepositoryName, Digest)>,
    /// How each blob of the table is known to be there.
    hows: Vec<AtomicU8>,
    /// How far uploads in parts have got.
    uploads: Mutex<HashMap<(RepositoryName, Digest), UploadState>>,
    /// Images that were put into each repository, in the order in which they were finished.
    put_into: Mutex<HashMap<RepositoryName, Vec<usize>>>,
    /// Whether the run was cancelled before it could look at what its plan left open, or check what
    /// was put.
    pub(crate) unchecked: AtomicBool,
    journal: Option<(Journal, Begin)>,
    /// Opened once; if that fails, nothing is written at all.
    writer: OnceCell<Result<Writer, EngineError>>,
}

/// What was done before this part of the run.
pub(crate) struct Earlier {
    pub(crate) journal: Option<(Journal, Begin)>,
    pub(crate) writer: Option<Writer>,
    pub(crate) finished: Finished,
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
}

impl Ledger {
    pub(crate) fn new(run: String, plan: Arc<CopyPlan>, table: Arc<Table>, earlier: Earlier) -> Self {
        let Earlier { journal, writer, mut finished, asked } = earlier;
        Self {
            run,
            plan,
            moved: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            uploads: Mutex::new(std::mem::take(&mut finished.uploads)),
            finished,
            resumed: writer.is_some(),
            asked,
            hows: (0..table.len()).map(|_| AtomicU8::new(NOT_YET)).collect(),
            table,
            put_into: Mutex::default(),
            unchecked: AtomicBool::default(),
            journal,
            writer: OnceCell::new_with(writer.map(Ok)),
        }
    }

    pub(crate) fn saved(&self, bytes: u64) {
        self.saved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How a blob of an image is known to be at the destination; `None` when it is not yet, or
    /// need not be.
    pub(crate) fn how(&self, image: usize, digest: &Digest) -> Option<How> {
        self.how_of(self.table.find(&self.plan, image, digest)?)
    }

    pub(crate) fn how_of(&self, id: TransferId) -> Option<How> {
        match self.hows.get(id)?.load(Ordering::Acquire) {
            ACKNOWLEDGED => Some(How::Acknowledged),
            MOUNTED => Some(How::Mounted),
            ASKED => Some(How::Asked),
            _ => None,
        }
    }

    /// Notes how a blob of an image is known to be at the destination.
    pub(crate) fn set_how(&self, image: usize, digest: &Digest, how: How) {
        if let Some(id) = self.table.find(&self.plan, image, digest) {
            self.set_how_of(id, how);
        }
    }

    pub(crate) fn set_how_of(&self, id: TransferId, how: How) {
        let value = match how {
            How::Acknowledged => ACKNOWLEDGED,
            How::Mounted => MOUNTED,
            How::Asked => ASKED,
        };
        if let Some(cell) = self.hows.get(id) {
            cell.store(value, Ordering::Release);
        }
    }

    /// The proof of an image's blobs as it is now.
    pub(crate) fn blob_proofs(&self, index: usize) -> Vec<Proof> {
        self.table
            .needs(index)
            .filter_map(|id| {
                let (_, blob) = self.table.first(&self.plan, id)?;
                let digest = blob.descriptor.digest.clone();
                self.how_of(id).map(|how| Proof { kind: Kind::Blob, digest, how })
            })
            .collect()
    }

    /// How a blob is known to be there before it is moved.
    pub(crate) fn known_before(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        way: &Way,
    ) -> Option<How> {
        if self.resumed {
            // The destination was asked for every blob of every remaining image.
            let key = (repository.clone(), digest.clone());
            let finished = self.finished.blobs.contains(&key);
            return self.asked.contains(&key).then_some(match finished {
                true => How::Acknowledged,
                false => How::Asked,
            });
        }
        (*way == Way::Present).then_some(How::Asked)
    }

    /// How far an upload in parts has got.
    pub(crate) fn upload(&self, repository: &RepositoryName, digest: &Digest) -> Option<UploadState> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.get(&(repository.clone(), digest.clone())).cloned()
    }

    /// Notes how far an upload in parts has got.
    pub(crate) fn keep_upload(&self, repository: &RepositoryName, digest: &Digest, state: UploadState) {
        self.record(Record::Upload(repository.clone(), digest.clone(), state.clone()));
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.insert((repository.clone(), digest.clone()), state);
    }

    /// Forgets how far an upload in parts has got; `false` when nothing was known.
    pub(crate) fn forget_upload(&self, repository: &RepositoryName, digest: &Digest) -> bool {
        let key = (repository.clone(), digest.clone());
        let known = self.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(&key).is_some();
        if known {
            self.record(Record::NoUpload(key.0, key.1));
        }
        known
    }

    /// Notes that an image was put into its repository.
    pub(crate) fn was_put(&self, index: usize) {
        let Some(image) = self.plan.images.get(index).filter(|image| image.action != Action::Blobs) else {
            return;
        };
        let mut put = self.put_into.lock().unwrap_or_else(PoisonError::into_inner);
        put.entry(image.destination.clone()).or_default().push(index);
    }

    /// The images that were put so far.
    pub(crate) fn all_put(&self) -> Vec<usize> {
        let put = self.put_into.lock().unwrap_or_else(PoisonError::into_inner);
        put.values().flatten().copied().collect()
    }

    /// A cancelled run that could not check what was put is not done: the resumed run checks it. It
    /// checks the images that an earlier part of the run finished in any case.
    pub(crate) fn leave_unchecked(&self, put: &[usize]) {
        let of_this_part = put.iter().filter(|index| !self.finished.images.contains(index));
        of_this_part.for_each(|index| self.record(Record::NotImage(*index)));
        self.unchecked.fetch_or(!put.is_empty(), Ordering::Relaxed);
    }

    /// The images that were put into each repository, which are then forgotten.
    pub(crate) fn take_put(&self) -> HashMap<RepositoryName, Vec<usize>> {
        std::mem::take(&mut *self.put_into.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the journal, if there is one and it is not open yet. Called before anything is
    /// written.
    pub(crate) async fn open_journal(&self) -> Result<(), EngineError> {
        if let Some((journal, begin)) = &self.journal {
            let open = || journal.begin(self.run.clone(), self.plan.clone(), begin.clone());
            if let Err(error) = self.writer.get_or_init(open).await {
                return Err(error.clone());
            }
        }
        Ok(())
    }

    pub(crate) fn record(&self, record: Record) {
        if let Some(writer) = self.writer() {
            writer.record(record);
        }
    }

    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.get()?.as_ref().ok()
    }
}

const NOT_YET: u8 = 0;
const ACKNOWLEDGED: u8 = 1;
const MOUNTED: u8 = 2;
const ASKED: u8 = 3;
