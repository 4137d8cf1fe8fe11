//! Importing accounts of an SSO session or of an organization.

use longshore_app::api::{ApiError, Side};

use super::{arguments::ImportAccounts, open::Managed};
use crate::failure::Failure;

/// Connects the accounts of an SSO session, or of the organization of `--account`.
pub(super) async fn several(_managed: &Managed, _options: ImportAccounts) -> Result<(), Failure> {
    Err(ApiError::new("import-unknown", Side::Input, "Only profiles can be imported.").into())
}
