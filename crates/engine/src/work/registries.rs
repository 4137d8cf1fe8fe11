//! What talks to the registries of a run.

use std::sync::Arc;

use longshore_registry::{Backoff, Error as RegistryError, RegistryErrorKind, Sink, Source, Tries};

use crate::Control;

/// How often renewed credentials are tried for one request.
const RENEWALS: usize = 5;

/// The registries of a run, and how they are asked.
pub(crate) struct Registries {
    /// The run's id, for the log.
    pub(crate) run: String,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) backoff: Backoff,
    pub(crate) control: Control,
}

impl Registries {
    /// Retries transient failures, and refused credentials once they are renewed, but not while the run is
    /// paused. An attempt during which it was
    /// paused is not counted, because idle connections break.
    pub(crate) async fn retried<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, RegistryError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        let tries = Tries::shared_or(self.backoff);
        let mut renewals = 0;
        loop {
            self.control.unpaused().await;
            let pauses = self.control.pauses();
            let error = match tries.within(attempt()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if error.is_retryable() && self.control.pauses() != pauses {
                tries.forgive();
                continue;
            }
            if matches!(error, RegistryError { kind: RegistryErrorKind::Unauthorized { .. }, .. })
                && renewals < RENEWALS
                && self.control.renewed(&error.registry).await
            {
                renewals += 1;
                continue;
            }
            let Some(wait) = tries.after(&error) else { return Err(error) };
            tracing::debug!(run = %self.run, %error, "trying again");
            tokio::time::sleep(wait).await;
        }
    }
}
