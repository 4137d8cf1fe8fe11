//! `longshore cost replicated`

use longshore_app::{
    ReplicatedMonth, bytes_in_words,
    prices::{GIGABYTE, Prices, per_month, sum},
};
use serde_json::json;

use super::{amount, arguments::How, cents};
use crate::{failure::Failure, manage::open::Managed, output};

/// What the rules replicated, by repository, destination and month.
pub(super) async fn run(
    managed: &Managed,
    registry: &str,
    months: u32,
    how: &How,
    prices: &Prices,
) -> Result<(), Failure> {
    let registry = managed.registry(registry).await?;
    let found = managed.asking(async || managed.app.replicated_by_month(&registry, months).await).await?;
    if how.csv {
        output::line(
            "repository,destination_account,destination_region,month,images,bytes,gb_months,transfer,storage,currency,prices_as_of",
        );
    }
    let (mut transfers, mut storages, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
    for one in &found {
        let ReplicatedMonth { repository, destination, month, images, gb_months, .. } = one;
        let price = match destination.region == registry.region {
            true => Some(0.0),
            false => prices.of(&registry.region).to_another_region,
        };
        let transfer = per_month(one.bytes, price);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of an estimate")]
        let storage = per_month((gb_months * GIGABYTE) as u64, prices.of(&destination.region).storage);
        bytes += one.bytes;
        transfers.push(transfer);
        storages.push(storage);
        let rounded = (gb_months * 1_000.0).round() / 1_000.0;
        if managed.json {
            output::json(&json!({
                "event": "replicated", "repository": repository,
                "destination": {"account": destination.account, "region": destination.region},
                "month": month, "images": images, "bytes": one.bytes, "gb_months": rounded,
                "transfer": cents(transfer), "storage": cents(storage),
            }));
        } else if how.csv {
            let text = |amount: Option<f64>| amount.map(|amount| format!("{amount:.4}")).unwrap_or_default();
            output::line(&format!(
                "{repository},{},{},{month},{images},{},{rounded},{},{},{},{}",
                destination.account,
                destination.region,
                one.bytes,
                text(transfer),
                text(storage),
                prices.currency,
                prices.as_of
            ));
        } else {
            output::line(&format!(
                "{}  {repository} to {}/{}  at most {} ({}), {rounded} GB-months ({})",
                month.format("%Y-%m"),
                destination.account,
                destination.region,
                bytes_in_words(one.bytes),
                amount(transfer, prices),
                amount(storage, prices)
            ));
        }
    }
    let (transfer, storage) = (sum(transfers), sum(storages));
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": registry.account, "region": registry.region, "months": months,
            "rows": found.len(), "bytes": bytes, "transfer": cents(transfer), "storage": cents(storage),
            "currency": prices.currency, "prices_as_of": prices.as_of,
        }));
    } else if !how.csv {
        let text = match found.is_empty() {
            true => "The rules of this registry replicate no repository.".to_owned(),
            false => format!(
                "In {months} months at most {} moved ({}); storing it costs at most {} at the destinations. Counted are images \
                 that are still here, with the rules as they are now.",
                bytes_in_words(bytes),
                amount(transfer, prices),
                amount(storage, prices)
            ),
        };
        output::line(&text);
    }
    Ok(())
}
