//! `longshore cost what-if`

use std::path::Path;

use longshore_app::{
    WhatIf, WhatIfResult,
    api::{ApiError, RepositoryKey, Side},
    bytes_in_words,
    prices::Prices,
    transfer::decode,
};
use serde_json::json;

use super::{amount, arguments::How, cents, counted};
use crate::{
    failure::Failure,
    files,
    manage::open::{Managed, registry_and_name},
    output,
};

/// The largest lifecycle policy.
const LARGEST: u64 = 1024 * 1024;

/// The change that the arguments name.
pub(super) fn what(lifecycle: Option<&Path>, not_pulled: Option<u32>) -> Result<WhatIf, Failure> {
    match (lifecycle, not_pulled) {
        (Some(file), _) => {
            let text = decode(&files::read(file, LARGEST)?).map_err(|finding| {
                let text = format!("{}: {}", files::shown(file), finding.text);
                ApiError::new(finding.code, Side::Input, text)
            })?;
            Ok(WhatIf::Lifecycle { text })
        }
        (None, Some(not_pulled)) => Ok(WhatIf::Archive { not_pulled }),
        (None, None) => Err(Failure::Usage("Give --lifecycle or --archive-not-pulled.".into())),
    }
}

pub(super) async fn run(
    managed: &Managed,
    repository: &str,
    what: &WhatIf,
    days: u32,
    how: &How,
    prices: &Prices,
) -> Result<(), Failure> {
    let (registry, name) = registry_and_name(repository)?;
    let key = RepositoryKey { registry: managed.registry(&registry).await?, repository: name };
    let found = managed.asking(async || managed.app.what_if(&key, what, days, prices).await).await?;
    let WhatIfResult { expired, expired_bytes, archived, archived_bytes, spared, before, after } = found;
    let saved = before.zip(after).map(|(before, after)| before - after);
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": key.registry.account, "region": key.registry.region,
            "repository": key.repository, "expired": expired, "expired_bytes": expired_bytes,
            "archived": archived, "archived_bytes": archived_bytes, "spared": spared, "days": days,
            "before": cents(before), "after": cents(after), "saved": cents(saved),
            "currency": prices.currency, "prices_as_of": prices.as_of,
        }));
    } else if how.csv {
        let text = |amount: Option<f64>| amount.map(|amount| format!("{amount:.4}")).unwrap_or_default();
        output::line(
            "repository,expired,expired_bytes,archived,archived_bytes,spared,before,after,currency,prices_as_of",
        );
        output::line(&format!(
            "{},{expired},{expired_bytes},{archived},{archived_bytes},{spared},{},{},{},{}",
            key.repository,
            text(before),
            text(after),
            prices.currency,
            prices.as_of
        ));
    } else {
        output::line(&format!(
            "Deleted: {}, at most {}. Archived: {}, at most {}. In use, and stay: {spared}.",
            counted(expired, "image", "images"),
            bytes_in_words(expired_bytes),
            counted(archived, "image", "images"),
            bytes_in_words(archived_bytes)
        ));
        output::line(&format!(
            "A month costs at most {} now and {} then: {} less. An estimate with prices of {}; retrieving from the archive, \
             and its 90 days at least, are not in it.",
            amount(before, prices),
            amount(after, prices),
            amount(saved, prices),
            prices.as_of
        ));
    }
    Ok(())
}
