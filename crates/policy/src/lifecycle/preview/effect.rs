//! The effect of a policy, with its reasons and its sums.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::described::{DescribedImage, DescribedImages};
use crate::{
    lifecycle::{
        Action, Count, InUse, LifecycleRule, StorageClass,
        evaluate::{Candidate, Decided, decide},
        explain_rule,
    },
    sentence,
};

/// What a policy would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview<'i> {
    /// The images on which it acts, the oldest first.
    pub images: Vec<PreviewedImage<'i>>,
    /// The images on which it would act if they were not in use, the oldest first.
    pub spared: Vec<SparedPreview<'i>>,
    /// The effect of each rule, by priority.
    pub rules: Vec<RuleEffect>,
    /// All of it together.
    pub totals: PreviewTotals,
    /// What limits the truth of this, in sentences.
    pub notes: Vec<String>,
}

/// An image on which a policy acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewedImage<'i> {
    /// The image.
    pub image: &'i DescribedImage,
    /// What happens.
    pub action: Action,
    /// The priority of the rule that acts.
    pub rule: u32,
    /// The count or the age that decided, in a sentence.
    pub reason: String,
    /// Whether it stays if an index lists it, which is not known here.
    pub unless_listed: bool,
}

/// An image that is spared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparedPreview<'i> {
    /// What would happen.
    pub would: PreviewedImage<'i>,
    /// Who or what uses it.
    pub used_by: String,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEffect {
    /// Its priority.
    pub rule: u32,
    /// The rule in a sentence.
    pub sentence: String,
    /// The images that expire, those that are archived, and those that are spared.
    pub expired: usize,
    /// See [`expired`](Self::expired).
    pub archived: usize,
    /// See [`expired`](Self::expired).
    pub spared: usize,
    /// The bytes of the images that expire.
    pub bytes_freed: u64,
}

/// What a policy does with all images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreviewTotals {
    /// All images of the repository.
    pub images: usize,
    /// Those that expire.
    pub expired: usize,
    /// Those that are archived.
    pub archived: usize,
    /// Those that would be acted on but are in use.
    pub spared: usize,
    /// Those on which no rule acts, spared ones included.
    pub kept: usize,
    /// The sizes of the images that expire.
    pub bytes_freed: u64,
    /// The sizes of the images that are archived.
    pub bytes_archived: u64,
}

/// What `rules` (by priority) would do with the images at a time. Images that are in use are spared, and
/// still count.
pub fn preview<'i>(
    rules: &[LifecycleRule],
    described: &'i DescribedImages,
    at: DateTime<Utc>,
    in_use: &dyn InUse,
) -> Preview<'i> {
    let images = &described.images;
    let candidates: Vec<Candidate<'_>> = images.iter().map(|image| image.candidate(at)).collect();
    let decided = decide(rules, &candidates, at, in_use);
    let has_index = images.iter().any(|image| image.is_index);
    let of = |decided: Decided| {
        let image = &images[decided.image];
        let reason = match decided.subject {
            None => decided.why.sentence(at),
            Some(subject) => format!(
                "It refers to {}, and follows it. {}",
                short(&images[subject].digest),
                decided.why.sentence(at)
            ),
        };
        let may_be_listed = image.tags.is_empty() && !image.is_index && image.subject.is_none();
        PreviewedImage {
            image,
            action: decided.action,
            rule: decided.priority,
            reason,
            unless_listed: has_index && may_be_listed,
        }
    };
    let mut acted: Vec<PreviewedImage<'i>> = decided.acted.into_iter().map(of).collect();
    let mut spared: Vec<SparedPreview<'i>> = decided
        .spared
        .into_iter()
        .map(|(decided, used_by)| SparedPreview { would: of(decided), used_by })
        .collect();
    acted.sort_by_key(|of| of.image.pushed.unwrap_or(at));
    spared.sort_by_key(|of| of.would.image.pushed.unwrap_or(at));
    let by_rule = effects(rules, &acted, &spared);
    let totals = totals(images.len(), &acted, spared.len());
    let notes = notes(rules, images, &totals);
    Preview { images: acted, spared, rules: by_rule, totals, notes }
}

