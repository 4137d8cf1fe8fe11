//! Explains a rule in one sentence.

use longshore_names::{AccountId, RegistryId};

use super::{FilterType, RuleView};
use crate::sentence;

/// The rule in one or two sentences, for example: *Images pushed to repositories whose names begin
/// with `prod-microservice` are replicated to Prod (444455556666) in us-west-2.*
///
/// `names` gives the name that the user gave an account.
pub fn explain_rule(
    rule: &RuleView,
    source: &RegistryId,
    names: &dyn Fn(&AccountId) -> Option<String>,
) -> String {
    let which = if rule.filters.is_empty() {
        "any repository in this registry".to_owned()
    } else {
        let known: Vec<String> = rule.filters.iter().map(|f| format!("`{}`", f.filter)).collect();
        let other = rule.filters.iter().find_map(|f| match &f.filter_type {
            FilterType::Other(kind) => Some(kind),
            FilterType::Prefix => None,
        });
        match other {
            None => format!("repositories whose names begin with {}", sentence::list(&known, "or")),
            Some(kind) => {
                format!("repositories selected by {} (filter type `{kind}`)", sentence::list(&known, "or"))
            }
        }
    };
    let destinations: Vec<String> = rule
        .destinations
        .iter()
        .map(|registry| {
            if registry.account == source.account {
                format!("{} in the same account", registry.region)
            } else {
                sentence::registry(registry, names)
            }
        })
        .collect();
    let target = if destinations.is_empty() {
        "are not replicated anywhere".to_owned()
    } else {
        format!("are replicated to {}", sentence::list(&destinations, "and"))
    };
    let deletes = if rule.delete_replication == Some(true) {
        format!(" {}", deletes_too(destinations.len()))
    } else {
        String::new()
    };
    format!("Images pushed to {which} {target}.{deletes}")
}

/// What a rule with this number of destinations does when it also replicates deletions.
pub(super) fn deletes_too(destinations: usize) -> String {
    let at = if destinations == 1 { "destination" } else { "destinations" };
    format!("Deleting an image or a tag here, including by a lifecycle policy, also deletes it at the {at}.")
}
