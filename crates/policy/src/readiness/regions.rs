//! Whether both accounts have both Regions enabled.

use std::collections::BTreeSet;

use longshore_names::{AccountId, Region, RegistryId};

use super::{Check, CheckSide, Facts, Fix, RegistryFacts};
use crate::sentence;

/// A registry answers only in Regions that its account has enabled.
const REQUEST: &str = "DescribeRegistry in each Region of the rule";

pub(super) fn check(facts: &Facts, destinations: &[&RegistryFacts], checks: &mut Vec<Check>) {
    let mut everyone = vec![&facts.source];
    everyone.extend(destinations);
    let source = &facts.source.registry;
    checks.push(one(&source.region, CheckSide::Source, source, &everyone));
    for destination in destinations {
        let registry = &destination.registry;
        if registry.region != source.region {
            let both = [*destination, &facts.source];
            checks.push(one(&registry.region, CheckSide::Destination, registry, &both));
        }
    }
}

/// Checks one Region in the accounts of `all`; the first is the one whose Region it is.
fn one(region: &Region, role: CheckSide, registry: &RegistryId, all: &[&RegistryFacts]) -> Check {
    let (mut lacking, mut unknown) = (BTreeSet::new(), None);
    for facts in all {
        match facts.enabled_regions.get() {
            Ok(enabled) if enabled.contains(region) => {}
            Ok(_) => {
                lacking.insert(&facts.registry.account);
            }
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    let accounts: Vec<AccountId> = lacking.iter().map(|account| (*account).clone()).collect();
    if accounts.is_empty() {
        let accounts: BTreeSet<&AccountId> = all.iter().map(|facts| &facts.registry.account).collect();
        return match unknown {
            Some(reason) => {
                let what = format!("Whether {region} is enabled in every account");
                Check::unknown("region-disabled", role, registry, &what, (REQUEST, reason))
            }
            None => {
                let number = sentence::count(accounts.len(), "account", "accounts");
                let text = format!("{region} is enabled in {number}.");
                let answers = accounts.iter().map(|account| format!("{account}: {region} is enabled"));
                let answer = answers.collect::<Vec<_>>().join("; ");
                Check::ok("region-disabled", role, registry, text).evidence(REQUEST, answer)
            }
        };
    }
    // The change is on the Region's own side, unless only the other account lacks it.
    let own = accounts.contains(&all[0].registry.account);
    let side = match (own, role) {
        (true, role) => role,
        (false, CheckSide::Source) => CheckSide::Destination,
        (false, _) => CheckSide::Source,
    };
    let named: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let word = if accounts.len() == 1 { "Account" } else { "Accounts" };
    let verb = if accounts.len() == 1 { "has" } else { "have" };
    let text = format!(
        "{word} {} {verb} not enabled {region}; replication needs both Regions in both accounts.",
        sentence::list(&named, "and")
    );
    let command = |account: &AccountId| {
        format!("aws account enable-region --account-id {account} --region-name {region}")
    };
    let copy = accounts.iter().map(command).collect::<Vec<_>>().join("\n");
    let evidence =
        accounts.iter().map(|account| format!("{account}: {region} is not among the enabled ones"));
    Check::failed("region-disabled", side, registry, text)
        .evidence(REQUEST, evidence.collect::<Vec<_>>().join("; "))
        .fix(Fix::EnableRegion { accounts, region: region.clone(), copy })
}
