//! CloudFormation resources for one document.

use serde_json::{Map, Value, json};

use super::{Subject, cloudformation_iam, document_member, members::Members};
use crate::export::{ExportError, Exported, Format, Target, expressible::evaluated};

const FORMAT: Format = Format::Cloudformation;

/// A resource.
pub(super) struct Resource {
    pub(super) kind: &'static str,
    pub(super) properties: Value,
    /// What names an existing one for an import.
    pub(super) identifier: Value,
}

/// Properties, by the names that CloudFormation has for members.
#[derive(Default)]
pub(super) struct Properties(Map<String, Value>);

impl Properties {
    pub(super) fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}

pub(in crate::export) fn export(
    subject: &Subject,
    before: Option<&Value>,
    after: Option<&Value>,
    target: &Target,
) -> Result<Exported, ExportError> {
    let part = match subject {
        Subject::LifecyclePolicy(_) | Subject::RepositoryPolicy(_) => Some("repository"),
        other => other.part_of(),
    };
    if let Some(whole) = part {
        return Err(ExportError::PartOf { format: FORMAT, whole });
    }
    let after = after.ok_or(ExportError::Empty { format: FORMAT })?;
    let resource = resource(subject, after, target)?;
    if let Some(field) = evaluated(&resource.properties, "") {
        return Err(ExportError::Inexpressible { format: FORMAT, field });
    }
    let registry = &target.registry;
    let logical = "LongshoreResource";
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("{} in registry {registry}.", subject.phrase().replace('`', "")),
        "Resources": { logical: {
            "Type": resource.kind,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": resource.properties,
        } },
    });
    let mut notes = vec![format!(
        "Create the stack in account {}, Region {}: a template cannot check where it is deployed.",
        registry.account, registry.region
    )];
    if matches!(subject, Subject::Iam(_)) {
        notes.push("A template that names users, groups, roles or policies needs `--capabilities CAPABILITY_NAMED_IAM`.".into());
    }
    if before.is_some() && !resource.identifier.is_null() {
        let import = json!([{ "ResourceType": resource.kind, "LogicalResourceId": logical,
            "ResourceIdentifier": resource.identifier }]);
        notes.push(format!(
            "It exists already, so import it first: `aws cloudformation create-change-set --change-set-type IMPORT \
             --resources-to-import '{import}'` with this template and a stack name."
        ));
    }
    if target.endpoint.is_some() {
        notes.push(
            "The sandbox has no CloudFormation; this is for the real registry with this account.".into(),
        );
    }
    let text = format!("{}\n", crate::pretty(&template));
    Ok(Exported { file_name: super::super::subject_file_name(subject, target, "template.json"), text, notes })
}

fn resource(subject: &Subject, after: &Value, target: &Target) -> Result<Resource, ExportError> {
    let refuse = |field: &str| Err(ExportError::Inexpressible { format: FORMAT, field: field.to_owned() });
    let registry_id = json!({ "RegistryId": target.registry.account.as_str() });
    match subject {
        Subject::Repository(name) => repository(name.as_str(), after),
        Subject::Template { prefix } => template(prefix, after),
        Subject::PullThroughCacheRule { prefix } => {
            let mut of = Members::new(after, FORMAT, "")?;
            let mut properties = Properties::default();
            for (name, member) in [
                ("EcrRepositoryPrefix", "ecrRepositoryPrefix"),
                ("UpstreamRegistryUrl", "upstreamRegistryUrl"),
                ("UpstreamRegistry", "upstreamRegistry"),
                ("CredentialArn", "credentialArn"),
                ("CustomRoleArn", "customRoleArn"),
                ("UpstreamRepositoryPrefix", "upstreamRepositoryPrefix"),
            ] {
                properties.put(name, of.take(member));
            }
            of.end()?;
            Ok(Resource {
                kind: "AWS::ECR::PullThroughCacheRule",
                properties: properties.done(),
                identifier: json!({ "EcrRepositoryPrefix": prefix }),
            })
        }
        Subject::RegistryScanning => {
            let mut of = Members::new(after, FORMAT, "")?;
            let scan_type = of.take("scanType");
            let rules = rules(&mut of, "scanFrequency", "ScanFrequency")?;
            of.end()?;
            Ok(Resource {
                kind: "AWS::ECR::RegistryScanningConfiguration",
                properties: json!({ "ScanType": scan_type, "Rules": rules }),
                identifier: registry_id,
            })
        }
        Subject::Signing => {
            let mut of = Members::new(after, FORMAT, "")?;
            let rules = rules(&mut of, "signingProfileArn", "SigningProfileArn")?;
            of.end()?;
            Ok(Resource {
                kind: "AWS::ECR::SigningConfiguration",
                properties: json!({ "Rules": rules }),
                identifier: registry_id,
            })
        }
        Subject::PullTimeExclusion { principal } => Ok(Resource {
            kind: "AWS::ECR::PullTimeUpdateExclusion",
            properties: json!({ "PrincipalArn": principal }),
            identifier: json!({ "PrincipalArn": principal }),
        }),
        Subject::AccountSetting { name } => refuse(name),
        Subject::Iam(iam) => cloudformation_iam::resource(iam, after),
        Subject::LifecyclePolicy(_)
        | Subject::RepositoryPolicy(_)
        | Subject::TagMutability(_)
        | Subject::ScanOnPush(_) => refuse("repository"),
    }
}

