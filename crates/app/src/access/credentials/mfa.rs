//! Sessions with an MFA device: one code serves every role that asks for the device.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, SharedCredentialsProvider, future},
};
use longshore_ecr::EcrClient;

use super::{Sessions, problem::problem};
use crate::api::{ApiError, Side};

/// How long a session must still last to be used.
const LEFT: Duration = Duration::from_secs(60);

/// Sessions by the serial number of their device, and codes that were entered and not used yet. In memory
/// only.
#[derive(Default)]
pub(crate) struct MfaSessions {
    sessions: Mutex<HashMap<String, Credentials>>,
    codes: Mutex<HashMap<String, String>>,
    /// One request at a time: a code can be used once.
    turn: tokio::sync::Mutex<()>,
}

impl MfaSessions {
    /// Keeps a code for the next session of its device.
    pub(crate) fn enter(&self, serial: &str, code: String) {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner).insert(serial.to_owned(), code);
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(serial);
    }

    fn session(&self, serial: &str) -> Option<Credentials> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let lasts =
            |session: &&Credentials| session.expiry().is_none_or(|end| end > SystemTime::now() + LEFT);
        sessions.get(serial).filter(lasts).cloned()
    }

    async fn get(&self, serial: &str, client: &EcrClient) -> Result<Credentials, ApiError> {
        let _turn = self.turn.lock().await;
        if let Some(session) = self.session(serial) {
            return Ok(session);
        }
        let code = self.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(serial);
        let Some(code) = code else { return Err(needed(serial)) };
        let session = client.session_token(serial, &code).await.map_err(|error| {
            let error = ApiError::from(error);
            match error.code.as_str() {
                "access-denied" | "invalid-parameter" => {
                    let text = format!("The code of MFA device {serial} was not accepted: {}", error.message);
                    ApiError::new("mfa-code-refused", Side::Input, text).at(serial)
                }
                _ => error,
            }
        })?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(serial.to_owned(), session.clone());
        Ok(session)
    }
}

fn needed(serial: &str) -> ApiError {
    let text = format!("A code of MFA device {serial} is needed.");
    ApiError::new("mfa-code-needed", Side::Input, text)
        .at(serial)
        .hint("Enter the six digits that the device shows now.")
}

/// The credentials of `client` with an MFA device.
pub(super) struct WithMfa {
    pub(super) sessions: Arc<Sessions>,
    pub(super) serial: String,
    pub(super) client: EcrClient,
}

impl WithMfa {
    pub(super) fn shared(self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self)
    }

    async fn load(&self) -> provider::Result {
        self.sessions.mfa.get(&self.serial, &self.client).await.map_err(problem)
    }
}

impl fmt::Debug for WithMfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithMfa").field("serial", &self.serial).finish_non_exhaustive()
    }
}

impl ProvideCredentials for WithMfa {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
