//! What Terraform and CloudFormation have words for.

use super::{ExportError, Format};
use crate::replication::{FilterType, ReplicationConfiguration, RuleView};

/// The rules, when each of them consists of destinations and prefix filters only.
///
/// Neither the CloudFormation schema of `AWS::ECR::ReplicationConfiguration` nor the Terraform
/// resource has `deleteReplication` yet; off is the same as absent and so needs no word.
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
        if rule.delete_replication == Some(true) {
            return refuse(at("deleteReplication"));
        }
        if let Some(i) = rule.filters.iter().position(|f| f.filter_type != FilterType::Prefix) {
            return refuse(at(&format!("repositoryFilters[{i}].filterType")));
        }
    }
    Ok(rules)
}