/// Rules with repository filters and one member of their own.
fn rules(of: &mut Members, member: &str, name: &str) -> Result<Vec<Value>, ExportError> {
    let mut all = Vec::new();
    for mut rule in of.objects("rules")? {
        let mut filters = Vec::new();
        for mut filter in rule.objects("repositoryFilters")? {
            filters.push(json!({ "Filter": filter.take("filter"), "FilterType": filter.take("filterType") }));
            filter.end()?;
        }
        let mut properties = Properties::default();
        properties.put(name, rule.take(member));
        // A signing rule without filters matches every repository; a scanning rule always has some.
        properties.put("RepositoryFilters", (!filters.is_empty()).then(|| filters.into()));
        rule.end()?;
        all.push(properties.done());
    }
    Ok(all)
}

/// Tag mutability and encryption, which repositories and templates have.
fn settings(of: &mut Members, properties: &mut Properties) -> Result<(), ExportError> {
    properties.put("ImageTagMutability", of.take("imageTagMutability"));
    let mut filters = Vec::new();
    for mut filter in of.objects("imageTagMutabilityExclusionFilters")? {
        filters.push(json!({
            "ImageTagMutabilityExclusionFilterType": filter.take("filterType"),
            "ImageTagMutabilityExclusionFilterValue": filter.take("filter"),
        }));
        filter.end()?;
    }
    properties.put("ImageTagMutabilityExclusionFilters", (!filters.is_empty()).then(|| filters.into()));
    if let Some(mut encryption) = of.object("encryptionConfiguration")? {
        let mut inner = Properties::default();
        inner.put("EncryptionType", encryption.take("encryptionType"));
        inner.put("KmsKey", encryption.take("kmsKey"));
        encryption.end()?;
        properties.put("EncryptionConfiguration", Some(inner.done()));
    }
    Ok(())
}

fn repository(name: &str, after: &Value) -> Result<Resource, ExportError> {
    let mut properties = Properties::default();
    properties.put("RepositoryName", Some(name.into()));
    let lifecycle = document_member(after, "lifecyclePolicy");
    // CloudFormation has the lifecycle policy as a text.
    let text = lifecycle.map(|document| json!({ "LifecyclePolicyText": document.to_string() }));
    properties.put("LifecyclePolicy", text);
    properties.put("RepositoryPolicyText", document_member(after, "repositoryPolicy"));
    let mut of = Members::new(after, FORMAT, "")?;
    for taken in ["lifecyclePolicy", "repositoryPolicy", "repositoryName"] {
        of.take(taken);
    }
    settings(&mut of, &mut properties)?;
    if let Some(mut scanning) = of.object("imageScanningConfiguration")? {
        properties
            .put("ImageScanningConfiguration", Some(json!({ "ScanOnPush": scanning.take("scanOnPush") })));
        scanning.end()?;
    }
    properties.put("Tags", of.take("tags").filter(|tags| *tags != json!([])));
    of.end()?;
    Ok(Resource {
        kind: "AWS::ECR::Repository",
        properties: properties.done(),
        identifier: json!({ "RepositoryName": name }),
    })
}

fn template(prefix: &str, after: &Value) -> Result<Resource, ExportError> {
    let mut properties = Properties::default();
    properties.put("Prefix", Some(prefix.into()));
    for (name, member) in [("RepositoryPolicy", "repositoryPolicy"), ("LifecyclePolicy", "lifecyclePolicy")] {
        let text = document_member(after, member).map(|document| document.to_string().into());
        properties.put(name, text);
    }
    let mut of = Members::new(after, FORMAT, "")?;
    for taken in ["lifecyclePolicy", "repositoryPolicy", "prefix"] {
        of.take(taken);
    }
    for (name, member) in
        [("Description", "description"), ("AppliedFor", "appliedFor"), ("CustomRoleArn", "customRoleArn")]
    {
        properties.put(name, of.take(member));
    }
    settings(&mut of, &mut properties)?;
    properties.put("ResourceTags", of.take("resourceTags").filter(|tags| *tags != json!([])));
    of.end()?;
    Ok(Resource {
        kind: "AWS::ECR::RepositoryCreationTemplate",
        properties: properties.done(),
        identifier: json!({ "Prefix": prefix }),
    })
}
