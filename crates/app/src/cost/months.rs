//! What rules replicated of each repository, by month.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use longshore_ecr::ImageScope;
use longshore_names::{RegistryId, RepositoryName};
use longshore_policy::{
    cost::GIGABYTE,
    replication::{ReplicationConfiguration, matching_filter},
};

use super::storage::is_index;
use crate::{
    App,
    api::{ApiError, RegistryKey},
};

/// What was replicated of a repository to one destination in a month. It counts images that are still at the source.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicatedMonth {
    /// The source repository.
    pub repository: RepositoryName,
    /// Where to.
    pub destination: RegistryId,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Images that were pushed in the month.
    pub images: usize,
    /// The most bytes that they moved.
    pub bytes: u64,
    /// The most that the destination stored of the repository: gigabytes, each for its part of the month.
    pub gb_months: f64,
}

/// An image as this counts it.
struct Pushed {
    at: DateTime<Utc>,
    bytes: u64,
}

impl App {
    /// What the rules of a registry, as they are now, replicated in the last `months`, the present one included and last.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn replicated_by_month(
        &self,
        registry: &RegistryKey,
        months: u32,
    ) -> Result<Vec<ReplicatedMonth>, ApiError> {
        let client = self.connection(registry).await?.client;
        let configuration = ReplicationConfiguration::from_value(client.replication_configuration().await?)?;
        let rules = configuration.rules();
        let mut found = Vec::new();
        if rules.is_empty() {
            return Ok(found);
        }
        let now = self.now();
        for repository in client.repositories().await? {
            let mut destinations: Vec<RegistryId> = Vec::new();
            for rule in &rules {
                let filters: Vec<_> = rule.filters.iter().filter_map(|one| one.filter.parse().ok()).collect();
                if matching_filter(&filters, &repository.name).is_some() {
                    for one in &rule.destinations {
                        let id = RegistryId::new(one.account.clone(), one.region.clone());
                        if !destinations.contains(&id) {
                            destinations.push(id);
                        }
                    }
                }
            }
            if destinations.is_empty() {
                continue;
            }
            let images = client.images(&repository.name, ImageScope::Active).await?;
            let pushed: Vec<Pushed> = images
                .iter()
                .filter(|image| !is_index(image))
                .filter_map(|image| Some(Pushed { at: image.pushed_at?, bytes: image.size? }))
                .collect();
            for destination in destinations {
                for month in last_months(now, months) {
                    found.push(of_month(&repository.name, &destination, month, &pushed, now));
                }
            }
        }
        Ok(found)
    }
}

/// The first days of the last months, the present one last.
fn last_months(now: DateTime<Utc>, months: u32) -> Vec<NaiveDate> {
    let this = now.date_naive().with_day(1).unwrap_or_default();
    (0..months).rev().filter_map(|back| this.checked_sub_months(Months::new(back))).collect()
}

fn of_month(
    repository: &RepositoryName,
    destination: &RegistryId,
    month: NaiveDate,
    pushed: &[Pushed],
    now: DateTime<Utc>,
) -> ReplicatedMonth {
    let start = month.and_time(chrono::NaiveTime::MIN).and_utc();
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let end = next.and_time(chrono::NaiveTime::MIN).and_utc();
    let whole = seconds(end - start).max(1.0);
    let until = end.min(now);
    let of_month: Vec<&Pushed> = pushed.iter().filter(|one| one.at >= start && one.at < until).collect();
    let stored = pushed.iter().filter(|one| one.at < until);
    let gb_months =
        stored.map(|one| one.bytes as f64 / GIGABYTE * (seconds(until - one.at.max(start)) / whole)).sum();
    ReplicatedMonth {
        repository: repository.clone(),
        destination: destination.clone(),
        month,
        images: of_month.len(),
        bytes: of_month.iter().map(|one| one.bytes).sum(),
        gb_months,
    }
}

fn seconds(time: TimeDelta) -> f64 {
    time.num_seconds() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_counts_what_was_pushed_in_it_and_stores_what_was_pushed_before() {
        let pushed = [
            Pushed { at: at("2026-09-16T00:00:00Z"), bytes: 2 << 30 },
            Pushed { at: at("2026-11-16T00:00:00Z"), bytes: 4 << 30 },
        ];
        let now = at("2026-12-01T12:00:00Z");
        let (name, to) = (
            "app".parse().unwrap(),
            RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap()),
        );
        let months: Vec<_> =
            last_months(now, 4).into_iter().map(|month| of_month(&name, &to, month, &pushed, now)).collect();
        let moved: Vec<_> = months.iter().map(|one| (one.month.to_string(), one.bytes)).collect();
        assert_eq!(
            moved,
            [
                ("2026-09-01".to_owned(), 2 << 30),
                ("2026-10-01".to_owned(), 0),
                ("2026-11-01".to_owned(), 4 << 30),
                ("2026-12-01".to_owned(), 0),
            ]
        );
        let stored: Vec<_> = months.iter().map(|one| (one.gb_months * 100.0).round() / 100.0).collect();
        // Half of September; all of October; all and half of November; half a day of December.
        assert_eq!(stored, [1.0, 2.0, 4.0, 0.1]);
    }
}
