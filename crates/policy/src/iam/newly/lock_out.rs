//! Whether a change takes the owner's own access to the registry away.

use longshore_names::AccountId;
use serde::Serialize;

use super::{
    PolicyChange,
    clauses::{Clause, Side},
    extent::subtract,
    names::Universe,
    universe,
    who::Who,
};
use crate::{
    iam::{StatementRef, actions},
    sentence,
};

/// The calls that can put a policy right again. With both denied, only AWS can help.
const REPAIRS: [&str; 2] = ["ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"];

/// The calls by which the policy and its scope are read and changed.
const MANAGEMENT: [&str; 5] = [
    "ecr:DeleteRegistryPolicy",
    "ecr:GetAccountSetting",
    "ecr:GetRegistryPolicy",
    "ecr:PutAccountSetting",
    "ecr:PutRegistryPolicy",
];

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
    /// What of it is needed to manage the policy itself.
    pub management: Option<ManagementLost>,
}

/// Calls by which a policy and its scope are read and changed, and that its owner loses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ManagementLost {
    /// The actions; sorted.
    pub actions: Vec<String>,
    /// The statements that deny them.
    pub by: Vec<StatementRef>,
    /// Whether they are lost in any case. Otherwise it depends on something that the document does not
    /// show.
    pub certain: bool,
}

impl ManagementLost {
    fn add(&mut self, action: &str, denies: &[&Clause], after: &Side) {
        if !self.actions.iter().any(|known| known == action) {
            self.actions.push(action.to_owned());
        }
        add_statements(&mut self.by, denies, after);
    }

    /// What happens, in one sentence.
    pub fn sentence(&self) -> String {
        let statement = |by: &StatementRef| match &by.sid {
            Some(sid) => format!("`{}`", longshore_names::shown(sid, 100)),
            None => format!("{}", by.index + 1),
        };
        let by = sentence::list(&self.by.iter().map(statement).collect::<Vec<_>>(), "and");
        let noun = if self.by.len() == 1 { "Statement" } else { "Statements" };
        let actions: Vec<String> = self.actions.iter().map(|action| format!("`{action}`")).collect();
        let actions = sentence::list(&actions, "and");
        match self.certain {
            true => format!("{noun} {by} would deny {actions} to those who manage this policy."),
            false => format!(
                "{noun} {by} may deny {actions} to those who manage this policy, depending on a condition."
            ),
        }
    }
}

/// Adds the statements of `denies` that are not there yet.
fn add_statements(all: &mut Vec<StatementRef>, denies: &[&Clause], side: &Side) {
    for by in denies.iter().filter_map(|deny| side.reference(deny)) {
        if !all.contains(&by) {
            all.push(by);
        }
    }
    all.sort_by_key(|by| by.index);
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
        management: None,
    };
    let (mut surely, mut perhaps) =
        (ManagementLost { certain: true, ..ManagementLost::default() }, ManagementLost::default());
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
            let certain: Vec<&Clause> = new.iter().copied().filter(|deny| deny.tests.is_empty()).collect();
            lost.certain |= !certain.is_empty();
            add_statements(&mut lost.by, &new, &after);
            if MANAGEMENT.contains(&action.as_str()) {
                match certain.is_empty() {
                    true => perhaps.add(&action, &new, &after),
                    false => surely.add(&action, &certain, &after),
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
    surely.actions.sort();
    perhaps.actions.sort();
    lost.management = [surely, perhaps].into_iter().find(|one| !one.actions.is_empty());
    lost.repairable = repairs.len() < REPAIRS.len();
    (!lost.actions.is_empty()).then_some(lost)
}
