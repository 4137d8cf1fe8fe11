//! Images that a person protected, by tag or digest.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use rusqlite::{Transaction, params};

use super::Seen;
use crate::{
    App,
    api::{ApiError, ProtectImage, ProtectedImage, ProtectedImages, RepositoryKey},
    db::{from_ms, to_ms},
    errors::name_error,
};

/// The longest note.
const LONGEST_NOTE: usize = 300;

impl App {
    /// The images of a repository that a person protected from deletions by rule.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn protected_images(&self, key: RepositoryKey) -> Result<ProtectedImages, ApiError> {
        let of = place(&key);
        Ok(ProtectedImages { images: self.db.read(move |tx| list(tx, &of)).await? })
    }

    /// Protects a tag or a digest from deletions by rule, or ends its protection.
    ///
    /// # Errors
    /// When the tag or digest is not one; `rule-note-invalid` when the note is too long.
    pub async fn protect_image(&self, request: ProtectImage) -> Result<ProtectedImages, ApiError> {
        let ProtectImage { repository, image, note, protect } = request;
        let _: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
        let image = typed(&image)?;
        let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
        if note
            .as_deref()
            .is_some_and(|note| note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control))
        {
            let text = format!("The note is one line of at most {LONGEST_NOTE} characters.");
            return Err(ApiError::input("rule-note-invalid", "note", text));
        }
        let (of, now) = (place(&repository), self.now());
        let images = self
            .db
            .write(move |tx| {
                match protect {
                    true => put(tx, &of, &image, note.as_deref(), now)?,
                    false => take(tx, &of, &image)?,
                }
                list(tx, &of)
            })
            .await?;
        Ok(ProtectedImages { images })
    }

    /// As a source of use.
    pub(crate) async fn used_by_protection(&self, key: &RepositoryKey) -> Result<Seen, ApiError> {
        let mut seen = Seen::default();
        for ProtectedImage { image, note, .. } in self.protected_images(key.clone()).await?.images {
            let by = match note {
                Some(note) => format!("a protection ({note})"),
                None => "a protection".to_owned(),
            };
            match image.parse::<Digest>() {
                Ok(_) => seen.used.digest(image, by),
                Err(_) => seen.used.tag(image, by),
            }
        }
        Ok(seen)
    }
}

/// A tag or a digest.
fn typed(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.contains(':') {
        return text.parse::<Digest>().map(|digest| digest.to_string()).map_err(name_error("image"));
    }
    Tag::for_input(text).map(|tag| tag.to_string()).map_err(name_error("image"))
}

fn place(key: &RepositoryKey) -> [String; 4] {
    let registry = &key.registry;
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    [registry.space.word().to_owned(), account, region, key.repository.clone()]
}

fn list(tx: &Transaction<'_>, of: &[String; 4]) -> Result<Vec<ProtectedImage>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT image, note, at FROM protected_image
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND repository = ?4 ORDER BY image",
    )?;
    let mut rows = statement.query(rusqlite::params_from_iter(of))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ProtectedImage { image: row.get(0)?, note: row.get(1)?, at: from_ms(row.get(2)?) });
    }
    Ok(found)
}

fn put(
    tx: &Transaction<'_>,
    [space, account, region, repository]: &[String; 4],
    image: &str,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), ApiError> {
    tx.execute(
        "INSERT OR REPLACE INTO protected_image (space, account, region, repository, image, note, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![space, account, region, repository, image, note, to_ms(at)],
    )?;
    Ok(())
}

fn take(
    tx: &Transaction<'_>,
    [space, account, region, repository]: &[String; 4],
    image: &str,
) -> Result<(), ApiError> {
    tx.execute(
        "DELETE FROM protected_image
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND repository = ?4 AND image = ?5",
        params![space, account, region, repository, image],
    )?;
    Ok(())
}
