//! Writes the journal from a thread of its own, many records in one transaction.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::UploadState;
use tokio::sync::oneshot;

use super::{Lease, broken, guard::Open, history, rows, schema};
use crate::{EngineError, EngineErrorKind, Summary};

const MOST_AT_ONCE: usize = 1_000;
/// How long records are gathered. Records that are lost when the process stops are looked up at the
/// destination when the run is resumed.
const GATHERED_FOR: Duration = Duration::from_millis(20);
/// How often the journal is checked for another process's request to stop.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Stops a run.
pub(crate) type Stop = Arc<dyn Fn() + Send + Sync>;

/// A piece of finished work, or the progress of an upload.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    /// The repository has the blob.
    Blob(RepositoryName, Digest),
    /// The repository has the manifest.
    Manifest(RepositoryName, Digest),
    /// How far an upload in parts has got.
    Upload(RepositoryName, Digest, UploadState),
    /// The upload no longer exists.
    NoUpload(RepositoryName, Digest),
    /// Everything of an image is at the destination.
    Image(usize),
    /// It is not, after all.
    NotImage(usize),
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing is left to do.
    Done,
    /// It can be resumed.
    Cancelled,
    /// Images failed; it can be resumed.
    Failed,
}

/// How a run ends, its summary, and the receiver of the result of writing both.
type Ending = (End, Box<Summary>, oneshot::Sender<Result<(), EngineError>>);

enum Message {
    Record(Record),
    End(Ending),
}

/// The open journal of one run; owns the run. When it is dropped, records already given to it are
/// still written, and the run can be resumed.
pub(crate) struct Writer {
    messages: Mutex<mpsc::Sender<Message>>,
}

impl Writer {
    pub(super) fn start(
        connection: Open,
        run: String,
        lease: Lease,
        stop: Stop,
    ) -> Result<Self, EngineError> {
        let (id, _) = rows::header(&connection, &run)?;
        let (sender, messages) = mpsc::channel();
        let writing = Writing { connection, run, id, messages, stop, trouble: None, polled: Instant::now() };
        thread::Builder::new()
            .name("journal".into())
            .spawn(move || writing.until_end(lease))
            .map_err(broken)?;
        Ok(Self { messages: Mutex::new(sender) })
    }

    /// Records that something is finished.
    pub(crate) fn record(&self, record: Record) {
        self.send(Message::Record(record));
    }

    /// Writes the remaining records and how the run ended.
    ///
    /// # Errors
    /// When this, or anything before it, could not be written.
    pub(crate) async fn end(&self, end: End, summary: Summary) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Message::End((end, Box::new(summary), sender)));
        receiver.await.map_err(|_| EngineError::here(EngineErrorKind::Journal("its thread ended".into())))?
    }

    fn send(&self, message: Message) {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.send(message).is_err() {
            tracing::warn!("the journal's thread ended before the run");
        }
    }
}

struct Writing {
    connection: Open,
    run: String,
    id: i64,
    messages: mpsc::Receiver<Message>,
    stop: Stop,
    /// The first write that failed.
    trouble: Option<EngineError>,
    polled: Instant,
}

impl Writing {
    fn until_end(mut self, lease: Lease) {
        loop {
            let first = match self.messages.recv_timeout(LOOK_EVERY) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(first) = first
                && let Some((end, summary, answer)) = self.gather(first)
            {
                let ended = history::end(&mut self.connection, self.id, end, &summary);
                if let Err(error) = ended {
                    self.failed(error);
                }
                let Self { connection, trouble, .. } = self;
                drop(connection);
                drop(lease);
                // No receiver is left when the run was dropped.
                answer.send(trouble.map_or(Ok(()), Err)).ok();
                return;
            }
            self.poll_stop();
        }
    }

    /// Writes records that arrive within a short time together.
    fn gather(&mut self, first: Message) -> Option<Ending> {
        let (until, mut next, mut records, mut end) =
            (Instant::now() + GATHERED_FOR, Some(first), Vec::new(), None);
        while let Some(message) = next {
            match message {
                Message::Record(record) => records.push(record),
                Message::End(ending) => end = Some(ending),
            }
            let left = until.saturating_duration_since(Instant::now());
            next = if end.is_some() || records.len() >= MOST_AT_ONCE {
                None
            } else {
                self.messages.recv_timeout(left).ok()
            };
        }
        // The records of a finished run are deleted at its end.
        let kept = !matches!(end, Some((End::Done, ..)));
        if kept
            && !records.is_empty()
            && let Err(error) = rows::write(&mut self.connection, self.id, &records)
        {
            self.failed(broken(error));
        }
        end
    }

    /// The copy itself continues; after a stop the destination is asked for what is lost here.
    fn failed(&mut self, error: EngineError) {
        if self.trouble.is_none() {
            tracing::warn!(
                target: "longshore::notice",
                "the journal could not be written, so resuming the run later needs more requests; the run continues: {error}"
            );
            self.trouble = Some(error);
        }
    }

    fn poll_stop(&mut self) {
        if self.polled.elapsed() < LOOK_EVERY {
            return;
        }
        self.polled = Instant::now();
        match schema::is_to_stop(&self.connection, self.id) {
            Ok(false) => {}
            Ok(true) => (self.stop)(),
            Err(error) => tracing::debug!(run = %self.run, %error, "the journal could not be read"),
        }
    }
}
