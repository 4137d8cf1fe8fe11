//! Which rule selects an image, and why.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    graph::{Graph, own_tags},
    rules::DeletionRule,
    scheme::Scheme,
};
use crate::{
    lifecycle::{DescribedImage, TagPattern},
    sentence::{capital, count, list},
};

/// A rule that selects an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    /// The place of the rule.
    pub(super) rule: usize,
    /// Why, in one sentence.
    pub(super) reason: String,
    /// A tag that no pattern of the rule matches, which protects the image.
    pub(super) other_tag: Option<String>,
}

/// What decides about the images of a repository.
pub(super) struct Matcher<'a> {
    rules: &'a [DeletionRule],
    images: &'a [DescribedImage],
    graph: &'a Graph,
    now: DateTime<Utc>,
    schemes: HashMap<String, Vec<Counted<'a>>>,
}

/// A tag of a scheme, with its image.
struct Counted<'a> {
    tag: &'a str,
    scheme: Scheme,
    image: usize,
    /// The place of the one that was pushed last, among this and all with higher numbers.
    newest: usize,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        rules: &'a [DeletionRule],
        images: &'a [DescribedImage],
        graph: &'a Graph,
        now: DateTime<Utc>,
    ) -> Self {
        let mut schemes: HashMap<String, Vec<Counted<'a>>> = HashMap::new();
        for (image, of) in images.iter().enumerate() {
            for tag in own_tags(of) {
                if let Some(scheme) = Scheme::of(tag) {
                    let known = schemes.entry(scheme.text.clone()).or_default();
                    known.push(Counted { tag, scheme, image, newest: 0 });
                }
            }
        }
        for known in schemes.values_mut() {
            known.sort_by(|one, other| one.scheme.numbers.cmp(&other.scheme.numbers));
            let mut newest = known.len().saturating_sub(1);
            for at in (0..known.len()).rev() {
                if images[known[at].image].pushed > images[known[newest].image].pushed {
                    newest = at;
                }
                known[at].newest = newest;
            }
        }
        Self { rules, images, graph, now, schemes }
    }

    /// The first rule that selects an image; one that only another tag prevents comes after the others.
    pub(super) fn of(&self, at: usize) -> Option<Match> {
        let found = self.rules.iter().enumerate().filter_map(|(rule, of)| self.by_rule(at, rule, of));
        found.min_by_key(|found| found.other_tag.is_some())
    }

    fn by_rule(&self, at: usize, rule: usize, of: &DeletionRule) -> Option<Match> {
        let image = &self.images[at];
        let mut reasons = Vec::new();
        if of.untagged {
            if !image.tags.is_empty() {
                return None;
            }
            reasons.push("has no tag".to_owned());
        }
        let mut other_tag = None;
        if !of.tags.is_empty() {
            let patterns: Vec<TagPattern<'_>> = of.tags.iter().map(|text| TagPattern::new(text)).collect();
            let matches = |tag: &String| patterns.iter().any(|pattern| pattern.matches(tag));
            let tag = image.tags.iter().find(|tag| matches(tag))?;
            other_tag = image.tags.iter().find(|tag| !matches(tag)).cloned();
            reasons.push(format!("has the tag `{tag}`"));
        }
        if let Some(limit) = of.older_than {
            let (since, event) = born(image)?;
            reasons.push(self.aged(since, event, limit)?);
        }
        if let Some(limit) = of.not_pulled {
            let (since, event) = match image.pulled {
                Some(pulled) => (pulled.max(born(image).map_or(pulled, |(born, _)| born)), "last pulled"),
                None => born(image)?,
            };
            let event =
                if image.pulled.is_none() { format!("never pulled, and {event}") } else { event.into() };
            reasons.push(self.aged(since, &event, limit)?);
        }
        if of.superseded {
            reasons.push(self.superseded(at)?);
        }
        if reasons.is_empty() {
            reasons.push("is not among the newest that the rule keeps".to_owned());
        }
        Some(Match { rule, reason: format!("It {}.", list(&reasons, "and")), other_tag })
    }

    /// `was pushed on 2026-01-02, 90 days ago`, if that is longer ago than `limit`.
    fn aged(&self, since: DateTime<Utc>, event: &str, limit: Duration) -> Option<String> {
        let age = self.now.signed_duration_since(since);
        if age <= TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX) {
            return None;
        }
        let days = usize::try_from(age.num_days()).unwrap_or_default();
        Some(format!("was {event} on {}, {} ago", since.format("%Y-%m-%d"), count(days, "day", "days")))
    }

    /// What came after the image. A later number that was pushed earlier does not count: the image may be
    /// a fix of an older line.
    fn superseded(&self, at: usize) -> Option<String> {
        let image = &self.images[at];
        if image.tags.is_empty() {
            let alone = self.graph.parents[at].is_empty() && self.graph.subjects[at].is_empty();
            return (alone && self.graph.unread.is_empty())
                .then(|| "has no tag, and no index lists it".to_owned());
        }
        let pushed = image.pushed?;
        let mut by = None;
        for tag in &image.tags {
            let scheme = Scheme::of(tag)?;
            let known = self.schemes.get(&scheme.text)?;
            let after = known.get(known.partition_point(|other| !other.scheme.is_after(&scheme))..)?;
            let counts = |other: &&Counted<'_>| {
                other.image != at && self.images[other.image].pushed.is_some_and(|other| other >= pushed)
            };
            let newest = after.first().and_then(|first| known.get(first.newest));
            let later = newest.filter(counts).or_else(|| after.iter().find(counts))?;
            by.get_or_insert(later.tag);
        }
        by.map(|tag| format!("is superseded by `{tag}`"))
    }
}

/// When an image began to count: its push, or its restore from the archive.
fn born(image: &DescribedImage) -> Option<(DateTime<Utc>, &'static str)> {
    match (image.pushed, image.activated) {
        (Some(pushed), Some(activated)) if activated > pushed => {
            Some((activated, "restored from the archive"))
        }
        (Some(pushed), _) => Some((pushed, "pushed")),
        (None, _) => None,
    }
}

/// A clause as a sentence.
pub(super) fn sentence(clause: &str) -> String {
    format!("{}.", capital(clause))
}
