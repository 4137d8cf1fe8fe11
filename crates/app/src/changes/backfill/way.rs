//! Whether ECR or the engine better brings over the images that were there before a rule.

use std::collections::BTreeSet;

use longshore_names::Prefix;
use longshore_policy::replication::{ReplicationConfiguration, RuleView, matching_filter};

use super::plan::MOST;
use crate::{
    App,
    api::{ApiError, BringOver, BringOverWay, GetBringOver, RegistryKey, RepositoryRow},
    errors::name_error,
    plans::{counted, place},
};

impl App {
    /// Which way of bringing over images is proposed for a rule, and why.
    ///
    /// # Errors
    /// When the registry's rules cannot be read, or a prefix is not valid.
    pub async fn bring_over(&self, request: GetBringOver) -> Result<BringOver, ApiError> {
        let GetBringOver { registry, destinations, prefixes } = request;
        let filters: Vec<Prefix> = prefixes
            .iter()
            .map(|prefix| prefix.parse())
            .collect::<Result<_, _>>()
            .map_err(name_error("prefixes"))?;
        let rules = ReplicationConfiguration::from_value(self.read_replication(&registry).await?)?.rules();
        self.read_aged(&registry, |name| rules.iter().any(|rule| rule.takes(name))).await;
        let rows = self.inventory.repositories_of(&registry).await?;
        let mut against = Vec::new();
        let mut regions = BTreeSet::new();
        for to in &destinations {
            if !regions.insert(&to.region) {
                against.push(format!("ECR runs one backfill to {} at a time.", to.region));
            }
            against.extend(self.wider(to, &rules, &filters, &rows));
        }
        against.extend(self.running(&registry, &destinations).await);
        let unknown = destinations.iter().find(|to| !self.accounts.registries(Some(to.space)).contains(to));
        Ok(match (unknown, against.is_empty()) {
            (Some(to), _) => {
                let text =
                    format!("The engine needs credentials for {}, which are not connected.", place(self, to));
                let reasons = std::iter::once(text).chain(against).collect();
                BringOver { way: BringOverWay::Backfill, reasons }
            }
            (None, false) => BringOver { way: BringOverWay::Engine, reasons: against },
            (None, true) => {
                let images = rows.iter().filter(|row| taken(row, &filters)).filter_map(|row| row.images);
                let text = format!(
                    "ECR can do all of it on its own ({} as far as they are known), so no image passes through \
                     this computer and Longshore need not be open.",
                    counted(images.map(|images| images as usize).sum(), "image")
                );
                BringOver { way: BringOverWay::Backfill, reasons: vec![text] }
            }
        })
    }

    /// What a backfill would copy besides the images that were asked for.
    fn wider(
        &self,
        to: &RegistryKey,
        rules: &[RuleView],
        filters: &[Prefix],
        rows: &[RepositoryRow],
    ) -> Option<String> {
        let to_it = |rule: &&RuleView| rule.destinations.contains(&to.id());
        let rules: Vec<&RuleView> = rules.iter().filter(to_it).collect();
        let others = rows.iter().filter(|row| !taken(row, filters)).filter(|row| {
            row.images != Some(0)
                && row.name.parse().is_ok_and(|name| rules.iter().any(|rule| rule.takes(&name)))
        });
        let others = match others.count() {
            0 => return None,
            1 => "1 repository".to_owned(),
            count => format!("{count} repositories"),
        };
        Some(format!(
            "A backfill would also copy {others} that other rules replicate to {}.",
            place(self, to)
        ))
    }

    /// Backfills that are in the way. That they cannot be listed is no reason against one.
    async fn running(&self, registry: &RegistryKey, destinations: &[RegistryKey]) -> Vec<String> {
        let Ok(connection) = self.connection(registry).await else { return Vec::new() };
        let mut known = connection.client.backfills().await.unwrap_or_default();
        known.retain(|backfill| backfill.state.is_active());
        let mut said = Vec::new();
        for to in destinations {
            if known.iter().any(|backfill| backfill.destination.region == to.region) {
                said.push(format!(
                    "A backfill to {} is in progress; ECR runs one for each Region.",
                    to.region
                ));
            }
        }
        if known.len() + destinations.len() > MOST {
            said.push(format!("ECR runs at most {MOST} backfills of a registry at a time."));
        }
        said.dedup();
        said
    }
}

fn taken(row: &RepositoryRow, filters: &[Prefix]) -> bool {
    row.name.parse().is_ok_and(|name| matching_filter(filters, &name).is_some())
}
