//! Promotion: paths, what registries say about builds, gates, the record, requests and approvals.
//!
//! `longshore-promotion` decides; this module reads and stores what it decides on. The plans and the steps are
//! in `changes/stages`.

mod approve;
mod board;
mod build_view;
mod evaluate;
mod external;
mod look;
mod paths;
mod record;
mod select;
mod summary;
mod view;
mod world;

use sha2::{Digest as _, Sha256};

pub(crate) use board::{rollback_of, rows as board_rows};
pub(crate) use evaluate::{Evaluated, Wish, evaluate, replaced};
pub use longshore_promotion::Exit;
pub(crate) use look::reach;
pub use paths::path_schema;
pub(crate) use paths::{known_path, load_paths};
pub(crate) use record::{append, entries};
pub(crate) use select::{cell_of, services_of, stage as known_stage};
pub use summary::summary;
pub use view::host;
pub(crate) use view::{build_view, registry_name};
pub(crate) use world::World;

impl crate::App {
    /// What tells entries of this data directory from those of others in the same keychain.
    fn data_directory_id(&self) -> String {
        let directory = std::fs::canonicalize(&self.data_directory);
        let directory = directory.unwrap_or_else(|_| self.data_directory.clone());
        hex::encode(&Sha256::digest(directory.to_string_lossy().as_bytes())[..8])
    }
}
