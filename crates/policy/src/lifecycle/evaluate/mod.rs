//! Evaluates what a policy would do.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{Digest, Tag};
use serde::Serialize;

use super::{Action, Count, LifecycleImage, LifecycleRule, MIN_ARCHIVED_DAYS};

/// What a policy would do to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LifecycleAction {
    /// The image.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Whether it is about to be copied.
    pub incoming: bool,
    /// What happens.
    pub action: Action,
    /// The priority of the rule that applies.
    pub priority: u32,
    /// Why.
    pub cause: Cause,
}

/// Why a policy acts on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// The rule selected it.
    Rule,
    /// The rule selected its subject, and it follows within a day.
    Subject {
        /// The subject.
        subject: Digest,
    },
}

/// What `rules` (by priority, as [`LifecyclePolicy::rules`](super::LifecyclePolicy::rules) gives
/// them) would do with `images` at `now`; in the order of the images.
///
/// * Every rule is evaluated against all images; then the rules apply by priority.
/// * An image whose tags a rule selects is left alone by every later rule, but is counted there.
/// * The members of an index stay as long as the index does.
/// * Signatures and other referrers are not selected themselves; they follow their subject.
///
/// Of images with the same push time, the first in the list count as the oldest. AWS does not
/// confirm that members of an index count among the newest, or that referrers do not.
pub fn evaluate(
    rules: &[LifecycleRule],
    images: &[LifecycleImage],
    now: DateTime<Utc>,
) -> Vec<LifecycleAction> {
    let mut acted: BTreeMap<usize, (Action, u32)> = BTreeMap::new();
    let mut spoken_for: BTreeSet<usize> = BTreeSet::new();
    for rule in rules {
        let selected: Vec<usize> =
            (0..images.len()).filter(|i| images[*i].subject.is_none() && rule.selects(&images[*i])).collect();
        for i in chosen(rule.count, &selected, images, now) {
            if !spoken_for.contains(&i) {
                acted.insert(i, (rule.action, rule.priority));
            }
        }
        spoken_for.extend(selected);
    }
    keep_members(&mut acted, images);
    let mut actions: BTreeMap<usize, LifecycleAction> = acted
        .into_iter()
        .map(|(i, (action, priority))| (i, of(&images[i], action, priority, Cause::Rule)))
        .collect();
    follow_subjects(&mut actions, images);
    actions.into_values().collect()
}

fn of(image: &LifecycleImage, action: Action, priority: u32, cause: Cause) -> LifecycleAction {
    LifecycleAction {
        digest: image.digest.clone(),
        tags: image.tags.clone(),
        incoming: image.incoming,
        action,
        priority,
        cause,
    }
}

/// The images that the rule's count picks from those it selects.
fn chosen(count: Count, selected: &[usize], images: &[LifecycleImage], now: DateTime<Utc>) -> Vec<usize> {
    let older_than = |days: u32, since: &dyn Fn(&LifecycleImage) -> Option<DateTime<Utc>>| {
        let age = TimeDelta::days(i64::from(days));
        let old = |i: &usize| since(&images[*i]).is_some_and(|since| now.signed_duration_since(since) > age);
        selected.iter().copied().filter(old).collect()
    };
    match count {
        Count::MoreThan(keep) => {
            let mut oldest_first = selected.to_vec();
            oldest_first.sort_by_key(|i| images[*i].born());
            oldest_first.truncate(oldest_first.len().saturating_sub(keep as usize));
            oldest_first
        }
        Count::DaysSincePushed(days) => older_than(days, &|image| Some(image.born())),
        Count::DaysSincePulled(days) => older_than(days, &|image| {
            Some(image.pulled.map_or(image.born(), |pulled| pulled.max(image.born())))
        }),
        Count::DaysSinceArchived(days) => older_than(days.max(MIN_ARCHIVED_DAYS), &|image| image.archived),
    }
}

/// Undoes the action on a member of an index that stays.
fn keep_members(acted: &mut BTreeMap<usize, (Action, u32)>, images: &[LifecycleImage]) {
    let place: HashMap<&Digest, usize> =
        images.iter().enumerate().map(|(i, image)| (&image.digest, i)).collect();
    let mut look: Vec<usize> = (0..images.len()).filter(|i| !images[*i].members.is_empty()).collect();
    while let Some(index) = look.pop() {
        for member in images[index].members.iter().filter_map(|member| place.get(member)) {
            let stays = match (acted.get(&index), acted.get(member)) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some((of_index, _)), Some((of_member, _))) => {
                    *of_index != Action::Expire && of_index != of_member
                }
            };
            if stays {
                acted.remove(member);
                // It may be an index itself.
                look.push(*member);
            }
        }
    }
}

fn follow_subjects(actions: &mut BTreeMap<usize, LifecycleAction>, images: &[LifecycleImage]) {
    let mut about: HashMap<&Digest, Vec<usize>> = HashMap::new();
    for (i, image) in images.iter().enumerate() {
        if let Some(subject) = &image.subject {
            about.entry(subject).or_default().push(i);
        }
    }
    let mut look: VecDeque<usize> = actions.keys().copied().collect();
    while let Some(subject) = look.pop_front() {
        let Some((action, priority)) = actions.get(&subject).map(|of| (of.action, of.priority)) else {
            continue;
        };
        for i in about.remove(&images[subject].digest).unwrap_or_default() {
            actions.entry(i).or_insert_with(|| {
                look.push_back(i);
                let cause = Cause::Subject { subject: images[subject].digest.clone() };
                of(&images[i], action, priority, cause)
            });
        }
    }
}
