//! Settings of the app, each a JSON value under a name.

use rusqlite::OptionalExtension;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    App,
    api::{ApiError, AppEvent, Settings, Theme},
    db::Db,
    notices::notice,
};

/// Settings for windows.
const SETTINGS: &str = "settings";

/// Reads a setting.
pub(crate) async fn get<T: DeserializeOwned + Send + 'static>(
    db: &Db,
    name: &'static str,
) -> Result<Option<T>, ApiError> {
    db.read(move |tx| {
        let text: Option<String> =
            tx.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0)).optional()?;
        Ok(text.as_deref().map(serde_json::from_str).transpose()?)
    })
    .await
}

/// Writes a setting.
pub(crate) async fn set<T: Serialize>(db: &Db, name: &'static str, value: &T) -> Result<(), ApiError> {
    let text = serde_json::to_string(value)?;
    db.write(move |tx| {
        tx.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, &text],
        )?;
        Ok(())
    })
    .await
}

impl App {
    /// Settings of the app.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn settings(&self) -> Result<Settings, ApiError> {
        let kept = get(&self.db, SETTINGS).await?;
        Ok(kept.unwrap_or(Settings { theme: Theme::System, notifications: true }))
    }

    /// Changes settings of the app.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_settings(&self, settings: Settings) -> Result<Settings, ApiError> {
        set(&self.db, SETTINGS, &settings).await?;
        self.events.send(AppEvent::Accounts);
        Ok(settings)
    }

    /// Shows a desktop notification, if the person wants any.
    pub(crate) async fn notify(&self, title: impl Into<String>, text: impl Into<String>) {
        match self.settings().await {
            Ok(settings) if settings.notifications => {
                self.events.send(notice(title.into(), text.into()));
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "settings"),
        }
    }
}
