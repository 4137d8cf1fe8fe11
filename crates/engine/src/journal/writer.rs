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
use crate::{EngineError, Summary};

const MOST_AT_ONCE: usize = 1_000;
/// Records are gathered for so long. What a stop of the process loses of them is asked for at the
/// destination when the run goes on.
const GATHERED_FOR: Duration = Duration::from_millis(20);
/// How often it is looked whether another process asks the run to stop.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Stops a run.
pub(crate) type Stop = Arc<dyn Fn() + Send + Sync>;

/// Something that is finished, or how far it came.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    /// The repository has the blob.
    Blob(RepositoryName, Digest),
    /// The repository has the manifest.
    Manifest(RepositoryName, Digest),
    /// So far an upload in parts came.
    Upload(RepositoryName, Digest, UploadState),
    /// There is no such upload any more.
    NoUpload(RepositoryName, Digest),
    /// Everything of an image is there.
    Image(usize),
    /// It is not after all.
    NotImage(usize),
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing is left to do.
    Done,
    /// It can go on.
    Cancelled,
    /// Images failed; it can go on.
    Failed,
}

/// How a run ends, what it came to, and who waits for that to be written.
type Ending = (End, Box<Summary>, oneshot::Sender<Result<(), EngineError>>);

enum Message {
    Record(Record),
    End(Ending),
}

/// The open journal of one run; owns the run. When it is dropped, what was given to it is still
/// written, and the run can go on.
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
        let writing = Writing { connection, run, id, messages, stop, trouble: None, looked: Instant::now() };
        thread::Builder::new()
            .name("journal".into())
            .spawn(move || writing.until_end(lease))
            .map_err(broken)?;
        Ok(Self { messages: Mutex::new(sender) })
    }

    /// Notes that something is finished.
    pub(crate) fn note(&self, record: Record) {
        self.send(Message::Record(record));
    }

    /// Writes the rest and how the run ended.
    ///
    /// # Errors
    /// When this, or anything before it, could not be written.
    pub(crate) async fn end(&self, end: End, summary: Summary) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Message::End((end, Box::new(summary), sender)));
        receiver.await.map_err(|_| EngineError::Journal("its thread ended".into()))?
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
    /// The first thing that could not be written.
    trouble: Option<EngineError>,
    looked: Instant,
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
                // Nobody waits when the run was dropped.
                answer.send(trouble.map_or(Ok(()), Err)).ok();
                return;
            }
            self.look();
        }
    }

    /// Writes what comes within a short time together.
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
        // What is known of a run that is done goes with its end.
        let kept = !matches!(end, Some((End::Done, ..)));
        if kept
            && !records.is_empty()
            && let Err(error) = rows::write(&mut self.connection, self.id, &records)
        {
            self.failed(broken(error));
        }
        end
    }

    /// The copy itself goes on; after a stop the destination is asked for what is lost here.
    fn failed(&mut self, error: EngineError) {
        if self.trouble.is_none() {
            tracing::warn!(
                target: "longshore::notice",
                "the journal could not be written, so what was done is looked for again after a stop; the run goes on: {error}"
            );
            self.trouble = Some(error);
        }
    }

    fn look(&mut self) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        match schema::is_to_stop(&self.connection, self.id) {
            Ok(false) => {}
            Ok(true) => (self.stop)(),
            Err(error) => tracing::debug!(run = %self.run, %error, "the journal could not be read"),
        }
    }
}
