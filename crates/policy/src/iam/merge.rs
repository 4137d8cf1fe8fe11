//! Merges two people's changes to one policy, statement by statement.

use serde_json::{Map, Value};

use super::{Policy, StatementView};
use crate::{ContentHash, json::same_json};

impl Policy {
    /// Appends the statements of another policy, each unchanged. Statements whose content it
    /// already has are skipped.
    pub fn append(&mut self, other: &Policy) {
        let known: Vec<_> = self.statements().into_iter().map(|statement| statement.hash).collect();
        let more = other.statements().into_iter().filter(|statement| !known.contains(&statement.hash));
        let mut all: Vec<Value> = self.raw_statements().into_iter().cloned().collect();
        all.extend(more.map(|statement| statement.raw));
        self.raw.insert("Statement".into(), Value::Array(all));
    }
}

/// Applies the changes from `base` to `edited` to `now`. `None` is a registry without a policy.
///
/// # Errors
/// The names of everything that both changed in different ways, if there is any.
pub fn merge(base: Option<&Policy>, edited: &Policy, now: Option<&Policy>) -> Result<Policy, Vec<String>> {
    let empty = Policy::empty();
    let (base, now) = (base.unwrap_or(&empty), now.unwrap_or(&empty));
    let mut conflicts = Vec::new();
    let (was, is, wanted) = (base.statements(), now.statements(), edited.statements());
    let has = |list: &[StatementView], one: &StatementView| list.iter().any(|s| s.hash == one.hash);
    let named = |list: &[StatementView], one: &StatementView| {
        list.iter().find(|s| one.sid.is_some() && s.sid == one.sid).cloned()
    };
    // Statements that one side has and that no Sid links to an old one: each may be an edited copy
    // of any removed statement.
    let fresh = |list: &[StatementView]| -> Vec<ContentHash> {
        let is_fresh = |s: &&StatementView| !has(&was, s) && named(&was, s).is_none();
        let mut hashes: Vec<_> = list.iter().filter(is_fresh).map(|s| s.hash.clone()).collect();
        hashes.sort_unstable();
        hashes
    };
    let removed_twice = fresh(&wanted) == fresh(&is);
    let mut out: Vec<Value> = Vec::new();
    let mut placed = Vec::new();
    for statement in &is {
        // Unchanged in the registry, and edited or removed here.
        if has(&was, statement) && !has(&wanted, statement) {
            if let Some(new) = named(&wanted, statement).filter(|new| !has(&is, new)) {
                placed.push(new.hash.clone());
                out.push(new.raw);
            }
            continue;
        }
        out.push(statement.raw.clone());
    }
    for gone in was.iter().filter(|old| !has(&wanted, old) && !has(&is, old)) {
        // Edited or removed here, and changed or removed in the registry.
        let (here, there) = (named(&wanted, gone), named(&is, gone));
        let alike = match (&here, &there) {
            (Some(here), Some(there)) => here.hash == there.hash,
            (None, None) => removed_twice,
            _ => false,
        };
        if !alike {
            conflicts.push(name(gone));
        }
    }
    for new in wanted.iter().filter(|new| !has(&was, new) && !has(&is, new)) {
        if placed.contains(&new.hash) {
            continue;
        }
        let taken = named(&is, new).is_some_and(|there| !has(&was, &there));
        if taken && !conflicts.contains(&name(new)) {
            conflicts.push(name(new));
        }
        out.push(new.raw.clone());
    }
    let mut raw = merge_fields(&base.raw, &edited.raw, &now.raw, &mut conflicts);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    raw.insert("Statement".into(), Value::Array(out));
    Ok(Policy { raw })
}

