//! Destinations that this computer cannot ask, but whose administrators have sent a receipt.

use chrono::{DateTime, Utc};
use longshore_names::RegistryId;
use longshore_policy::{
    readiness::{Check, CheckState, Facts},
    registry_policy::{PermissionCheck, RegistryPolicy, check_replication},
    request::{Receipt, ReceiptState, Request},
};

use crate::{
    App,
    api::{ApiError, CheckEvidence, CheckOutcome, CheckPlace, ReadinessCheck, RegistryKey, Space},
    requests::store,
};

/// What an administrator says.
pub(super) struct Told {
    registry: RegistryId,
    at: DateTime<Utc>,
    principal: Option<String>,
    request: String,
}

impl App {
    /// The destinations of a rule whose administrators say, by a receipt, that they allow it.
    pub(super) async fn told(&self, facts: &Facts) -> Result<Vec<Told>, ApiError> {
        let received = self.db.read(store::received).await?;
        let mut told = Vec::new();
        for written in received {
            let (Ok(request), Some(Ok(receipt))) =
                (Request::read(&written.text), written.receipt.as_deref().map(Receipt::read))
            else {
                continue;
            };
            let Ok(belonging) = receipt.receipt.belongs_to(&request) else { continue };
            let registry = &request.request.registry;
            let (source, filters) = (&facts.source.registry.account, &facts.rule.filters);
            let serves = request.request.statements().any(|statement| {
                let alone = RegistryPolicy::of_statement(statement);
                matches!(
                    check_replication(Some(&alone), source, registry, filters),
                    PermissionCheck::Present { .. }
                )
            });
            if belonging.state == ReceiptState::Applied
                && serves
                && facts.rule.destinations.contains(registry)
            {
                told.push(Told {
                    registry: registry.clone(),
                    at: receipt.receipt.applied,
                    principal: receipt.receipt.principal,
                    request: request.request.id.to_string(),
                });
            }
        }
        Ok(told)
    }
}

impl Told {
    /// Whether a check only says that the destination cannot be asked, which the receipt answers.
    pub(super) fn answers(&self, check: &Check, facts: &Facts) -> bool {
        let of_region = check.id == "region-disabled" && facts.source.enabled_regions.known().is_some();
        check.state == CheckState::Unknown && (check.registry == self.registry || of_region)
    }

    /// The check in place of those.
    pub(super) fn check(&self, space: Space) -> ReadinessCheck {
        let who = self.principal.as_deref().unwrap_or("The administrator");
        ReadinessCheck {
            id: "told-by-receipt".into(),
            outcome: CheckOutcome::Ok,
            place: CheckPlace::Destination,
            registry: RegistryKey::of(space, &self.registry),
            text: format!(
                "{who} says that {} allows it since {}. This computer cannot ask there.",
                self.registry,
                self.at.format("%Y-%m-%d %H:%M UTC")
            ),
            evidence: vec![CheckEvidence {
                request: format!("The receipt of request {}", self.request),
                answer: "applied".into(),
            }],
            fix: None,
        }
    }
}
