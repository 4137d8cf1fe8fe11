//! Checking a receipt of a request that was written here.

use longshore_policy::request::{Receipt, Request};

use super::{answers::outcome, store};
use crate::{
    App,
    api::{ApiError, CheckReceipt, CheckedReceipt, RegistryKey, Side},
};

impl App {
    /// Checks that a receipt belongs to a request that was written here, and remembers it. What it says is
    /// told by the other side, and not seen.
    ///
    /// # Errors
    /// `request-…` when the file is no receipt or was changed; `receipt-…` when it belongs to another request;
    /// `request-unknown` when the request was not written here.
    pub async fn check_receipt(&self, check: CheckReceipt) -> Result<CheckedReceipt, ApiError> {
        let file = Receipt::read(&check.text)?;
        let id = file.receipt.request.to_string();
        let (name, space) = (id.clone(), check.space);
        let written = self.db.read(move |tx| store::find(tx, space, &name)).await?.ok_or_else(|| {
            let text = format!("Request {id} was not written on this computer.");
            ApiError::new("request-unknown", Side::Input, text)
        })?;
        let request = Request::read(&written.text)?;
        let belonging = file.receipt.belongs_to(&request)?;
        let (name, text) = (id.clone(), check.text.clone());
        self.db.write(move |tx| store::put_receipt(tx, &name, &text)).await?;
        Ok(CheckedReceipt {
            request: id,
            registry: RegistryKey::of(check.space, &file.receipt.registry),
            outcome: outcome(belonging.state),
            as_requested: belonging.statement_as_requested,
            principal: file.receipt.principal,
            applied: file.receipt.applied,
            unknown_fields: file.unknown_fields,
        })
    }
}
