//! What a registry costs, as the window shows it.

use futures::{StreamExt, stream};
use longshore_names::RepositoryName;
use longshore_policy::cost::{GIGABYTE, Prices, per_month, sum};

use super::{ReplicatedMonth, StoredRepository, WhatIf};
use crate::{
    App,
    api::{
        ApiError, CostGrowth, CostView, GetCost, GetWhatIf, PriceList, RegistryKey, ReplicatedCost,
        RepositoryCost, WhatIfChange, WhatIfView,
    },
};

/// Repositories that are read at once.
const AT_ONCE: usize = 4;
/// The most days of growth, and the most months of replication, that are shown.
const MOST_DAYS: u32 = 730;
const MOST_MONTHS: u32 = 24;

impl App {
    /// What the repositories of a registry store, how they grew, what rules replicated, and what that costs.
    ///
    /// # Errors
    /// `prices-invalid`; when the repositories cannot be listed.
    pub async fn cost(&self, request: GetCost) -> Result<CostView, ApiError> {
        let GetCost { registry, prices, days, months } = request;
        let prices = read(prices.as_deref())?;
        let days = days.clamp(1, MOST_DAYS);
        let client = self.connection(&registry).await?.client;
        let names: Vec<RepositoryName> =
            client.repositories().await?.into_iter().map(|repository| repository.name).collect();
        let all =
            stream::iter(names.into_iter().map(|name| self.of_repository(&registry, name, days, &prices)));
        let repositories: Vec<RepositoryCost> = all.buffered(AT_ONCE).collect().await;
        let read = repositories.iter().filter(|one| one.problem.is_none());
        let per_month = sum(read.map(|one| one.per_month));
        let (replicated, replicated_problem) =
            match self.replicated_by_month(&registry, months.clamp(1, MOST_MONTHS)).await {
                Ok(months) => (months.iter().map(|one| replicated(one, &registry, &prices)).collect(), None),
                Err(error) => (Vec::new(), Some(error)),
            };
        let list = PriceList {
            as_of: prices.as_of,
            currency: prices.currency.clone(),
            source: prices.source.clone(),
            text: prices.to_text(),
        };
        Ok(CostView { prices: list, repositories, per_month, replicated, replicated_problem })
    }

    /// What a lifecycle policy, or archiving, would change about the cost of a repository.
    ///
    /// # Errors
    /// `prices-invalid`; `lifecycle-refused`; when the images cannot be listed.
    pub async fn what_if_cost(&self, request: GetWhatIf) -> Result<WhatIfView, ApiError> {
        let GetWhatIf { repository, change, days, prices } = request;
        let prices = read(prices.as_deref())?;
        let what = match change {
            WhatIfChange::Lifecycle { text } => WhatIf::Lifecycle { text },
            WhatIfChange::Archive { not_pulled } => WhatIf::Archive { not_pulled },
        };
        let found = self.what_if(&repository, &what, days.min(MOST_DAYS), &prices).await?;
        Ok(WhatIfView {
            expired: number(found.expired),
            expired_bytes: found.expired_bytes,
            archived: number(found.archived),
            archived_bytes: found.archived_bytes,
            spared: number(found.spared),
            before: found.before,
            after: found.after,
            currency: prices.currency,
        })
    }

    async fn of_repository(
        &self,
        registry: &RegistryKey,
        name: RepositoryName,
        days: u32,
        prices: &Prices,
    ) -> RepositoryCost {
        let mut row = RepositoryCost {
            repository: name.to_string(),
            images: 0,
            bytes: 0,
            archived: 0,
            per_month: None,
            growth: None,
            problem: None,
        };
        let found = async {
            let stored = self.stored(registry, &name, false).await?;
            let growth = self.growth(registry, &name, stored, days).await?;
            Ok::<_, ApiError>((stored, growth))
        };
        match found.await {
            Ok((StoredRepository { images, bytes, archived, .. }, growth)) => {
                let rates = prices.of(&registry.region);
                row.images = number(images);
                (row.bytes, row.archived) = (bytes, archived);
                row.per_month = sum([per_month(bytes, rates.storage), per_month(archived, rates.archive)]);
                row.growth = growth.map(|of| CostGrowth {
                    since: of.since,
                    bytes: of.bytes,
                    per_30_days: of.per_30_days,
                });
            }
            Err(error) => row.problem = Some(error),
        }
        row
    }
}

fn replicated(one: &ReplicatedMonth, registry: &RegistryKey, prices: &Prices) -> ReplicatedCost {
    // Replication within a Region costs no transfer; storage is billed to the destination.
    let price = match one.destination.region == registry.region {
        true => Some(0.0),
        false => prices.of(&registry.region).to_another_region,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of an estimate")]
    let stored = (one.gb_months * GIGABYTE) as u64;
    ReplicatedCost {
        repository: one.repository.to_string(),
        destination: format!("{}/{}", one.destination.account, one.destination.region),
        month: one.month,
        images: number(one.images),
        bytes: one.bytes,
        gb_months: one.gb_months,
        transfer: per_month(one.bytes, price),
        storage: per_month(stored, prices.of(&one.destination.region).storage),
    }
}

fn read(prices: Option<&str>) -> Result<Prices, ApiError> {
    let Some(text) = prices.filter(|text| !text.trim().is_empty()) else { return Ok(Prices::built_in()) };
    Prices::read(text).map_err(|error| {
        ApiError::input("prices-invalid", "prices", format!("This is no list of prices: {error}."))
    })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
