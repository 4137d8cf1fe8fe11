//! Changes one rule of a document and leaves the others as they are.

use serde_json::{Value, json};

use super::{
    ReplicationConfiguration, RuleDraft, canonical,
    rule::{destination_value, filter_value},
};
use crate::{ContentHash, EditError};

const RULE: &str = "rule";

impl ReplicationConfiguration {
    fn position(&self, hash: &ContentHash) -> Option<usize> {
        self.raw_rules().iter().rposition(|rule| canonical::hash(rule) == *hash)
    }

    fn rules_mut(&mut self) -> Option<&mut Vec<Value>> {
        self.raw.get_mut("rules").and_then(Value::as_array_mut)
    }

    /// Adds a rule after the others and returns the hash by which it is found again.
    ///
    /// # Errors
    /// [`EditError::AlreadyThere`] when the document already has a rule with the same content.
    pub fn add_rule(&mut self, draft: &RuleDraft) -> Result<ContentHash, EditError> {
        self.add_value(draft.to_value())
    }

    /// As [`add_rule`](Self::add_rule), for a rule as it was in a document: undoes a removal, with
    /// every field.
    ///
    /// # Errors
    /// [`EditError::AlreadyThere`] when the document already has a rule with the same content.
    pub fn add_value(&mut self, rule: Value) -> Result<ContentHash, EditError> {
        let hash = canonical::hash(&rule);
        if self.position(&hash).is_some() {
            return Err(EditError::AlreadyThere { what: RULE });
        }
        if let Some(rules) = self.rules_mut() {
            rules.push(rule);
        }
        Ok(hash)
    }

    /// Changes the rule that has this content. Fields that this version does not know are kept,
    /// including those of destinations and filters that stay.
    ///
    /// # Errors
    /// [`EditError::ChangedElsewhere`] when no rule has this content;
    /// [`EditError::AlreadyThere`] when another rule has the new one.
    pub fn replace_rule(&mut self, hash: &ContentHash, draft: &RuleDraft) -> Result<ContentHash, EditError> {
        let at = self.position(hash).ok_or(EditError::ChangedElsewhere { what: RULE })?;
        let replaced = overlay(&self.raw_rules()[at], draft);
        let new_hash = canonical::hash(&replaced);
        let taken =
            self.raw_rules().iter().enumerate().any(|(i, rule)| i != at && canonical::hash(rule) == new_hash);
        if taken {
            return Err(EditError::AlreadyThere { what: RULE });
        }
        if let Some(rule) = self.rules_mut().and_then(|rules| rules.get_mut(at)) {
            *rule = replaced;
        }
        Ok(new_hash)
    }

    /// Removes the rule that has this content and returns it unchanged.
    ///
    /// # Errors
    /// [`EditError::ChangedElsewhere`] when no rule has this content.
    pub fn remove_rule(&mut self, hash: &ContentHash) -> Result<Value, EditError> {
        let missing = EditError::ChangedElsewhere { what: RULE };
        let at = self.position(hash).ok_or(missing.clone())?;
        self.rules_mut().map(|rules| rules.remove(at)).ok_or(missing)
    }
}

/// The draft's content written into the fields of `old`.
fn overlay(old: &Value, draft: &RuleDraft) -> Value {
    let Value::Object(old) = old else { return draft.to_value() };
    let mut rule = old.clone();
    let keep = |key: &str, new: Value, same: &[&str]| -> Value {
        let olds = old.get(key).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let equal = |o: &&Value| same.iter().all(|field| o.get(field) == new.get(field));
        olds.iter().find(equal).cloned().unwrap_or(new)
    };
    let destinations = draft.destinations.iter().map(destination_value);
    rule.insert(
        "destinations".into(),
        destinations.map(|d| keep("destinations", d, &["region", "registryId"])).collect(),
    );
    if draft.filters.is_empty() {
        rule.shift_remove("repositoryFilters");
    } else {
        let filters = draft.filters.iter().map(filter_value);
        rule.insert(
            "repositoryFilters".into(),
            filters.map(|f| keep("repositoryFilters", f, &["filter", "filterType"])).collect(),
        );
    }
    match rule.get_mut("deleteReplication") {
        Some(Value::Object(delete)) => {
            delete.insert("enabled".into(), draft.delete_replication.into());
        }
        _ if draft.delete_replication => {
            rule.insert("deleteReplication".into(), json!({ "enabled": true }));
        }
        _ => {}
    }
    Value::Object(rule)
}
