//! What is deleted and what is protected. An index and its members, an image and its referrers go or stay
//! together.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    graph::{Graph, Repository, own_tags},
    matched::{Match, Matcher, sentence},
    newest,
    rules::DeletionRules,
    short,
};
use crate::{lifecycle::InUse, sentence::count};

/// What rules do with the images of a repository. Places are those of the list of images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The images that are deleted.
    pub deleted: Vec<Deleted>,
    /// The images that a rule selects and that stay.
    pub kept: Vec<Kept>,
}

/// An image that is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its place.
    pub image: usize,
    /// The place of the rule that selects it; `None` if it is taken along.
    pub rule: Option<usize>,
    /// Why, in one sentence.
    pub reason: String,
}

/// An image that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place.
    pub image: usize,
    /// The place of the rule that would delete it.
    pub rule: usize,
    /// Why the rule would, in one sentence.
    pub reason: String,
    /// What protects it.
    pub by: Protection,
    /// The same in one sentence.
    pub text: String,
}

/// The kind of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Somebody uses it, or one of its members or referrers.
    InUse,
    /// It is among the newest that a rule keeps.
    Newest,
    /// It has a tag that the rule does not select.
    OtherTag,
    /// An index that stays lists it, or may list it.
    Index,
    /// It refers to an image that stays.
    Subject,
    /// It lists images or is referred to by images that would stay.
    Dependants,
    /// It is an index whose members could not be read.
    Unread,
    /// It is being restored from the archive.
    Activating,
}

type Why = (Protection, String);

struct Closure<'a> {
    repository: &'a Repository<'a>,
    graph: Graph,
    take_along: bool,
    /// What protects an image by itself.
    hard: HashMap<usize, Why>,
    matched: Vec<Option<Match>>,
    going: Vec<bool>,
    kept: HashMap<usize, Why>,
}

/// Decides about every image. `in_use` is asked about each one that a rule selects and about all that belongs
/// to it.
pub fn decide(
    rules: &DeletionRules,
    repository: &Repository<'_>,
    now: DateTime<Utc>,
    in_use: &dyn InUse,
) -> Decision {
    let images = repository.images;
    let graph = Graph::of(repository);
    let matcher = Matcher::new(&rules.rules, images, &graph, now);
    let matched: Vec<Option<Match>> = (0..images.len()).map(|at| matcher.of(at)).collect();
    let newest = newest::kept(&rules.rules, images, &graph);
    let hard = (0..images.len()).filter_map(|at| Some((at, hard(at, repository, &newest, in_use)?)));
    let hard = hard.collect();
    let going = vec![false; images.len()];
    let take_along = rules.take_along;
    let mut closure = Closure { repository, graph, take_along, hard, matched, going, kept: HashMap::new() };
    closure.begin();
    closure.settle();
    closure.decision()
}

fn hard(
    at: usize,
    repository: &Repository<'_>,
    newest: &HashMap<usize, String>,
    in_use: &dyn InUse,
) -> Option<Why> {
    let image = &repository.images[at];
    let tags: Vec<&str> = image.tags.iter().map(String::as_str).collect();
    if let Some(by) = in_use.used_by(&image.digest, &tags) {
        return Some((Protection::InUse, format!("it is in use by {by}")));
    }
    if image.is_activating {
        return Some((Protection::Activating, "it is being restored from the archive".to_owned()));
    }
    newest.get(&at).map(|why| (Protection::Newest, why.clone()))
}

