//! A rule of a lifecycle policy in one sentence.

use super::{Action, Count, LifecycleRule, StorageClass, TagSelection};
use crate::sentence;

/// The rule in one sentence, for example: *Images with a tag that begins with `prod` expire, except
/// the 10 pushed last.*
pub fn explain_rule(rule: &LifecycleRule) -> String {
    let texts = |texts: &[String]| {
        sentence::list(&texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>(), "and")
    };
    let tags = match &rule.tags {
        TagSelection::Any => "Images".to_owned(),
        TagSelection::Untagged => "Images without a tag".to_owned(),
        TagSelection::Prefixes { prefixes } if prefixes.len() == 1 => {
            format!("Images with a tag that begins with {}", texts(prefixes))
        }
        TagSelection::Prefixes { prefixes } => {
            format!("Images with tags that begin with each of {}", texts(prefixes))
        }
        TagSelection::Patterns { patterns } if patterns.len() == 1 => {
            format!("Images with a tag that matches {}", texts(patterns))
        }
        TagSelection::Patterns { patterns } => {
            format!("Images with tags that match each of {}", texts(patterns))
        }
    };
    let place = match rule.storage_class {
        StorageClass::Standard => "",
        StorageClass::Archive => " in the archive",
    };
    let happens = match rule.action {
        Action::Expire => "expire",
        Action::Archive => "are archived",
    };
    let days = |number: u32| if number == 1 { "1 day".to_owned() } else { format!("{number} days") };
    match rule.count {
        Count::MoreThan(1) => format!("{tags}{place} {happens}, except the one pushed last."),
        Count::MoreThan(number) => format!("{tags}{place} {happens}, except the {number} pushed last."),
        Count::DaysSincePushed(number) => {
            format!("{tags}{place} {happens} {} after their push.", days(number))
        }
        Count::DaysSincePulled(number) => {
            format!("{tags}{place} {happens} if they were not pulled for {}.", days(number))
        }
        Count::DaysSinceArchived(number) => {
            format!("{tags}{place} {happens} {} after they were archived.", days(number))
        }
    }
}
