//! Decides whether ECR or our engine runs a rule.

use std::collections::BTreeSet;

use longshore_names::RegistryId;
use serde::Serialize;

use super::{MAX_DESTINATIONS, MAX_FILTERS, MAX_RULES, ReplicationConfiguration, RuleDraft};

/// One reason why ECR cannot run a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineReason {
    /// The stable code of the reason.
    pub code: &'static str,
    /// The reason.
    pub text: String,
    /// The change that would make the rule native, if a small one is enough.
    pub to_native: Option<String>,
}

/// What runs a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "driver", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Driver {
    /// ECR: AWS does the work, and the app need not be open.
    Native {
        /// Why that is possible.
        reason: String,
    },
    /// Our engine.
    Engine {
        /// Every part that ECR cannot do.
        reasons: Vec<EngineReason>,
    },
}

impl Driver {
    /// Whether ECR runs the rule.
    pub fn is_native(&self) -> bool {
        matches!(self, Self::Native { .. })
    }
}

/// Decides what can run `draft` in the registry `source`, next to the `others` that are configured
/// there (without the rule that the draft replaces).
pub fn driver(draft: &RuleDraft, source: &RegistryId, others: &ReplicationConfiguration) -> Driver {
    let mut reasons = Vec::new();
    for destination in &draft.destinations {
        let (here, there) = (source.region.partition(), destination.region.partition());
        if here != there {
            reasons.push(EngineReason {
                code: "other-partition",
                text: format!(
                    "ECR does not replicate from partition {here} to {there} ({}).",
                    destination.region
                ),
                to_native: Some(format!("Leave {destination} out of this rule.")),
            });
        }
    }
    let rules = others.rules();
    let mut all: BTreeSet<&RegistryId> = rules.iter().flat_map(|rule| &rule.destinations).collect();
    all.extend(&draft.destinations);
    if all.len() > MAX_DESTINATIONS {
        let over = all.len() - MAX_DESTINATIONS;
        reasons.push(EngineReason {
            code: "too-many-destinations",
            text: format!(
                "With this rule the registry has {} different destinations; ECR allows {MAX_DESTINATIONS}.",
                all.len()
            ),
            to_native: Some(format!("Leave {over} of the destinations out.")),
        });
    }
    if rules.len() >= MAX_RULES {
        reasons.push(EngineReason {
            code: "too-many-rules",
            text: format!("The registry has {} rules; ECR allows {MAX_RULES}.", rules.len()),
            to_native: Some("Put this rule's filters into a rule with the same destinations.".into()),
        });
    }
    if draft.filters.len() > MAX_FILTERS {
        reasons.push(EngineReason {
            code: "too-many-filters",
            text: format!("The rule has {} filters; ECR allows {MAX_FILTERS}.", draft.filters.len()),
            to_native: Some("Split the filters into two rules.".into()),
        });
    }
    if reasons.is_empty() {
        let reason = "Every part of the rule can be expressed in ECR: prefix filters, the same names at the \
                      destination, one hop.";
        Driver::Native { reason: reason.into() }
    } else {
        Driver::Engine { reasons }
    }
}