impl Closure<'_> {
    /// Everything that a rule selects and that nothing protects by itself, and all that goes with it.
    fn begin(&mut self) {
        let mut open = Vec::new();
        for at in 0..self.going.len() {
            let Some(found) = &self.matched[at] else { continue };
            if let Some(why) = self.hard.get(&at) {
                self.kept.insert(at, why.clone());
            } else if let Some(tag) = &found.other_tag {
                let text = format!("it also has the tag `{tag}`, which the rule does not select");
                self.kept.insert(at, (Protection::OtherTag, text));
            } else {
                self.going[at] = true;
                open.push(at);
            }
        }
        while let Some(at) = open.pop().filter(|_| self.take_along) {
            let below: Vec<usize> = self.graph.below(at).collect();
            for next in below {
                if !self.going[next] && self.may_be_taken(next) {
                    self.going[next] = true;
                    open.push(next);
                }
            }
        }
    }

    /// What has a tag of its own is somebody's image, and is deleted only if a rule selects it.
    fn may_be_taken(&self, at: usize) -> bool {
        !self.hard.contains_key(&at)
            && !self.kept.contains_key(&at)
            && own_tags(&self.repository.images[at]).next().is_none()
    }

    /// Takes out what must stay until everything that is left may be deleted.
    fn settle(&mut self) {
        let mut open: Vec<usize> = (0..self.going.len()).filter(|at| self.going[*at]).collect();
        while let Some(at) = open.pop() {
            if !self.going[at] {
                continue;
            }
            let Some(why) = self.stays(at) else { continue };
            self.going[at] = false;
            if let Some(why) = why {
                self.kept.insert(at, why);
            }
            open.extend(self.graph.above(at).chain(self.graph.below(at)));
        }
    }

    /// Whether an image must stay; the reason is inside, unless it only would have been taken along.
    fn stays(&self, at: usize) -> Option<Option<Why>> {
        let digest = |at: usize| short(&self.repository.images[at].digest);
        let is_matched = self.matched[at].is_some();
        let because = |kind, text: String| Some(Some((kind, text)));
        if !is_matched && !self.graph.above(at).any(|above| self.going[above]) {
            return Some(None);
        }
        if let Some(index) = self.graph.parents[at].iter().find(|index| !self.going[**index]) {
            return because(Protection::Index, format!("the index {} lists it and stays", digest(*index)));
        }
        if let Some(subject) = self.graph.subjects[at].iter().find(|subject| !self.going[**subject]) {
            return because(Protection::Subject, format!("it refers to {}, which stays", digest(*subject)));
        }
        if let Some(index) = self.graph.unread.iter().find(|index| **index == at) {
            let text = format!("what the index {} lists could not be read", digest(*index));
            return because(Protection::Unread, text);
        }
        if self.graph.parents[at].is_empty()
            && self.graph.subjects[at].is_empty()
            && let Some(index) = self.graph.unread.first()
        {
            let text = format!("the index {} could not be read and may list it", digest(*index));
            return because(Protection::Index, text);
        }
        self.held_from_below(at).map(Some)
    }

    /// What an index lists or what refers to an image can protect it.
    fn held_from_below(&self, at: usize) -> Option<Why> {
        let images = self.repository.images;
        let staying = |list: &[usize]| -> Vec<usize> {
            list.iter().copied().filter(|below| !self.going[*below]).collect()
        };
        let (members, referrers) = (staying(&self.graph.members[at]), staying(&self.graph.referrers[at]));
        for below in members.iter().chain(&referrers) {
            let why = self.hard.get(below).or_else(|| self.kept.get(below));
            if let Some((Protection::InUse, text)) = why {
                let what = if members.contains(below) { "it lists" } else { "it is referred to by" };
                let text = format!("{what} {}: {text}", short(&images[*below].digest));
                return Some((Protection::InUse, text));
            }
        }
        // A member stays by itself if another index lists it too, or if it has a tag of its own.
        let needs = |below: &usize| {
            let elsewhere =
                self.graph.parents[*below].iter().any(|index| *index != at && !self.going[*index]);
            let is_own = own_tags(&images[*below]).next().is_some();
            !(elsewhere || is_own)
        };
        let members = members.iter().filter(|below| needs(below)).count();
        let mut parts = Vec::new();
        if members > 0 {
            parts.push(format!("it lists {}", count(members, "image", "images")));
        }
        match referrers.as_slice() {
            [] => {}
            [one] => parts.push(format!("{} refers to it", short(&images[*one].digest))),
            many => parts.push(format!("{} refer to it", count(many.len(), "image", "images"))),
        }
        if parts.is_empty() {
            return None;
        }
        let stay = if members + referrers.len() == 1 { "which stays" } else { "which stay" };
        Some((Protection::Dependants, format!("{}, {stay}", parts.join(" and "))))
    }

    fn decision(self) -> Decision {
        let images = self.repository.images;
        let mut decision = Decision::default();
        for at in 0..images.len() {
            let found = &self.matched[at];
            if self.going[at] {
                let reason = match found {
                    Some(found) => found.reason.clone(),
                    None => self.taken_with(at),
                };
                let rule = found.as_ref().map(|found| found.rule);
                decision.deleted.push(Deleted { image: at, rule, reason });
            } else if let (Some(found), Some((by, text))) = (found, self.kept.get(&at)) {
                decision.kept.push(Kept {
                    image: at,
                    rule: found.rule,
                    reason: found.reason.clone(),
                    by: *by,
                    text: sentence(text),
                });
            }
        }
        decision
    }

    fn taken_with(&self, at: usize) -> String {
        let digest = |at: &usize| short(&self.repository.images[*at].digest);
        match (self.graph.parents[at].first(), self.graph.subjects[at].first()) {
            (Some(index), _) => format!("It is taken along with the index {}.", digest(index)),
            (None, Some(subject)) => format!("It refers to {} and is taken along.", digest(subject)),
            (None, None) => "It is taken along.".to_owned(),
        }
    }
}
