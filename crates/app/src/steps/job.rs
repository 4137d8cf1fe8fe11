//! A step that is being performed.

use std::sync::Arc;

use longshore_names::RepositoryName;

use super::{Context, Live};
use crate::{
    App,
    access::Connection,
    api::{ApiError, RegistryKey, Side},
    made::Made,
};

/// One step being performed.
pub(crate) struct Job<'a> {
    pub(crate) app: &'a Arc<App>,
    pub(crate) live: &'a Arc<Live>,
    pub(crate) run: &'a str,
    /// Id of the plan.
    pub(crate) plan: &'a str,
    pub(crate) context: Option<&'a Context>,
    /// Which of the run's images this step copies.
    pub(crate) image: usize,
    /// The index of the step in the plan.
    pub(crate) index: usize,
}

impl Job<'_> {
    /// The registry of the step, reached as it was when the step was planned.
    pub(crate) async fn here(&self) -> Result<Connection, ApiError> {
        let context = self.context.ok_or_else(|| ApiError::internal("A step does not say where it runs."))?;
        self.there(context).await
    }

    /// Another registry, reached as it was when the step was planned.
    pub(crate) async fn there(&self, planned: &Context) -> Result<Connection, ApiError> {
        let connection = self.app.connection(&planned.registry).await?;
        same_place(&connection, planned).await?;
        Ok(connection)
    }

    /// Shows how the step proceeds.
    pub(crate) fn say(&self, text: String) {
        let index = self.index;
        self.live.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                step.result = Some(text);
            }
        });
    }
}

/// What was created only decides what is shown as ours. A failure to store that is no failure of the
/// step.
impl Job<'_> {
    pub(crate) async fn remember(&self, at: &RegistryKey, kind: Made, names: Vec<String>) {
        if let Err(error) = self.app.remember_made(self.run, kind, at, names).await {
            tracing::warn!(code = error.code, "what was created could not be stored");
        }
    }

    pub(crate) async fn forget(&self, at: &RegistryKey, kind: Made, names: Vec<String>) {
        if let Err(error) = self.app.forget_made(kind, at, names).await {
            tracing::warn!(code = error.code, "removed items could not be forgotten");
        }
    }

    pub(crate) async fn forget_repository(&self, at: &RegistryKey, name: &RepositoryName) {
        if let Err(error) = self.app.forget_made_repository(at, name).await {
            tracing::warn!(code = error.code, "a deleted repository could not be forgotten");
        }
    }
}

/// A plan runs at the endpoint and as the principal that it was made for.
async fn same_place(connection: &Connection, planned: &Context) -> Result<(), ApiError> {
    let now = Context::of(connection).await;
    if now.endpoint == planned.endpoint && now.principal == planned.principal {
        return Ok(());
    }
    let words = |context: &Context| {
        let who = context.principal.as_deref().unwrap_or("an unknown caller");
        format!("{who} at {}", context.endpoint.as_deref().unwrap_or("AWS"))
    };
    let text = format!(
        "This plan was made for {}, and account {} is now used as {}.",
        words(planned),
        planned.registry.account,
        words(&now)
    );
    Err(ApiError::new("plan-for-another-place", Side::ThisMachine, text))
}
