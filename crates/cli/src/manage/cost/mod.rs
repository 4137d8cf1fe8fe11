//! `longshore cost …`: estimates from sizes and a list of prices, never an invoice.

pub(crate) mod arguments;
mod growth;
mod replicated;
mod what_if;

use std::path::Path;

use chrono::{TimeDelta, Utc};
use futures::{StreamExt, stream};
use longshore_app::{
    Replicated, StoredRepository,
    api::{ApiError, RegistryKey, Side},
    bytes_in_words,
    prices::{Prices, per_month, sum},
};
use longshore_names::{Prefix, RepositoryName};
use serde_json::{Value, json};

use self::arguments::{Cost, CostCommand, How};
use super::{
    open::Managed,
    replication::registries,
    repository::{look, places, unreadable},
};
use crate::{failure::Failure, files, output};

/// Repositories that are read at once.
const AT_ONCE: usize = 4;
/// The largest file of prices.
const LARGEST: u64 = 1024 * 1024;

/// Runs a command about cost.
pub(crate) async fn run(options: Cost) -> Result<(), Failure> {
    match options.command {
        CostCommand::Prices { prices } => {
            let prices = read_prices(prices.as_deref())?;
            match options.manage.json {
                true => output::summary(&json!({"event": "summary", "prices": prices})),
                false => output::whole(&prices.to_text()),
            }
            Ok(())
        }
        CostCommand::Storage { places, layers, how } => {
            let prices = read_prices(how.prices.as_deref())?;
            let managed = Managed::open(options.manage).await?;
            managed.through(async |managed| storage(managed, &places, layers, &how, &prices).await).await
        }
        CostCommand::Growth { places, days, how } => {
            let prices = read_prices(how.prices.as_deref())?;
            let managed = Managed::open(options.manage).await?;
            managed.through(async |managed| growth::run(managed, &places, days, &how, &prices).await).await
        }
        CostCommand::Replicated { registry, months, how } => {
            let prices = read_prices(how.prices.as_deref())?;
            let managed = Managed::open(options.manage).await?;
            managed
                .through(async |managed| replicated::run(managed, &registry, months, &how, &prices).await)
                .await
        }
        CostCommand::WhatIf { repository, lifecycle, archive_not_pulled, days, how } => {
            let prices = read_prices(how.prices.as_deref())?;
            let what = what_if::what(lifecycle.as_deref(), archive_not_pulled)?;
            let managed = Managed::open(options.manage).await?;
            managed
                .through(async |managed| what_if::run(managed, &repository, &what, days, &how, &prices).await)
                .await
        }
        CostCommand::Transfer { registry, to, prefixes, days, how } => {
            let prices = read_prices(how.prices.as_deref())?;
            let managed = Managed::open(options.manage).await?;
            let rule = (registry, to, prefixes, days);
            managed.through(async |managed| transfer(managed, rule, &how, &prices).await).await
        }
    }
}

fn read_prices(file: Option<&Path>) -> Result<Prices, Failure> {
    let Some(file) = file else { return Ok(Prices::built_in()) };
    let bytes = files::read(file, LARGEST)?;
    Prices::read(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        let text = format!("{} is no list of prices: {error}.", files::shown(file));
        ApiError::input("prices-invalid", "prices", text).into()
    })
}

