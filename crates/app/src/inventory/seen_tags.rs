//! Every known tag of a registry, as input for rules.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};

use super::{Inventory, rows};
use crate::{
    api::{ApiError, RegistryKey},
    db::from_ms,
};

/// The tags of a repository as last read.
#[derive(Debug)]
pub(crate) struct SeenTags {
    pub(crate) repository: RepositoryName,
    /// When its images were listed; absent before the first read.
    pub(crate) read: Option<DateTime<Utc>>,
    pub(crate) tags: Vec<SeenTag>,
}

/// A tag as last read.
#[derive(Debug)]
pub(crate) struct SeenTag {
    pub(crate) tag: Tag,
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    pub(crate) pushed: DateTime<Utc>,
}

impl Inventory {
    /// Every known tag of a registry, by repository and tag.
    pub(crate) async fn tags_of(&self, registry: &RegistryKey) -> Result<Vec<SeenTags>, ApiError> {
        let registry = registry.clone();
        self.db
            .read(move |tx| {
                let Some(number) = rows::registry_number(tx, &registry, false)? else {
                    return Ok(Vec::new());
                };
                let mut repositories = tx.prepare_cached(
                    "SELECT key, name, images_read FROM repository WHERE registry = ?1 ORDER BY name",
                )?;
                let mut images = tx.prepare_cached(
                    "SELECT t.tag, i.digest, i.bytes, i.pushed FROM tag t JOIN image i ON i.key = t.image
                     WHERE t.repository = ?1 ORDER BY t.tag",
                )?;
                let mut found = Vec::new();
                let mut rows = repositories.query([number])?;
                while let Some(row) = rows.next()? {
                    let key: i64 = row.get(0)?;
                    let mut tags = Vec::new();
                    let mut of_repository = images.query([key])?;
                    while let Some(image) = of_repository.next()? {
                        tags.push(SeenTag {
                            tag: image.get::<_, String>(0)?.parse()?,
                            digest: image.get::<_, String>(1)?.parse()?,
                            bytes: image.get::<_, i64>(2)?.unsigned_abs(),
                            pushed: from_ms(image.get(3)?),
                        });
                    }
                    let repository = row.get::<_, String>(1)?.parse()?;
                    let read = row.get::<_, Option<i64>>(2)?.map(from_ms);
                    found.push(SeenTags { repository, read, tags });
                }
                Ok(found)
            })
            .await
    }
}
