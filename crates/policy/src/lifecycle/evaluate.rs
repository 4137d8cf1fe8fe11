//! What a policy would do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{Digest, Tag};
use serde::Serialize;

use super::{Action, Count, LifecycleImage, LifecycleRule, MIN_ARCHIVED_DAYS};

/// What would happen to an image.
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
    /// The priority of the rule that acts.
    pub priority: u32,
    /// Why.
    pub cause: Cause,
}

/// Why something happens to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// The rule chose it.
    Rule,
    /// The rule chose the image that it is about, and it follows within a day.
    Subject {
        /// That image.
        subject: Digest,
    },
}

/// What `rules` (by priority, as [`LifecyclePolicy::rules`](super::LifecyclePolicy::rules) gives
/// them) would do with `images` at `now`; in the order of the images.
///
/// * All rules look at all images at once; then they act by priority.
/// * An image that a rule is about by its tags is left alone by every later rule, but counts there.
/// * The members of an index stay as long as the index does.
/// * Signatures and the like are not chosen themselves, they follow what they are about.
///
/// Of images with the same push time, those that stand first are the older ones. That members of an
/// index count among the newest, and that referrers do not, is not confirmed by AWS.
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

/// Those of the selected images that the rule's count chooses.
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

/// Takes back what would happen to a member of an index that stays.
fn keep_members(acted: &mut BTreeMap<usize, (Action, u32)>, images: &[LifecycleImage]) {
    let place: BTreeMap<&Digest, usize> =
        images.iter().enumerate().map(|(i, image)| (&image.digest, i)).collect();
    let memberships: Vec<(usize, usize)> = images
        .iter()
        .enumerate()
        .flat_map(|(index, image)| image.members.iter().map(move |member| (index, member)))
        .filter_map(|(index, member)| Some((index, *place.get(member)?)))
        .collect();
    // An index may itself be a member, so again until nothing changes.
    loop {
        let kept: Vec<usize> = memberships
            .iter()
            .filter(|(index, member)| match (acted.get(index), acted.get(member)) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some((of_index, _)), Some((of_member, _))) => {
                    *of_index != Action::Expire && of_index != of_member
                }
            })
            .map(|(_, member)| *member)
            .collect();
        if kept.is_empty() {
            return;
        }
        for member in kept {
            acted.remove(&member);
        }
    }
}

fn follow_subjects(actions: &mut BTreeMap<usize, LifecycleAction>, images: &[LifecycleImage]) {
    let mut gone: BTreeMap<Digest, (Action, u32)> =
        actions.values().map(|action| (action.digest.clone(), (action.action, action.priority))).collect();
    loop {
        let mut more = false;
        for (i, image) in images.iter().enumerate() {
            let Some(subject) = &image.subject else { continue };
            if let (Some((action, priority)), false) = (gone.get(subject).copied(), actions.contains_key(&i))
            {
                actions.insert(i, of(image, action, priority, Cause::Subject { subject: subject.clone() }));
                gone.insert(image.digest.clone(), (action, priority));
                more = true;
            }
        }
        if !more {
            return;
        }
    }
}
