//! What storing and replicating images costs, as an estimate: never an invoice.
//!
//! Bytes are compressed layers, which ECR bills by the month for each repository, each layer once. A price
//! that is not known stays unknown, and so does every sum that needs it.
//!
//! ```
//! use longshore_policy::cost::{Prices, per_month};
//!
//! let prices = Prices::built_in();
//! let rates = prices.of(&"us-west-2".parse()?);
//! assert_eq!(per_month(10 * 1024 * 1024 * 1024, rates.storage), Some(1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for: discounts, free tiers, taxes, and prices of AWS accounts, which no public list has.

mod prices;

pub use prices::{Prices, PricesError, Rates};

/// A gigabyte as AWS bills it, in bytes.
pub const GIGABYTE: f64 = 1024.0 * 1024.0 * 1024.0;

/// The price of storing bytes for a month, or of moving them once, at a price for each gigabyte.
pub fn per_month(bytes: u64, price: Option<f64>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "cents of terabytes, not bytes")]
    price.map(|price| bytes as f64 / GIGABYTE * price)
}

/// The sum, if every part is known.
pub fn sum(parts: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    // The sum of nothing is -0.
    parts.into_iter().sum::<Option<f64>>().map(|sum| sum + 0.0)
}
