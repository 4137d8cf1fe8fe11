//! Destinations that this computer cannot ask, and what receipts of their administrators state.

use longshore_names::{AccountId, RegistryId};
use longshore_policy::readiness::{Check, CheckState, Facts, named};

use crate::{
    App,
    api::{
        ApiError, CheckEvidence, CheckOutcome, CheckPlace, ReadinessCheck, ReceiptOutcome, RegistryKey,
        Space, StatedReceipt,
    },
    requests::{Needed, Stated, stated},
};

/// What receipts state about a destination.
pub(super) struct Told {
    registry: RegistryId,
    stated: Stated,
}

impl App {
    /// The destinations of a rule whose policy could not be read, and about which there is a receipt.
    pub(super) async fn told(&self, space: Space, facts: &Facts) -> Result<Vec<Told>, ApiError> {
        let answers = self.answers(space).await?;
        let unread = facts.destinations.iter().filter(|of| of.policy.known().is_none());
        let told = unread.filter_map(|of| {
            let registry = &of.registry;
            let (source, filters) = (&facts.source.registry.account, &facts.rule.filters);
            let stated = stated(&answers, Needed { source, destination: registry, filters })?;
            Some(Told { registry: registry.clone(), stated })
        });
        Ok(told.filter(|told| told.stated.shown.receipt.is_some()).collect())
    }
}

impl Told {
    /// Whether receipts state everything that the rule needs.
    fn is_whole(&self) -> bool {
        self.stated.shown.missing.is_empty()
    }

    /// Whether a check only says that the destination cannot be asked, which the receipts answer.
    pub(super) fn answers(&self, check: &Check, facts: &Facts) -> bool {
        let of_region = check.id == "region-disabled" && facts.source.enabled_regions.known().is_some();
        self.is_whole()
            && check.state == CheckState::Unknown
            && (check.registry == self.registry || of_region)
    }

    /// What the receipt states, as a check: never as if Longshore had seen it.
    pub(super) fn check(
        &self,
        space: Space,
        names: &dyn Fn(&AccountId) -> Option<String>,
    ) -> Option<ReadinessCheck> {
        let receipt = self.stated.shown.receipt.as_ref()?;
        Some(ReadinessCheck {
            id: "told-by-receipt".into(),
            outcome: if self.is_whole() { CheckOutcome::Stated } else { CheckOutcome::Unknown },
            place: CheckPlace::Destination,
            registry: RegistryKey::of(space, &self.registry),
            text: named(&self.text(receipt), names),
            evidence: vec![CheckEvidence {
                request: format!("The receipt of request {}", self.stated.shown.request),
                answer: self.stated.receipt.clone().unwrap_or_default(),
            }],
            fix: None,
        })
    }

    fn text(&self, receipt: &StatedReceipt) -> String {
        let who =
            receipt.principal.as_ref().map_or_else(|| "The administrator".into(), |arn| format!("`{arn}`"));
        let at = receipt.applied.format("%Y-%m-%d %H:%M UTC");
        let registry = format!("{} in {}", self.registry.account, self.registry.region);
        let said = match receipt.outcome {
            _ if self.is_whole() => format!("{who} states that {registry} allows this since {at}."),
            ReceiptOutcome::Refused => format!("{who} declined the request for {registry} at {at}."),
            ReceiptOutcome::Applied | ReceiptOutcome::Partly => format!(
                "{who} states that {registry} allows a part of this since {at}, without {}.",
                self.stated.shown.missing.join(" and ")
            ),
        };
        format!("{said} Longshore cannot read the policy there.")
    }
}
