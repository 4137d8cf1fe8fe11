//! The keychain of the desktop (on Linux the Secret Service). Its calls block and can hang on a
//! locked collection, so they run on their own thread and are abandoned after a timeout.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use keyring::{Entry, Error};
use tokio::sync::oneshot;

use super::{Secret, SecretStore};
use crate::api::{ApiError, Keychain, Side};

/// How long a call may take. A person who is prompted for the keychain's password answers within
/// this time, or tries again afterwards.
const PATIENCE: Duration = Duration::from_secs(5);
/// The service's name in the keychain.
const SERVICE: &str = "longshore";

const LOCKED: &str = "Unlock the keychain of this desktop and try again.";
const MISSING: &str = "Start a keychain that offers the Secret Service, such as gnome-keyring or KeePassXC. The sandbox works without one.";

type Job = Box<dyn FnOnce() + Send>;

/// The keychain of the desktop.
pub struct KeychainStore {
    jobs: mpsc::Sender<(Instant, Job)>,
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
        let (jobs, queue) = mpsc::channel::<(Instant, Job)>();
        let spawned = thread::Builder::new().name("keychain".into()).spawn(move || {
            for (asked, job) in queue {
                // The callers of requests that queued behind a hung call no longer wait.
                if asked.elapsed() < PATIENCE {
                    job();
                }
            }
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for the keychain");
        }
        Self { jobs }
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            // The receiver is dropped when the caller stopped waiting.
            drop(sender.send(work()));
        });
        self.jobs.send((Instant::now(), job)).map_err(|_| Trouble::Failed)?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Err(_) => Err(Trouble::Locked),
            Ok(Err(_)) => Err(Trouble::Failed),
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(trouble(&error)),
        }
    }
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

    #[test]
    fn errors_quote_nothing_of_the_store() {
        let error = api_error(trouble(&Error::BadEncoding(b"hunter2".to_vec())));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
