//! What repositories stored at earlier days, as Longshore read it.

use chrono::{DateTime, NaiveDate, Utc};
use longshore_names::RepositoryName;
use rusqlite::{Transaction, params};

use super::StoredRepository;
use crate::{
    App,
    api::{ApiError, RegistryKey},
};

/// Days for which samples are kept.
const KEPT: i64 = 800;

/// How a repository grew between the first and the last sample of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// The day of the first sample.
    pub since: NaiveDate,
    /// Days between both.
    pub days: i64,
    /// Bytes that it has more, or less; archived ones too.
    pub bytes: i64,
    /// The same for thirty days.
    pub per_30_days: i64,
}

impl App {
    /// How a repository grew in the last `days`, up to now; `None` without a sample of an earlier day.
    ///
    /// # Errors
    /// When the samples cannot be read.
    pub async fn growth(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        now: StoredRepository,
        days: u32,
    ) -> Result<Option<Growth>, ApiError> {
        let today = day(self.now());
        let from = today - i64::from(days);
        let of = place(registry, name);
        // Both samples have to count layers in the same way, or the way would look like growth.
        let first = self.db.read(move |tx| first(tx, &of, from, today, now.is_exact)).await?;
        let bytes = |stored: u64| i64::try_from(stored).unwrap_or(i64::MAX);
        Ok(first.map(|(since, then)| {
            let more = bytes(now.bytes + now.archived) - bytes(then);
            let days = today - since;
            Growth { since: date(since), days, bytes: more, per_30_days: more.saturating_mul(30) / days }
        }))
    }

    /// Keeps what a repository stores today.
    pub(super) async fn sample(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        stored: StoredRepository,
    ) {
        let (of, today) = (place(registry, name), day(self.now()));
        let kept = self.db.write(move |tx| keep(tx, &of, today, stored)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, repository = %name, "a sample of its size was not kept");
        }
    }
}

fn place(registry: &RegistryKey, name: &RepositoryName) -> [String; 4] {
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    [registry.space.word().to_owned(), account, region, name.to_string()]
}

fn day(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(24 * 60 * 60)
}

fn date(day: i64) -> NaiveDate {
    DateTime::from_timestamp(day * 24 * 60 * 60, 0).unwrap_or_default().date_naive()
}

fn keep(
    tx: &Transaction<'_>,
    [space, account, region, repository]: &[String; 4],
    day: i64,
    stored: StoredRepository,
) -> Result<(), ApiError> {
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let images = i64::try_from(stored.images).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT OR REPLACE INTO stored_sample
         (space, account, region, repository, day, images, bytes, archived, exact)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            space,
            account,
            region,
            repository,
            day,
            images,
            number(stored.bytes),
            number(stored.archived),
            stored.is_exact
        ],
    )?;
    tx.execute("DELETE FROM stored_sample WHERE day < ?1", [day - KEPT])?;
    Ok(())
}

/// The first sample of a time before today: its day, and the bytes.
fn first(
    tx: &Transaction<'_>,
    [space, account, region, repository]: &[String; 4],
    from: i64,
    today: i64,
    exact: bool,
) -> Result<Option<(i64, u64)>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT day, bytes + archived FROM stored_sample
         WHERE space = ?1 AND account = ?2 AND region = ?3 AND repository = ?4 AND day >= ?5 AND day < ?6
           AND exact = ?7
         ORDER BY day LIMIT 1",
    )?;
    let mut rows = statement.query(params![space, account, region, repository, from, today, exact])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let bytes: i64 = row.get(1)?;
    Ok(Some((row.get(0)?, u64::try_from(bytes).unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn the_first_sample_of_the_time_that_counts_in_the_same_way_is_compared_with() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        let of = ["aws", "111122223333", "us-west-2", "app"].map(str::to_owned);
        let stored = |bytes, is_exact| StoredRepository { images: 1, bytes, archived: 1, is_exact };
        for (day, stored) in [
            (100, stored(10, false)),
            (110, stored(5, true)),
            (120, stored(20, false)),
            (120, stored(30, false)),
            (130, stored(40, false)),
        ] {
            let of = of.clone();
            db.write(move |tx| keep(tx, &of, day, stored)).await.unwrap();
        }
        let found = async |from, exact| {
            let of = of.clone();
            db.read(move |tx| first(tx, &of, from, 130, exact)).await.unwrap()
        };
        assert_eq!(found(90, false).await, Some((100, 11)));
        assert_eq!(found(101, false).await, Some((120, 31)), "the last of a day stays");
        assert_eq!(found(101, true).await, Some((110, 6)));
        assert_eq!(found(121, false).await, None, "today is compared with no sample of today");
        db.write(move |tx| keep(tx, &["b", "", "", ""].map(str::to_owned), 1_000, stored(1, false)))
            .await
            .unwrap();
        let of = ["aws", "111122223333", "us-west-2", "app"].map(str::to_owned);
        let old = db.read(move |tx| first(tx, &of, 0, 130, false)).await.unwrap();
        assert_eq!(old, None, "old samples go");
    }

    #[test]
    fn days_are_counted_since_1970() {
        let at: DateTime<Utc> = "2026-12-01T23:59:59Z".parse().unwrap();
        assert_eq!(date(day(at)).to_string(), "2026-12-01");
    }
}