/// The fields other than the statements.
fn merge_fields(
    base: &Map<String, Value>,
    edited: &Map<String, Value>,
    now: &Map<String, Value>,
    conflicts: &mut Vec<String>,
) -> Map<String, Value> {
    let same = |a: Option<&Value>, b: Option<&Value>| match (a, b) {
        (Some(a), Some(b)) => same_json(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let mut raw = Map::new();
    let mut keys: Vec<&String> = now.keys().collect();
    keys.extend(edited.keys().filter(|key| !now.contains_key(*key)));
    keys.extend(base.keys().filter(|key| !now.contains_key(*key) && !edited.contains_key(*key)));
    for key in keys {
        let (was, wanted, is) = (base.get(key), edited.get(key), now.get(key));
        if key != "Statement" && !same(was, wanted) && !same(was, is) && !same(wanted, is) {
            conflicts.push(format!("`{key}`"));
        }
        let value = if same(was, wanted) { is } else { wanted };
        if let Some(value) = value {
            raw.insert(key.clone(), value.clone());
        }
    }
    raw
}

fn name(statement: &StatementView) -> String {
    match &statement.sid {
        Some(sid) => format!("statement `{sid}`"),
        None => format!("statement {} (without a Sid)", statement.index + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(statements: &[(&str, &str)]) -> Policy {
        let all: Vec<_> = statements
            .iter()
            .map(|(sid, resource)| {
                format!(
                    r#"{{"Sid":"{sid}","Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"ecr:ReplicateImage","Resource":"{resource}"}}"#
                )
            })
            .collect();
        Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","))).unwrap()
    }

    fn sids(policy: &Policy) -> Vec<String> {
        policy.statements().into_iter().filter_map(|s| s.sid).collect()
    }

    #[test]
    fn what_two_people_changed_in_different_statements_is_both_there() {
        let base = policy(&[("A", "1"), ("B", "1"), ("C", "1")]);
        let edited = policy(&[("A", "2"), ("B", "1"), ("Mine", "1")]);
        let now = policy(&[("A", "1"), ("B", "9"), ("C", "1"), ("Theirs", "1")]);
        let merged = merge(Some(&base), &edited, Some(&now)).unwrap();
        assert_eq!(merged, policy(&[("A", "2"), ("B", "9"), ("Theirs", "1"), ("Mine", "1")]));
        assert_eq!(sids(&merged), ["A", "B", "Theirs", "Mine"]);
    }

    #[test]
    fn what_both_changed_is_named() {
        let base = policy(&[("A", "1"), ("B", "1")]);
        for (edited, now, named) in [
            (policy(&[("A", "2"), ("B", "1")]), policy(&[("A", "3"), ("B", "1")]), "statement `A`"),
            (policy(&[("B", "1")]), policy(&[("A", "3"), ("B", "1")]), "statement `A`"),
            (policy(&[("A", "2"), ("B", "1")]), policy(&[("B", "1")]), "statement `A`"),
            (
                policy(&[("A", "1"), ("B", "1"), ("New", "1")]),
                policy(&[("A", "1"), ("B", "1"), ("New", "2")]),
                "statement `New`",
            ),
        ] {
            assert_eq!(merge(Some(&base), &edited, Some(&now)).unwrap_err(), [named]);
        }
    }

    /// A policy of statements without a Sid; `+` before a resource gives its statement one.
    fn bare(resources: &[&str]) -> Policy {
        let all: Vec<_> = resources
            .iter()
            .map(|text| {
                let resource = text.trim_start_matches('+');
                let sid = if *text == resource { "" } else { r#""Sid":"Given","# };
                format!(
                    r#"{{{sid}"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"{resource}"}}"#
                )
            })
            .collect();
        Policy::parse(&format!(r#"{{"Statement":[{}]}}"#, all.join(","))).unwrap()
    }

    #[test]
    fn an_edit_undoes_no_removal_of_a_statement_without_a_sid_and_keeps_no_wider_copy_of_it() {
        let base = bare(&["prod/*", "dev/*"]);
        for (edited, now) in [
            // Removed in the registry, edited here; the second gets its Sid from a fix.
            (bare(&["prod/a", "dev/*"]), bare(&["dev/*"])),
            (bare(&["+prod/*", "dev/*"]), bare(&["dev/*"])),
            // Edited in the registry, removed here.
            (bare(&["dev/*"]), bare(&["*", "dev/*"])),
            (bare(&["dev/*"]), bare(&["+*", "dev/*"])),
            // Edited on both sides.
            (bare(&["prod/a", "dev/*"]), bare(&["*", "dev/*"])),
            (bare(&["prod/a", "dev/*"]), bare(&["+prod/*", "dev/*"])),
        ] {
            let conflicts = merge(Some(&base), &edited, Some(&now)).unwrap_err();
            assert_eq!(conflicts, ["statement 1 (without a Sid)"], "{edited:?} {now:?}");
        }
        let renamed = policy(&[("B", "1")]);
        let conflicts = merge(Some(&policy(&[("A", "1")])), &renamed, None).unwrap_err();
        assert_eq!(conflicts, ["statement `A`"], "another Sid on one side, removed on the other");
    }

    #[test]
    fn statements_without_a_sid_are_merged_where_only_one_side_changed_them() {
        let base = bare(&["prod/*", "dev/*"]);
        let merged = |edited: &[&str], now: &[&str]| {
            merge(Some(&base), &bare(edited), Some(&bare(now))).unwrap_or_else(|both| panic!("{both:?}"))
        };
        assert_eq!(merged(&["prod/a", "dev/*"], &["prod/*", "dev/b"]), bare(&["prod/a", "dev/b"]));
        assert_eq!(merged(&["dev/*"], &["prod/*", "dev/*", "new"]), bare(&["dev/*", "new"]));
        assert_eq!(merged(&["dev/*"], &["dev/*"]), bare(&["dev/*"]), "removed on both sides");
        assert_eq!(merged(&["dev/*", "prod/a"], &["dev/*", "prod/a"]), bare(&["dev/*", "prod/a"]));
    }

    #[test]
    fn the_same_change_twice_is_one_change() {
        let base = policy(&[("A", "1")]);
        let edited = policy(&[("A", "2")]);
        assert_eq!(merge(Some(&base), &edited, Some(&edited)).unwrap(), edited);
        assert_eq!(merge(None, &edited, None).unwrap(), edited);
    }

    #[test]
    fn numbers_keep_their_text_through_a_merge() {
        let odd = r#"{"Sid":"Odd","Effect":"Deny","Condition":{"NumericEquals":{"a":[1.0,1.50,1e5,12345678901234567890,123456789012345678901]}}}"#;
        let theirs = Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{odd}]}}"#)).unwrap();
        let mine = policy(&[("Mine", "1")]);
        assert!(merge(None, &mine, Some(&theirs)).unwrap().to_text().contains(odd));
        let mut both = mine;
        both.append(&theirs);
        assert!(both.to_text().contains(odd));
        assert!(both.pretty().contains("1.50,"));
    }

    #[test]
    fn appending_keeps_fields_and_what_is_there() {
        let mut one = Policy::parse(r#"{"Id":"x","Statement":{"Sid":"A"}}"#).unwrap();
        one.append(&Policy::parse(r#"{"Statement":[{"Sid":"B"},{"Sid":"A"}]}"#).unwrap());
        assert_eq!(one.to_text(), r#"{"Id":"x","Statement":[{"Sid":"A"},{"Sid":"B"}]}"#);
    }
}
