//! What storing and replicating images costs: estimates with prices of a date.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, RegistryKey, RepositoryKey};

/// Asks what a registry costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetCost {
    /// The registry.
    pub registry: RegistryKey,
    /// A list of prices, as `longshore cost prices` prints one; without it public prices of a date.
    pub prices: Option<String>,
    /// The number of days for which growth is shown.
    pub days: u32,
    /// The number of months for which replication is shown, including the current one.
    pub months: u32,
}

/// What a registry costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CostView {
    /// The prices.
    pub prices: PriceList,
    /// Each repository.
    pub repositories: Vec<RepositoryCost>,
    /// All repositories together; absent where a price is not known.
    pub per_month: Option<f64>,
    /// What rules replicated, by repository, destination and month.
    pub replicated: Vec<ReplicatedCost>,
    /// Why replication could not be read.
    pub replicated_problem: Option<ApiError>,
}

/// The prices of an estimate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PriceList {
    /// When they were looked up.
    pub as_of: NaiveDate,
    /// The currency.
    pub currency: String,
    /// Where they are from.
    pub source: String,
    /// The list, to edit.
    pub text: String,
}

/// What a repository costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryCost {
    /// Its name.
    pub repository: String,
    /// Its manifests.
    pub images: u32,
    /// Bytes in standard storage: the most that it can be.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Bytes in the archive.
    #[ts(type = "number")]
    pub archived: u64,
    /// What a month costs; absent where the price is not known.
    pub per_month: Option<f64>,
    /// How it grew; absent without an earlier sample.
    pub growth: Option<CostGrowth>,
    /// Why it could not be read.
    pub problem: Option<ApiError>,
}

/// How a repository grew, by the samples that Longshore kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CostGrowth {
    /// The day of the first sample.
    pub since: NaiveDate,
    /// Bytes more, or less, since then.
    #[ts(type = "number")]
    pub bytes: i64,
    /// The same for thirty days.
    #[ts(type = "number")]
    pub per_30_days: i64,
}

/// What was replicated of a repository to a destination in a month, by the images that are still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplicatedCost {
    /// The source repository.
    pub repository: String,
    /// Where to: `444455556666/us-west-2`.
    pub destination: String,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Images that were pushed in it.
    pub images: u32,
    /// The most bytes that they moved.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Gigabytes that the destination stores, each for its part of the month.
    pub gb_months: f64,
    /// What moving them cost; absent where the price is not known.
    pub transfer: Option<f64>,
    /// What storing them at the destination costs.
    pub storage: Option<f64>,
}

/// Asks what a change would save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetWhatIf {
    /// The repository.
    pub repository: RepositoryKey,
    /// The change.
    pub change: WhatIfChange,
    /// So many days from now.
    pub days: u32,
    /// A list of prices.
    pub prices: Option<String>,
}

/// A change that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum WhatIfChange {
    /// A lifecycle policy.
    Lifecycle {
        /// Its text.
        text: String,
    },
    /// Archive what was not pulled for so many days.
    Archive {
        /// The days.
        not_pulled: u32,
    },
}

/// What a change would save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WhatIfView {
    /// Images that are deleted.
    pub expired: u32,
    /// The most bytes that this frees.
    #[ts(type = "number")]
    pub expired_bytes: u64,
    /// Images that move to the archive.
    pub archived: u32,
    /// The most bytes that move.
    #[ts(type = "number")]
    pub archived_bytes: u64,
    /// Images that are in use and stay.
    pub spared: u32,
    /// What a month costs now; absent where a price is not known.
    pub before: Option<f64>,
    /// What a month costs then.
    pub after: Option<f64>,
    /// The currency.
    pub currency: String,
}
