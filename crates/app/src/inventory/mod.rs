//! Data read from registries: repositories, images, configurations and replication status, each
//! with the time of the read. Windows show this data; it is refreshed in the background.
//!
//! A read never counts as a pull: lists come from `DescribeImages`.

mod aged;
mod arrivals;
mod client_commands;
mod content;
mod details;
mod documents;
mod failed;
mod failed_now;
mod failure;
mod images;
mod in_progress;
mod kept;
mod look;
mod look_at;
mod overview;
mod own_reads;
mod poller;
mod read;
mod referrers;
mod repositories;
mod rows;
mod search;
mod seen_tags;
mod statuses;
mod store;
mod unstored;
mod watched;

pub(crate) use kept::{KeptImages, KeptRegistry, KeptSettings};
use longshore_names::Digest;
pub(crate) use look_at::WrittenPolicy;
pub(crate) use poller::Poller;
pub(crate) use rows::is_index;
pub(crate) use seen_tags::SeenTags;
pub(crate) use unstored::Unstored;

use crate::{
    accounts::Accounts,
    api::{ApiError, ImageKey, ImageRow, RegistryKey, RepositoryKey, RepositoryRow},
    db::Db,
    events::Events,
    timing::Clock,
};

/// The data that was read, in the database.
#[derive(Clone)]
pub(crate) struct Inventory {
    pub(crate) db: Db,
    pub(crate) events: Events,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
    pub(crate) unstored: Unstored,
}

impl Inventory {
    pub(crate) fn new(db: Db, events: Events, accounts: Accounts, clock: Clock) -> Self {
        Self { db, events, accounts, clock, unstored: Unstored::default() }
    }

    /// Every known repository of a registry, by name, with counts if its images were read.
    pub(crate) async fn repositories_of(
        &self,
        registry: &RegistryKey,
    ) -> Result<Vec<RepositoryRow>, ApiError> {
        let registry = registry.clone();
        self.db.read(move |tx| repositories::all_of(tx, &registry)).await
    }

    /// As [`repositories_of`](Self::repositories_of); `None` if the list was never read.
    pub(crate) async fn repositories_read(
        &self,
        registry: &RegistryKey,
    ) -> Result<Option<Vec<RepositoryRow>>, ApiError> {
        let registry = registry.clone();
        self.db
            .read(move |tx| match aged::list_read(tx, &registry)? {
                Some(_) => repositories::all_of(tx, &registry).map(Some),
                None => Ok(None),
            })
            .await
    }

    /// One repository as last read.
    pub(crate) async fn repository(&self, key: &RepositoryKey) -> Result<Option<RepositoryRow>, ApiError> {
        let key = key.clone();
        self.db.read(move |tx| repositories::one(tx, &key)).await
    }

    /// One image as last read.
    pub(crate) async fn image(&self, key: &ImageKey) -> Result<Option<ImageRow>, ApiError> {
        let (key, view) = (key.clone(), self.status_view());
        let digest: Digest = key.digest.parse()?;
        self.db.read(move |tx| images::one(tx, &key.repository, digest.as_str(), &view)).await
    }

    fn status_view(&self) -> rows::StatusView {
        rows::StatusView::new(self.accounts.clone())
    }
}
