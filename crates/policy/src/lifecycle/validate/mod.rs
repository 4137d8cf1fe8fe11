//! Validates a lifecycle policy: what ECR refuses, and what is valid but does something else than it
//! seems to.
//!
//! Source: User Guide, "Lifecycle policy parameters" and "Lifecycle policies", evaluation rules; lengths
//! of the ECR API model.

mod cover;
mod reader;
mod rule;
mod tags;
mod together;

use reader::Reader;

use super::{LifecyclePolicy, LifecycleRule, MAX_CHARACTERS, MAX_RULES, MIN_CHARACTERS};
use crate::{FieldPath, Finding};

/// All problems of the policy and notes about it; fields are paths in the document.
pub fn validate(policy: &LifecyclePolicy) -> Vec<Finding> {
    read(policy).1
}

/// The rules that can be parsed, in the order of the document, and the findings.
pub(super) fn read(policy: &LifecyclePolicy) -> (Vec<LifecycleRule>, Vec<Finding>) {
    let mut reader = Reader::default();
    for key in policy.other_fields() {
        reader.unknown(FieldPath::new(key), key, &["rules"]);
    }
    let raw = policy.raw_rules();
    let at = FieldPath::new("rules");
    if raw.is_empty() {
        reader.error("lifecycle-empty", at.clone(), "A policy needs a rule; delete the policy instead.");
    }
    if raw.len() > MAX_RULES {
        let text = format!("The policy has {} rules; ECR allows {MAX_RULES}.", raw.len());
        reader.error("lifecycle-too-many-rules", at.clone(), text);
    }
    let is_short = length(&mut reader, policy);
    let rules: Vec<(FieldPath, LifecycleRule)> = raw
        .iter()
        .enumerate()
        .filter_map(|(i, value)| {
            let at = at.item(i);
            reader.rule(value, &at).map(|rule| (at, rule))
        })
        .collect();
    // Rules beyond ECR's limits are not compared with each other, which takes the square of their number.
    if is_short && raw.len() <= MAX_RULES {
        reader.together(&rules);
    }
    (rules.into_iter().map(|(_, rule)| rule).collect(), reader.findings)
}

/// Checks the length; whether it is not above the limit.
fn length(reader: &mut Reader, policy: &LifecyclePolicy) -> bool {
    let characters = policy.to_text().chars().count();
    let whole = FieldPath::new("");
    if characters > MAX_CHARACTERS {
        let text = format!("The policy has {characters} characters; ECR allows {MAX_CHARACTERS}.");
        reader.error("lifecycle-too-long", whole, text);
    } else if characters < MIN_CHARACTERS {
        let text = format!("The policy has {characters} characters; ECR requires at least {MIN_CHARACTERS}.");
        reader.error("lifecycle-too-short", whole, text);
    }
    characters <= MAX_CHARACTERS
}
