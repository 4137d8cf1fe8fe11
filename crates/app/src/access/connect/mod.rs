//! Connecting accounts, one by one and several at once.

mod acting;
mod by_source;
mod organization;
mod regions;

use url::Url;

use crate::api::ApiError;

/// An address of AWS's own.
fn own_address(text: &str) -> Result<Url, ApiError> {
    text.parse().map_err(|_| ApiError::internal(format!("`{text}` is not an address.")))
}
