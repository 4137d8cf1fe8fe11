//! The decision about each image, by its position.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::Digest;

use super::{
    candidate::Candidate,
    select::Selector,
    set::Set,
    why::{AgeFrom, Why},
};
use crate::lifecycle::{Action, Count, InUse, LifecycleRule, MIN_ARCHIVED_DAYS};

/// What happens to an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lifecycle) struct Decided {
    /// Its position.
    pub(in crate::lifecycle) image: usize,
    pub(in crate::lifecycle) action: Action,
    pub(in crate::lifecycle) priority: u32,
    pub(in crate::lifecycle) why: Why,
    /// The position of the image that it refers to, if it follows that one.
    pub(in crate::lifecycle) subject: Option<usize>,
}

/// Every decision, by position.
pub(in crate::lifecycle) struct Decisions {
    pub(in crate::lifecycle) acted: Vec<Decided>,
    /// What would have happened, and who uses the image.
    pub(in crate::lifecycle) spared: Vec<(Decided, String)>,
}

/// Decides about all images. `rules` are in the order of their priority.
pub(in crate::lifecycle) fn decide(
    rules: &[LifecycleRule],
    images: &[Candidate<'_>],
    now: DateTime<Utc>,
    in_use: &dyn InUse,
) -> Decisions {
    let mut acted = by_rules(rules, images, now);
    let mut spared = Vec::new();
    for at in 0..images.len() {
        if acted[at].is_some() {
            spare(&mut acted, &mut spared, images, at, in_use);
        }
    }
    keep_members(&mut acted, images);
    follow_subjects(&mut acted, &mut spared, images, in_use);
    spared.sort_by_key(|(decided, _)| decided.image);
    Decisions { acted: acted.into_iter().flatten().collect(), spared }
}

/// The decision about each position.
type Acted = Vec<Option<Decided>>;
type Spared = Vec<(Decided, String)>;

/// Takes the decision about an image back if it is in use.
fn spare(acted: &mut Acted, spared: &mut Spared, images: &[Candidate<'_>], at: usize, in_use: &dyn InUse) {
    if let Some(by) = in_use.used_by(images[at].digest, &images[at].tags)
        && let Some(decided) = acted[at].take()
    {
        spared.push((decided, by));
    }
}

fn by_rules(rules: &[LifecycleRule], images: &[Candidate<'_>], now: DateTime<Utc>) -> Acted {
    let mut acted: Acted = vec![None; images.len()];
    let mut oldest_first: Vec<usize> = (0..images.len()).collect();
    oldest_first.sort_by_key(|at| images[*at].born);
    let selector = Selector::new(images);
    let mut spoken_for = Set::none(images.len());
    for rule in rules {
        let selected = selector.selected(rule);
        if selected.is_empty() {
            continue;
        }
        let of_rule: Vec<usize> = oldest_first.iter().copied().filter(|at| selected.has(*at)).collect();
        for (place, at) in of_rule.iter().copied().enumerate() {
            let place = of_rule.len() - place;
            if let Some(why) = picked(rule.count, &images[at], place, of_rule.len(), now)
                && !spoken_for.has(at)
            {
                let (action, priority) = (rule.action, rule.priority);
                acted[at] = Some(Decided { image: at, action, priority, why, subject: None });
            }
        }
        spoken_for.unite(&selected);
    }
    acted
}

/// Why the count of a rule picks an image that is at `place` from the newest of those selected.
fn picked(
    count: Count,
    image: &Candidate<'_>,
    place: usize,
    selected: usize,
    now: DateTime<Utc>,
) -> Option<Why> {
    let older_than = |days: u32, from: AgeFrom, since: DateTime<Utc>| {
        let is_old = now.signed_duration_since(since) > TimeDelta::days(i64::from(days));
        is_old.then_some(Why::Age { days, from, since })
    };
    match count {
        Count::MoreThan(keep) => (place > keep as usize).then_some(Why::Count { keep, place, selected }),
        Count::DaysSincePushed(days) => {
            older_than(days, if image.restored { AgeFrom::Restore } else { AgeFrom::Push }, image.born)
        }
        Count::DaysSincePulled(days) => match image.pulled {
            Some(pulled) if pulled >= image.born => older_than(days, AgeFrom::Pull, pulled),
            _ if image.restored => older_than(days, AgeFrom::RestoreNeverPulled, image.born),
            _ => older_than(days, AgeFrom::PushNeverPulled, image.born),
        },
        Count::DaysSinceArchived(days) => {
            older_than(days.max(MIN_ARCHIVED_DAYS), AgeFrom::Archival, image.archived?)
        }
    }
}

/// Undoes the action on a member of an index that stays.
fn keep_members(acted: &mut Acted, images: &[Candidate<'_>]) {
    let mut look: Vec<usize> = (0..images.len()).filter(|at| !images[*at].members.is_empty()).collect();
    if look.is_empty() {
        return;
    }
    let place: HashMap<&str, usize> =
        images.iter().enumerate().map(|(at, image)| (image.digest, at)).collect();
    while let Some(index) = look.pop() {
        for member in images[index].members.iter().filter_map(|member| place.get(Digest::as_str(member))) {
            let stays = match (&acted[index], &acted[*member]) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(index), Some(member)) => {
                    index.action != Action::Expire && index.action != member.action
                }
            };
            if stays {
                acted[*member] = None;
                // It may be an index itself.
                look.push(*member);
            }
        }
    }
}

/// Adds the referrers of every image that is acted on, and theirs.
fn follow_subjects(acted: &mut Acted, spared: &mut Spared, images: &[Candidate<'_>], in_use: &dyn InUse) {
    let mut about: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, image) in images.iter().enumerate() {
        if let Some(subject) = image.subject {
            about.entry(subject).or_default().push(at);
        }
    }
    let mut look: VecDeque<usize> = (0..images.len()).filter(|at| acted[*at].is_some()).collect();
    while let Some(subject) = look.pop_front() {
        let Some(of_subject) = acted[subject].clone() else { continue };
        for at in about.remove(images[subject].digest).unwrap_or_default() {
            if acted[at].is_some() {
                continue;
            }
            acted[at] = Some(Decided { image: at, subject: Some(subject), ..of_subject.clone() });
            spare(acted, spared, images, at, in_use);
            if acted[at].is_some() {
                look.push_back(at);
            }
        }
    }
}
