//! The effect of a rule, while it is typed. No network.

use std::collections::{BTreeMap, BTreeSet};

use longshore_policy::replication::{
    Driver, ReplicationConfiguration, RepositoryFacts, RuleDraft, driver, explain_rule, preview_typed,
};

use super::{input, sources, view::count};
use crate::{
    App,
    api::{ApiError, DriverView, RegistryKey, RepositoryRow, RuleInput, RuleMatch, RulePreview},
};

/// Rows that a preview shows.
const SHOWN: usize = 200;

impl App {
    /// The effect of a rule. No network.
    ///
    /// # Errors
    /// When the given registry is invalid, or the database cannot be read.
    pub async fn preview_rule(&self, request: RuleInput) -> Result<RulePreview, ApiError> {
        let keys = sources::keys(&request)?;
        let mut configurations = Vec::with_capacity(keys.len());
        for key in &keys {
            let seen = self.inventory.replication_document(key).await?;
            configurations
                .push(seen.map(|seen| ReplicationConfiguration::from_value(seen.document)).transpose()?);
        }
        let pairs = keys.iter().cloned().zip(configurations.iter().map(Option::as_ref)).collect();
        let checked = sources::check(self, &request, pairs).await?;
        let draft = checked.first().and_then(|first| first.draft.clone());
        let mut matched = Matched::default();
        let (mut drivers, mut used) = (Vec::new(), 0);
        for (key, configuration) in keys.iter().zip(&configurations) {
            let others = input::others(configuration.as_ref(), request.replaces.as_ref());
            used = used.max(destinations_used(&others, draft.as_ref(), &request));
            if let Some(draft) = &draft {
                drivers.push(driver(draft, &key.id(), &others));
            }
            matched.add(self, key, &request.filters).await?;
        }
        let source = request.registry.id();
        Ok(RulePreview {
            sentence: draft
                .as_ref()
                .and_then(|draft| sentence(draft, &source, &|id| self.namer(request.registry.space)(id))),
            // A policy that was only not read yet is checked on the step about the destinations.
            findings: sources::findings(self, &request, &checked, false)
                .into_iter()
                .filter(|found| found.code != "permission-unseen" || !every_side_known(self, &request))
                .collect(),
            destinations_used: count(used),
            // ECR carries the rule out only if it can in every source.
            driver: match drivers.iter().find(|driver| !driver.is_native()).or(drivers.first()) {
                Some(driver) => driver_view(driver),
                None => DriverView::Native { reason: "Nothing typed so far needs more than ECR.".into() },
            },
            matches: matched.rows,
            repositories: count(matched.repositories),
            images: u32::try_from(matched.images).unwrap_or(u32::MAX),
            bytes: matched.bytes,
        })
    }
}

/// How many destinations the rules of a registry have with this one.
fn destinations_used(
    others: &ReplicationConfiguration,
    draft: Option<&RuleDraft>,
    request: &RuleInput,
) -> usize {
    let mut destinations: BTreeSet<_> =
        others.rules().into_iter().flat_map(|rule| rule.destinations).collect();
    destinations.extend(draft.iter().flat_map(|draft| draft.destinations.clone()));
    // While one destination is invalid, the valid ones still count.
    destinations.extend(input::destinations(request).iter().flatten().map(RegistryKey::id));
    destinations.len()
}

/// What the filters match, over all sources.
#[derive(Default)]
struct Matched {
    rows: Vec<RuleMatch>,
    repositories: usize,
    images: u64,
    bytes: u64,
}

impl Matched {
    async fn add(&mut self, app: &App, key: &RegistryKey, filters: &[String]) -> Result<(), ApiError> {
        let preview = preview_typed(filters, &facts(app, key).await?.unwrap_or_default());
        let rows = app.inventory.repositories_of(key).await?;
        let rows: BTreeMap<&str, &RepositoryRow> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
        let shown = preview.matched.iter().take(SHOWN.saturating_sub(self.rows.len()));
        self.rows.extend(shown.map(|matched| {
            let row = rows.get(matched.name.as_str());
            RuleMatch {
                registry: Some(key.clone()),
                repository: matched.name.to_string(),
                filter: matched.filter.and_then(|index| filters.get(index).cloned()),
                images: row.and_then(|row| row.images),
                bytes: row.and_then(|row| row.bytes),
                accidental: matched.accidental,
            }
        }));
        self.repositories += preview.matched.len();
        self.images += preview.images;
        self.bytes += preview.bytes;
        Ok(())
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

/// Every known repository, in the form that the policy crate counts; `None` if they were never read.
pub(super) async fn facts(
    app: &App,
    registry: &RegistryKey,
) -> Result<Option<Vec<RepositoryFacts>>, ApiError> {
    let Some(rows) = app.inventory.repositories_read(registry).await? else { return Ok(None) };
    let facts = rows
        .into_iter()
        .filter_map(|row| {
            Some(RepositoryFacts {
                name: row.name.parse().ok()?,
                images: u64::from(row.images.unwrap_or(0)),
                bytes: row.bytes.unwrap_or(0),
            })
        })
        .collect();
    Ok(Some(facts))
}

/// The sentence that the rule will have in a document.
pub(crate) fn sentence(
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
