//! Notifies windows of changes: a snapshot first, then at most ten events a second. A later event
//! replaces an earlier one about the same subject.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::api::{AppEvent, RegistryKey, RepositoryKey, RunState, RunView};

/// Events to one window in [`WINDOW`].
const MOST: usize = 10;
/// See [`MOST`].
const WINDOW: Duration = Duration::from_secs(1);
/// Notices that wait for a window that does not listen; older ones are dropped.
const MOST_NOTICES: usize = 50;

/// The sender of events.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Hub>>);

#[derive(Default)]
struct Hub {
    runs: Vec<RunView>,
    subscribers: Vec<Weak<Subscriber>>,
    closed: bool,
}

#[derive(Default)]
struct Subscriber {
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    order: VecDeque<Subject>,
    events: HashMap<Subject, AppEvent>,
    notices: u64,
    closed: bool,
}

/// The subject of an event.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Snapshot,
    Run(String),
    Accounts,
    EngineRules,
    Promotions,
    Registry(RegistryKey),
    Repository(RepositoryKey),
    Replication(RegistryKey),
    Policy(RegistryKey),
    Iam(RegistryKey),
    Status(RepositoryKey, String, RegistryKey),
    Notice(u64),
    CloseRequested,
}

impl Subject {
    fn is_watched(&self) -> bool {
        matches!(
            self,
            Self::Snapshot | Self::Run(_) | Self::Status(..) | Self::Notice(_) | Self::CloseRequested
        )
    }
}

/// The events for one window.
pub struct AppEvents {
    subscriber: Arc<Subscriber>,
    sent: VecDeque<Instant>,
}

impl Events {
    /// Sends an event to every window.
    pub(crate) fn send(&self, event: AppEvent) {
        let mut hub = lock(&self.0);
        if let AppEvent::Run { run } = &event {
            hub.runs.retain(|known| known.id != run.id);
            if matches!(run.state, RunState::Waiting | RunState::Running) {
                hub.runs.push(run.as_ref().clone());
            }
        }
        hub.subscribers.retain(|subscriber| match subscriber.upgrade() {
            Some(subscriber) => {
                lock(&subscriber.queue).put(event.clone());
                subscriber.wake.notify_one();
                true
            }
            None => false,
        });
    }

    /// Runs in progress, as last sent.
    pub(crate) fn active_runs(&self) -> Vec<RunView> {
        lock(&self.0).runs.clone()
    }

    /// Subscribes; the first event is a snapshot.
    pub(crate) fn subscribe(&self) -> AppEvents {
        let subscriber = Arc::new(Subscriber::default());
        let mut hub = lock(&self.0);
        {
            let mut queue = lock(&subscriber.queue);
            queue.put(AppEvent::Snapshot { runs: hub.runs.clone() });
            queue.closed = hub.closed;
        }
        hub.subscribers.push(Arc::downgrade(&subscriber));
        AppEvents { subscriber, sent: VecDeque::new() }
    }

    /// Ends every window's events once they are delivered.
    pub(crate) fn close(&self) {
        let mut hub = lock(&self.0);
        hub.closed = true;
        for subscriber in hub.subscribers.iter().filter_map(Weak::upgrade) {
            lock(&subscriber.queue).closed = true;
            subscriber.wake.notify_one();
        }
    }
}

impl Queue {
    fn put(&mut self, event: AppEvent) {
        let subject = match &event {
            AppEvent::Snapshot { .. } => Subject::Snapshot,
            AppEvent::Run { run } => Subject::Run(run.id.clone()),
            AppEvent::Accounts => Subject::Accounts,
            AppEvent::EngineRules => Subject::EngineRules,
            AppEvent::Promotions => Subject::Promotions,
            AppEvent::Registry { registry } => Subject::Registry(registry.clone()),
            AppEvent::Repository { repository } => Subject::Repository(repository.clone()),
            AppEvent::Replication { registry } => Subject::Replication(registry.clone()),
            AppEvent::Policy { registry } => Subject::Policy(registry.clone()),
            AppEvent::Iam { registry } => Subject::Iam(registry.clone()),
            AppEvent::ReplicationStatus { repository, digest, status, .. } => {
                Subject::Status(repository.clone(), digest.clone(), status.destination.clone())
            }
            AppEvent::Notice { .. } => {
                self.notices += 1;
                self.drop_oldest_notice();
                Subject::Notice(self.notices)
            }
            AppEvent::CloseRequested { .. } => Subject::CloseRequested,
        };
        if self.events.insert(subject.clone(), event).is_none() {
            self.order.push_back(subject);
        }
    }

