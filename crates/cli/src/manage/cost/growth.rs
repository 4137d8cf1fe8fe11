//! `longshore cost growth`

use longshore_app::{
    Growth, bytes_in_words,
    prices::{Prices, per_month},
};
use longshore_names::RepositoryName;
use serde_json::json;

use super::{amount, arguments::How, cents, complete, counted};
use crate::{
    failure::Failure,
    manage::{
        open::Managed,
        repository::{look, places, unreadable},
    },
    output,
};

/// Reads every repository, and compares it with the first sample of the time.
pub(super) async fn run(
    managed: &Managed,
    texts: &[String],
    days: u32,
    how: &How,
    prices: &Prices,
) -> Result<(), Failure> {
    if how.csv {
        output::line(
            "account,region,repository,bytes,since,days,grown_bytes,per_30_days,per_month,currency,prices_as_of",
        );
    }
    let (mut repositories, mut without, mut unread, mut grown) = (0_usize, 0_usize, 0_usize, 0_i64);
    for (registry, looked) in look(managed, &places(managed, texts).await?, false, false).await {
        if let Err(problem) = looked {
            unread += 1;
            unreadable(managed, &registry, &problem);
            continue;
        }
        for row in managed.app.repositories_at(&registry).await? {
            let name: RepositoryName = row.name.parse().map_err(longshore_app::api::ApiError::from)?;
            let stored = match managed.app.stored(&registry, &name, false).await {
                Ok(stored) => stored,
                Err(problem) => {
                    unread += 1;
                    unreadable(managed, &registry, &problem);
                    continue;
                }
            };
            repositories += 1;
            let Some(growth) = managed.app.growth(&registry, &name, stored, days).await? else {
                without += 1;
                continue;
            };
            grown += growth.per_30_days;
            let Growth { since, days, bytes, per_30_days } = growth;
            // What thirty days more are stored for a month.
            let more = u64::try_from(per_30_days).unwrap_or_default();
            let month = per_month(more, prices.of(&registry.region).storage);
            let size = stored.bytes + stored.archived;
            if managed.json {
                output::json(&json!({
                    "event": "growth", "account": registry.account, "region": registry.region, "repository": name,
                    "bytes": size, "since": since, "days": days, "grown_bytes": bytes,
                    "per_30_days": per_30_days, "per_month": cents(month),
                }));
            } else if how.csv {
                let month = month.map(|month| format!("{month:.4}")).unwrap_or_default();
                output::line(&format!(
                    "{},{},{name},{size},{since},{days},{bytes},{per_30_days},{month},{},{}",
                    registry.account, registry.region, prices.currency, prices.as_of
                ));
            } else {
                let (word, by) = match per_30_days {
                    ..0 => ("shrinks", bytes_in_words(per_30_days.unsigned_abs())),
                    _ => ("grows", bytes_in_words(more)),
                };
                output::line(&format!(
                    "{}/{}/{name}  {}, {word} by {by} in 30 days (since {since}), {} more a month",
                    registry.account,
                    registry.region,
                    bytes_in_words(size),
                    amount(month, prices)
                ));
            }
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "repositories": repositories, "without_samples": without, "per_30_days": grown,
            "unread": unread, "currency": prices.currency, "prices_as_of": prices.as_of,
        }));
    } else if !how.csv {
        output::line(&format!(
            "{}, {without} without a sample of an earlier day. Every `cost` command and the Cost screen keep one a day.",
            counted(repositories, "repository", "repositories"),
        ));
    }
    complete(unread)
}
