//! Images that the destination's own rules would remove after a copy. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_policy::lifecycle::{
    self, Cause, LifecycleAction, LifecycleImage, LifecycleRule, StorageClass, evaluate, explain_rule,
    with_incoming,
};
use longshore_registry::StoredImage;
use serde::{Deserialize, Serialize};

use crate::{EngineError, EngineErrorKind, Failure, PlannedImage};

/// The most images that a plan or a journal lists by name; the rest are counted.
pub(crate) const MOST_NAMED: usize = 1_000;
pub(crate) const MOST_KEPT: usize = 100;
/// The most images that are held by name while repositories are evaluated.
const MOST_HELD: usize = 8 * MOST_NAMED;
/// The most tags of an image that a plan lists.
const MOST_TAGS: usize = 10;

/// The effect of the destination's lifecycle policies after a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// Repositories with something to report, by name.
    pub repositories: Vec<RepositoryExpiry>,
}

/// The effect of one repository's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryExpiry {
    /// The repository at the destination.
    pub repository: RepositoryName,
    /// How many images would be removed or archived.
    pub total: usize,
    /// How many of them are about to be copied.
    pub incoming: usize,
    /// Some of them by name, those that are about to be copied first.
    pub images: Vec<Expiring>,
    /// Untagged images that the policy selects with or without the copy. They stay if an index of
    /// the repository lists them. Indexes are not read for this, since that would be a pull.
    #[serde(default)]
    pub untagged: usize,
    /// Why the policy's effect is unknown; then no images are listed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Failure>,
}

/// An image that would be removed or archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// Its digest.
    pub digest: Digest,
    /// Its tags, the first ten of them.
    pub tags: Vec<Tag>,
    /// How many more tags it has.
    #[serde(default)]
    pub more_tags: usize,
    /// Whether it is about to be copied; otherwise the repository already has it.
    pub incoming: bool,
    /// What happens to it: an archived image must be restored before it can be pulled.
    pub action: lifecycle::Action,
    /// The priority of the rule that acts.
    pub rule: u32,
    /// That rule in one sentence.
    pub reason: String,
    /// The image that it refers to and shares its fate with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Whether the same happens without the copy.
    pub anyway: bool,
}

impl Expiry {
    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.repositories.is_empty()
    }

    /// How many images would be removed or archived.
    pub fn total(&self) -> usize {
        self.repositories.iter().map(|of| of.total).sum()
    }

    /// How many of them are about to be copied.
    pub fn incoming(&self) -> usize {
        self.repositories.iter().map(|of| of.incoming).sum()
    }

    /// Whether a plan may run: no image would be removed or archived, or that was accepted.
    ///
    /// # Errors
    /// [`crate::EngineErrorKind::ExpiryNotAccepted`].
    pub fn agreed(&self, registry: &str, accepted: bool) -> Result<(), EngineError> {
        match self.total() {
            0 => Ok(()),
            _ if accepted => Ok(()),
            total => Err(EngineError::destination(EngineErrorKind::ExpiryNotAccepted {
                registry: registry.to_owned(),
                total,
                incoming: self.incoming(),
            })),
        }
    }

    /// Adds a repository. While repositories are added, more names are held than are kept in the
    /// end, but at most a few times as many.
    pub(crate) fn add(&mut self, of: RepositoryExpiry) {
        self.repositories.push(of);
        let named: usize = self.repositories.iter().map(|of| of.images.len()).sum();
        if named > MOST_HELD + self.repositories.len() {
            *self = std::mem::take(self).naming(MOST_HELD / 2);
        }
    }

    /// Replaces the results of every repository for which `later` has new ones.
    pub(crate) fn replace(&mut self, later: Self) {
        for of in later.repositories {
            self.repositories.retain(|before| before.repository != of.repository);
            self.add(of);
        }
    }

    /// Keeps at most this many images by name, some of each repository, in the order of
    /// repositories.
    pub(crate) fn naming(mut self, most: usize) -> Self {
        self.repositories.retain(|of| of.total + of.untagged > 0 || of.unknown.is_some());
        self.repositories.sort_by(|one, other| one.repository.cmp(&other.repository));
        let mut left = most;
        for (done, of) in self.repositories.iter_mut().enumerate().rev() {
            of.images.truncate((left / (done + 1)).max(1));
            left = left.saturating_sub(of.images.len());
        }
        self
    }
}

impl RepositoryExpiry {
    /// Records why a policy's effect is unknown.
    pub(crate) fn unknown(repository: RepositoryName, failure: Failure) -> Self {
        Self { repository, total: 0, incoming: 0, images: Vec::new(), untagged: 0, unknown: Some(failure) }
    }

