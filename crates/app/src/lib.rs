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

pub mod access;
pub mod api;

mod accounts;
mod app;
mod changes;
mod cost;
mod data_directory;
mod db;
mod denial;
mod doctor;
mod documents;
mod errors;
mod events;
mod export;
pub mod folder;
mod guard;
mod inventory;
pub mod lifecycle;
mod made;
mod network;
mod notices;
mod owners;
mod plans;
pub mod policies;
mod policy_tools;
pub mod promotion;
mod requests;
mod rule_names;
mod runs;
mod sandbox_host;
mod secrets;
mod settings;
mod steps;
mod terraform;
mod timing;
pub mod transfer;
mod usage;
mod versions;

pub use access::{REGISTRY_USER, registry_hosts, registry_password};
pub use accounts::vpc_endpoints;
pub use app::{App, AppOptions, CommandChoice};
pub use cost::{Growth, Replicated, ReplicatedMonth, StoredRepository, WhatIf, WhatIfResult};
pub use data_directory::{default_data_directory, prepare_data_directory, repair_data_directory};
pub use events::AppEvents;
pub use guard::{check_confirmations, guard_copy};
pub use longshore_engine::bytes_in_words;
pub use longshore_engine::private::make_files_private;
pub use longshore_policy::{cost as prices, file_diff, iam::authorize, references};
pub use longshore_registry::{Network, ProxyError};
pub use network::network_of;
pub use notices::{LogWriter, may_be_logged, notification_body};
pub use policy_tools::{build_policy, kinds as policy_kinds};
pub use sandbox_host::{PortChoice, SandboxChoice};
pub use secrets::{KeychainStore, MemoryStore, SealedStore, Secret, SecretStore};
pub use steps::{Ledger, ListedWrite, Place, TagOfWrite};
pub use timing::{Clock, Timing};
