//! The limit copier: executes a plan as fast as this machine allows, and checks nothing.
//!
//! No existence checks, no digests (unless asked for), no retry, no journal. Threads with blocking
//! sockets: one system call for each piece, and no event loop. The result at the destination is
//! correct only if the plan is.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
};

use sha2::{Digest as _, Sha256};

use crate::{
    Failure,
    plan::{Job, Plan, Side},
    wire::{Connection, Head},
};

/// How a plan is executed.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `host:port` of the source.
    pub source: String,
    /// `host:port` of the destination.
    pub destination: String,
    /// The most connections to each side.
    pub connections: usize,
    /// Hash every byte of every blob and compare.
    pub sha256: bool,
}

/// Executes a plan.
///
/// # Errors
/// The first error of any job; nothing is retried.
pub fn copy(plan: &Plan, settings: &Settings) -> Result<(), Failure> {
    let board = Board::new(plan);
    let workers = settings.connections.min(plan.jobs.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut worker = Worker { plan, settings, board: &board, source: None, destination: None };
                if let Err(failure) = worker.work() {
                    board.fail(failure);
                }
            });
        }
    });
    board.end()
}

/// The remaining work.
struct Board {
    state: Mutex<State>,
    changed: Condvar,
    /// Manifests, by the job that fetched them.
    fetched: Vec<OnceLock<Vec<u8>>>,
    /// The jobs that wait for a job.
    waiting: Vec<Vec<usize>>,
}

struct State {
    ready: VecDeque<usize>,
    /// How many jobs each job still waits for.
    needs: Vec<usize>,
    left: usize,
    failure: Option<Failure>,
}

impl Board {
    fn new(plan: &Plan) -> Self {
        let count = plan.jobs.len();
        let (mut needs, mut waiting) = (vec![0; count], vec![Vec::new(); count]);
        for (index, job) in plan.jobs.iter().enumerate() {
            if let Job::Put { fetch, after, .. } = job {
                needs[index] = 1 + after.len();
                for before in after.iter().chain([fetch]) {
                    waiting[*before].push(index);
                }
            }
        }
        let ready = (0..count).filter(|index| needs[*index] == 0).collect();
        Self {
            state: Mutex::new(State { ready, needs, left: count, failure: None }),
            changed: Condvar::new(),
            fetched: (0..count).map(|_| OnceLock::new()).collect(),
            waiting,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; `None` if all are done or one failed.
    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.left == 0 || state.failure.is_some() {
                return None;
            }
            if let Some(job) = state.ready.pop_front() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, job: usize) {
        let mut state = self.lock();
        state.left -= 1;
        let mut wake = usize::from(state.left == 0) * usize::MAX;
        for index in &self.waiting[job] {
            state.needs[*index] -= 1;
            if state.needs[*index] == 0 {
                // A manifest is sent as soon as possible, because others may wait for it.
                state.ready.push_front(*index);
                wake = wake.saturating_add(1);
            }
        }
        drop(state);
        match wake {
            0 => {}
            1 => self.changed.notify_one(),
            _ => self.changed.notify_all(),
        }
    }

    fn fail(&self, failure: Failure) {
        self.lock().failure.get_or_insert(failure);
        self.changed.notify_all();
    }

    fn end(self) -> Result<(), Failure> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.failure.map_or(Ok(()), Err)
    }
}

struct Worker<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    board: &'a Board,
    source: Option<Connection>,
    destination: Option<Connection>,
}

