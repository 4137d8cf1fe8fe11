//! Polls registries: what is on the screen every few seconds, everything else slowly.
//!
//! Each registry has its own worker, so that one that fails or hangs delays no other.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, Visible},
};

/// The longest pause after failures of a registry on the screen.
const LONGEST_VISIBLE: Duration = Duration::from_secs(30);
/// The longest pause after failures of another registry.
const LONGEST_BACKGROUND: Duration = Duration::from_secs(10 * 60);
/// With more registries, each is read less often: an overview can show a thousand.
const AT_ONCE: usize = 50;
/// A policy is read this many times less often than the list of repositories.
const POLICY_FACTOR: u32 = 3;

/// The workers, and what the window shows.
#[derive(Default)]
pub(crate) struct Poller {
    visible: Mutex<Arc<Visible>>,
    workers: Mutex<HashMap<RegistryKey, Arc<Worker>>>,
}

/// The input of a worker.
#[derive(Default)]
struct Worker {
    wake: Notify,
    stop: CancellationToken,
    touched: Mutex<Touched>,
}

#[derive(Default)]
struct Touched {
    registry: bool,
    repositories: HashSet<RepositoryKey>,
    statuses: bool,
}

/// When a worker read, and with what result.
#[derive(Default)]
struct Looks {
    repositories: Option<Instant>,
    policy: Option<Instant>,
    images: Option<(RepositoryKey, Instant)>,
    /// How long the last read of the visible repository took: large ones are read less often.
    images_took: Duration,
    statuses: Option<Instant>,
    /// Whether the last round of statuses found images to ask about.
    waits: bool,
    /// The number of rounds in which statuses were requested.
    rounds: usize,
    background: Option<Instant>,
    failures: u32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Sets what the window shows, which is then polled.
    ///
    /// # Errors
    /// None today.
    pub async fn set_visible(&self, visible: Visible) -> Result<(), ApiError> {
        let visible = Arc::new(visible);
        let before = std::mem::replace(&mut *lock(&self.poller.visible), visible.clone());
        if before != visible {
            for (key, worker) in lock(&self.poller.workers).iter() {
                if shows(&visible, key) {
                    worker.wake.notify_one();
                }
            }
        }
        Ok(())
    }

    /// What the window shows.
    pub(super) fn visible(&self) -> Arc<Visible> {
        lock(&self.poller.visible).clone()
    }

    /// Schedules an early read of a registry's list of repositories and documents.
    pub(crate) fn touch_registry(&self, key: &RegistryKey) {
        self.touch(key, |touched| touched.registry = true);
    }

    /// Schedules an early read of a repository's images.
    pub(crate) fn touch_repository(&self, key: &RepositoryKey) {
        self.touch(&key.registry, |touched| {
            touched.repositories.insert(key.clone());
        });
    }

    /// Schedules an early read of replication statuses, after images were pushed.
    pub(crate) fn touch_statuses(&self, key: &RegistryKey) {
        self.touch(key, |touched| touched.statuses = true);
    }

    fn touch(&self, key: &RegistryKey, mark: impl FnOnce(&mut Touched)) {
        if let Some(worker) = lock(&self.poller.workers).get(key) {
            mark(&mut lock(&worker.touched));
            worker.wake.notify_one();
        }
    }

    /// Starts and stops workers, so that every registry of every account has one. A command has none: it
    /// reads what it needs, and nothing in the background until it ends.
    pub(crate) fn update_workers(&self) {
        if self.command.is_some() {
            return;
        }
        let wanted = self.accounts.registries(None);
        let mut workers = lock(&self.poller.workers);
        workers.retain(|key, worker| {
            let stays = wanted.contains(key);
            if !stays {
                worker.stop.cancel();
            }
            stays
        });
        for key in wanted {
            workers.entry(key).or_insert_with_key(|key| {
                let worker = Arc::new(Worker { stop: self.stop.child_token(), ..Worker::default() });
                self.tasks.spawn(work(self.me.clone(), key.clone(), worker.clone()));
                worker
            });
        }
    }
}

/// How often each of so many registries is read, so that all of them together make no more calls than
/// [`AT_ONCE`] do.
fn period(of_one: Duration, registries: usize) -> Duration {
    of_one * u32::try_from(registries / AT_ONCE).unwrap_or(u32::MAX).max(1)
}

fn shows(visible: &Visible, key: &RegistryKey) -> bool {
    visible.registries.contains(key)
        || visible.repository.as_ref().is_some_and(|shown| shown.registry == *key)
}

