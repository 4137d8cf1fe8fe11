//! A blob that several runs read: the pieces that not all of them have read yet.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_registry::{Backoff, BlobStream, Descriptor, Error as RegistryError, RegistryErrorKind, Tries};
use tokio::sync::Notify;

use super::{branch::Alone, hub::Tee, reader::Reader};

/// How far apart the readers of one blob may be, in bytes.
const WINDOW: u64 = 4 * 1024 * 1024;
/// How long the fastest reader waits for the others.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Tries of the shared read, opening it included. After that each reader reads alone, within the
/// tries of its own transfer.
const TRIES: u32 = 3;

/// The position of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is expected and has not come yet; it wants everything.
    Expected,
    /// It has all bytes before this one.
    At(u64),
}

/// What a reader gets next.
pub(super) enum Next {
    Piece(Bytes),
    End,
    /// The reader was released, or reading failed: it reads the rest alone.
    Alone,
}

/// One blob on its way from the source to several readers.
pub(crate) struct SharedBlob {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    pieces: VecDeque<Bytes>,
    /// Offset of the first piece.
    base: u64,
    /// Offset behind the last piece.
    end: u64,
    readers: HashMap<usize, Place>,
    /// No more pieces follow: the blob is read, or reading failed for good.
    over: bool,
    began: Instant,
    /// For how long the fastest reader was held up by others.
    held_up: Duration,
}

impl State {
    /// The slowest reader's position.
    fn slowest(&self) -> Option<u64> {
        self.readers.values().map(|place| offset(*place)).min()
    }

    /// Drops the pieces that every reader has; returns how many bytes that are.
    fn trim(&mut self) -> u64 {
        let slowest = self.slowest().unwrap_or(u64::MAX);
        let before = self.base;
        while let Some(first) = self.pieces.front() {
            let behind = self.base + first.len() as u64;
            if behind > slowest {
                break;
            }
            self.base = behind;
            self.pieces.pop_front();
        }
        self.base - before
    }

    fn somebody_waits(&self) -> bool {
        self.readers.values().any(|place| *place == Place::At(self.end))
    }
}

fn offset(place: Place) -> u64 {
    match place {
        Place::Expected => 0,
        Place::At(offset) => offset,
    }
}

