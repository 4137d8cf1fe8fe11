//! The tags that a rule selects.

use serde_json::{Map, Value};

use super::reader::Reader;
use crate::{
    FieldPath, Finding,
    lifecycle::{MAX_WILDCARDS, TagSelection, tag_pattern::TagPattern},
    sentence,
};

/// The most entries of a list that a text names.
const MOST_NAMED: usize = 4;
const LISTS: [&str; 2] = ["tagPatternList", "tagPrefixList"];

impl Reader {
    pub(super) fn tags(&mut self, selection: &Map<String, Value>, at: &FieldPath) -> Option<TagSelection> {
        #[derive(Clone, Copy, PartialEq)]
        enum Status {
            Tagged,
            Untagged,
            Any,
        }
        let [patterns, prefixes] = LISTS.map(|key| self.optional(selection, at, key));
        let words = [("tagged", Status::Tagged), ("untagged", Status::Untagged), ("any", Status::Any)];
        let status = self.word(selection.get("tagStatus"), at.child("tagStatus"), &words)?;
        if status != Status::Tagged {
            let listed = LISTS.into_iter().zip([patterns, prefixes]).find(|(_, list)| list.is_some());
            if let Some((key, _)) = listed {
                let text = format!("`{key}` is allowed only with `tagStatus: tagged`.");
                self.error("lifecycle-tags", at.child(key), text);
                return None;
            }
            return Some(if status == Status::Untagged { TagSelection::Untagged } else { TagSelection::Any });
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
                    self.pattern(pattern, at.item(i));
                }
                self.all_of(&patterns, at, "matching");
                Some(TagSelection::Patterns { patterns })
            }
            (None, Some(prefixes)) => {
                let at = at.child("tagPrefixList");
                let prefixes = self.texts(prefixes, &at)?;
                for (i, prefix) in prefixes.iter().enumerate() {
                    self.prefix(prefix, at.item(i));
                }
                self.all_of(&prefixes, at, "beginning with");
                Some(TagSelection::Prefixes { prefixes })
            }
        }
    }

    fn pattern(&mut self, pattern: &str, at: FieldPath) {
        let stars = pattern.matches('*').count();
        if stars > MAX_WILDCARDS {
            let text = format!("A pattern has at most {MAX_WILDCARDS} `*`, this has {stars}.");
            self.error("lifecycle-wildcards", at.clone(), text);
        }
        if let Some(why) = TagPattern::new(pattern).matches_no_tag() {
            let hint = match pattern.contains(['?', '[', '^', '$', '(', '{', '|', '\\', '+']) {
                true => "Only `*` has a meaning in a pattern; it stands for any text.",
                false => "Correct the pattern.",
            };
            self.no_tag(pattern, &why, at, hint);
        }
    }

    fn prefix(&mut self, prefix: &str, at: FieldPath) {
        if prefix.contains('*') {
            let text = format!("A prefix is taken literally, so no tag begins with `{prefix}`.");
            self.warning("lifecycle-prefix-star", at, text, "Use `tagPatternList`.");
        } else if let Some(why) = TagPattern::prefix(prefix).matches_no_tag() {
            self.no_tag(prefix, &why, at, "Correct the prefix.");
        }
    }

    fn no_tag(&mut self, entry: &str, why: &str, at: FieldPath, hint: &str) {
        let text = format!("No tag can match `{entry}`: {why}.");
        self.warning("lifecycle-no-tag", at, text, hint);
    }

    /// Several entries are often meant as alternatives.
    fn all_of(&mut self, entries: &[String], at: FieldPath, relation: &str) {
        if entries.len() < 2 {
            return;
        }
        let mut each: Vec<String> =
            entries.iter().take(MOST_NAMED).map(|entry| format!("a tag {relation} `{entry}`")).collect();
        if let more @ 1.. = entries.len().saturating_sub(MOST_NAMED) {
            each.push(sentence::count(more, "more tag", "more tags"));
        }
        let text = format!(
            "Entries are combined with AND: the rule selects only images that have {}.",
            sentence::list(&each, "and")
        );
        let finding = Finding::warning("lifecycle-all-tags", text).at(at);
        self.push(finding.hint("To select images with any of these tags, write a rule for each entry."));
    }
}
