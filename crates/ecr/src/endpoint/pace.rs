//! Limits how fast a registry is written to.
//!
//! ECR accepts ten `PutImage` a second for an account and Region, and a hundred each of
//! `InitiateLayerUpload` and `CompleteLayerUpload` (General Reference, "Amazon ECR endpoints and
//! quotas"). A request that waits for its turn is done sooner than one that is refused and retried.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use longshore_names::RegistryId;
use tokio::time::Instant;

use crate::EcrClient;

/// `PutImage` a second.
const MANIFESTS: f64 = 10.0;
/// `InitiateLayerUpload`, and as many `CompleteLayerUpload`, a second.
const UPLOADS: f64 = 100.0;
/// How many requests may be sent at once after a pause, as a fraction of a second's number. AWS
/// does not document the size of ECR's own allowance; a second's number is usual, so a third of it
/// leaves room for late responses.
const BURST: f64 = 0.3;
/// A refusal never lowers the rate below this fraction of the known one.
const SLOWEST: f64 = 0.05;
/// The fraction of the rate that is left after a refusal.
const SLOWED: f64 = 0.7;
/// How much each success restores, as a fraction of the known rate.
const RECOVERY: f64 = 0.01;
/// Refusals within this time slow the rate down once.
const TOGETHER: Duration = Duration::from_secs(1);

/// A token bucket whose rate falls when the registry refuses and rises again to the known one.
pub(crate) struct Bucket {
    known: f64,
    burst: f64,
    state: Mutex<State>,
    /// Held while waiting, so that the first to come is the first served.
    turn: tokio::sync::Mutex<()>,
}

struct State {
    rate: f64,
    /// When the bucket is full again if nothing is taken.
    full: Option<Instant>,
    slowed: Option<Instant>,
}

impl Bucket {
    fn new(known: f64) -> Self {
        Self {
            known,
            burst: (known * BURST).max(1.0),
            state: Mutex::new(State { rate: known, full: None, slowed: None }),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn and takes it. A wait that is cancelled takes nothing.
    async fn take(&self) {
        let _turn = self.turn.lock().await;
        loop {
            let now = Instant::now();
            let wait = {
                let mut state = self.state();
                let interval = 1.0 / state.rate;
                let behind = state.full.map_or(0.0, |full| (full - now).as_secs_f64());
                let wait = behind - interval * (self.burst - 1.0);
                if wait <= 0.0 {
                    state.full = Some(state.full.map_or(now, |full| full.max(now)) + seconds(interval));
                    return;
                }
                wait
            };
            tokio::time::sleep(seconds(wait)).await;
        }
    }

    fn went_well(&self) {
        let mut state = self.state();
        state.rate = (state.rate + self.known * RECOVERY).min(self.known);
    }

    fn refused(&self) {
        let now = Instant::now();
        let mut state = self.state();
        if state.slowed.is_none_or(|then| now - then > TOGETHER) {
            state.rate = (state.rate * SLOWED).max(self.known * SLOWEST);
            state.slowed = Some(now);
        }
        // The registry's bucket is empty, and so is ours.
        let empty = now + seconds(self.burst / state.rate);
        state.full = Some(state.full.map_or(empty, |full| full.max(empty)));
    }

    #[cfg(test)]
    fn rate(&self) -> f64 {
        self.state().rate
    }
}

fn seconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time.max(0.0)).unwrap_or(Duration::ZERO)
}

/// The buckets of one registry.
struct Buckets {
    manifests: Bucket,
    uploads: Bucket,
}

impl Buckets {
    fn new(share: f64) -> Self {
        Self { manifests: Bucket::new(MANIFESTS * share), uploads: Bucket::new(UPLOADS * share) }
    }
}

type Key = (Option<String>, RegistryId);

/// The buckets in use. Of all shared state here, only this belongs to the whole process: two parts
/// of it that do not know of each other would together exceed the rate.
static IN_USE: Mutex<Option<HashMap<Key, Weak<Buckets>>>> = Mutex::new(None);

fn in_use(key: Key) -> Arc<Buckets> {
    let mut all = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    if let Some(found) = all.get(&key).and_then(Weak::upgrade) {
        return found;
    }
    all.retain(|_, buckets| buckets.strong_count() > 0);
    let buckets = Arc::new(Buckets::new(1.0));
    all.insert(key, Arc::downgrade(&buckets));
    buckets
}

