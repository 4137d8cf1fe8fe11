//! Lifecycle policies, carried out only when the sandbox's owner asks: what a day's evaluation
//! expires (User Guide, "LifecyclePolicies").

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{Digest, RegistryId, RepositoryName};
use serde_json::Value;

use crate::{
    Sandbox, SandboxError,
    access::policy::wildcard,
    error::CommitError,
    images::deletion,
    state::{ImageRecord, Mutation, RepositoryState, Storage},
};

impl Sandbox {
    /// Expires the images that the repository's lifecycle policy selects now, and returns them.
    /// Rules with `deleteReplication` replicate the deletions. Images that it selects for the archive are moved there.
    ///
    /// # Errors
    /// When there is no such repository, or it cannot be stored.
    pub async fn expire(
        &self,
        registry: &RegistryId,
        name: &RepositoryName,
    ) -> Result<Vec<Digest>, SandboxError> {
        let missing =
            || SandboxError::RepositoryNotFound { registry: registry.clone(), repository: name.clone() };
        let found = self.state.registry(registry).ok_or_else(missing)?;
        let repository = found.repository(name).ok_or_else(missing)?;
        let now = self.state.clock.now();
        let decide = move |content: &RepositoryState| -> Result<_, CommitError> {
            let decided = decided(content, now);
            let group = decided.iter().map(|Chosen { digest, fate, .. }| match fate {
                Fate::Expires => Mutation::RemoveImage { digest: digest.clone() },
                Fate::Transitions => Mutation::Stored { digest: digest.clone(), storage: archived(now) },
            });
            let expired = decided.iter().filter(|one| one.fate == Fate::Expires);
            Ok((group.collect(), expired.map(|one| one.digest.clone()).collect()))
        };
        deletion::commit(&self.state, &found, &repository, decide).await.map_err(|error| match error {
            CommitError::Deleted => missing(),
            CommitError::Storage(error) => error.into(),
        })
    }
}

/// What a policy does with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Expires,
    /// It moves to the archive.
    Transitions,
}

/// An image that a rule of a lifecycle policy acts on.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) digest: Digest,
    pub(crate) priority: i64,
    pub(crate) fate: Fate,
}

/// What the repository's own policy does at `now`, lists before their manifests.
fn decided(content: &RepositoryState, now: DateTime<Utc>) -> Vec<Chosen> {
    choose(content, content.settings.lifecycle_policy.as_deref().unwrap_or("{}"), now)
}

/// What a policy does at `now`, lists before their manifests.
pub(crate) fn choose(content: &RepositoryState, policy: &str, now: DateTime<Utc>) -> Vec<Chosen> {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return Vec::new() };
    let mut rules: Vec<&Value> = policy["rules"].as_array().into_iter().flatten().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
    // An image that a rule selects is out of reach of later rules, whether it is acted on or not.
    let (mut taken, mut chosen) = (BTreeSet::new(), BTreeMap::new());
    for rule in rules {
        let selection = &rule["selection"];
        let archived = selection["storageClass"] == "archive";
        let mut selected: Vec<&ImageRecord> = content
            .images
            .values()
            .filter(|image| image.storage.archived == archived && selects(selection, content, image))
            .collect();
        selected.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let number = selection["countNumber"].as_i64().unwrap_or(i64::MAX);
        let longer = |since: DateTime<Utc>| {
            now.signed_duration_since(since) > TimeDelta::try_days(number).unwrap_or(TimeDelta::MAX)
        };
        let counted = usize::try_from(number).unwrap_or(usize::MAX);
        let fate = match rule["action"]["type"].as_str() {
            Some("expire") => Some(Fate::Expires),
            Some("transition") => Some(Fate::Transitions),
            _ => None,
        };
        for (at, image) in selected.into_iter().enumerate() {
            let acts = match selection["countType"].as_str() {
                Some("imageCountMoreThan") => at >= counted,
                Some("sinceImagePushed") => longer(image.pushed_at),
                // Of an image that was never pulled the time of its push counts, and of a restored one that of its
                // restoration.
                Some("sinceImagePulled") => {
                    let pulled = image.last_pulled_at.unwrap_or(image.pushed_at);
                    longer(image.storage.last_activated_at.map_or(pulled, |at| at.max(pulled)))
                }
                Some("sinceImageTransitioned") => image.storage.last_archived_at.is_some_and(longer),
                _ => false,
            };
            if let Some(fate) = fate.filter(|_| taken.insert(image.digest.clone()) && acts) {
                let priority = rule["rulePriority"].as_i64().unwrap_or_default();
                let digest = image.digest.clone();
                chosen.insert(digest.clone(), Chosen { digest, priority, fate });
            }
        }
    }
    in_order(content, chosen.keys().cloned().collect())
        .into_iter()
        .filter_map(|digest| chosen.remove(&digest))
        .collect()
}

/// `tagStatus`, with every one of `tagPrefixList` or `tagPatternList` matched by some tag.
fn selects(selection: &Value, content: &RepositoryState, image: &ImageRecord) -> bool {
    let tags: Vec<&str> = content.tags_of(&image.digest).map(|tag| tag.as_str()).collect();
    let listed = |name: &str| {
        selection[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    match selection["tagStatus"].as_str() {
        Some("any") => true,
        Some("untagged") => tags.is_empty(),
        Some("tagged") => {
            let prefixed = |prefix: &&str| tags.iter().any(|tag| tag.starts_with(*prefix));
            let patterned = |pattern: &&str| tags.iter().any(|tag| wildcard(pattern, tag, false));
            !tags.is_empty()
                && listed("tagPrefixList").iter().all(prefixed)
                && listed("tagPatternList").iter().all(patterned)
        }
        _ => false,
    }
}

/// Of an image that moves to the archive.
pub(crate) fn archived(now: DateTime<Utc>) -> Storage {
    Storage { archived: true, last_archived_at: Some(now), last_activated_at: None }
}

/// Manifests of a list that stays are left out.
fn in_order(content: &RepositoryState, expired: BTreeSet<Digest>) -> Vec<Digest> {
    let (mut left, mut rest, mut order) = (expired, content.clone(), Vec::new());
    loop {
        let free: Vec<Digest> = left.iter().filter(|d| rest.parent_of(d).is_none()).cloned().collect();
        if free.is_empty() {
            return order;
        }
        for digest in free {
            rest.apply(&Mutation::RemoveImage { digest: digest.clone() });
            left.remove(&digest);
            order.push(digest);
        }
    }
}
