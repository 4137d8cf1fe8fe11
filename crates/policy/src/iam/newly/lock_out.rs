//! Whether a change takes the owner's own access to the registry away.

use longshore_names::AccountId;
use serde::Serialize;

use super::{PolicyChange, clauses::Clause, extent::subtract, names::Universe, universe, who::Who};
use crate::{
    iam::{StatementRef, actions},
    sentence,
};

/// The calls that can put a policy right again. With both denied, only AWS can help.
const REPAIRS: [&str; 2] = ["ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"];

/// What a Deny of the policy after newly takes from the registry's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockOut {
    /// The account that owns the registry.
    pub owner: AccountId,
    /// The actions that it loses, everywhere or on some repositories; sorted.
    pub actions: Vec<String>,
    /// The statements that deny them.
    pub by: Vec<StatementRef>,
    /// Whether it depends on nothing that the document does not show.
    pub certain: bool,
    /// Whether the owner can still replace or delete the policy. If not, the change must be refused.
    pub repairable: bool,
}

impl LockOut {
    /// What happens, in one sentence.
    pub fn sentence(&self) -> String {
        let verb = if self.certain { "takes" } else { "may take" };
        let owner = &self.owner;
        if !self.repairable {
            return format!(
                "This {verb} the right to change or delete the registry policy from its own account \
                 {owner}; only AWS Support could undo that."
            );
        }
        let shown: Vec<String> = self.actions.iter().take(5).map(|action| format!("`{action}`")).collect();
        let more = self.actions.len() - shown.len();
        let list = match more {
            0 => sentence::list(&shown, "and"),
            more => format!("{} and {more} more actions", shown.join(", ")),
        };
        format!("This {verb} {list} from the registry's own account {owner}.")
    }
}

/// What the change newly denies to the registry's own account, or to `caller`, an ARN of it; `None`
/// for nothing. In scope V1 a policy has no effect on the own account's other calls, so that an
/// upgrade can lock the owner out.
pub fn self_lock_out(change: &PolicyChange<'_>, caller: Option<&str>) -> Option<LockOut> {
    let here = change.registry;
    let (before, after) = change.sides();
    let mut owners = vec![Who::Account(here.account.clone())];
    owners.extend(caller.and_then(|arn| Who::of_text(arn, here)).filter(|who| who.is_within(&owners[0])));
    let repositories = Universe::repositories(here);
    let mut lost = LockOut {
        owner: here.account.clone(),
        actions: Vec::new(),
        by: Vec::new(),
        certain: false,
        repairable: true,
    };
    let mut repairs: Vec<&str> = Vec::new();
    for owner in &owners {
        let mut denied_repairs = Vec::new();
        for action in universe(&before, &after) {
            let of_registry = actions::is_on_registry(&action);
            let universe = if of_registry { &Universe::Registry } else { &repositories };
            let (was, is) = (before.clauses(owner, &action, here), after.clauses(owner, &action, here));
            let former = |deny: &Clause| {
                let same = was.denies.iter().filter(|old| old.tests.is_subset(&deny.tests));
                same.flat_map(|old| before.resources(old)).collect::<Vec<_>>()
            };
            let new = is.denies.iter().filter(|deny| {
                let left = subtract(after.resources(deny), &former(deny));
                left.iter().any(|extent| extent.is_inhabited(universe))
            });
            let new: Vec<&Clause> = new.collect();
            if new.is_empty() {
                continue;
            }
            lost.certain |= new.iter().any(|deny| deny.tests.is_empty());
            for by in new.iter().filter_map(|deny| after.reference(deny)) {
                if !lost.by.contains(&by) {
                    lost.by.push(by);
                }
            }
            denied_repairs.extend(REPAIRS.iter().find(|repair| **repair == action));
            if !lost.actions.contains(&action) {
                lost.actions.push(action);
            }
        }
        if denied_repairs.len() > repairs.len() {
            repairs = denied_repairs;
        }
    }
    lost.actions.sort();
    lost.by.sort_by_key(|by| by.index);
    lost.repairable = repairs.len() < REPAIRS.len();
    (!lost.actions.is_empty()).then_some(lost)
}
