//! What indexes list. Reading that counts as a pull, so each index is read once; and when it was read is
//! stored, because its last pull is then this program's own.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_ecr::ImageDetail;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::ManifestView;
use rusqlite::{Transaction, params};

use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey},
    db::{from_ms, to_ms},
    lifecycle::{DescribedImages, of_repository},
};

/// A recorded pull within this time of a read of ours is that read.
const SAME: TimeDelta = TimeDelta::minutes(10);
/// The most manifests of one request.
const AT_ONCE: usize = 100;

/// A read of an index by this program, and the last pull before it.
struct OwnRead {
    at: DateTime<Utc>,
    pulled: Option<DateTime<Utc>>,
}

impl App {
    /// The images of a repository, without the pulls that are only this program's looks at indexes.
    pub(crate) async fn images_as_used(&self, key: &RepositoryKey) -> Result<DescribedImages, ApiError> {
        let listed = self.described_images(key.clone()).await?;
        self.without_own_reads(key, listed).await
    }

    /// As [`images_as_used`](Self::images_as_used), of images that were just listed.
    pub(crate) async fn as_used(
        &self,
        key: &RepositoryKey,
        images: &[ImageDetail],
    ) -> Result<DescribedImages, ApiError> {
        self.without_own_reads(key, of_repository(key, images.to_vec())).await
    }

    async fn without_own_reads(
        &self,
        key: &RepositoryKey,
        mut listed: DescribedImages,
    ) -> Result<DescribedImages, ApiError> {
        let of = place(key);
        let reads = self.db.read(move |tx| own_reads(tx, &of)).await?;
        for image in &mut listed.images {
            let (Some(pulled), Some(read)) = (image.pulled, reads.get(&image.digest)) else { continue };
            if (pulled - read.at).abs() <= SAME {
                image.pulled = read.pulled;
            }
        }
        Ok(listed)
    }

    /// The members of each index among these images, by digest. An index that cannot be read is not in it.
    pub(crate) async fn members_of_indexes(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        images: &DescribedImages,
    ) -> Result<HashMap<String, Vec<String>>, ApiError> {
        let indexes: Vec<_> = images.images.iter().filter(|image| image.is_index).collect();
        let digests: Vec<Digest> = indexes.iter().filter_map(|image| image.digest.parse().ok()).collect();
        let mut unread = Vec::new();
        for (digest, image) in digests.iter().zip(&indexes) {
            if self.inventory.content(digest).await?.is_none() {
                unread.push((image.digest.clone(), image.pulled));
            }
        }
        let of = place(&RepositoryKey { registry: registry.clone(), repository: name.to_string() });
        let now = self.now();
        self.db.write(move |tx| remember(tx, &of, &unread, now)).await?;
        let mut members = HashMap::new();
        for digests in digests.chunks(AT_ONCE) {
            for (digest, manifest) in self.manifests(registry, name, digests).await? {
                if let Ok(view) = ManifestView::parse(&manifest.media_type, &manifest.bytes) {
                    let listed = view.children().iter().map(|child| child.descriptor.digest.to_string());
                    members.insert(digest.to_string(), listed.collect());
                }
            }
        }
        Ok(members)
    }

    /// The layers of images whose manifests are known, with their sizes. Nothing is read.
    pub(crate) async fn known_layers(
        &self,
        images: &DescribedImages,
    ) -> Result<HashMap<String, Vec<(String, u64)>>, ApiError> {
        let mut layers = HashMap::new();
        for image in images.images.iter().filter(|image| !image.is_index) {
            let Ok(digest) = image.digest.parse::<Digest>() else { continue };
            // One that is not known is enough for the sum not to be exact.
            let Some((media_type, bytes)) = self.inventory.content(&digest).await? else { break };
            let Ok(view) = ManifestView::parse(&media_type, &bytes) else { break };
            if let longshore_registry::ManifestKind::Image { config, layers: of } = view.kind {
                let all = of.iter().chain([&config]);
                let all = all.map(|layer| (layer.digest.to_string(), layer.size)).collect();
                layers.insert(image.digest.clone(), all);
            }
        }
        Ok(layers)
    }
}

fn place(key: &RepositoryKey) -> [String; 4] {
    let registry = &key.registry;
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    [registry.space.word().to_owned(), account, region, key.repository.clone()]
}

fn own_reads(tx: &Transaction<'_>, of: &[String; 4]) -> Result<HashMap<String, OwnRead>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT digest, at, pulled FROM own_read
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND repository = ?4",
    )?;
    let mut rows = statement.query(rusqlite::params_from_iter(of))?;
    let mut reads = HashMap::new();
    while let Some(row) = rows.next()? {
        let (digest, at, pulled): (String, i64, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        reads.insert(digest, OwnRead { at: from_ms(at), pulled: pulled.map(from_ms) });
    }
    Ok(reads)
}

fn remember(
    tx: &Transaction<'_>,
    of: &[String; 4],
    unread: &[(String, Option<DateTime<Utc>>)],
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let [space, account, region, repository] = of;
    let mut statement = tx.prepare_cached(
        "INSERT OR REPLACE INTO own_read (space, account, region, repository, digest, at, pulled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (digest, pulled) in unread {
        let pulled = pulled.map(to_ms);
        statement.execute(params![space, account, region, repository, digest, to_ms(now), pulled])?;
    }
    Ok(())
}
