//! Access keys that runs created and whose secret was not told yet. They are in memory only, for some minutes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_ecr::NewKey;

use crate::{
    App,
    api::{ApiError, NewAccessKey, RunKey, Side},
};

/// How long a secret may be asked for.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

struct Waiting {
    user: String,
    key: NewKey,
    at: DateTime<Utc>,
}

/// New keys by their runs.
#[derive(Default)]
pub(crate) struct NewKeys(Mutex<HashMap<String, Waiting>>);

impl NewKeys {
    pub(super) fn put(&self, run: &str, user: &str, key: NewKey, at: DateTime<Utc>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, known| at - known.at < LIFETIME);
        all.insert(run.to_owned(), Waiting { user: user.to_owned(), key, at });
    }

    fn take(&self, run: &str, now: DateTime<Utc>) -> Option<Waiting> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, known| now - known.at < LIFETIME);
        all.remove(run)
    }
}

impl App {
    /// The access key that a run created. Its secret is told once, and nothing keeps it.
    ///
    /// # Errors
    /// `key-not-kept` when it was told already, or too much time has passed.
    pub async fn take_key(&self, request: RunKey) -> Result<NewAccessKey, ApiError> {
        let taken = self.new_keys.take(&request.run, self.now());
        let Waiting { user, key, .. } = taken.ok_or_else(|| {
            ApiError::new("key-not-kept", Side::Input, "The secret of this access key is not kept any more.")
        })?;
        Ok(NewAccessKey { user, id: key.id.clone(), secret: key.secret().to_owned() })
    }
}