fn effects(
    rules: &[LifecycleRule],
    acted: &[PreviewedImage<'_>],
    spared: &[SparedPreview<'_>],
) -> Vec<RuleEffect> {
    let none = |rule: &LifecycleRule| RuleEffect {
        rule: rule.priority,
        sentence: explain_rule(rule),
        expired: 0,
        archived: 0,
        spared: 0,
        bytes_freed: 0,
    };
    let mut effects: BTreeMap<u32, RuleEffect> =
        rules.iter().map(|rule| (rule.priority, none(rule))).collect();
    for of in acted {
        let Some(effect) = effects.get_mut(&of.rule) else { continue };
        match of.action {
            Action::Expire => {
                effect.expired += 1;
                effect.bytes_freed = effect.bytes_freed.saturating_add(of.image.bytes.unwrap_or_default());
            }
            Action::Archive => effect.archived += 1,
        }
    }
    for of in spared {
        if let Some(effect) = effects.get_mut(&of.would.rule) {
            effect.spared += 1;
        }
    }
    effects.into_values().collect()
}

fn totals(images: usize, acted: &[PreviewedImage<'_>], spared: usize) -> PreviewTotals {
    let mut totals = PreviewTotals { images, spared, kept: images - acted.len(), ..PreviewTotals::default() };
    for of in acted {
        let (count, bytes) = match of.action {
            Action::Expire => (&mut totals.expired, &mut totals.bytes_freed),
            Action::Archive => (&mut totals.archived, &mut totals.bytes_archived),
        };
        *count += 1;
        *bytes = bytes.saturating_add(of.image.bytes.unwrap_or_default());
    }
    totals
}

fn notes(rules: &[LifecycleRule], images: &[DescribedImage], totals: &PreviewTotals) -> Vec<String> {
    let mut notes = Vec::new();
    let count =
        |wanted: &dyn Fn(&DescribedImage) -> bool| images.iter().filter(|image| wanted(image)).count();
    let indexes = count(&|image| image.is_index);
    if indexes > 0 {
        notes.push(format!(
            "{} among the images. DescribeImages does not say which images an index lists, and reading that counts as \
             a pull: ECR keeps images without a tag that a kept index lists, even if they are named here.",
            are(indexes, "index", "indexes"),
        ));
    }
    if totals.spared > 0 {
        notes.push(format!(
            "ECR does not know what is in use. If it applies this policy, it also acts on {}.",
            if totals.spared == 1 {
                "the spared image".to_owned()
            } else {
                format!("the {} spared images", totals.spared)
            },
        ));
    }
    let archive_rule = rules.iter().any(|rule| rule.storage_class == StorageClass::Archive);
    if archive_rule && count(&|image| image.storage_class == StorageClass::Archive) == 0 {
        notes.push(
            "The policy has a rule for archived images, and there is none. `aws ecr describe-images` lists archived \
             images only with `--filter imageStatus=ANY`."
                .to_owned(),
        );
    }
    let activating = count(&|image| image.is_activating);
    if activating > 0 {
        let images = sentence::count(activating, "image is", "images are");
        notes.push(format!("{images} being restored from the archive, and counted as restored."));
    }
    let without_time = count(&|image| image.pushed.is_none());
    if without_time > 0 {
        let images = sentence::count(without_time, "image has", "images have");
        notes.push(format!("{images} no time of its push, and counted as pushed now."));
    }
    let by_pull = rules.iter().any(|rule| matches!(rule.count, Count::DaysSincePulled(_)));
    if by_pull && !images.is_empty() && count(&|image| image.pulled.is_some()) == 0 {
        notes.push("No image has a recorded pull, so the last push or restore counts.".to_owned());
    }
    if totals.bytes_freed > 0 {
        notes.push(
            "Sizes are those that ECR reports: layers that several images share are counted for each of them, so \
             fewer bytes may be freed."
                .to_owned(),
        );
    }
    notes
}

/// `1 index is`, `2 indexes are`.
fn are(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one} is") } else { format!("{number} {many} are") }
}

/// The algorithm and the first 12 digits.
fn short(digest: &str) -> String {
    match digest.split_once(':') {
        Some((algorithm, hex)) => format!("{algorithm}:{}", hex.chars().take(12).collect::<String>()),
        None => digest.to_owned(),
    }
}
