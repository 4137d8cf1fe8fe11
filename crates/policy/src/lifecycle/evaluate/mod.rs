//! Evaluates what a policy would do.

mod candidate;
mod decide;
mod select;
mod set;
mod why;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use serde::Serialize;

pub(super) use candidate::{Candidate, born};
pub(super) use decide::{Decided, decide};
pub use why::{AgeFrom, Why};

use super::{Action, InUse, LifecycleImage, LifecycleRule, NothingInUse};

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
    /// Whether the rule selected the image or its subject.
    pub cause: Cause,
    /// The count or the age that decided, about its subject if it follows one.
    pub why: Why,
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

/// An image on which a policy would act if it were not in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SparedImage {
    /// What would happen.
    pub action: LifecycleAction,
    /// Who or what uses the image, as [`InUse::used_by`] says it.
    pub used_by: String,
}

/// What a policy would do, and what it would leave because of [`InUse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// In the order of the images.
    pub actions: Vec<LifecycleAction>,
    /// In the order of the images.
    pub spared: Vec<SparedImage>,
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
    evaluate_sparing(rules, images, now, &NothingInUse).actions
}

/// As [`evaluate`], without the images that are in use. They are still selected and counted, so that no
/// other image goes in their place; and what follows them, or is listed by them, stays too.
pub fn evaluate_sparing(
    rules: &[LifecycleRule],
    images: &[LifecycleImage],
    now: DateTime<Utc>,
    in_use: &dyn InUse,
) -> Evaluation {
    let candidates: Vec<Candidate<'_>> = images.iter().map(Candidate::from).collect();
    let decided = decide(rules, &candidates, now, in_use);
    let of = |decided: Decided| {
        let image = &images[decided.image];
        LifecycleAction {
            digest: image.digest.clone(),
            tags: image.tags.clone(),
            incoming: image.incoming,
            action: decided.action,
            priority: decided.priority,
            cause: match decided.subject {
                None => Cause::Rule,
                Some(subject) => Cause::Subject { subject: images[subject].digest.clone() },
            },
            why: decided.why,
        }
    };
    let spared = |(decided, used_by)| SparedImage { action: of(decided), used_by };
    Evaluation {
        actions: decided.acted.into_iter().map(of).collect(),
        spared: decided.spared.into_iter().map(spared).collect(),
    }
}
