//! The sources of one rule: each registry has a configuration of its own, with limits of its own.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use longshore_names::{AccountId, RegistryId};
use longshore_policy::{
    Finding as Found,
    replication::{DestinationFacts, ReplicationConfiguration, RuleDraft},
};

use super::{input, view::placed};
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, RuleInput, Severity},
    steps::Context,
};

/// Registries that are read at the same time.
pub(super) const AT_ONCE: usize = 8;
/// The most sources that one finding names.
const MOST_NAMED: usize = 5;

/// A source of a rule, as it is now.
pub(super) struct Source {
    pub(super) key: RegistryKey,
    pub(super) context: Context,
    pub(super) before: ReplicationConfiguration,
}

/// The sources of a rule, in the order in which they were chosen.
///
/// # Errors
/// `source-twice`, `one-source-only`, `other-space`, each at its field.
pub(super) fn keys(rule: &RuleInput) -> Result<Vec<RegistryKey>, ApiError> {
    if rule.replaces.is_some() && !rule.also.is_empty() {
        let text = "A rule is changed in one registry at a time.";
        return Err(ApiError::input("one-source-only", "also", text));
    }
    let mut keys = vec![rule.registry.clone()];
    for (index, key) in rule.also.iter().enumerate() {
        let field = format!("also[{index}]");
        if key.space != rule.registry.space {
            let text = "A rule is either in AWS or in the sandbox, with all of its sources.";
            return Err(ApiError::input("other-space", &field, text));
        }
        if keys.contains(key) {
            let text = format!("{} / {} is chosen twice as a source.", key.account, key.region);
            return Err(ApiError::input("source-twice", &field, text).hint("Remove one of the two."));
        }
        keys.push(key.clone());
    }
    Ok(keys)
}

/// Reads the configurations of all sources.
pub(super) async fn read(app: &App, keys: &[RegistryKey]) -> Result<Vec<Source>, ApiError> {
    let one = |key: RegistryKey| async move {
        let (_, context) = app.place(&key).await?;
        let before = ReplicationConfiguration::from_value(app.read_replication(&key).await?)?;
        Ok::<_, ApiError>(Source { key, context, before })
    };
    stream::iter(keys.to_vec()).map(one).buffered(AT_ONCE).try_collect().await
}

/// The accounts that replicate into a destination and need its permission, each once.
pub(super) fn accounts(keys: &[RegistryKey], destination: &RegistryId) -> Vec<AccountId> {
    let mut found: Vec<AccountId> = Vec::new();
    for key in keys.iter().filter(|key| key.account != destination.account) {
        if !found.contains(&key.account) {
            found.push(key.account.clone());
        }
    }
    found
}

/// A rule, checked against what is known about one of its sources.
pub(super) struct Checked {
    pub(super) key: RegistryKey,
    pub(super) draft: Option<RuleDraft>,
    pub(super) findings: Vec<Found>,
}

impl Checked {
    /// Whether the registry has this rule already.
    pub(super) fn has_it(&self) -> bool {
        self.findings.iter().any(is_already_there)
    }

    /// Whether ECR would refuse the rule here.
    pub(super) fn is_refused(&self) -> bool {
        self.findings.iter().any(|found| found.is_error() && !is_already_there(found))
    }
}

/// Checks a rule against the configuration of each source, `None` where it was never read. No network.
pub(super) async fn check(
    app: &App,
    rule: &RuleInput,
    sources: Vec<(RegistryKey, Option<&ReplicationConfiguration>)>,
) -> Result<Vec<Checked>, ApiError> {
    let facts: BTreeMap<RegistryId, DestinationFacts> = input::destination_facts(app, rule).await?;
    let mut all = Vec::with_capacity(sources.len());
    for (key, configuration) in sources {
        let (draft, findings) = input::check_at(app, rule, &key, configuration, &facts).await?;
        all.push(Checked { key, draft, findings });
    }
    Ok(all)
}

fn is_already_there(found: &Found) -> bool {
    found.code == longshore_policy::EditError::AlreadyThere { what: "rule" }.code()
}

/// The findings of all sources, each once. What is not so for all of them names those for which it is; a
/// source that has the rule already is no error beside others, nor if the plan `adds` statements for it.
pub(super) fn findings(app: &App, rule: &RuleInput, checked: &[Checked], adds: bool) -> Vec<Finding> {
    let destinations = input::destinations(rule);
    let shown = |found: &Found| {
        let mut shown = placed(app, &rule.registry, &destinations, found);
        if adds && is_already_there(found) {
            shown.severity = Severity::Note;
        }
        shown
    };
    match checked {
        [one] => one.findings.iter().map(shown).collect(),
        many => of_many(app, many, shown),
    }
}

fn of_many(app: &App, checked: &[Checked], shown: impl Fn(&Found) -> Finding) -> Vec<Finding> {
    let mut grouped: Vec<(Finding, Vec<&RegistryKey>)> = Vec::new();
    for one in checked {
        for found in &one.findings {
            let mut shown = shown(found);
            if is_already_there(found) {
                shown.severity = Severity::Note;
            }
            match grouped.iter_mut().find(|(known, _)| *known == shown) {
                Some((_, at)) => at.push(&one.key),
                None => grouped.push((shown, vec![&one.key])),
            }
        }
    }
    let named = |(mut found, at): (Finding, Vec<&RegistryKey>)| {
        if at.len() < checked.len() {
            found.text = format!("{}: {}", names(app, &at), found.text);
        }
        found
    };
    grouped.into_iter().map(named).collect()
}

/// `Dev / us-west-2, Dev / eu-west-1 and 3 more`.
fn names(app: &App, at: &[&RegistryKey]) -> String {
    let shown: Vec<_> = at.iter().take(MOST_NAMED).map(|key| app.accounts.label(key)).collect();
    match at.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