impl Worker<'_> {
    fn work(&mut self) -> Result<(), Failure> {
        while let Some(job) = self.board.next() {
            self.act(job)?;
            self.board.done(job);
        }
        Ok(())
    }

    fn act(&mut self, index: usize) -> Result<(), Failure> {
        let Plan { from, to, jobs } = self.plan;
        match &jobs[index] {
            Job::Blob { digest } => self.blob(digest),
            Job::Mount { digest } => {
                let path = format!("/v2/{to}/blobs/uploads/?mount={digest}&from={from}");
                let connection = opened(&mut self.destination, &self.settings.destination)?;
                connection.send("POST", &path, Head { length: Some(0), ..Head::default() }, b"")?;
                let answer = connection.answer()?;
                if answer.status == 201 { Ok(()) } else { Err(connection.unexpected("did not mount")) }
            }
            Job::Fetch { reference, media_type } => {
                let path = format!("/v2/{from}/manifests/{reference}");
                let connection = opened(&mut self.source, &self.settings.source)?;
                connection.send("GET", &path, Head { accept: Some(media_type), ..Head::default() }, b"")?;
                let answer = connection.answer()?;
                let body = connection.body(answer.length)?;
                self.board.fetched[index].get_or_init(|| body);
                Ok(())
            }
            Job::Put { fetch, reference, media_type, .. } => {
                let path = format!("/v2/{to}/manifests/{reference}");
                let connection = opened(&mut self.destination, &self.settings.destination)?;
                let body = self.board.fetched[*fetch].get();
                let body = body.ok_or_else(|| Failure::Usage(format!("job {fetch} fetches no manifest")))?;
                let length = Some(body.len() as u64);
                connection.send(
                    "PUT",
                    &path,
                    Head { content_type: Some(media_type), length, accept: None },
                    body,
                )?;
                let answer = connection.answer()?;
                connection.body(answer.length).map(drop)
            }
            Job::Head { side, reference, media_type, digest } => {
                let (connection, host, repository) = match side {
                    Side::Source => (&mut self.source, &self.settings.source, from),
                    Side::Destination => (&mut self.destination, &self.settings.destination, to),
                };
                let connection = opened(connection, host)?;
                let path = format!("/v2/{repository}/manifests/{reference}");
                connection.send("HEAD", &path, Head { accept: Some(media_type), ..Head::default() }, b"")?;
                let answer = connection.answer()?;
                if answer.digest.as_ref() == Some(digest) {
                    Ok(())
                } else {
                    Err(connection.unexpected("points at something else"))
                }
            }
        }
    }

    fn blob(&mut self, digest: &str) -> Result<(), Failure> {
        let Plan { from, to, .. } = self.plan;
        let source = opened(&mut self.source, &self.settings.source)?;
        let destination = opened(&mut self.destination, &self.settings.destination)?;
        // Both requests are sent before either response arrives.
        source.send("GET", &format!("/v2/{from}/blobs/{digest}"), Head::default(), b"")?;
        let begin = format!("/v2/{to}/blobs/uploads/");
        destination.send("POST", &begin, Head { length: Some(0), ..Head::default() }, b"")?;
        let session = destination.answer()?;
        let Some(location) = session.location else { return Err(destination.unexpected("no Location")) };
        let content = source.answer()?;
        let separator = if location.contains('?') { '&' } else { '?' };
        let head = Head {
            content_type: Some("application/octet-stream"),
            length: Some(content.length),
            accept: None,
        };
        let path = format!("{location}{separator}digest={digest}");
        let mut hash = self.settings.sha256.then(Sha256::new);
        let mut begun = false;
        source.pieces(content.length, |piece| {
            if let Some(hash) = &mut hash {
                hash.update(piece);
            }
            if begun {
                return destination.send_piece(piece);
            }
            begun = true;
            destination.send("PUT", &path, head, piece)
        })?;
        if !begun {
            destination.send("PUT", &path, head, b"")?;
        }
        if hash.is_some_and(|hash| digest.strip_prefix("sha256:") != Some(&hex::encode(hash.finalize()))) {
            return Err(source.unexpected("its bytes do not have this digest"));
        }
        let answer = destination.answer()?;
        destination.body(answer.length).map(drop)
    }
}

fn opened<'a>(connection: &'a mut Option<Connection>, host: &str) -> Result<&'a mut Connection, Failure> {
    match connection {
        Some(open) => Ok(open),
        none => Ok(none.insert(Connection::open(host)?)),
    }
}
