//! Checking a receipt of a request that was written here.

use longshore_policy::request::{Receipt, Request};

use super::{answers::outcome, store};
use crate::{
    App,
    api::{ApiError, CheckReceipt, CheckedReceipt, RegistryKey, Side, Space},
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
        let written = match self.db.read(move |tx| store::find(tx, space, &name)).await? {
            Some(written) => written,
            None => return Err(self.request_unknown(&id, space).await?),
        };
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

    async fn request_unknown(&self, id: &str, space: Space) -> Result<ApiError, ApiError> {
        let error = |text: String| ApiError::new("request-unknown", Side::Input, text);
        Ok(match self.wrote_elsewhere(id, space).await? {
            Some((place, way)) => {
                let text = format!("Request {id} was written for {place}.");
                error(text).hint(format!("Check the receipt {way}."))
            }
            None => error(format!("Request {id} was not written on this computer.")),
        })
    }

    /// The error of a request whose registry cannot be reached: it may belong to the other space.
    pub(super) async fn of_other_space(&self, error: ApiError, id: &str, space: Space) -> ApiError {
        match self.wrote_elsewhere(id, space).await {
            Ok(Some((place, way))) => error.hint(format!("The request was written for {place}: work {way}.")),
            Ok(None) | Err(_) => error,
        }
    }

    /// Where a request belongs that was written here in the other space, and the way to work there.
    async fn wrote_elsewhere(
        &self,
        id: &str,
        space: Space,
    ) -> Result<Option<(&'static str, &'static str)>, ApiError> {
        let (other, place, way) = match space {
            Space::Aws => (Space::Sandbox, "the sandbox", "in the sandbox (`--sandbox` on the command line)"),
            Space::Sandbox => (Space::Aws, "AWS", "in AWS (without `--sandbox` on the command line)"),
        };
        let name = id.to_owned();
        let found = self.db.read(move |tx| store::find(tx, other, &name)).await?;
        Ok(found.map(|_| (place, way)))
    }
}