async fn work(app: Weak<App>, key: RegistryKey, worker: Arc<Worker>) {
    // The first rows and the rules come first; policies and the content of repositories can wait.
    let start = Some(Instant::now());
    let mut looks = Looks { policy: start, background: start, ..Looks::default() };
    loop {
        let pause = {
            let Some(app) = app.upgrade() else { return };
            tokio::select! {
                () = worker.stop.cancelled() => return,
                pause = look(&app, &key, &worker, &mut looks) => pause,
            }
        };
        tokio::select! {
            () = worker.stop.cancelled() => return,
            () = worker.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Reads everything that is due, and returns the time until something is due again.
async fn look(app: &App, key: &RegistryKey, worker: &Worker, looks: &mut Looks) -> Duration {
    let visible = app.visible();
    let shown = shows(&visible, key);
    let touched = std::mem::take(&mut *lock(&worker.touched));
    let timing = &app.timing;
    let usual = if shown { period(timing.visible, visible.registries.len()) } else { timing.background };
    let most = if shown { LONGEST_VISIBLE.max(usual) } else { LONGEST_BACKGROUND.max(usual) };
    let pause = usual.saturating_mul(1 << looks.failures.min(10)).min(most);
    let all = lock(&app.poller.workers).len();
    let background = period(timing.background_call, all);
    let opened = visible.repository.as_ref().filter(|shown| shown.registry == *key);

    if touched.registry || due(looks.repositories, pause) {
        let read = app.read_repositories(key).await;
        looks.failures = if read.is_ok() { 0 } else { looks.failures.saturating_add(1) };
        if read.is_ok() {
            said("replication", key, app.read_replication(key).await.map(drop));
        }
        looks.repositories = Some(Instant::now());
    }
    let fails = looks.failures > 0;
    // A replication can be over within seconds: its status is read right after the images.
    let mut images_read = touched.statuses || !touched.repositories.is_empty();
    read_touched(app, key, touched.repositories, looks).await;
    let mut next = looks.repositories.map_or(Duration::ZERO, |at| left(at, pause));
    if !fails {
        let policy_pause = usual * POLICY_FACTOR;
        if touched.registry || due(looks.policy, policy_pause) {
            said("policy", key, app.read_policy(key).await.map(drop));
            looks.policy = Some(Instant::now());
        }
        if let Some(repository) = opened {
            let (pause, read) = look_into(app, repository, looks).await;
            next = next.min(pause);
            images_read |= read;
        }
        let attended = opened.is_some() || looks.waits;
        let statuses = if attended { timing.visible } else { period(timing.visible, all) };
        if images_read || due(looks.statuses, statuses) {
            let read = app.read_watched(key, &visible, looks.rounds).await;
            looks.waits = read.as_ref().is_ok_and(|&asked| asked > 0);
            said("replication status", key, read.map(drop));
            looks.rounds = looks.rounds.wrapping_add(1);
            looks.statuses = Some(Instant::now());
        }
        let statuses = if looks.waits { timing.visible } else { statuses };
        next = next.min(looks.statuses.map_or(statuses, |at| left(at, statuses)));
        if due(looks.background, background) {
            match app.stalest(key).await {
                Ok(Some(repository)) => {
                    said("images", key, app.read_images(&repository).await);
                    next = next.min(background);
                }
                Ok(None) => {}
                Err(error) => said("inventory", key, Err(error)),
            }
            looks.background = Some(Instant::now());
        } else if let Some(at) = looks.background {
            next = next.min(left(at, background).max(Duration::from_millis(1)));
        }
    }
    next
}

/// Reads what events named, the repository on the screen first: a screen that was opened in the
/// meantime does not wait until hundreds of others are read.
async fn read_touched(app: &App, key: &RegistryKey, mut touched: HashSet<RepositoryKey>, looks: &mut Looks) {
    let shown = |app: &App| app.visible().repository.clone().filter(|shown| shown.registry == *key);
    let mut seen = None;
    while !touched.is_empty() {
        let visible = shown(app);
        let new = visible.as_ref().filter(|visible| seen.as_ref() != Some(*visible));
        let next = match new.cloned() {
            Some(visible) => {
                seen = Some(visible.clone());
                let is_due = looks.images.as_ref().is_none_or(|(known, _)| *known != visible);
                if !touched.remove(&visible) && !is_due {
                    continue;
                }
                visible
            }
            None => {
                let Some(any) = touched.iter().next().cloned() else { return };
                touched.remove(&any);
                any
            }
        };
        let start = Instant::now();
        said("images", key, app.read_images(&next).await);
        if seen.as_ref() == Some(&next) {
            // This was the read that the screen waits for; it need not be repeated.
            looks.images_took = start.elapsed();
            looks.images = Some((next, Instant::now()));
        }
    }
}

/// Reads the repository on the screen if that is due, and returns the time until it is due again.
async fn look_into(app: &App, repository: &RepositoryKey, looks: &mut Looks) -> (Duration, bool) {
    let pause = app.timing.visible.max(looks.images_took * 4);
    let last = looks.images.as_ref().filter(|(known, _)| known == repository).map(|(_, at)| *at);
    if !due(last, pause) {
        return (last.map_or(pause, |at| left(at, pause)), false);
    }
    let start = Instant::now();
    said("images", &repository.registry, app.read_images(repository).await);
    looks.images_took = start.elapsed();
    looks.images = Some((repository.clone(), Instant::now()));
    (pause, true)
}

fn due(last: Option<Instant>, pause: Duration) -> bool {
    last.is_none_or(|at| at.elapsed() >= pause)
}

fn left(at: Instant, pause: Duration) -> Duration {
    pause.saturating_sub(at.elapsed())
}

/// Failures are stored with their subject and shown there; the log has them too.
fn said(what: &str, key: &RegistryKey, result: Result<(), ApiError>) {
    if let Err(error) = result {
        tracing::debug!(what, account = %key.account, region = %key.region, code = error.code, "read failed");
    }
}
