//! Longshore's features: accounts, inventory, set-ups, promotions, history, settings, keychain. The
//! one API that the desktop window and the command line both call. Tauri-free.
//!
//! ```no_run
//! # async fn example() -> Result<(), longshore_app::api::ApiError> {
//! use std::sync::Arc;
//! use longshore_app::{App, AppOptions, MemoryStore, api::ListRepositories};
//!
//! let app = App::open(AppOptions::new("/tmp/longshore", Arc::new(MemoryStore::default()))).await?;
//! app.start_sandbox().await?;
//! let window = app.repositories(ListRepositories { limit: 100, ..Default::default() }).await?;
//! println!("{} repositories", window.total);
//! app.close().await;
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod api;

mod accounts;
mod app;
mod cleanup;
mod connection;
mod data_directory;
mod db;
mod documents;
pub mod endpoints;
mod engine_rules;
mod errors;
mod events;
mod export;
mod inventory;
mod login;
mod made;
mod notices;
mod permissions;
mod planning;
mod plans;
mod promotion;
mod rules;
mod runs;
mod sandbox_host;
mod secrets;
mod settings;
mod timing;
pub mod transfer;
mod versions;

pub use app::{App, AppOptions};
pub use data_directory::{default_data_directory, prepare_data_directory, repair_data_directory};
pub use events::AppEvents;
pub use login::{REGISTRY_USER, registry_password};
pub use longshore_engine::bytes_in_words;
pub use longshore_engine::private::make_files_private;
pub use notices::{LogWriter, notification_body};
pub use plans::{Ledger, ListedWrite, Place, TagOfWrite};
pub use sandbox_host::{PortChoice, SandboxChoice};
pub use secrets::{KeychainStore, MemoryStore, Secret, SecretStore};
pub use timing::{Clock, Timing};