/// The kinds of writes: each has its own rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// `PutImage`.
    Manifest,
    /// `InitiateLayerUpload`, and with it the `CompleteLayerUpload` that follows.
    Upload,
}

/// The pace of one endpoint: within its share of the registry's rate, and, together with the rest
/// of the process, within the whole rate.
pub(crate) struct Pace {
    whole: Arc<Buckets>,
    share: Option<Buckets>,
}

impl Pace {
    pub(crate) fn of(client: &EcrClient) -> Self {
        let place = client.endpoint().map(ToString::to_string);
        Self { whole: in_use((place, client.registry().clone())), share: None }
    }

    /// Keeps within `share` of the rates: more than 0 and at most 1.
    pub(crate) fn with_share(self, share: f64) -> Self {
        let share = (share > 0.0 && share < 1.0).then(|| Buckets::new(share));
        Self { share, ..self }
    }

    fn buckets(&self, write: Write) -> impl Iterator<Item = &Bucket> {
        self.share.iter().chain(std::iter::once(&*self.whole)).map(move |buckets| match write {
            Write::Manifest => &buckets.manifests,
            Write::Upload => &buckets.uploads,
        })
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self, write: Write) {
        for bucket in self.buckets(write) {
            bucket.take().await;
        }
    }

    /// The registry accepted a write.
    pub(crate) fn went_well(&self, write: Write) {
        self.buckets(write).for_each(Bucket::went_well);
    }

    /// The registry throttled a write.
    pub(crate) fn refused(&self, write: Write) {
        self.buckets(write).for_each(Bucket::refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(region: &str) -> Pace {
        let registry = RegistryId::new("111122223333".parse().unwrap(), region.parse().unwrap());
        Pace { whole: in_use((Some("http://pace.test/".into()), registry)), share: None }
    }

    async fn time_for(pace: &Pace, puts: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..puts {
            pace.turn(Write::Manifest).await;
        }
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn ten_manifests_a_second_and_three_at_once() {
        let pace = pace("us-west-2");
        assert!(time_for(&pace, 3).await < 0.001);
        let time = time_for(&pace, 1_000).await;
        assert!((99.9..100.2).contains(&time), "{time}");
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(time_for(&pace, 3).await < 0.001, "a pause fills the bucket");
        assert!((0.09..0.11).contains(&time_for(&pace, 1).await), "and no more than that");
    }

    #[tokio::test(start_paused = true)]
    async fn two_endpoints_of_one_registry_have_one_rate_and_two_registries_have_two() {
        let (one, same, other) = (pace("us-east-1"), pace("us-east-1"), pace("us-east-2"));
        let start = Instant::now();
        tokio::join!(time_for(&one, 50), time_for(&same, 50), time_for(&other, 50));
        let time = start.elapsed().as_secs_f64();
        assert!((9.6..9.8).contains(&time), "100 less the 3 at once, at ten a second: {time}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quarter_of_the_rate_is_a_quarter() {
        let pace = pace("eu-west-1").with_share(0.25);
        let time = time_for(&pace, 51).await;
        assert!((19.9..20.1).contains(&time), "{time}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_down_once_and_success_brings_the_rate_back() {
        let pace = pace("eu-west-2");
        let bucket = &pace.whole.manifests;
        for _ in 0..20 {
            pace.refused(Write::Manifest);
        }
        assert_eq!(bucket.rate(), 7.0, "many at once count once");
        let time = time_for(&pace, 1).await;
        assert!((0.14..0.15).contains(&time), "the next one waits a turn of the slower rate: {time}");
        for _ in 0..50 {
            tokio::time::advance(Duration::from_secs(2)).await;
            pace.refused(Write::Manifest);
        }
        assert_eq!(bucket.rate(), 0.5, "and never stops");
        for _ in 0..200 {
            pace.went_well(Write::Manifest);
        }
        assert_eq!(bucket.rate(), 10.0, "never above what is known");
        assert_eq!(pace.whole.uploads.rate(), 100.0, "uploads have their own rate");
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_takes_nothing() {
        let pace = pace("ap-south-1");
        time_for(&pace, 3).await;
        for _ in 0..5 {
            let stopped = tokio::time::timeout(Duration::from_millis(10), pace.turn(Write::Manifest)).await;
            assert!(stopped.is_err());
        }
        assert!(time_for(&pace, 1).await < 0.06, "only the time that was left of one turn");
    }
}