    /// Evaluates a policy over the `stored` images and the `arriving` ones, which are pushed `now`
    /// in this order. The time grows with the number of images.
    pub(crate) fn of(
        repository: RepositoryName,
        rules: &[LifecycleRule],
        stored: &[StoredImage],
        arriving: &[LifecycleImage],
        now: DateTime<Utc>,
    ) -> Self {
        let existing: Vec<LifecycleImage> = stored.iter().map(|image| of_stored(image, now)).collect();
        let all = with_incoming(&existing, arriving);
        let without: BTreeSet<Digest> =
            evaluate(rules, &existing, now).into_iter().map(|action| action.digest).collect();
        let listed: BTreeMap<&Digest, bool> =
            stored.iter().map(|image| (&image.digest, image.is_index)).collect();
        let unread_index = all
            .iter()
            .any(|image| image.members.is_empty() && listed.get(&image.digest).copied().unwrap_or(false));
        let (mut going, mut untagged) = (Vec::new(), 0);
        for action in evaluate(rules, &all, now) {
            let anyway = without.contains(&action.digest);
            let is_index = listed.get(&action.digest).copied().unwrap_or(false);
            if anyway && unread_index && !is_index && action.tags.is_empty() && action.cause == Cause::Rule {
                untagged += 1;
                continue;
            }
            going.push((action, anyway));
        }
        let (total, incoming) = (going.len(), going.iter().filter(|(action, _)| action.incoming).count());
        going.sort_by_key(|(action, anyway)| (!action.incoming, *anyway));
        going.truncate(MOST_NAMED);
        let images = going.into_iter().map(|(action, anyway)| Expiring::of(action, rules, anyway)).collect();
        Self { repository, total, incoming, images, untagged, unknown: None }
    }
}

impl Expiring {
    fn of(action: LifecycleAction, rules: &[LifecycleRule], anyway: bool) -> Self {
        let rule = rules.iter().find(|rule| rule.priority == action.priority);
        let subject = match action.cause {
            Cause::Rule => None,
            Cause::Subject { subject } => Some(subject),
        };
        let mut tags = action.tags;
        tags.sort_unstable();
        let more_tags = tags.len().saturating_sub(MOST_TAGS);
        tags.truncate(MOST_TAGS);
        Self {
            digest: action.digest,
            tags,
            more_tags,
            incoming: action.incoming,
            action: action.action,
            rule: action.priority,
            reason: rule.map(explain_rule).unwrap_or_default(),
            subject,
            anyway,
        }
    }
}

fn of_stored(image: &StoredImage, now: DateTime<Utc>) -> LifecycleImage {
    LifecycleImage {
        tags: image.tags.clone(),
        pulled: image.pulled,
        archived: image.archived,
        activated: image.restored,
        storage_class: if image.is_archived { StorageClass::Archive } else { StorageClass::Standard },
        subject: image.subject.clone(),
        ..LifecycleImage::new(image.digest.clone(), image.pushed.unwrap_or(now))
    }
}

/// The manifests that are put for an image, in that order.
pub(crate) fn of_planned(image: &PlannedImage, now: DateTime<Utc>) -> Vec<LifecycleImage> {
    let Some(root) = &image.digest else { return Vec::new() };
    let new = |digest: &Digest| LifecycleImage::new(digest.clone(), now);
    let mut put: Vec<LifecycleImage> = image
        .manifests
        .iter()
        .filter(|manifest| manifest.descriptor.digest != *root)
        .map(|manifest| LifecycleImage {
            members: manifest.children.clone(),
            ..new(&manifest.descriptor.digest)
        })
        .collect();
    let members = image.manifest(root).map(|manifest| manifest.children.clone()).unwrap_or_default();
    put.push(LifecycleImage { tags: image.tag.iter().cloned().collect(), members, ..new(root) });
    for referrer in &image.referrers {
        let own = referrer.digest();
        for manifest in &referrer.manifests {
            let digest = &manifest.descriptor.digest;
            let is_own = own == Some(digest);
            // In cosign's older scheme a referrer is an image with a tag like any other.
            let subject = (is_own && referrer.tag.is_none()).then(|| referrer.subject.clone());
            let tags = if is_own { referrer.tag.iter().cloned().collect() } else { Vec::new() };
            put.push(LifecycleImage { tags, members: manifest.children.clone(), subject, ..new(digest) });
        }
    }
    put
}
