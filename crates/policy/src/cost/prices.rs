//! Prices, which a person can write into a file.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use longshore_names::Region;
use serde::{Deserialize, Serialize};

/// Prices for each gigabyte; `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Of a month in standard storage.
    #[serde(default)]
    pub storage: Option<f64>,
    /// Of a month in the archive.
    #[serde(default)]
    pub archive: Option<f64>,
    /// Of replicating to another Region, billed by the source's.
    #[serde(default)]
    pub to_another_region: Option<f64>,
}

/// Prices of a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were looked up.
    pub as_of: NaiveDate,
    /// The currency, such as `USD`.
    pub currency: String,
    /// Where they are from.
    #[serde(default)]
    pub source: String,
    /// Of every Region that has none of its own.
    pub every_region: Rates,
    /// Of single Regions. A price that is left out is that of `every_region`.
    #[serde(default)]
    pub regions: BTreeMap<Region, Rates>,
}

/// Why a file of prices cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    /// It is not JSON, or lacks a field.
    #[error("line {line}: {problem}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A price is no amount.
    #[error("a price is negative or no number")]
    NoAmount,
}

impl Prices {
    /// The public prices of a date, in US dollars. What replicating to another Region costs differs
    /// between Regions, and public sources disagree about it, so it is left unknown.
    pub fn built_in() -> Self {
        Self {
            as_of: NaiveDate::from_ymd_opt(2026, 3, 15).unwrap_or_default(),
            currency: "USD".into(),
            source: "Public price of private repositories in us-east-1. Write your own where they differ."
                .into(),
            every_region: Rates { storage: Some(0.10), archive: Some(0.10), to_another_region: None },
            regions: BTreeMap::new(),
        }
    }

    /// Reads a file, as [`to_text`](Self::to_text) writes it.
    ///
    /// # Errors
    /// See [`PricesError`].
    pub fn read(text: &str) -> Result<Self, PricesError> {
        let prices: Self = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            PricesError::Unreadable {
                line: error.line(),
                problem: longshore_names::shown(&error.to_string(), 200),
            }
        })?;
        let of = |rates: &Rates| [rates.storage, rates.archive, rates.to_another_region];
        let amounts: Vec<f64> =
            prices.regions.values().chain([&prices.every_region]).flat_map(of).flatten().collect();
        match amounts.iter().all(|price| price.is_finite() && *price >= 0.0) {
            true => Ok(prices),
            false => Err(PricesError::NoAmount),
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The prices of a Region.
    pub fn of(&self, region: &Region) -> Rates {
        let own = self.regions.get(region).copied().unwrap_or_default();
        let usual = self.every_region;
        Rates {
            storage: own.storage.or(usual.storage),
            archive: own.archive.or(usual.archive),
            to_another_region: own.to_another_region.or(usual.to_another_region),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{per_month, sum};

    #[test]
    fn a_file_is_read_as_it_is_written_and_a_region_has_its_own_prices() {
        let mut prices = Prices::built_in();
        assert_eq!(Prices::read(&prices.to_text()).unwrap(), prices);
        let here: Region = "sa-east-1".parse().unwrap();
        let own = Rates { to_another_region: Some(0.138), ..Rates::default() };
        prices.regions.insert(here.clone(), own);
        let read = Prices::read(&format!("\u{feff}{}", prices.to_text())).unwrap();
        assert_eq!(read.of(&here), Rates { storage: Some(0.10), archive: Some(0.10), ..own });
        assert_eq!(read.of(&"us-west-2".parse().unwrap()).to_another_region, None);
    }

    #[test]
    fn what_is_no_price_list_is_refused_at_its_line() {
        let text = Prices::built_in().to_text();
        let wrong = text.replace("\"storage\": 0.1", "\"storage\": \"cheap\"");
        assert!(matches!(Prices::read(&wrong), Err(PricesError::Unreadable { line: 6, .. })), "{wrong}");
        let unknown = text.replace("\"currency\"", "\"currencies\"");
        assert!(matches!(Prices::read(&unknown), Err(PricesError::Unreadable { .. })));
        let negative = text.replace("\"storage\": 0.1", "\"storage\": -1");
        assert_eq!(Prices::read(&negative), Err(PricesError::NoAmount));
    }

    #[test]
    fn a_sum_with_an_unknown_part_is_unknown() {
        let gigabyte = 1024 * 1024 * 1024;
        assert_eq!(per_month(gigabyte / 2, Some(0.10)), Some(0.05));
        assert_eq!(sum([per_month(gigabyte, Some(1.0)), per_month(gigabyte, Some(2.0))]), Some(3.0));
        assert_eq!(sum([Some(1.0), per_month(gigabyte, None)]), None);
    }
}
