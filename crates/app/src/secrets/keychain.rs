//! The keychain of the desktop (on Linux the Secret Service). Its calls block and can hang on a
//! locked collection, so they run on their own thread and are abandoned after a timeout.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use keyring::{Entry, Error};
use tokio::sync::oneshot;

use super::{Secret, SecretStore};
use crate::api::{ApiError, Keychain, Side};

/// How long one call of the keychain may take. A person who is prompted for the keychain's password answers within
/// this time, or tries again afterwards.
const PATIENCE: Duration = Duration::from_secs(5);
/// The service's name in the keychain.
const SERVICE: &str = "longshore";

const LOCKED: &str = "Unlock the keychain of this desktop and try again.";
const MISSING: &str = "Start a keychain that offers the Secret Service, such as gnome-keyring or KeePassXC. The sandbox works without one.";

type Job = Box<dyn FnOnce() + Send>;

/// The keychain of the desktop.
pub struct KeychainStore {
    jobs: mpsc::Sender<Job>,
    /// Since when the present call of the keychain runs.
    running: Arc<Mutex<Option<Instant>>>,
    patience: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Locked,
    Missing,
    Failed,
}

impl KeychainStore {
    /// Starts the thread; the keychain is not accessed before the first call.
    pub fn new() -> Self {
        Self::with(PATIENCE)
    }

    fn with(patience: Duration) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let running = Arc::new(Mutex::new(None));
        let begun = running.clone();
        let spawned = thread::Builder::new().name("keychain".into()).spawn(move || {
            for job in queue {
                *lock(&begun) = Some(Instant::now());
                job();
                *lock(&begun) = None;
            }
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for the keychain");
        }
        Self { jobs, running, patience }
    }

    /// Calls take turns. A call waits for its turn as long as those before it end: hundreds of accounts are
    /// opened at once.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (sender, mut answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            // A caller that stopped waiting behind a hung call has dropped the receiver.
            if !sender.is_closed() {
                drop(sender.send(work()));
            }
        });
        self.jobs.send(job).map_err(|_| Trouble::Failed)?;
        loop {
            let running = || lock(&self.running).map(|begun| begun.elapsed());
            let left = self.patience.saturating_sub(running().unwrap_or_default());
            match tokio::time::timeout(left, &mut answer).await {
                Err(_) if running().is_some_and(|time| time >= self.patience) => return Err(Trouble::Locked),
                Err(_) => {}
                Ok(Err(_)) => return Err(Trouble::Failed),
                Ok(Ok(Ok(value))) => return Ok(value),
                Ok(Ok(Err(error))) => return Err(trouble(&error)),
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for KeychainStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Messages of the store are not shown: they may quote stored values.
fn trouble(error: &Error) -> Trouble {
    match error {
        Error::NoStorageAccess(_) => Trouble::Locked,
        Error::NoDefaultStore => Trouble::Missing,
        Error::PlatformFailure(cause) => {
            let text = cause.to_string().to_ascii_lowercase();
            if text.contains("locked") || text.contains("prompt") {
                Trouble::Locked
            } else {
                Trouble::Missing
            }
        }
        _ => Trouble::Failed,
    }
}

fn api_error(trouble: Trouble) -> ApiError {
    let (code, text, hint) = match trouble {
        Trouble::Locked => ("keychain-locked", "The keychain is locked or does not respond.", LOCKED),
        Trouble::Missing => ("keychain-missing", "This desktop has no keychain.", MISSING),
        Trouble::Failed => {
            ("keychain-failed", "The keychain refused the request.", "Check the keychain's own application.")
        }
    };
    ApiError::new(code, Side::ThisMachine, text).hint(hint)
}

fn found<T>(result: keyring::Result<T>) -> keyring::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks whether the keychain is available and unlocked, without a password prompt. An entry that
/// does not exist proves nothing: a locked collection does not show it either.
#[cfg(target_os = "linux")]
fn look() -> keyring::Result<()> {
    use secret_service::{EncryptionType, Error as ServiceError, blocking::SecretService};

    let decode = |error: ServiceError| match error {
        ServiceError::Locked | ServiceError::NoResult | ServiceError::Prompt => {
            Error::NoStorageAccess(Box::new(error))
        }
        error => Error::PlatformFailure(Box::new(error)),
    };
    // No secret is sent, so the session needs no key.
    let service = SecretService::connect(EncryptionType::Plain).map_err(decode)?;
    let collection = service.get_default_collection().map_err(decode)?;
    match collection.is_locked().map_err(decode)? {
        true => Err(decode(ServiceError::Locked)),
        false => Ok(()),
    }
}

/// Checks whether the keychain answers.
#[cfg(not(target_os = "linux"))]
fn look() -> keyring::Result<()> {
    found(Entry::new(SERVICE, "probe")?.get_password()).map(drop)
}

#[async_trait]
impl SecretStore for KeychainStore {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        let name = name.to_owned();
        self.call(move || found(Entry::new(SERVICE, &name)?.get_password().map(Secret::new)))
            .await
            .map_err(api_error)
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        let name = name.to_owned();
        self.call(move || Entry::new(SERVICE, &name)?.set_password(secret.expose())).await.map_err(api_error)
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        let name = name.to_owned();
        self.call(move || found(Entry::new(SERVICE, &name)?.delete_credential()))
            .await
            .map(|_| ())
            .map_err(api_error)
    }

    async fn state(&self) -> Keychain {
        match self.call(look).await {
            Ok(()) => Keychain::Available,
            Err(Trouble::Locked) => Keychain::Locked { hint: LOCKED.into() },
            Err(Trouble::Missing | Trouble::Failed) => Keychain::Missing { hint: MISSING.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_keychain_is_told_from_a_missing_one() {
        assert_eq!(trouble(&Error::NoStorageAccess("locked".into())), Trouble::Locked);
        assert_eq!(trouble(&Error::NoDefaultStore), Trouble::Missing);
        assert_eq!(trouble(&Error::PlatformFailure("no such name on the bus".into())), Trouble::Missing);
        assert_eq!(trouble(&Error::BadEncoding(b"secret".to_vec())), Trouble::Failed);
    }

    #[tokio::test]
    async fn many_calls_wait_for_their_turn_and_none_waits_behind_a_call_that_hangs() {
        // Each call takes a part of the patience, and all of them a multiple of it.
        let store = KeychainStore::with(Duration::from_millis(200));
        let slow = |number: u32| {
            store.call(move || {
                thread::sleep(Duration::from_millis(20));
                Ok(number)
            })
        };
        let served = futures::future::join_all((0..40).map(slow)).await;
        assert_eq!(served, (0..40).map(Ok).collect::<Vec<_>>());

        let (release, hung) = mpsc::channel::<()>();
        let first = store.call(move || {
            let _ = hung.recv();
            Ok(())
        });
        let (asked, was_asked) = mpsc::channel();
        let second = store.call(move || {
            let _ = asked.send(());
            Ok(())
        });
        assert_eq!(tokio::join!(first, second), (Err(Trouble::Locked), Err(Trouble::Locked)));
        // Once the keychain answers, what nobody waits for is not asked any more.
        drop(release);
        assert_eq!(store.call(|| Ok(7)).await, Ok(7));
        assert!(was_asked.try_recv().is_err());
    }

    #[test]
    fn errors_quote_nothing_of_the_store() {
        let error = api_error(trouble(&Error::BadEncoding(b"hunter2".to_vec())));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