impl SharedBlob {
    /// A blob that `first` begins to read and the others are expected to.
    pub(crate) fn new(first: usize, others: &[usize]) -> Self {
        let mut readers: HashMap<usize, Place> =
            others.iter().map(|reader| (*reader, Place::Expected)).collect();
        readers.insert(first, Place::Expected);
        let state = State {
            pieces: VecDeque::new(),
            base: 0,
            end: 0,
            readers,
            over: false,
            began: Instant::now(),
            held_up: Duration::ZERO,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader joins; `None` when it is no longer expected.
    pub(crate) fn join(
        self: Arc<Self>,
        reader: usize,
        alone: Alone,
        descriptor: Descriptor,
    ) -> Option<Reader> {
        {
            let mut state = self.state();
            let place = state.readers.get_mut(&reader)?;
            *place = Place::At(0);
        }
        Some(Reader { blob: self, reader, alone, descriptor, offset: 0 })
    }

    /// A reader leaves.
    pub(crate) fn leave(&self, reader: usize) {
        if self.state().readers.remove(&reader).is_some() {
            self.changed.notify_waiters();
        }
    }

    /// Stops waiting for readers that did not come; returns them, and how many bytes that frees.
    /// Only when everything was read: until then the fastest reader decides.
    pub(crate) fn let_go_of_the_missing(&self) -> (Vec<usize>, u64) {
        let mut state = self.state();
        if !state.over {
            return (Vec::new(), 0);
        }
        let expected = |place: &Place| *place == Place::Expected;
        let missing = state.readers.iter().filter(|(_, place)| expected(place)).map(|(reader, _)| *reader);
        let missing = missing.collect();
        state.readers.retain(|_, place| !expected(place));
        let freed = state.trim();
        drop(state);
        self.changed.notify_waiters();
        (missing, freed)
    }

    /// Stops expecting a reader that has not come.
    pub(crate) fn do_not_expect(&self, reader: usize) {
        let mut state = self.state();
        if state.readers.get(&reader) == Some(&Place::Expected) {
            state.readers.remove(&reader);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Reads from the source as far as the slowest reader allows.
    pub(crate) async fn pump(&self, tee: &Tee, repository: &RepositoryName, descriptor: &Descriptor) {
        let tries = Tries::new(Backoff { attempts: TRIES, ..Backoff::default() });
        loop {
            let from = self.state().end;
            let result = match tries.within(tee.source().blob(repository, descriptor, from)).await {
                Ok(stream) => self.take_all(tee, stream).await,
                Err(error) => Err(error),
            };
            let end = self.state().end;
            tries.moved(end);
            let error = match result {
                Ok(()) if end >= descriptor.size => break,
                Ok(()) => RegistryErrorKind::Network {
                    message: format!("the stream ended after {end} of {} bytes", descriptor.size),
                }
                .at(tee.source().name().to_owned()),
                Err(error) => error,
            };
            let Some(wait) = tries.after(&error) else { break };
            tracing::debug!(digest = %descriptor.digest, %error, "a shared blob is opened again");
            tokio::time::sleep(wait).await;
        }
        // Each reader requests the missing part itself, and gets the error if there is one.
        self.state().over = true;
        self.changed.notify_waiters();
    }

    async fn take_all(&self, tee: &Tee, mut stream: BlobStream) -> Result<(), RegistryError> {
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            self.wait_for_room(tee).await;
            let mut state = self.state();
            state.end += piece.len() as u64;
            tee.keep(piece.len() as u64);
            state.pieces.push_back(piece);
            drop(state);
            self.changed.notify_waiters();
        }
        Ok(())
    }

    async fn wait_for_room(&self, tee: &Tee) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let (freed, kept) = {
                let mut state = self.state();
                let freed = state.trim();
                (freed, state.end - state.base)
            };
            tee.free(freed);
            if kept == 0 {
                // One piece passes in any case, so that blobs never wait for each other forever.
                return;
            }
            if kept < WINDOW {
                return tee.room().await;
            }
            let (waits, waited) = (self.state().somebody_waits(), Instant::now());
            tokio::time::timeout(PATIENCE, changed).await.ok();
            if waits {
                self.held_up(waited.elapsed());
            }
        }
    }

    /// A reader has everything and was held up by others. Readers that hold it up for long, and for
    /// at least half of the time, continue on their own.
    fn held_up(&self, time: Duration) {
        let mut state = self.state();
        state.held_up += time;
        if state.held_up < PATIENCE || state.held_up * 2 < state.began.elapsed() || !state.somebody_waits() {
            return;
        }
        let Some(slowest) = state.slowest().filter(|slowest| *slowest < state.end) else { return };
        state.readers.retain(|_, place| offset(*place) > slowest);
        state.held_up = Duration::ZERO;
        state.began = Instant::now();
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits until no reader is left or expected.
    pub(crate) async fn abandoned(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.state().readers.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until every reader has what was read, and frees it as they take it.
    pub(crate) async fn drained(&self, tee: &Tee) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let (freed, empty) = {
                let mut state = self.state();
                state.over = true;
                (state.trim(), state.readers.is_empty())
            };
            tee.free(freed);
            if empty {
                return;
            }
            changed.await;
        }
    }

    /// The piece at `offset` for a reader, when it is available.
    pub(super) async fn next(&self, reader: usize, offset: u64, size: u64) -> Next {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(next) = self.try_next(reader, offset, size) {
                self.changed.notify_waiters();
                return next;
            }
            changed.await;
        }
    }

    fn try_next(&self, reader: usize, offset: u64, size: u64) -> Option<Next> {
        let mut state = self.state();
        if !state.readers.contains_key(&reader) {
            return Some(if offset >= size { Next::End } else { Next::Alone });
        }
        let mut at = state.base;
        let found = state.pieces.iter().find_map(|piece| {
            let begin = at;
            at += piece.len() as u64;
            (begin == offset).then(|| piece.clone())
        });
        if let Some(piece) = found {
            state.readers.insert(reader, Place::At(offset + piece.len() as u64));
            return Some(Next::Piece(piece));
        }
        match state.over {
            false => None,
            true if offset >= size => Some(Next::End),
            true => Some(Next::Alone),
        }
    }
}
