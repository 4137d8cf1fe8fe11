//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use std::collections::BTreeSet;

use super::fit::Gap;
use crate::{
    iam::{
        authorize::context::{Known, Request},
        condition,
    },
    pattern::Pattern,
};

/// Why a text has no value.
pub(super) enum Unresolved {
    /// The request has no such key, or the key can have several values: nothing matches, and a comparison that
    /// asks for a difference does not hold either.
    Invalid,
    /// It depends on keys that are not known.
    Unknown(BTreeSet<Gap>),
}

/// The pattern that a text writes, with its variables replaced. A value that replaces one has no
/// wildcards.
pub(super) fn resolved(text: &str, request: &Request<'_>) -> Result<Pattern, Unresolved> {
    let mut pattern = Pattern::default();
    let (mut gaps, mut invalid) = (BTreeSet::new(), false);
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        rest[..start].chars().for_each(|c| pattern.push(c));
        let inside = &rest[start + 2..start + length];
        rest = &rest[start + length + 1..];
        if ["*", "?", "$"].contains(&inside) {
            pattern.push_literal(inside);
            continue;
        }
        let (key, default) = key_and_default(inside);
        let value = match request.key(key) {
            _ if condition::is_multivalued(key) => None,
            Known::Values(values) => <[String; 1]>::try_from(values).ok().map(|[value]| value),
            Known::Absent => None,
            Known::Unknown => {
                gaps.insert(Gap::key(key));
                continue;
            }
        };
        match value.as_deref().or(default) {
            Some(value) => pattern.push_literal(value),
            None => invalid = true,
        }
    }
    rest.chars().for_each(|c| pattern.push(c));
    match (invalid, gaps.is_empty()) {
        (true, _) => Err(Unresolved::Invalid),
        (false, false) => Err(Unresolved::Unknown(gaps)),
        (false, true) => Ok(pattern),
    }
}

/// `key, 'default'` as its two parts.
fn key_and_default(inside: &str) -> (&str, Option<&str>) {
    let Some((key, default)) = inside.split_once(',') else { return (inside.trim(), None) };
    let default = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match default {
        Some(default) => (key.trim(), Some(default)),
        None => (inside.trim(), None),
    }
}
