//! What was read of registries whose account is not stored: those of a sandbox that no window has connected,
//! and those that a command reaches with other credentials. It is known until the process ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use longshore_ecr::{ImageDetail, Repository};
use longshore_policy::pair::{Held, Holdings};

use super::{
    kept::{KeptImages, KeptPolicies, KeptSettings},
    store,
};
use crate::api::{RegistryKey, RepositoryRow};

/// Registries by their keys.
#[derive(Clone, Default)]
pub(crate) struct Unstored(Arc<Mutex<HashMap<RegistryKey, Registry>>>);

#[derive(Clone)]
struct Registry {
    read: DateTime<Utc>,
    settings: Vec<KeptSettings>,
    images: KeptImages,
}

/// One repository that was read.
pub(super) struct Seen {
    pub(super) repository: Repository,
    pub(super) policies: Option<KeptPolicies>,
    pub(super) images: Option<Vec<ImageDetail>>,
}

impl Unstored {
    /// Keeps what was read of a registry.
    pub(super) fn keep(&self, key: &RegistryKey, read: DateTime<Utc>, seen: Vec<Seen>) {
        let mut images = KeptImages { repositories: seen.len(), ..KeptImages::default() };
        let mut settings = Vec::with_capacity(seen.len());
        for Seen { repository, policies, images: found } in seen {
            let name = repository.name.as_str();
            add(&mut images.holdings, name, found.as_deref().unwrap_or_default());
            match found {
                Some(_) => images.oldest = Some(read),
                None => images.unread += 1,
            }
            let row = row(key, &repository);
            images.host.get_or_insert_with(|| row.uri.split('/').next().unwrap_or_default().to_owned());
            settings.push(KeptSettings { row, policies });
        }
        settings.sort_by(|one, other| one.row.name.cmp(&other.row.name));
        self.lock().insert(key.clone(), Registry { read, settings, images });
    }

    pub(super) fn settings(&self, key: &RegistryKey) -> Option<(DateTime<Utc>, Vec<KeptSettings>)> {
        self.lock().get(key).map(|found| (found.read, found.settings.clone()))
    }

    pub(super) fn images(&self, key: &RegistryKey) -> Option<(DateTime<Utc>, KeptImages)> {
        self.lock().get(key).map(|found| (found.read, found.images.clone()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RegistryKey, Registry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(holdings: &mut Holdings, name: &str, images: &[ImageDetail]) {
    holdings.add_repository(name);
    for image in images {
        let digest = image.digest.to_string();
        if image.tags.is_empty() {
            holdings.add_digest(name, &digest, image.pushed_at);
        }
        for tag in &image.tags {
            holdings.add(name, tag.as_str(), Held { digest: digest.clone(), pushed: image.pushed_at });
        }
    }
}

fn row(key: &RegistryKey, repository: &Repository) -> RepositoryRow {
    let settings = store::settings(repository);
    RepositoryRow {
        registry: key.clone(),
        name: repository.name.to_string(),
        uri: repository.uri.clone(),
        mutability: settings.mutability,
        scan_on_push: settings.scan_on_push,
        encryption: settings.encryption,
        created: repository.created_at.unwrap_or_default(),
        images: None,
        bytes: None,
        pushed: None,
    }
}
