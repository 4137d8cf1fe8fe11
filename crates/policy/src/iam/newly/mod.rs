//! What a change of a registry policy, or of its scope, newly allows and newly denies.
//!
//! The answer is exact for what ECR accepts: wildcards, `NotAction`, `NotPrincipal`, `NotResource`,
//! Deny, and conditions as far as their keys show. A condition that never holds allows nothing; one
//! that the document does not decide is told. Principals are compared as AWS writes them back.
//! Where something cannot be decided, it is listed rather than left out.
//!
//! Source: IAM user guide, "Policy evaluation logic" and "NotPrincipal with Deny"; ECR user guide,
//! "Private registry permissions" (policy scope).
//!
//! * `who`, `clauses`: which statements are about a caller and an action
//! * `names`, `extent`: sets of repositories, decided by automata
//! * `decide`: the difference; `grantee`, `sentences`: told to people; `lock_out`: the owner

mod clauses;
mod decide;
mod extent;
mod grantee;
mod lock_out;
mod names;
mod sentences;
pub(crate) mod who;

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::{AccountId, RegistryId, RepositoryName};
use serde::Serialize;

use self::{
    clauses::{Clauses, Side},
    decide::{Found, Sides},
    names::Universe,
    who::Who,
};
use super::{Element, Policy, PolicyScope, StatementView, actions, evaluate::action_fits};
use crate::pattern;

pub use grantee::Grantee;
pub use lock_out::{LockOut, ManagementLost, self_lock_out};
pub use sentences::{grouped_denials, grouped_sentences};

/// A change of one registry's policy, of its scope, or of both.
#[derive(Debug, Clone, Copy)]
pub struct PolicyChange<'a> {
    /// The registry.
    pub registry: &'a RegistryId,
    /// Its policy before; `None` for none.
    pub before: Option<&'a Policy>,
    /// Its policy after; `None` for none.
    pub after: Option<&'a Policy>,
    /// The scope before. If it is not known, the change may be an upgrade from V1.
    pub scope_before: PolicyScope,
    /// The scope after.
    pub scope_after: PolicyScope,
}

impl<'a> PolicyChange<'a> {
    /// A change of the policy in a registry whose scope stays.
    pub fn of_policy(
        registry: &'a RegistryId,
        before: Option<&'a Policy>,
        after: Option<&'a Policy>,
        scope: PolicyScope,
    ) -> Self {
        Self { registry, before, after, scope_before: scope, scope_after: scope }
    }

    /// The upgrade of the scope from V1 to V2, under an unchanged policy.
    pub fn of_scope(registry: &'a RegistryId, policy: Option<&'a Policy>) -> Self {
        let (scope_before, scope_after) = (PolicyScope::V1, PolicyScope::V2);
        Self { registry, before: policy, after: policy, scope_before, scope_after }
    }

    fn sides(&self) -> (Side, Side) {
        let (before, after) = match (self.scope_before, self.scope_after) {
            (PolicyScope::Unknown, PolicyScope::Unknown) => (PolicyScope::V2, PolicyScope::V2),
            (PolicyScope::Unknown, after) => (PolicyScope::V1, after),
            (before, PolicyScope::Unknown) => (before, PolicyScope::V2),
            known => known,
        };
        (Side::new(self.before, before), Side::new(self.after, after))
    }
}

/// What is newly allowed, or newly denied, to a principal: one action on some resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Triple {
    /// To whom it is allowed or denied.
    pub principal: Grantee,
    /// The action, such as `ecr:ReplicateImage`.
    pub action: String,
    /// On what.
    pub resource: Resource,
    /// What it depends on, as a phrase after *if*; `None` if it holds in any case.
    pub condition: Option<String>,
}

/// The resources of a [`Triple`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Resource {
    /// The registry itself, such as its policy and its replication configuration.
    Registry,
    /// Repositories of the registry.
    Repositories {
        /// The patterns, as in the policy (a variable as `*`); a repository must match all of them.
        within: Vec<String>,
        /// Patterns that it must not match.
        except: Vec<String>,
    },
}

impl Resource {
    /// Whether it includes a resource, given by its ARN, or `*` for the registry.
    pub fn includes(&self, resource: &str) -> bool {
        match self {
            Self::Registry => resource == "*",
            Self::Repositories { within, except } => {
                let fits = |pattern: &String| pattern::matches(pattern, resource);
                resource != "*" && within.iter().all(fits) && !except.iter().any(fits)
            }
        }
    }
}

