//! Validates a lifecycle policy.
//!
//! Source: User Guide, "Lifecycle policy parameters" and "Lifecycle policies", evaluation rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Action, Count, LifecyclePolicy, LifecycleRule, MAX_CHARACTERS, MAX_RULES, MAX_WILDCARDS,
    MIN_ARCHIVED_DAYS, StorageClass, TagSelection,
};
use crate::{FieldPath, Finding, Severity};

/// All problems of the policy and notes about it; fields are paths in the document.
pub fn validate(policy: &LifecyclePolicy) -> Vec<Finding> {
    read(policy).1
}

/// The rules that can be parsed, in the order of the document, and the findings.
pub(super) fn read(policy: &LifecyclePolicy) -> (Vec<LifecycleRule>, Vec<Finding>) {
    let mut reader = Reader { findings: Vec::new() };
    for key in policy.other_fields() {
        reader.unknown(FieldPath::new(key), key);
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
    let characters = policy.to_text().chars().count();
    if characters > MAX_CHARACTERS {
        let text = format!("The policy has {characters} characters; ECR allows {MAX_CHARACTERS}.");
        reader.error("lifecycle-too-long", FieldPath::new(""), text);
    }
    let rules: Vec<(FieldPath, LifecycleRule)> = raw
        .iter()
        .enumerate()
        .filter_map(|(i, value)| {
            let at = at.item(i);
            reader.rule(value, &at).map(|rule| (at, rule))
        })
        .collect();
    reader.together(&rules);
    (rules.into_iter().map(|(_, rule)| rule).collect(), reader.findings)
}

struct Reader {
    findings: Vec<Finding>,
}

impl Reader {
    fn error(&mut self, code: &'static str, at: FieldPath, text: impl Into<String>) {
        self.findings.push(Finding::error(code, text).at(at));
    }

    fn unknown(&mut self, at: FieldPath, key: &str) {
        let text = format!("`{key}` is not known to this version; it is kept, but its effect is unknown.");
        self.findings.push(Finding::warning("lifecycle-unknown-field", text).at(at));
    }

    /// An object; keys other than `known` are reported.
    fn object<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &FieldPath,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(Value::Object(object)) = value else {
            self.error(
                "lifecycle-shape",
                at.clone(),
                "This must be an object, but it is missing or something else.",
            );
            return None;
        };
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(at.child(key), key);
        }
        Some(object)
    }

    /// A word from a list, with its meaning.
    fn word<T: Copy>(&mut self, value: Option<&Value>, at: FieldPath, words: &[(&str, T)]) -> Option<T> {
        let found = value.and_then(Value::as_str);
        let meaning = words.iter().find(|(word, _)| Some(*word) == found).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.error("lifecycle-word", at, format!("This is {}.", crate::sentence::list(&words, "or")));
        }
        meaning
    }

    fn positive(&mut self, value: Option<&Value>, at: FieldPath) -> Option<u32> {
        let number =
            value.and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok()).filter(|n| *n > 0);
        if number.is_none() {
            self.error("lifecycle-number", at, "This must be a whole number of at least 1.");
        }
        number
    }

    fn texts(&mut self, value: &Value, at: &FieldPath) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = value.as_array().filter(|list| !list.is_empty()).and_then(|list| {
            list.iter().map(|text| text.as_str().filter(|t| !t.is_empty()).map(str::to_owned)).collect()
        });
        if texts.is_none() {
            self.error("lifecycle-tags", at.clone(), "This must be a list of at least one string.");
        }
        texts
    }

    fn rule(&mut self, value: &Value, at: &FieldPath) -> Option<LifecycleRule> {
        let rule = self.object(Some(value), at, &["rulePriority", "description", "selection", "action"])?;
        let priority = self.positive(rule.get("rulePriority"), at.child("rulePriority"));
        let selection_at = at.child("selection");
        let known = [
            "tagStatus",
            "tagPatternList",
            "tagPrefixList",
            "storageClass",
            "countType",
            "countUnit",
            "countNumber",
        ];
        let selection = self.object(rule.get("selection"), &selection_at, &known);
        let action_at = at.child("action");
        let action = self.object(rule.get("action"), &action_at, &["type", "targetStorageClass"]);
        let (selection, action) = (selection?, action?);
        let tags = self.tags(selection, &selection_at);
        let storage_class = match selection.get("storageClass") {
            None => Some(StorageClass::Standard),
            class => self.word(class, selection_at.child("storageClass"), &STORAGE_CLASSES),
        };
        let count = self.count(selection, &selection_at);
        let action = self.action(action, &action_at);
        let rule = LifecycleRule {
            priority: priority?,
            description: rule.get("description").and_then(Value::as_str).map(str::to_owned),
            tags: tags?,
            storage_class: storage_class?,
            count: count?,
            action: action?,
        };
        self.combination(&rule, at);
        Some(rule)
    }

    fn tags(&mut self, selection: &Map<String, Value>, at: &FieldPath) -> Option<TagSelection> {
        let (patterns, prefixes) = (selection.get("tagPatternList"), selection.get("tagPrefixList"));
        let status = self.word(
            selection.get("tagStatus"),
            at.child("tagStatus"),
            &[("tagged", 0), ("untagged", 1), ("any", 2)],
        )?;
        if status != 0 {
            for key in ["tagPatternList", "tagPrefixList"] {
                if selection.contains_key(key) {
                    let text = format!("`{key}` is allowed only with `tagStatus: tagged`.");
                    self.error("lifecycle-tags", at.child(key), text);
                    return None;
                }
            }
            return Some(if status == 1 { TagSelection::Untagged } else { TagSelection::Any });
        }
        match (patterns, prefixes) {
            (Some(_), Some(_)) => {
                let text = "A rule can have `tagPatternList` or `tagPrefixList`, not both.";
                self.error("lifecycle-tags", at.child("tagPrefixList"), text);
                None
            }
            (None, None) => {
                let text = "`tagStatus: tagged` requires `tagPatternList` or `tagPrefixList`.";
                self.error("lifecycle-tags", at.child("tagStatus"), text);
                None
            }
            (Some(patterns), None) => {
                let at = at.child("tagPatternList");
                let patterns = self.texts(patterns, &at)?;
                for (i, pattern) in patterns.iter().enumerate() {
                    let stars = pattern.matches('*').count();
                    if stars > MAX_WILDCARDS {
                        let text = format!("A pattern has at most {MAX_WILDCARDS} `*`, this has {stars}.");
                        self.error("lifecycle-wildcards", at.item(i), text);
                    }
                }
                Some(TagSelection::Patterns { patterns })
            }
            (None, Some(prefixes)) => {
                let at = at.child("tagPrefixList");
                let prefixes = self.texts(prefixes, &at)?;
                for (i, prefix) in prefixes.iter().enumerate().filter(|(_, prefix)| prefix.contains('*')) {
                    let text = format!("A prefix is taken literally, so no tag begins with `{prefix}`.");
                    self.findings.push(
                        Finding::warning("lifecycle-prefix-star", text)
                            .at(at.item(i))
                            .hint("Use `tagPatternList`."),
                    );
                }
                Some(TagSelection::Prefixes { prefixes })
            }
        }
    }

    fn count(&mut self, selection: &Map<String, Value>, at: &FieldPath) -> Option<Count> {
        type Counting = fn(u32) -> Count;
        let types: [(&str, Counting); 4] = [
            ("imageCountMoreThan", Count::MoreThan),
            ("sinceImagePushed", Count::DaysSincePushed),
            ("sinceImagePulled", Count::DaysSincePulled),
            ("sinceImageTransitioned", Count::DaysSinceArchived),
        ];
        let number = self.positive(selection.get("countNumber"), at.child("countNumber"));
        let count = self.word(selection.get("countType"), at.child("countType"), &types)?(number?);
        let unit_at = at.child("countUnit");
        match (count, selection.get("countUnit")) {
            (Count::MoreThan(_), None) => {}
            (Count::MoreThan(_), Some(_)) => {
                self.error("lifecycle-unit", unit_at, "`countUnit` is invalid with `imageCountMoreThan`.");
            }
            (_, Some(unit)) if unit == "days" => {}
            _ => self.error("lifecycle-unit", unit_at, "`countUnit` must be `days` with this `countType`."),
        }
        Some(count)
    }

    fn action(&mut self, action: &Map<String, Value>, at: &FieldPath) -> Option<Action> {
        let kinds = [("expire", Action::Expire), ("transition", Action::Archive)];
        let kind = self.word(action.get("type"), at.child("type"), &kinds)?;
        let target_at = at.child("targetStorageClass");
        match (kind, action.get("targetStorageClass")) {
            (Action::Archive, Some(target)) if target == "archive" => {}
            (Action::Expire, None) => {}
            (Action::Archive, _) => {
                self.error(
                    "lifecycle-target",
                    target_at,
                    "`transition` requires `targetStorageClass: archive`.",
                );
            }
            (Action::Expire, Some(_)) => {
                self.error(
                    "lifecycle-target",
                    target_at,
                    "`targetStorageClass` is allowed only with `transition`.",
                );
            }
        }
        Some(kind)
    }

    /// Parts that are valid alone but not together.
    fn combination(&mut self, rule: &LifecycleRule, at: &FieldPath) {
        let selection = at.child("selection");
        let class_at = selection.child("storageClass");
        match (rule.count, rule.storage_class) {
            (Count::DaysSinceArchived(_), StorageClass::Standard) => {
                self.error(
                    "lifecycle-storage-class",
                    class_at,
                    "`sinceImageTransitioned` requires `storageClass: archive`.",
                );
            }
            (Count::DaysSinceArchived(days), StorageClass::Archive) if days < MIN_ARCHIVED_DAYS => {
                let text = format!(
                    "An archived image stays for at least {MIN_ARCHIVED_DAYS} days, regardless of the rules."
                );
                let at = selection.child("countNumber");
                self.findings.push(Finding::warning("lifecycle-archive-days", text).at(at));
            }
            (Count::DaysSinceArchived(_), StorageClass::Archive) => {}
            (_, StorageClass::Archive) => {
                self.error(
                    "lifecycle-storage-class",
                    class_at,
                    "`storageClass: archive` is allowed only with `sinceImageTransitioned`.",
                );
            }
            _ => {}
        }
        let type_at = at.child("action").child("type");
        match (rule.count, rule.action) {
            (Count::DaysSincePulled(_), Action::Expire) => {
                self.error(
                    "lifecycle-pulled",
                    type_at,
                    "`sinceImagePulled` is allowed only with `transition`: ECR does not delete by last pull.",
                );
            }
            (Count::DaysSinceArchived(_), Action::Archive) => {
                self.error("lifecycle-archived-twice", type_at, "An archived image can only expire.");
            }
            _ => {}
        }
    }

    /// Checks the rules against each other.
    fn together(&mut self, rules: &[(FieldPath, LifecycleRule)]) {
        let mut priorities: BTreeMap<u32, &FieldPath> = BTreeMap::new();
        for (at, rule) in rules {
            if let Some(other) = priorities.insert(rule.priority, at) {
                let text =
                    format!("`{other}` has priority {} too; priorities must be unique.", rule.priority);
                self.error("lifecycle-priority", at.child("rulePriority"), text);
            }
        }
        for (i, (at, rule)) in rules.iter().enumerate() {
            let last = rules
                .iter()
                .filter(|(_, other)| other.storage_class == rule.storage_class)
                .map(|(_, other)| other.priority)
                .max();
            if rule.tags == TagSelection::Any && last > Some(rule.priority) {
                let text = "A rule for any image must have the highest number, so that it is last.";
                self.error("lifecycle-any-last", at.child("rulePriority"), text);
            }
            let twin = rules[..i].iter().find(|(_, other)| {
                other.storage_class == rule.storage_class && same_tags(&other.tags, &rule.tags)
            });
            if let Some((other, _)) = twin {
                // The guide says so about prefixes and untagged images; it says nothing about the
                // others.
                let documented = matches!(rule.tags, TagSelection::Prefixes { .. } | TagSelection::Untagged);
                let (severity, text) = if documented {
                    (Severity::Error, format!("`{other}` selects the same tags; ECR allows one such rule."))
                } else {
                    (
                        Severity::Warning,
                        format!("`{other}` selects the same tags, and the later rule acts on none of them."),
                    )
                };
                self.findings
                    .push(Finding::new("lifecycle-same-tags", severity, text).at(at.child("selection")));
            }
        }
    }
}

const STORAGE_CLASSES: [(&str, StorageClass); 2] =
    [("standard", StorageClass::Standard), ("archive", StorageClass::Archive)];

fn same_tags(a: &TagSelection, b: &TagSelection) -> bool {
    match (a, b) {
        (TagSelection::Prefixes { prefixes: a }, TagSelection::Prefixes { prefixes: b })
        | (TagSelection::Patterns { patterns: a }, TagSelection::Patterns { patterns: b }) => same_set(a, b),
        (TagSelection::Untagged, TagSelection::Untagged) | (TagSelection::Any, TagSelection::Any) => true,
        _ => false,
    }
}

fn same_set(a: &[String], b: &[String]) -> bool {
    a.iter().all(|text| b.contains(text)) && b.iter().all(|text| a.contains(text))
}
