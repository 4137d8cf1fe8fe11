//! The rules of a deletion.

use std::time::Duration;

use crate::{
    FieldPath, Finding,
    lifecycle::{MAX_WILDCARDS, TagPattern},
};

/// The most rules of one deletion, and patterns of one rule.
const MOST: usize = 50;

/// Rules; an image is selected if it meets any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletionRules {
    /// The rules.
    pub rules: Vec<DeletionRule>,
    /// Whether the members of a deleted index and the referrers of a deleted image are deleted with it,
    /// although no rule selects them. Otherwise they protect it.
    pub take_along: bool,
}

/// Conditions that an image must meet together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletionRule {
    /// Pushed longer ago than this; of an image that was restored from the archive, restored.
    pub older_than: Option<Duration>,
    /// Has no tag.
    pub untagged: bool,
    /// Not pulled for this long. An image without a recorded pull counts from its push.
    pub not_pulled: Option<Duration>,
    /// Each of its tags matches one of these patterns (`*` is any text); empty for no condition.
    pub tags: Vec<String>,
    /// Every tag has a later one of the same scheme at another image; without a tag, no index lists it.
    pub superseded: bool,
    /// Never the newest of this number: of each pattern, or without one of all tagged images and of all
    /// untagged ones. It protects from the other rules too.
    pub keep: Option<u32>,
}

impl DeletionRule {
    /// Whether it has no condition at all, and would select every image.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl DeletionRules {
    /// What prevents the rules from being used, with the field.
    pub fn problems(&self) -> Vec<Finding> {
        let problem =
            |code, field: String, text: String| Finding::error(code, text).at(FieldPath::new(field));
        if self.rules.is_empty() {
            let text = "A deletion needs a rule.".to_owned();
            return vec![problem("deletion-rule-empty", "rules".to_owned(), text)];
        }
        let mut found = Vec::new();
        if self.rules.len() > MOST {
            let text = format!("There are {} rules; at most {MOST} are allowed.", self.rules.len());
            found.push(problem("deletion-rule-invalid", "rules".to_owned(), text));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let field = |name: &str| format!("rules[{index}].{name}");
            if rule.is_empty() {
                let text = "A rule without a condition would select every image.".to_owned();
                found.push(problem("deletion-rule-empty", format!("rules[{index}]"), text));
            }
            if rule.untagged && !rule.tags.is_empty() {
                let text = "An image without a tag matches no tag pattern; use two rules.".to_owned();
                found.push(problem("deletion-rule-invalid", field("tags"), text));
            }
            if rule.keep == Some(0) {
                let text = "Keep at least 1 image, or leave the number out.".to_owned();
                found.push(problem("deletion-rule-invalid", field("keep"), text));
            }
            if rule.tags.len() > MOST {
                let text = format!("A rule has at most {MOST} tag patterns.");
                found.push(problem("deletion-rule-invalid", field("tags"), text));
            }
            for (number, pattern) in rule.tags.iter().enumerate() {
                let stars = pattern.matches('*').count();
                let why = match TagPattern::new(pattern).matches_no_tag() {
                    _ if pattern.is_empty() => Some("it is empty".to_owned()),
                    None if stars > MAX_WILDCARDS => Some(format!("it has more than {MAX_WILDCARDS} `*`")),
                    why => why,
                };
                if let Some(why) = why {
                    let shown = longshore_names::shown(pattern, 100);
                    let text = format!("`{shown}` is not a tag pattern: {why}.");
                    found.push(problem("deletion-rule-invalid", field(&format!("tags[{number}]")), text));
                }
            }
        }
        found
    }
}