/// What repositories store. What cannot be read is named, and the command ends with 3.
async fn storage(
    managed: &Managed,
    texts: &[String],
    by_layers: bool,
    how: &How,
    prices: &Prices,
) -> Result<(), Failure> {
    let mut all = Vec::new();
    let (mut wide, mut unread) = (Vec::new(), 0);
    for text in texts {
        match text.splitn(3, '/').collect::<Vec<_>>()[..] {
            [account, region, name] => {
                let registry = managed.registry(&format!("{account}/{region}")).await?;
                all.push((registry, name.parse::<RepositoryName>().map_err(ApiError::from)?));
            }
            _ => wide.push(text.clone()),
        }
    }
    if texts.is_empty() || !wide.is_empty() {
        for (registry, looked) in look(managed, &places(managed, &wide).await?, false, false).await {
            if let Err(problem) = looked {
                unread += 1;
                unreadable(managed, &registry, &problem);
                continue;
            }
            for row in managed.app.repositories_at(&registry).await? {
                all.push((registry.clone(), row.name.parse().map_err(ApiError::from)?));
            }
        }
    }
    if by_layers {
        output::notes(&["Reading manifests counts as a pull of each image.".to_owned()], managed.json);
    }
    if how.csv {
        output::line(
            "account,region,repository,images,bytes,archived_bytes,exact,per_month,currency,prices_as_of",
        );
    }
    let mut stored = stream::iter(all)
        .map(|(registry, name)| async move {
            let found = managed.app.stored(&registry, &name, by_layers).await;
            (registry, name, found)
        })
        .buffered(AT_ONCE);
    let (mut repositories, mut images, mut bytes, mut archived, mut exact) = (0_usize, 0, 0, 0, true);
    let mut months = Vec::new();
    while let Some((registry, name, found)) = stored.next().await {
        let found = match found {
            Ok(found) => found,
            Err(problem) => {
                unread += 1;
                unreadable(managed, &registry, &problem);
                continue;
            }
        };
        let rates = prices.of(&registry.region);
        let month = sum([per_month(found.bytes, rates.storage), per_month(found.archived, rates.archive)]);
        repositories += 1;
        images += found.images;
        bytes += found.bytes;
        archived += found.archived;
        exact &= found.is_exact;
        months.push(month);
        repository(managed, how, &registry, &name, found, month, prices);
    }
    let month = sum(months);
    if managed.json {
        output::summary(&json!({
            "event": "summary", "repositories": repositories, "images": images, "bytes": bytes,
            "archived_bytes": archived, "exact": exact, "per_month": cents(month), "unread": unread,
            "currency": prices.currency, "prices_as_of": prices.as_of,
        }));
    } else if !how.csv {
        let size = bytes_in_words(bytes + archived);
        let at_most = if exact { "" } else { "at most " };
        output::line(&format!(
            "{repositories} repositories: {at_most}{size}, {at_most}{} a month. An estimate with prices of {}.",
            amount(month, prices),
            prices.as_of
        ));
    }
    complete(unread)
}

fn repository(
    managed: &Managed,
    how: &How,
    registry: &RegistryKey,
    name: &RepositoryName,
    found: StoredRepository,
    month: Option<f64>,
    prices: &Prices,
) {
    let RegistryKey { account, region, .. } = registry;
    let StoredRepository { images, bytes, archived, is_exact } = found;
    if managed.json {
        output::json(&json!({
            "event": "storage", "account": account, "region": region, "repository": name, "images": images,
            "bytes": bytes, "archived_bytes": archived, "exact": is_exact, "per_month": cents(month),
        }));
    } else if how.csv {
        let month = month.map(|month| format!("{month:.4}")).unwrap_or_default();
        output::line(&format!(
            "{account},{region},{name},{images},{bytes},{archived},{is_exact},{month},{},{}",
            prices.currency, prices.as_of
        ));
    } else {
        let at_most = if is_exact { "" } else { "at most " };
        let size = bytes_in_words(bytes + archived);
        let month = amount(month, prices);
        output::line(&format!(
            "{account}/{region}/{name}  {images} images, {at_most}{size}, {at_most}{month} a month"
        ));
    }
}

