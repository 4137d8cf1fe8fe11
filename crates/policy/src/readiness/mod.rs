//! Whether a replication rule will work: the decisions of the doctor, without any reading.
//!
//! Give [`readiness`] everything that is known about both sides of a rule. Each line that comes back
//! has a state, the side on which something has to change, its evidence, and a fix where one exists.
//! What is not known makes a line [`CheckState::Unknown`] with the reason, and never *ok*.
//!
//! ```
//! use longshore_policy::readiness::{CheckState, Facts, readiness};
//! use longshore_policy::replication::RuleDraft;
//!
//! let source = longshore_names::RegistryId::new("111122223333".parse()?, "us-west-2".parse()?);
//! let destination = longshore_names::RegistryId::new("444455556666".parse()?, "us-west-2".parse()?);
//! let rule = RuleDraft { destinations: vec![destination], filters: vec![], delete_replication: false };
//! let checks = readiness(&Facts::unread(source, rule));
//! assert!(checks.iter().any(|check| check.state == CheckState::Unknown));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for: reading the facts, running fixes, or the identity policies of callers, which no document
//! here shows.

mod access;
mod calls;
mod check;
mod facts;
mod fix;
mod images;
mod keys;
mod permission;
mod regions;
mod repositories;
mod rule;
mod settings;
mod statement;
mod statement_fix;
mod templates;

use longshore_names::{RegistryId, RepositoryName};

pub use calls::{IMAGE_STATUS, NeededCall, Purpose, needed_calls};
pub use check::{Check, CheckSide, CheckState, Evidence, Summary, named};
pub use facts::{
    AskedBy, CallAnswer, CallFact, CreationTemplate, Encryption, Fact, Facts, Failure, Identity, ImageState,
    RegistryFacts, RepositoryState, TagMutability,
};
pub use fix::{Fix, ImageName};
pub use keys::{KeyFact, KeyState, keys_in_use};

/// Every check of a rule, in the order in which they are read: who acts, Regions, the rule, then each
/// destination. A destination without facts counts as one of which nothing was read.
pub fn readiness(facts: &Facts) -> Vec<Check> {
    let unread: Vec<RegistryFacts> = facts
        .rule
        .destinations
        .iter()
        .filter(|registry| facts.destination(registry).is_none())
        .map(|registry| RegistryFacts::unread(registry.clone()))
        .collect();
    let known = facts.rule.destinations.iter().filter_map(|registry| facts.destination(registry));
    let mut destinations: Vec<&RegistryFacts> = known.chain(&unread).collect();
    destinations.dedup_by(|a, b| a.registry == b.registry);
    let mut checks = Vec::new();
    access::identities(facts, &destinations, &mut checks);
    permission::check(facts, &destinations, &mut checks);
    access::service_role(facts, &mut checks);
    regions::check(facts, &destinations, &mut checks);
    rule::limits(facts, &mut checks);
    settings::blob_mounting(&facts.source, CheckSide::Source, &mut checks);
    for destination in destinations {
        let from = checks.len();
        statement::check(facts, destination, &mut checks);
        repositories::policies(facts, destination, &mut checks);
        repositories::tags(facts, destination, &mut checks);
        templates::check(facts, destination, &mut checks);
        keys::check(facts, destination, &mut checks);
        rule::onward(facts, destination, &mut checks);
        settings::blob_mounting(destination, CheckSide::Destination, &mut checks);
        images::existing(facts, destination, &mut checks);
        let causes: Vec<&'static str> = checks[from..]
            .iter()
            .filter(|check| check.state == CheckState::Failed)
            .map(|check| check.id)
            .collect();
        images::failures(facts, destination, &causes, &mut checks);
    }
    checks
}

/// The repositories of the source that the rule takes.
fn taken<'f>(facts: &Facts, all: &'f [RepositoryState]) -> Vec<&'f RepositoryState> {
    let takes =
        |name: &RepositoryName| crate::replication::matching_filter(&facts.rule.filters, name).is_some();
    all.iter().filter(|repository| takes(&repository.name)).collect()
}

/// A registry in a sentence, with the account's number; [`Check::text_for`] adds its name.
fn place(registry: &RegistryId) -> String {
    format!("{} in {}", registry.account, registry.region)
}
