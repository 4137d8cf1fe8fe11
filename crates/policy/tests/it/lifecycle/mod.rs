//! Lifecycle policies.

mod documented;
mod evaluation;
mod lint;
mod preview;
mod sparing;
mod speed;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::Digest;
use longshore_policy::lifecycle::{Action, Cause, LifecycleImage, LifecyclePolicy, evaluate};
use serde_json::{Value, json};

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn digest(name: char) -> Digest {
    format!("sha256:{}", format!("{:02x}", name as u32).repeat(32)).parse().unwrap()
}

pub(crate) fn policy(rules: Value) -> LifecyclePolicy {
    LifecyclePolicy::from_value(json!({ "rules": rules })).unwrap()
}

/// `A`, pushed this many days ago, with these tags.
pub(crate) fn image(name: char, days: i64, tags: &[&str]) -> LifecycleImage {
    LifecycleImage {
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        ..LifecycleImage::new(digest(name), now() - TimeDelta::days(days))
    }
}

pub(crate) fn count(priority: u32, status: Value, number: u32) -> Value {
    rule(priority, status, json!({ "countType": "imageCountMoreThan", "countNumber": number }), "expire")
}

pub(crate) fn age(priority: u32, status: Value, days: u32) -> Value {
    rule(
        priority,
        status,
        json!({ "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days }),
        "expire",
    )
}

pub(crate) fn rule(priority: u32, status: Value, count: Value, action: &str) -> Value {
    let mut selection = status.as_object().unwrap().clone();
    selection.extend(count.as_object().unwrap().clone());
    let action = match action {
        "transition" => json!({ "type": "transition", "targetStorageClass": "archive" }),
        other => json!({ "type": other }),
    };
    json!({ "rulePriority": priority, "selection": selection, "action": action })
}

pub(crate) fn prefixes(prefixes: &[&str]) -> Value {
    json!({ "tagStatus": "tagged", "tagPrefixList": prefixes })
}

pub(crate) fn patterns(patterns: &[&str]) -> Value {
    json!({ "tagStatus": "tagged", "tagPatternList": patterns })
}

pub(crate) fn any() -> Value {
    json!({ "tagStatus": "any" })
}

pub(crate) fn untagged() -> Value {
    json!({ "tagStatus": "untagged" })
}

/// The names of the images that expire (`A`) or are archived (`a`), with the rule's priority.
pub(crate) fn acts(rules: &[Value], images: &[LifecycleImage]) -> Vec<String> {
    let rules =
        policy(rules.iter().cloned().collect()).rules().map_err(|findings| format!("{findings:#?}")).unwrap();
    evaluate(&rules, images, now())
        .iter()
        .map(|action| {
            let name = ('A'..='Z').find(|name| digest(*name) == action.digest).unwrap();
            let name = if action.action == Action::Archive { name.to_ascii_lowercase() } else { name };
            let follows = if action.cause == Cause::Rule { "" } else { "*" };
            format!("{name}{}{follows}", action.priority)
        })
        .collect()
}