impl Triple {
    /// Whether it is about this account as a whole, this action and this repository.
    pub fn is_about(
        &self,
        account: &AccountId,
        action: &str,
        registry: &RegistryId,
        repository: &RepositoryName,
    ) -> bool {
        self.principal.includes_account(account)
            && self.action.eq_ignore_ascii_case(action)
            && self.resource.includes(&repository.arn(&registry.account, &registry.region))
    }
}

/// Everything that a change newly allows, sorted, each once.
pub fn newly_allowed(change: &PolicyChange<'_>) -> Vec<Triple> {
    newly(change, Kind::Allowed)
}

/// Everything that a `Deny` newly denies, sorted, each once, whether or not it was allowed before: a
/// repository's own policy or a policy of the caller may have allowed it. What merely stops being
/// allowed is not in it.
pub fn newly_denied(change: &PolicyChange<'_>) -> Vec<Triple> {
    newly(change, Kind::Denied)
}

/// Which difference is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Allowed,
    Denied,
}

impl Kind {
    /// The clauses to compare. Nothing keeps a `Deny` from its effect, so that denials are compared
    /// as if they were all that the policies say.
    fn of(self, clauses: Clauses) -> Clauses {
        match self {
            Self::Allowed => clauses,
            Self::Denied => Clauses { allows: clauses.denies, denies: Vec::new() },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

fn newly(change: &PolicyChange<'_>, kind: Kind) -> Vec<Triple> {
    let (before, after) = change.sides();
    let here = change.registry;
    let callers = who::callers(&[change.before, change.after], here);
    let actions = universe(&before, &after);
    let sides = Sides { before: &before, after: &after, word: kind.word() };
    let repositories = Universe::repositories(here);
    let mut known: BTreeMap<(bool, Clauses, Clauses), Vec<Found>> = BTreeMap::new();
    // The callers of each triple apart from its principal.
    let mut all: BTreeMap<(String, Resource, Option<String>), BTreeSet<&Who>> = BTreeMap::new();
    for caller in &callers {
        for action in &actions {
            let of_registry = actions::is_on_registry(action);
            let was = kind.of(before.clauses(caller, action, here));
            let key = (of_registry, was, kind.of(after.clauses(caller, action, here)));
            if key.2.allows.is_empty() {
                continue;
            }
            let universe = if of_registry { &Universe::Registry } else { &repositories };
            let (_, was, is) = &key;
            let found = known.get(&key).cloned().unwrap_or_else(|| sides.newly(was, is, universe));
            for (extent, condition) in &found {
                let resource = if of_registry {
                    Resource::Registry
                } else {
                    Resource::Repositories {
                        within: extent.within.iter().cloned().collect(),
                        except: extent.except.iter().cloned().collect(),
                    }
                };
                all.entry((action.clone(), resource, condition.clone())).or_default().insert(caller);
            }
            known.insert(key, found);
        }
    }
    let mut triples: Vec<Triple> = Vec::new();
    for ((action, resource, condition), whom) in all {
        triples.extend(grantee::grantees(&whom, &callers, here).into_iter().map(|principal| Triple {
            principal,
            action: action.clone(),
            resource: resource.clone(),
            condition: condition.clone(),
        }));
    }
    triples.sort();
    triples
}

/// The statements that deny `who` an action on a repository, and whether that depends on nothing else.
/// A statement without a resource is one of the repository's own policy, and is about it.
pub(crate) fn denials(
    policy: &Policy,
    who: &Who,
    action: &str,
    here: &RegistryId,
    repository: &RepositoryName,
) -> Vec<(StatementView, bool)> {
    let arn = repository.arn(&here.account, &here.region);
    let side = Side::new(Some(policy), PolicyScope::V2);
    let denies = side.clauses(who, action, here).denies;
    let about = denies.into_iter().filter_map(|clause| {
        let statement = side.statement(&clause)?;
        let covered = statement.resources == Element::Missing
            || side.resources(&clause).iter().any(|extent| extent.includes(&arn));
        covered.then(|| (statement.clone(), clause.tests.is_empty()))
    });
    about.collect()
}

/// The known actions, and those that the policies name.
fn universe(before: &Side, after: &Side) -> Vec<String> {
    let mut all: Vec<String> = actions::allowable().collect();
    for named in before.named_actions().chain(after.named_actions()) {
        if !all.iter().any(|action| action_fits(named, action)) {
            all.push(named.to_owned());
        }
    }
    all
}
