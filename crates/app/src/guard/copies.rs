//! The guard of copies that a command makes without the app.

use longshore_names::shown;
use longshore_policy::rule::Rule;

use super::{
    decide::{self, Leave, State},
    hash_of,
};
use crate::{access::Endpoints, accounts::StoredAccount, api::ApiError, plans::is_confirmed};

/// Refuses names that no connected account has: a typing error would seem to have confirmed something.
///
/// # Errors
/// `confirmation-needed`; what the database says.
pub async fn check_confirmations(endpoints: &Endpoints, confirm: &[String]) -> Result<(), ApiError> {
    if confirm.is_empty() {
        return Ok(());
    }
    let accounts = endpoints.accounts().await?;
    let is_known = |text: &&String| {
        let of_account = |known: &StoredAccount| {
            is_confirmed(Some(text), &known.account.name) || known.account.id == text.trim()
        };
        accounts.iter().any(of_account)
    };
    let Some(wrong) = confirm.iter().find(|text| !is_known(text)) else { return Ok(()) };
    let text = format!("`{}` is not the name of a connected account.", shown(wrong, 200));
    let hint =
        "--confirm names the production accounts that are written to; leave it out where there is none.";
    Err(ApiError::input("confirmation-needed", "confirm", text).hint(hint))
}

/// Whether a command may copy to a registry: `host[:port]` or `oci:DIR`. A registry that belongs to no
/// connected account is written to unless the app is in read-only mode. `confirm` is what was typed as the
/// names of accounts; `rule` may have a permit.
///
/// # Errors
/// `read-only-mode`, `account-locked`, `confirmation-needed`; what the database says.
pub async fn guard_copy(
    endpoints: &Endpoints,
    destination: &str,
    confirm: &[String],
    rule: Option<&Rule>,
) -> Result<(), ApiError> {
    // A folder is no registry.
    if destination.starts_with("oci:") {
        return Ok(());
    }
    let Some(db) = endpoints.database().await? else { return Ok(()) };
    let registry = endpoints.registry_of(destination).await?;
    let accounts = endpoints.accounts().await?.to_vec();
    let now = chrono::Utc::now();
    let state = db.read(move |tx| State::read(tx, &accounts, now)).await?;
    let hash = rule.map(hash_of);
    let leave = Leave { attended: true, named: confirm, rule: hash.as_deref() };
    // Read-only mode is for registries of nobody's account too.
    let reached: Vec<_> = registry.into_iter().collect();
    decide::may_write(&state, &reached, leave, now)?;
    decide::must_be_named(&state, &reached, leave, now)
}
