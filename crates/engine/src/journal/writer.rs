//! Writes the journal from a thread of its own, many records in one transaction.

use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use longshore_names::{Digest, RepositoryName};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Lease, broken, schema};
use crate::EngineError;

const MOST_AT_ONCE: usize = 1_000;

/// Something that is finished.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    /// The repository has the blob.
    Blob(RepositoryName, Digest),
    /// The repository has the manifest.
    Manifest(RepositoryName, Digest),
    /// Everything of an image is there.
    Image(usize),
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing is left to do: the journal forgets it.
    Done,
    /// It can go on.
    Cancelled,
    /// Images failed; it can go on.
    Failed,
}

enum Message {
    Record(Record),
    End(End, oneshot::Sender<Result<(), EngineError>>),
}

/// The open journal of one run; owns the run. When it is dropped, what was given to it is still
/// written, and the run can go on.
pub(crate) struct Writer {
    messages: Mutex<mpsc::Sender<Message>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, run: String, lease: Lease) -> Result<Self, EngineError> {
        let (sender, receiver) = mpsc::channel();
        thread::Builder::new()
            .name("journal".into())
            .spawn(move || write_all(connection, &run, lease, &receiver))
            .map_err(broken)?;
        Ok(Self { messages: Mutex::new(sender) })
    }

    /// Notes that something is finished.
    pub(crate) fn note(&self, record: Record) {
        self.send(Message::Record(record));
    }

    /// Writes the rest and how the run ended.
    pub(crate) async fn end(&self, end: End) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Message::End(end, sender));
        receiver.await.map_err(|_| EngineError::Journal("its thread ended".into()))?
    }

    fn send(&self, message: Message) {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.send(message).is_err() {
            tracing::warn!("the journal's thread ended before the run");
        }
    }
}

fn write_all(mut connection: Connection, run: &str, lease: Lease, messages: &mpsc::Receiver<Message>) {
    while let Ok(first) = messages.recv() {
        let mut records = Vec::new();
        let mut ends = None;
        for message in std::iter::once(first).chain(messages.try_iter()) {
            match message {
                Message::Record(record) => records.push(record),
                Message::End(end, answer) => ends = Some((end, answer)),
            }
            if ends.is_some() || records.len() >= MOST_AT_ONCE {
                break;
            }
        }
        let written = if records.is_empty() { Ok(()) } else { schema::write(&mut connection, run, &records) };
        if let Err(error) = &written {
            // The copy itself goes on; after a stop the destination is asked for what is lost here.
            tracing::warn!(%run, %error, "the journal could not be written");
        }
        let Some((end, answer)) = ends else { continue };
        let result = written.map_err(broken).and_then(|()| match end {
            End::Done => schema::forget(&connection, run),
            End::Cancelled => schema::set_state(&connection, run, schema::CANCELLED),
            End::Failed => schema::set_state(&connection, run, schema::FAILED),
        });
        let forgotten = end == End::Done && result.is_ok();
        drop(connection);
        if forgotten {
            lease.end();
        } else {
            drop(lease);
        }
        // Nobody waits when the run was dropped.
        answer.send(result).ok();
        return;
    }
}
