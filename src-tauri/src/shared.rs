//! The application, or the reason why it could not be opened, which the window then shows.

use std::{path::PathBuf, sync::Arc};

use longshore_app::{
    App, AppOptions, Network, PortChoice,
    api::{ApiError, Side},
};

/// The state that every command uses.
pub(crate) struct Shared(Result<Arc<App>, ApiError>);

impl Shared {
    /// Opens the application in `directory`.
    pub(crate) async fn open(directory: Option<PathBuf>) -> Self {
        let Some(directory) = directory else {
            return Self(Err(ApiError {
                code: "data-directory-missing".into(),
                message: "There is no home folder for the app's data.".into(),
                hint: Some("Set LONGSHORE_DATA_DIR to a folder that you can write to.".into()),
                side: Side::ThisMachine,
                field: None,
            }));
        };
        let mut options = AppOptions::desktop(directory);
        options.sandbox.port = sandbox_port();
        options.network = match Network::from_environment() {
            Ok(network) => network,
            Err(error) => return Self(Err(error.into())),
        };
        let app = App::open(options).await;
        if let Ok(app) = &app
            && std::env::args().any(|argument| argument == "--sandbox")
        {
            on_the_sandbox(app).await;
        }
        if let Err(error) = &app {
            tracing::error!(
                code = error.code,
                message = error.message,
                "the application could not be opened"
            );
        }
        Self(app)
    }

    /// The application.
    ///
    /// # Errors
    /// The reason why it could not be opened.
    pub(crate) fn app(&self) -> Result<&Arc<App>, ApiError> {
        self.0.as_ref().map_err(Clone::clone)
    }

    /// Ends running work and writes pending data.
    pub(crate) fn close(&self) {
        if let Ok(app) = &self.0 {
            tauri::async_runtime::block_on(app.close());
        }
    }
}

/// `--sandbox` starts the sandbox when nothing is configured yet.
async fn on_the_sandbox(app: &App) {
    let configured = app.status().await.is_ok_and(|status| status.configured);
    if !configured && let Err(error) = app.start_sandbox().await {
        // The window shows it too: the status has the reason why the sandbox is not running.
        tracing::warn!(code = error.code, message = error.message, "the sandbox did not start");
    }
}

/// `LONGSHORE_SANDBOX_PORT` sets the sandbox's control port; 0 uses any free one.
fn sandbox_port() -> PortChoice {
    let named = std::env::var("LONGSHORE_SANDBOX_PORT").ok().and_then(|port| port.parse().ok());
    match named {
        None => PortChoice::Default,
        Some(0) => PortChoice::Any,
        Some(port) => PortChoice::Explicit(port),
    }
}
