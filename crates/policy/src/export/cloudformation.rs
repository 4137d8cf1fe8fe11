//! CloudFormation.

use serde_json::{Map, Value, json};

use super::{
    Change, ExportError, Exported, Format, Target,
    expressible::{evaluated, plain_rules},
    file_name, subject,
};
use crate::replication::RuleView;

pub(super) fn export(change: &Change, target: &Target) -> Result<Exported, ExportError> {
    let (logical, kind, properties, exists) = match change {
        Change::Replication { before, after } => {
            let rules: Vec<Value> = plain_rules(after, Format::Cloudformation)?.iter().map(rule).collect();
            (
                "LongshoreReplication",
                "AWS::ECR::ReplicationConfiguration",
                json!({ "ReplicationConfiguration": { "Rules": rules } }),
                !before.rules().is_empty(),
            )
        }
        Change::RegistryPolicy { before, after: Some(after) } => (
            "LongshoreRegistryPolicy",
            "AWS::ECR::RegistryPolicy",
            json!({ "PolicyText": after.to_value() }),
            before.is_some(),
        ),
        Change::RegistryPolicy { after: None, .. } => {
            return Err(ExportError::Empty { format: Format::Cloudformation });
        }
        Change::Other { subject, before, after } => {
            return subject::cloudformation::export(subject, before.as_ref(), after.as_ref(), target);
        }
    };
    if let Some(field) = evaluated(&properties, "") {
        return Err(ExportError::Inexpressible { format: Format::Cloudformation, field });
    }
    let registry = &target.registry;
    let mut resource = Map::new();
    resource.insert("Type".into(), kind.into());
    resource.insert("DeletionPolicy".into(), "Retain".into());
    resource.insert("UpdateReplacePolicy".into(), "Retain".into());
    resource.insert("Properties".into(), properties);
    let mut resources = Map::new();
    resources.insert(logical.into(), resource.into());
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("The whole document of registry {registry}; it replaces the current one."),
        "Resources": resources,
    });
    let mut notes = vec![format!(
        "Create the stack in account {}, Region {}: a template cannot check where it is deployed.",
        registry.account, registry.region
    )];
    if exists {
        let import = json!([{
            "ResourceType": kind,
            "LogicalResourceId": logical,
            "ResourceIdentifier": { "RegistryId": registry.account.as_str() },
        }]);
        notes.push(format!(
            "The document already exists, so import it first: `aws cloudformation create-change-set \
             --change-set-type IMPORT --resources-to-import '{import}'` with this template and a stack name."
        ));
    }
    if target.endpoint.is_some() {
        notes.push(
            "The sandbox has no CloudFormation; this is for the real registry with this account.".into(),
        );
    }
    let text = format!("{}\n", crate::pretty(&template));
    Ok(Exported { file_name: file_name(change, target, "template.json"), text, notes })
}

fn rule(rule: &RuleView) -> Value {
    let destinations: Vec<Value> = rule
        .destinations
        .iter()
        .map(|d| json!({ "Region": d.region.as_str(), "RegistryId": d.account.as_str() }))
        .collect();
    let mut out = Map::new();
    out.insert("Destinations".into(), destinations.into());
    if !rule.filters.is_empty() {
        let filters: Vec<Value> = rule
            .filters
            .iter()
            .map(|f| json!({ "Filter": f.filter, "FilterType": "PREFIX_MATCH" }))
            .collect();
        out.insert("RepositoryFilters".into(), filters.into());
    }
    if rule.delete_replication == Some(true) {
        out.insert("DeleteReplication".into(), json!({ "Enabled": true }));
    }
    Value::Object(out)
}
