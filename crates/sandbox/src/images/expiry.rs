//! Lifecycle policies, carried out only when the sandbox's owner asks: what a day's evaluation
//! expires (User Guide, "LifecyclePolicies").

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{Digest, RegistryId, RepositoryName};
use serde_json::Value;

use crate::{
    Sandbox, SandboxError,
    access::policy::wildcard,
    error::CommitError,
    images::deletion,
    state::{ImageRecord, Mutation, RepositoryState},
};

impl Sandbox {
    /// Expires the images that the repository's lifecycle policy selects now, and returns them.
    /// Rules with `deleteReplication` replicate the deletions. Archiving is not carried out.
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
            let expired = expired(content, now);
            let group = expired.iter().map(|digest| Mutation::RemoveImage { digest: digest.clone() });
            Ok((group.collect(), expired))
        };
        deletion::commit(&self.state, &found, &repository, decide).await.map_err(|error| match error {
            CommitError::Deleted => missing(),
            CommitError::Storage(error) => error.into(),
        })
    }
}

/// What the policy expires at `now`, lists before their manifests.
fn expired(content: &RepositoryState, now: DateTime<Utc>) -> Vec<Digest> {
    let policy = content.settings.lifecycle_policy.as_deref().unwrap_or("{}");
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return Vec::new() };
    let mut rules: Vec<&Value> = policy["rules"].as_array().into_iter().flatten().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
    // An image that a rule selects is out of reach of later rules, whether it expires or not.
    let (mut taken, mut expired) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules {
        let selection = &rule["selection"];
        let mut selected: Vec<&ImageRecord> =
            content.images.values().filter(|image| selects(selection, content, image)).collect();
        selected.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let number = selection["countNumber"].as_i64().unwrap_or(i64::MAX);
        let old = |image: &ImageRecord| {
            let age = TimeDelta::try_days(number).unwrap_or(TimeDelta::MAX);
            now.signed_duration_since(image.pushed_at) > age
        };
        let counted = usize::try_from(number).unwrap_or(usize::MAX);
        for (at, image) in selected.into_iter().enumerate() {
            let goes = match selection["countType"].as_str() {
                _ if rule["action"]["type"] != "expire" => false,
                Some("imageCountMoreThan") => at >= counted,
                Some("sinceImagePushed") => old(image),
                _ => false,
            };
            if taken.insert(image.digest.clone()) && goes {
                expired.insert(image.digest.clone());
            }
        }
    }
    in_order(content, expired)
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