    fn drop_oldest_notice(&mut self) {
        let is_notice = |subject: &Subject| matches!(subject, Subject::Notice(_));
        if self.order.iter().filter(|subject| is_notice(subject)).count() >= MOST_NOTICES
            && let Some(at) = self.order.iter().position(is_notice)
            && let Some(subject) = self.order.remove(at)
        {
            self.events.remove(&subject);
        }
    }

    /// The next event: what a person watches (runs, replications, notices) comes before lists that
    /// are to be read again.
    fn take(&mut self) -> Option<AppEvent> {
        let at = self.order.iter().position(Subject::is_watched).unwrap_or_default();
        let subject = self.order.remove(at)?;
        self.events.remove(&subject)
    }
}

impl AppEvents {
    /// The next event, or `None` once the app is closed.
    pub async fn next(&mut self) -> Option<AppEvent> {
        loop {
            {
                let queue = lock(&self.subscriber.queue);
                if queue.order.is_empty() {
                    if queue.closed {
                        return None;
                    }
                } else {
                    break;
                }
            }
            self.subscriber.wake.notified().await;
        }
        // The event is taken after the wait, so that it is the newest about its subject.
        if self.sent.len() >= MOST
            && let Some(earliest) = self.sent.front()
        {
            tokio::time::sleep_until(*earliest + WINDOW).await;
            self.sent.pop_front();
        }
        self.sent.push_back(Instant::now());
        lock(&self.subscriber.queue).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Space;

    fn registry(account: &str) -> RegistryKey {
        RegistryKey {
            space: Space::Sandbox,
            account: account.parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn the_first_is_a_snapshot_and_repeats_are_one() {
        let events = Events::default();
        let mut window = events.subscribe();
        for _ in 0..1_000 {
            events.send(AppEvent::Registry { registry: registry("111122223333") });
            events.send(AppEvent::Accounts);
        }
        events.close();
        assert_eq!(window.next().await, Some(AppEvent::Snapshot { runs: Vec::new() }));
        assert!(matches!(window.next().await, Some(AppEvent::Registry { .. })));
        assert_eq!(window.next().await, Some(AppEvent::Accounts));
        assert_eq!(window.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn at_most_ten_a_second() {
        let events = Events::default();
        let mut window = events.subscribe();
        for number in 0..40 {
            events.send(AppEvent::Registry { registry: registry(&format!("{number:012}")) });
        }
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..41 {
            window.next().await.unwrap();
            times.push(start.elapsed());
        }
        for pair in times.windows(MOST + 1) {
            assert!(pair[MOST] - pair[0] >= WINDOW, "{times:?}");
        }
    }

    #[tokio::test]
    async fn a_notice_does_not_wait_behind_a_thousand_lists() {
        let events = Events::default();
        let mut window = events.subscribe();
        for number in 0..1_000 {
            events.send(AppEvent::Registry { registry: registry(&format!("{number:012}")) });
        }
        events.send(AppEvent::Notice { title: "Done".into(), text: String::new() });
        assert!(matches!(window.next().await, Some(AppEvent::Snapshot { .. })));
        assert!(matches!(window.next().await, Some(AppEvent::Notice { .. })));
        assert!(matches!(window.next().await, Some(AppEvent::Registry { .. })));
    }

    #[tokio::test]
    async fn notices_are_kept_apart_but_not_for_ever() {
        let events = Events::default();
        let window = events.subscribe();
        for number in 0..200 {
            events.send(AppEvent::Notice { title: number.to_string(), text: String::new() });
        }
        assert_eq!(lock(&window.subscriber.queue).order.len(), MOST_NOTICES + 1);
    }
}
