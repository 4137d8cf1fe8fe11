//! Settings of the engine for all runs, and how places are opened for it.

use std::sync::Arc;

use longshore_policy::rule::{CompiledRule, Limits, Rule};

use crate::{
    App,
    access::{EndpointOptions, Endpoints},
    api::{ApiError, AppEvent, EngineSettings, EngineWindow, Space},
    settings,
};

const ENGINE: &str = "engine";

impl App {
    /// Settings of the engine.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn engine_settings(&self) -> Result<EngineSettings, ApiError> {
        let kept = settings::get(&self.db, ENGINE).await?;
        Ok(kept.unwrap_or(EngineSettings { bandwidth: None, windows: Vec::new(), go_on: true }))
    }

    /// Changes settings of the engine; they apply to current runs at once.
    ///
    /// # Errors
    /// `limit-zero`; errors in a window, at its field; when the database cannot be written.
    pub async fn set_engine_settings(&self, request: EngineSettings) -> Result<EngineSettings, ApiError> {
        if request.bandwidth == Some(0) {
            let text = "With a limit of 0, runs would never end.";
            return Err(ApiError::input("limit-zero", "bandwidth", text));
        }
        let windows = windows(&request.windows)?;
        settings::set(&self.db, ENGINE, &request).await?;
        self.limits.bandwidth.set(request.bandwidth);
        self.limits.set_windows(windows);
        self.events.send(AppEvent::EngineRules);
        Ok(request)
    }

    /// Applies the stored settings.
    pub(crate) async fn apply_engine_settings(&self) -> Result<(), ApiError> {
        let kept = self.engine_settings().await?;
        self.limits.bandwidth.set(kept.bandwidth);
        self.limits.set_windows(windows(&kept.windows)?);
        Ok(())
    }

    /// How places of a space are opened for the engine.
    pub(super) async fn endpoint_options(&self, space: Space) -> Result<EndpointOptions, ApiError> {
        Ok(EndpointOptions {
            aws_endpoint: self.aws_endpoint.clone(),
            sessions: self.sessions.clone(),
            network: self.network.clone(),
            space: Some(space),
            others: self.known_hosts().await?,
            ..EndpointOptions::new(Some(self.data_directory.clone()), Arc::clone(&self.secrets))
        })
    }

    /// Places of a space, as this app's accounts reach them.
    pub(crate) async fn endpoints(&self, space: Space) -> Result<Endpoints, ApiError> {
        Ok(Endpoints::with_accounts(self.endpoint_options(space).await?, &self.accounts))
    }
}

/// Windows are parsed as in rules: as those of a rule.
fn windows(windows: &[EngineWindow]) -> Result<longshore_policy::rule::Windows, ApiError> {
    let mut rule = Rule::new("settings", "source.example", "destination.example");
    let windows = serde_json::from_value(serde_json::to_value(windows)?)?;
    rule.limits = Some(Limits { windows, ..Limits::default() });
    let rule = CompiledRule::compile(&rule).map_err(|findings| {
        let first = findings.into_iter().find(|one| one.severity == longshore_policy::Severity::Error);
        let Some(first) = first else { return ApiError::input("window", "windows", "A window is invalid.") };
        let field = first.field.as_ref().map_or("windows", |field| field.as_str());
        let field = field.strip_prefix("limits.").unwrap_or(field).to_owned();
        let mut error = ApiError::input(first.code, field, first.text);
        error.hint = first.hint;
        error
    })?;
    Ok(rule.windows().clone())
}
