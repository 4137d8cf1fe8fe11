//! Which fields Terraform and CloudFormation can express.

use serde_json::Value;

use super::{ExportError, Format};
use crate::replication::{FilterType, ReplicationConfiguration, RuleView};

/// The place of something in a value that CloudFormation evaluates instead of writing: a function
/// (`Ref`, `Fn::…`) or a dynamic reference (`{{resolve:…}}`), which cannot be escaped.
pub(super) fn evaluated(value: &Value, at: &str) -> Option<String> {
    let inside = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match value {
        Value::String(text) if text.contains("{{resolve:") => Some(at.to_owned()),
        Value::Array(list) => {
            list.iter().enumerate().find_map(|(i, value)| evaluated(value, &format!("{at}[{i}]")))
        }
        Value::Object(object) => object.iter().find_map(|(key, value)| {
            let function = key == "Ref" || key.starts_with("Fn::") || key.contains("{{resolve:");
            if function { Some(inside(key)) } else { evaluated(value, &inside(key)) }
        }),
        _ => None,
    }
}

/// The rules, if each consists of destinations and prefix filters only. CloudFormation also has
/// `deleteReplication`; Terraform's resource does not have it yet. Off is the same as absent and is
/// left out.
pub(super) fn plain_rules(
    configuration: &ReplicationConfiguration,
    format: Format,
) -> Result<Vec<RuleView>, ExportError> {
    let refuse = |field: String| Err(ExportError::Inexpressible { format, field });
    if let Some(field) = configuration.unknown_fields().into_iter().next() {
        return refuse(field);
    }
    let rules = configuration.rules();
    if rules.is_empty() {
        return Err(ExportError::Empty { format });
    }
    for rule in &rules {
        let at = |field: &str| format!("rules[{}].{field}", rule.index);
        if let Some(field) = rule.unreadable.first().or(rule.unknown_fields.first()) {
            return refuse(at(field));
        }
        if rule.delete_replication == Some(true) && format != Format::Cloudformation {
            return refuse(at("deleteReplication"));
        }
        if let Some(i) = rule.filters.iter().position(|f| f.filter_type != FilterType::Prefix) {
            return refuse(at(&format!("repositoryFilters[{i}].filterType")));
        }
    }
    Ok(rules)
}
