//! For one caller and one action: which resources are newly allowed, and under which condition.
//!
//! Every test that a document leaves open is a fact of its own. Something is newly allowed if there
//! is a choice of facts under which the policy after allows it and the one before does not. Facts
//! occur only in *if*, so the smallest choice that makes an Allow apply decides.

use super::{
    clauses::{Clause, Clauses, Side, Tests},
    extent::{Extent, intersect, subtract},
    names::Universe,
};
use crate::sentence;

/// The resources of an extent, newly allowed under a condition.
pub(super) type Found = (Extent, Option<String>);

/// The two policies, before and after.
pub(super) struct Sides<'a> {
    pub(super) before: &'a Side,
    pub(super) after: &'a Side,
    /// What is looked for: `allowed` or `denied`.
    pub(super) word: &'static str,
}

impl Sides<'_> {
    /// What is newly allowed, given what both policies say about the same caller and action.
    pub(super) fn newly(&self, before: &Clauses, after: &Clauses, universe: &Universe) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for allow in &after.allows {
            self.of_allow(allow, before, after, &mut found);
        }
        tidied(found, universe)
    }

    /// What `allow`, a statement of the policy after, newly allows.
    fn of_allow(&self, allow: &Clause, before: &Clauses, after: &Clauses, found: &mut Vec<Found>) {
        let wanted = self.after.resources(allow);
        let needs = &allow.tests;
        let allowed_before = self.allowed_before(before, needs);
        let base = subtract(wanted.clone(), &self.of(self.after, &after.denies, needs));
        let base = subtract(base, &allowed_before);
        self.tell(base, needs, before, after, found);
        // What a Deny of the policy before kept from it, if more tests hold.
        for deny in before.denies.iter().filter(|deny| !deny.tests.is_subset(needs)) {
            let needs: Tests = needs.union(&deny.tests).cloned().collect();
            let base = intersect(&wanted, &self.before.resources(deny));
            let base = intersect(&base, &allowed_before);
            let base = subtract(base, &self.of(self.after, &after.denies, &needs));
            self.tell(base, &needs, before, after, found);
        }
    }

    /// The resources of those statements that apply if exactly these tests hold.
    fn of(&self, side: &Side, clauses: &[Clause], tests: &Tests) -> Vec<Extent> {
        let applying = clauses.iter().filter(|clause| clause.tests.is_subset(tests));
        applying.flat_map(|clause| side.resources(clause)).collect()
    }

    /// What the policy before allowed if exactly these tests hold.
    fn allowed_before(&self, before: &Clauses, tests: &Tests) -> Vec<Extent> {
        let allowed = self.of(self.before, &before.allows, tests);
        subtract(allowed, &self.of(self.before, &before.denies, tests))
    }

    /// Adds `base`, which is newly allowed if exactly `needs` hold, apart from what depends on more.
    fn tell(
        &self,
        base: Vec<Extent>,
        needs: &Tests,
        before: &Clauses,
        after: &Clauses,
        found: &mut Vec<Found>,
    ) {
        if !needs.is_empty() {
            found.extend(base.into_iter().map(|extent| (extent, Some(joined(needs)))));
            return;
        }
        let mut certain = base.clone();
        for deny in after.denies.iter().filter(|deny| !deny.tests.is_empty()) {
            let denied = self.after.resources(deny);
            certain = subtract(certain, &denied);
            let text = format!("not denied because {}", joined(&deny.tests));
            found.extend(intersect(&base, &denied).into_iter().map(|e| (e, Some(text.clone()))));
        }
        for allow in before.allows.iter().filter(|allow| !allow.tests.is_empty()) {
            let denied = self.of(self.before, &before.denies, &allow.tests);
            let allowed = subtract(self.before.resources(allow), &denied);
            certain = subtract(certain, &allowed);
            let text = format!("not already {} because {}", self.word, joined(&allow.tests));
            found.extend(intersect(&base, &allowed).into_iter().map(|e| (e, Some(text.clone()))));
        }
        found.extend(certain.into_iter().map(|extent| (extent, None)));
    }
}

fn joined(tests: &Tests) -> String {
    sentence::list(&tests.iter().cloned().collect::<Vec<_>>(), "and")
}

/// Without what is empty or contained in something else; unconditional ones come first.
fn tidied(mut found: Vec<Found>, universe: &Universe) -> Vec<Found> {
    found.retain(|(extent, _)| extent.is_inhabited(universe));
    let simplified = found.into_iter().map(|(extent, condition)| (extent.simplified(universe), condition));
    let mut found: Vec<Found> = simplified.collect();
    found.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    found.dedup();
    let mut kept: Vec<Found> = found.clone();
    for one in found {
        let counts = |other: &&Found| **other != one && (other.1.is_none() || other.1 == one.1);
        let others: Vec<&Extent> = kept.iter().filter(counts).map(|(extent, _)| extent).collect();
        if !others.is_empty() && !one.0.is_inhabited_outside(&others, universe) {
            kept.retain(|other| *other != one);
        }
    }
    kept
}
