//! The principals of what is newly allowed: the widest ones, with their exceptions.

use std::collections::BTreeSet;

use longshore_names::{AccountId, RegistryId};
use serde::Serialize;

use super::who::Who;
use crate::{iam::Principal, sentence};

/// A principal, without some that belong to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grantee {
    /// The principal as AWS writes it: an account with its partition. An account includes its users
    /// and roles.
    pub principal: Principal,
    /// Principals that belong to it and that are not meant: for them nothing changes, or the change
    /// is listed by itself.
    pub except: Vec<Principal>,
}

impl Grantee {
    /// Whether an account as a whole is meant.
    pub fn includes_account(&self, account: &AccountId) -> bool {
        let is = |principal: &Principal| matches!(principal, Principal::Account { account: one, .. } if one == account);
        match &self.principal {
            Principal::Everyone => !self.except.iter().any(is),
            one => is(one),
        }
    }

    /// The principal as a phrase, such as *account Dev (111122223333)*.
    pub(super) fn phrase(&self, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
        let one = phrase(&self.principal, names);
        if self.except.is_empty() {
            return one;
        }
        let except: Vec<String> = self.except.iter().map(|principal| phrase(principal, names)).collect();
        format!("{one} except {}", sentence::list(&except, "and"))
    }
}

fn phrase(principal: &Principal, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
    match principal {
        Principal::Account { account, .. } => format!("account {}", sentence::account(account, names)),
        other => other.phrase(),
    }
}

/// The widest principals among `whom`, with those of `all` that are missing in each.
pub(super) fn grantees(whom: &BTreeSet<&Who>, all: &[Who], here: &RegistryId) -> Vec<Grantee> {
    let parent = |one: &Who| {
        let wider = all.iter().filter(|wider| *wider != one && one.is_within(wider));
        // The narrowest comes last: others, accounts, identities.
        wider.max()
    };
    let is_in = |one: &Who| whom.contains(one);
    let widest = whom.iter().filter(|one| parent(one).is_none_or(|wider| !is_in(wider)));
    let mut grantees = Vec::new();
    for one in widest {
        let missing = all.iter().filter(|inner| !is_in(inner) && parent(inner).is_some_and(&is_in));
        let inside = missing
            .filter(|inner| *inner != *one && inner.is_within(one) && is_below(inner, one, &parent, whom));
        let except = inside.map(|inner| inner.principal(here)).collect();
        grantees.push(Grantee { principal: one.principal(here), except });
    }
    grantees
}

/// Whether every caller between `inner` and `outer` is in `whom`.
fn is_below<'a>(
    inner: &Who,
    outer: &Who,
    parent: &impl Fn(&Who) -> Option<&'a Who>,
    whom: &BTreeSet<&Who>,
) -> bool {
    let mut at = parent(inner);
    while let Some(one) = at {
        if one == outer {
            return true;
        }
        if !whom.contains(one) {
            return false;
        }
        at = parent(one);
    }
    false
}
