//! The effect of a rule, while it is typed. No network.

use std::collections::BTreeSet;

use longshore_policy::replication::{
    Driver, ReplicationConfiguration, RepositoryFacts, RuleDraft, driver, explain_rule, preview_typed,
};

use super::{
    input,
    view::{count, placed},
};
use crate::{
    App,
    api::{ApiError, DriverView, RegistryKey, RuleInput, RuleMatch, RulePreview},
};

/// Rows that a preview shows.
const SHOWN: usize = 200;

impl App {
    /// The effect of a rule. No network.
    ///
    /// # Errors
    /// When the given registry is invalid, or the database cannot be read.
    pub async fn preview_rule(&self, request: RuleInput) -> Result<RulePreview, ApiError> {
        let source = request.registry.id();
        let seen = self.inventory.replication_document(&request.registry).await?;
        let configuration =
            seen.map(|seen| ReplicationConfiguration::from_value(seen.document)).transpose()?;
        let (draft, findings) = input::check_with(self, &request, configuration.as_ref()).await?;
        let others = input::others(configuration.as_ref(), request.replaces.as_ref());
        let mut destinations: BTreeSet<_> =
            others.rules().into_iter().flat_map(|rule| rule.destinations).collect();
        destinations.extend(draft.iter().flat_map(|draft| draft.destinations.clone()));
        // While one destination is invalid, the valid ones still count.
        let typed = input::destinations(&request);
        destinations.extend(typed.iter().flatten().map(RegistryKey::id));
        let facts = facts(self, &request.registry).await?;
        let rows = self.inventory.repositories_of(&request.registry).await?;
        let preview = preview_typed(&request.filters, &facts);
        let known = |name: &str| rows.iter().find(|row| row.name == name);
        let matches = preview
            .matched
            .iter()
            .take(SHOWN)
            .map(|matched| {
                let row = known(matched.name.as_str());
                RuleMatch {
                    repository: matched.name.to_string(),
                    filter: matched.filter.and_then(|index| request.filters.get(index).cloned()),
                    images: row.and_then(|row| row.images),
                    bytes: row.and_then(|row| row.bytes),
                    accidental: matched.accidental,
                }
            })
            .collect();
        Ok(RulePreview {
            sentence: draft
                .as_ref()
                .and_then(|draft| sentence(draft, &source, &|id| self.namer(request.registry.space)(id))),
            // A policy that was only not read yet is checked on the step about the destinations.
            findings: findings
                .iter()
                .filter(|found| found.code != "permission-unseen" || !every_side_known(self, &request))
                .map(|found| placed(self, &request.registry, &typed, found))
                .collect(),
            destinations_used: count(destinations.len()),
            driver: match &draft {
                Some(draft) => driver_view(&driver(draft, &source, &others)),
                None => DriverView::Native { reason: "Nothing typed so far needs more than ECR.".into() },
            },
            matches,
            repositories: count(preview.matched.len()),
            images: u32::try_from(preview.images).unwrap_or(u32::MAX),
            bytes: preview.bytes,
        })
    }
}

/// Whether every typed destination is a registry of an account that the app has.
fn every_side_known(app: &App, rule: &RuleInput) -> bool {
    let space = rule.registry.space;
    rule.destinations.iter().all(|typed| {
        let (Ok(account), Ok(region)) = (typed.account.trim().parse(), typed.region.trim().parse()) else {
            return false;
        };
        input::known(app, &RegistryKey { space, account, region })
    })
}

/// Every known repository, in the form that the policy crate counts.
pub(super) async fn facts(app: &App, registry: &RegistryKey) -> Result<Vec<RepositoryFacts>, ApiError> {
    let rows = app.inventory.repositories_of(registry).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(RepositoryFacts {
                name: row.name.parse().ok()?,
                images: u64::from(row.images.unwrap_or(0)),
                bytes: row.bytes.unwrap_or(0),
            })
        })
        .collect())
}

/// The sentence that the rule will have in a document.
fn sentence(
    draft: &RuleDraft,
    source: &longshore_names::RegistryId,
    names: &dyn Fn(&longshore_names::AccountId) -> Option<String>,
) -> Option<String> {
    let mut alone = ReplicationConfiguration::empty();
    let hash = alone.add_rule(draft).ok()?;
    Some(explain_rule(&alone.rule(&hash)?, source, names))
}

fn driver_view(driver: &Driver) -> DriverView {
    match driver {
        Driver::Native { reason } => DriverView::Native { reason: reason.clone() },
        Driver::Engine { reasons } => DriverView::Engine {
            reasons: reasons
                .iter()
                .map(|reason| match &reason.to_native {
                    Some(change) => format!("{} To make it native: {change}", reason.text),
                    None => reason.text.clone(),
                })
                .collect(),
        },
        // A driver that is newer than this window is not ECR.
        _ => DriverView::Engine { reasons: Vec::new() },
    }
}
