//! What has changed since images were planned to be deleted.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Repository, graph::Graph, short};
use crate::lifecycle::InUse;

/// An image as it was when its deletion was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was last pulled, if the deletion depends on it.
    pub pulled: Option<Option<DateTime<Utc>>>,
}

/// The images of a batch that must stay, each with the reason as a clause. `later` are images that belong to
/// the batch and that a later one deletes. Images that no longer exist are in neither.
pub fn stops(
    batch: &[Planned],
    later: &HashSet<String>,
    now: &Repository<'_>,
    in_use: &dyn InUse,
) -> BTreeMap<String, String> {
    let graph = Graph::of(now);
    let places: HashMap<&str, usize> =
        now.images.iter().enumerate().map(|(at, image)| (image.digest.as_str(), at)).collect();
    let planned: HashMap<usize, &Planned> =
        batch.iter().filter_map(|of| Some((*places.get(of.digest.as_str())?, of))).collect();
    let mut stops: BTreeMap<usize, String> = BTreeMap::new();
    for (at, of) in &planned {
        if let Some(why) = changed(*at, of, now, in_use) {
            stops.insert(*at, why);
        } else if let Some(why) = belongs(*at, &planned, later, now, &graph) {
            stops.insert(*at, why);
        }
    }
    // What belongs together stays together.
    let mut open: Vec<usize> = stops.keys().copied().collect();
    while let Some(at) = open.pop() {
        for other in graph.above(at).chain(graph.below(at)) {
            if planned.contains_key(&other) && !stops.contains_key(&other) {
                stops.insert(other, format!("it belongs to {}, which stays", short(&now.images[at].digest)));
                open.push(other);
            }
        }
    }
    stops.into_iter().map(|(at, why)| (now.images[at].digest.clone(), why)).collect()
}

/// What is different about the image itself.
fn changed(at: usize, of: &Planned, now: &Repository<'_>, in_use: &dyn InUse) -> Option<String> {
    let image = &now.images[at];
    if let Some(tag) = image.tags.iter().find(|tag| !of.tags.contains(tag)) {
        return Some(format!("it now has the tag `{tag}`"));
    }
    if let Some(tag) = of.tags.iter().find(|tag| !image.tags.contains(tag)) {
        return Some(format!("it no longer has the tag `{tag}`"));
    }
    if of.pulled.is_some_and(|before| image.pulled > before) {
        return Some("it was pulled in the meantime".to_owned());
    }
    if image.is_activating {
        return Some("it is being restored from the archive".to_owned());
    }
    let tags: Vec<&str> = image.tags.iter().map(String::as_str).collect();
    in_use.used_by(&image.digest, &tags).map(|by| format!("it is in use by {by}"))
}

/// What now needs the image, or would be left without it.
fn belongs(
    at: usize,
    planned: &HashMap<usize, &Planned>,
    later: &HashSet<String>,
    now: &Repository<'_>,
    graph: &Graph,
) -> Option<String> {
    let digest = |at: &usize| short(&now.images[*at].digest);
    if let Some(index) = graph.parents[at].iter().find(|index| !planned.contains_key(index)) {
        return Some(format!("the index {} lists it", digest(index)));
    }
    if let Some(subject) = graph.subjects[at].iter().find(|subject| !planned.contains_key(subject)) {
        return Some(format!("it refers to {}, which stays", digest(subject)));
    }
    let known = |below: &usize| planned.contains_key(below) || later.contains(&now.images[*below].digest);
    if let Some(referrer) = graph.referrers[at].iter().find(|referrer| !known(referrer)) {
        return Some(format!("{} now refers to it", digest(referrer)));
    }
    let index = graph.unread.iter().find(|index| **index == at || graph.parents[at].is_empty())?;
    Some(format!("what the index {} lists could not be read", digest(index)))
}
