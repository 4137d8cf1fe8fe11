//! Sets of resources as patterns: what matches all of some patterns and none of others.

use std::collections::BTreeSet;

use super::names::Universe;
use crate::{
    iam::{Element, evaluate::has_variable},
    pattern,
};

/// More pieces than a real document comes to. Beyond them nothing more is subtracted, so that more
/// is listed and never less.
const PIECES: usize = 400;

/// The resources that match every pattern of `within` and none of `except`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extent {
    pub(super) within: BTreeSet<String>,
    pub(super) except: BTreeSet<String>,
}

impl Extent {
    fn of(pattern: String) -> Self {
        Self { within: BTreeSet::from([pattern]), except: BTreeSet::new() }
    }

    /// The common part of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            within: self.within.union(&other.within).cloned().collect(),
            except: self.except.union(&other.except).cloned().collect(),
        }
    }

    fn and_within(&self, pattern: &str) -> Self {
        let mut all = self.clone();
        all.within.insert(pattern.to_owned());
        all
    }

    fn and_except(&self, pattern: &str) -> Self {
        let mut all = self.clone();
        all.except.insert(pattern.to_owned());
        all
    }

    /// What is in this one and not in `other`.
    fn without(&self, other: &Self) -> Vec<Self> {
        let outside = other.within.iter().map(|pattern| self.and_except(pattern));
        outside.chain(other.except.iter().map(|pattern| self.and_within(pattern))).collect()
    }

    /// Whether a resource is in it.
    pub(super) fn includes(&self, resource: &str) -> bool {
        let fits = |pattern: &String| pattern::matches(pattern, resource);
        self.within.iter().all(fits) && !self.except.iter().any(fits)
    }

    pub(super) fn is_inhabited(&self, universe: &Universe) -> bool {
        self.is_inhabited_outside(&[], universe)
    }

    /// Whether something is in this extent and in none of `others`.
    pub(super) fn is_inhabited_outside(&self, others: &[&Self], universe: &Universe) -> bool {
        let all: BTreeSet<&str> = std::iter::once(&self)
            .chain(others)
            .flat_map(|extent| extent.within.iter().chain(&extent.except))
            .map(String::as_str)
            .collect();
        let patterns: Vec<&str> = all.into_iter().collect();
        let place = |pattern: &String| patterns.binary_search(&pattern.as_str()).ok();
        let places = |extent: &Self| {
            let of = |set: &BTreeSet<String>| set.iter().filter_map(place).collect::<Vec<_>>();
            (of(&extent.within), of(&extent.except))
        };
        let (own, others) = (places(self), others.iter().map(|one| places(one)).collect::<Vec<_>>());
        let inside = |(within, except): &(Vec<usize>, Vec<usize>), matched: &[bool]| {
            within.iter().all(|at| matched[*at]) && !except.iter().any(|at| matched[*at])
        };
        universe.some(&patterns, |matched| {
            inside(&own, matched) && !others.iter().any(|other| inside(other, matched))
        })
    }

    /// The same extent without the patterns that make no difference.
    pub(super) fn simplified(mut self, universe: &Universe) -> Self {
        for pattern in self.except.clone() {
            let mut rest = self.clone();
            rest.except.remove(&pattern);
            if !rest.and_within(&pattern).is_inhabited(universe) {
                self = rest;
            }
        }
        for pattern in self.within.clone() {
            let mut rest = self.clone();
            rest.within.remove(&pattern);
            if !rest.within.is_empty() && !rest.and_except(&pattern).is_inhabited(universe) {
                self = rest;
            }
        }
        self
    }
}

/// The resources of a statement. A variable is read as any text: whether it fits is a condition.
pub(super) fn of_element(resources: &Element<String>) -> Vec<Extent> {
    match resources {
        Element::Missing => Vec::new(),
        Element::Unreadable => vec![Extent::of("*".into())],
        Element::Only(all) => all.iter().map(|r| Extent::of(opened(r))).collect(),
        // A variable may keep anything out of the exception.
        Element::AllBut(all) => {
            let mut extent = Extent::of("*".into());
            extent.except = all.iter().filter(|r| !has_variable(r)).cloned().collect();
            vec![extent]
        }
    }
}

/// A pattern in which each variable stands for any text.
fn opened(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// What is in `all` and in none of `others`.
pub(super) fn subtract(all: Vec<Extent>, others: &[Extent]) -> Vec<Extent> {
    others.iter().fold(all, |all, other| {
        let less: Vec<Extent> = all.iter().flat_map(|extent| extent.without(other)).collect();
        if less.len() > PIECES { all } else { less }
    })
}

/// What is both in `all` and in one of `others`.
pub(super) fn intersect(all: &[Extent], others: &[Extent]) -> Vec<Extent> {
    if all.len() * others.len() > PIECES {
        return all.to_vec();
    }
    all.iter().flat_map(|extent| others.iter().map(|other| extent.and(other))).collect()
}