/// What a rule replicates to each destination.
async fn transfer(
    managed: &Managed,
    (registry, to, prefixes, days): (String, Vec<String>, Vec<String>, u32),
    how: &How,
    prices: &Prices,
) -> Result<(), Failure> {
    let registry = managed.registry(&registry).await?;
    let destinations = registries(managed, &to).await?;
    let filters: Vec<Prefix> =
        prefixes.iter().map(|prefix| prefix.parse()).collect::<Result<_, _>>().map_err(ApiError::from)?;
    let since = Utc::now() - TimeDelta::days(days.into());
    let found = managed.asking(async || managed.app.replicated(&registry, &filters, since).await).await?;
    if found.is_empty() {
        let text = format!("The rule takes no repository of {}/{}.", registry.account, registry.region);
        return Err(ApiError::new("nothing-selected", Side::Source, text).into());
    }
    // Replication within a Region costs no transfer.
    let price = |to: &RegistryKey| match to.region == registry.region {
        true => Some(0.0),
        false => prices.of(&registry.region).to_another_region,
    };
    if how.csv {
        output::line(
            "repository,destination_account,destination_region,images,bytes,recent_images,recent_bytes,once,per_month,currency,prices_as_of",
        );
    }
    let (mut once, mut monthly, mut bytes) = (Vec::new(), Vec::new(), 0);
    for to in &destinations {
        for one in &found {
            let Replicated { repository, images, recent_images, recent_bytes, .. } = one;
            let amounts = (per_month(one.bytes, price(to)), per_month(*recent_bytes, price(to)));
            bytes += one.bytes;
            once.push(amounts.0);
            monthly.push(amounts.1);
            if managed.json {
                output::json(&json!({
                    "event": "transfer", "repository": repository,
                    "destination": {"account": to.account, "region": to.region}, "images": images,
                    "bytes": one.bytes, "recent_images": recent_images, "recent_bytes": recent_bytes,
                    "once": cents(amounts.0), "per_month": cents(amounts.1),
                }));
            } else if how.csv {
                let text =
                    |amount: Option<f64>| amount.map(|amount| format!("{amount:.4}")).unwrap_or_default();
                output::line(&format!(
                    "{repository},{},{},{images},{},{recent_images},{recent_bytes},{},{},{},{}",
                    to.account,
                    to.region,
                    one.bytes,
                    text(amounts.0),
                    text(amounts.1),
                    prices.currency,
                    prices.as_of
                ));
            } else {
                output::line(&format!(
                    "{repository} to {}/{}  bringing over at most {} ({}), pushes of {days} days at most {} ({})",
                    to.account,
                    to.region,
                    bytes_in_words(one.bytes),
                    amount(amounts.0, prices),
                    bytes_in_words(*recent_bytes),
                    amount(amounts.1, prices)
                ));
            }
        }
    }
    let (once, monthly) = (sum(once), sum(monthly));
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": registry.account, "region": registry.region,
            "repositories": found.len(), "destinations": destinations.len(), "bytes": bytes, "days": days,
            "once": cents(once), "per_month": cents(monthly),
            "currency": prices.currency, "prices_as_of": prices.as_of,
        }));
    } else if !how.csv {
        output::line(&format!(
            "Bringing over costs at most {} once, and {days} days of pushes at most {}. An estimate with prices of {}; \
             storage is billed to each destination.",
            amount(once, prices),
            amount(monthly, prices),
            prices.as_of
        ));
    }
    Ok(())
}

fn complete(unread: usize) -> Result<(), Failure> {
    match unread {
        0 => Ok(()),
        1 => Err(Failure::Incomplete("1 registry or repository cannot be read.".into())),
        many => Err(Failure::Incomplete(format!("{many} registries or repositories cannot be read."))),
    }
}

/// *1 image*, *2 images*.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// An amount in JSON, to a hundredth of a cent.
fn cents(amount: Option<f64>) -> Value {
    amount.map_or(Value::Null, |amount| json!((amount * 10_000.0).round() / 10_000.0))
}

/// An amount in words.
fn amount(amount: Option<f64>, prices: &Prices) -> String {
    match amount {
        Some(amount) => format!("{amount:.2} {}", prices.currency),
        None => "an unknown price".to_owned(),
    }
}
