//! Terraform, AWS provider.

use super::{
    Change, ExportError, Exported, Format, Target,
    expressible::plain_rules,
    file_name,
    hcl::{expression, quoted},
    subject,
};

/// The most rules that older versions of the AWS provider accept.
const RULES_OF_OLDER_PROVIDERS: usize = 10;

pub(super) fn export(change: &Change, target: &Target) -> Result<Exported, ExportError> {
    let (kind, body, exists, mut notes) = match change {
        Change::Replication { before, after } => {
            let rules = plain_rules(after, Format::Terraform)?;
            let mut body = String::from("  replication_configuration {\n");
            for rule in &rules {
                body.push_str("    rule {\n");
                for d in &rule.destinations {
                    body.push_str(&format!(
                        "      destination {{\n        region      = {}\n        registry_id = {}\n      }}\n",
                        quoted(d.region.as_str()),
                        quoted(d.account.as_str())
                    ));
                }
                for f in &rule.filters {
                    body.push_str(&format!(
                        "      repository_filter {{\n        filter      = {}\n        filter_type = \"PREFIX_MATCH\"\n      }}\n",
                        quoted(&f.filter)
                    ));
                }
                body.push_str("    }\n");
            }
            body.push_str("  }\n");
            let mut notes = Vec::new();
            if rules.len() > RULES_OF_OLDER_PROVIDERS {
                notes.push(format!(
                    "Older versions of the AWS provider accept only {RULES_OF_OLDER_PROVIDERS} rules."
                ));
            }
            ("aws_ecr_replication_configuration", body, !before.rules().is_empty(), notes)
        }
        Change::RegistryPolicy { before, after: Some(after) } => {
            let policy = expression(&after.to_value(), 1);
            let body = format!("  policy = jsonencode({policy})\n");
            ("aws_ecr_registry_policy", body, before.is_some(), Vec::new())
        }
        Change::RegistryPolicy { after: None, .. } => {
            return Err(ExportError::Empty { format: Format::Terraform });
        }
        Change::Other { subject, before, after } => {
            return subject::terraform::export(subject, before.as_ref(), after.as_ref(), target);
        }
    };
    let registry = &target.registry;
    let alias = format!("longshore_{}_{}", registry.account, registry.region.as_str().replace('-', "_"));
    let mut text = format!(
        "# The whole document of registry {registry}; it replaces the current one.\n\
         provider \"aws\" {{\n  alias               = {}\n  region              = {}\n  allowed_account_ids = [{}]\n",
        quoted(&alias),
        quoted(registry.region.as_str()),
        quoted(registry.account.as_str()),
    );
    if let Some(endpoint) = &target.endpoint {
        let endpoint = quoted(endpoint);
        text.push_str(&format!("  endpoints {{\n    ecr = {endpoint}\n    sts = {endpoint}\n  }}\n"));
    }
    text.push_str("}\n\n");
    if exists {
        text.push_str(&format!(
            "import {{\n  provider = aws.{alias}\n  to       = {kind}.this\n  id       = {}\n}}\n\n",
            quoted(registry.account.as_str())
        ));
        notes.push(
            "The import block adopts the existing document; check `terraform plan` before applying.".into(),
        );
    }
    text.push_str(&format!(
        "resource \"{kind}\" \"this\" {{\n  provider = aws.{alias}\n\n{body}\n  lifecycle {{\n    prevent_destroy = true\n  }}\n}}\n"
    ));
    notes.push("`prevent_destroy` keeps a removed resource from removing the document.".into());
    Ok(Exported { file_name: file_name(change, target, "tf"), text, notes })
}
