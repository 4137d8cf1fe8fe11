//! Terraform resources for one document.

use serde_json::Value;

use super::{Subject, document_member, members::Members, terraform_iam};
use crate::export::{
    ExportError, Exported, Format, Target,
    hcl::{expression, quoted},
};

const FORMAT: Format = Format::Terraform;

/// A resource.
pub(super) struct Resource {
    pub(super) kind: &'static str,
    /// Its lines, indented by two spaces.
    pub(super) body: String,
    /// The id by which an existing one is imported.
    pub(super) id: String,
}

/// `  name = "text"`, if there is a value.
pub(super) fn attribute(name: &str, value: Option<&Value>) -> String {
    value.map(|value| format!("  {name} = {}\n", expression(value, 1))).unwrap_or_default()
}

/// `  name = jsonencode({…})`, if there is a document.
pub(super) fn encoded(name: &str, document: Option<&Value>) -> String {
    document
        .map(|document| format!("  {name} = jsonencode({})\n", expression(document, 1)))
        .unwrap_or_default()
}

fn block(name: &str, lines: &str) -> String {
    let inner: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!("  {name} {{\n{inner}  }}\n")
}

pub(in crate::export) fn export(
    subject: &Subject,
    before: Option<&Value>,
    after: Option<&Value>,
    target: &Target,
) -> Result<Exported, ExportError> {
    if let Some(whole) = subject.part_of() {
        return Err(ExportError::PartOf { format: FORMAT, whole });
    }
    let after = after.ok_or(ExportError::Empty { format: FORMAT })?;
    let resources = resources(subject, after, target)?;
    let registry = &target.registry;
    let alias = format!("longshore_{}_{}", registry.account, registry.region.as_str().replace('-', "_"));
    let mut text = format!(
        "# {} in registry {registry}.\n\
         provider \"aws\" {{\n  alias               = {}\n  region              = {}\n  allowed_account_ids = [{}]\n",
        subject.phrase().replace('`', ""),
        quoted(&alias),
        quoted(registry.region.as_str()),
        quoted(registry.account.as_str()),
    );
    if let Some(endpoint) = &target.endpoint {
        let endpoint = quoted(endpoint);
        text.push_str(&format!(
            "  endpoints {{\n    ecr = {endpoint}\n    iam = {endpoint}\n    sts = {endpoint}\n  }}\n"
        ));
    }
    text.push_str("}\n");
    for Resource { kind, body, id } in &resources {
        if before.is_some() {
            text.push_str(&format!(
                "\nimport {{\n  provider = aws.{alias}\n  to       = {kind}.this\n  id       = {}\n}}\n",
                quoted(id)
            ));
        }
        text.push_str(&format!(
            "\nresource \"{kind}\" \"this\" {{\n  provider = aws.{alias}\n\n{body}\n  lifecycle {{\n    \
             prevent_destroy = true\n  }}\n}}\n"
        ));
    }
    let mut notes = Vec::new();
    if before.is_some() {
        notes.push(
            "The import block adopts what exists already; check `terraform plan` before applying.".into(),
        );
    }
    notes.push("`prevent_destroy` keeps a removed resource from removing the document.".into());
    Ok(Exported { file_name: super::super::subject_file_name(subject, target, "tf"), text, notes })
}

fn resources(subject: &Subject, after: &Value, target: &Target) -> Result<Vec<Resource>, ExportError> {
    let refuse = |field: &str| Err(ExportError::Inexpressible { format: FORMAT, field: field.to_owned() });
    let one = match subject {
        Subject::Repository(name) => return repository(name.as_str(), after),
        Subject::LifecyclePolicy(name) => policy("aws_ecr_lifecycle_policy", name.as_str(), after),
        Subject::RepositoryPolicy(name) => policy("aws_ecr_repository_policy", name.as_str(), after),
        Subject::Template { prefix } => template(prefix, after)?,
        Subject::PullThroughCacheRule { prefix } => cache_rule(prefix, after)?,
        Subject::RegistryScanning => scanning(after, target)?,
        Subject::PullTimeExclusion { principal } => Resource {
            kind: "aws_ecr_pull_time_update_exclusion",
            body: format!("  principal_arn = {}\n", quoted(principal)),
            id: principal.clone(),
        },
        // The provider accepts these two names.
        Subject::AccountSetting { name }
            if name == "BASIC_SCAN_TYPE_VERSION" || name == "REGISTRY_POLICY_SCOPE" =>
        {
            Resource {
                kind: "aws_ecr_account_setting",
                body: format!("  name  = {}\n{}", quoted(name), attribute("value", after.get("value"))),
                id: name.clone(),
            }
        }
        Subject::AccountSetting { name } => return refuse(name),
        Subject::Signing => return refuse("signingConfiguration"),
        Subject::Iam(iam) => terraform_iam::resource(iam, after)?,
        Subject::TagMutability(_) | Subject::ScanOnPush(_) => return refuse("repository"),
    };
    Ok(vec![one])
}

fn policy(kind: &'static str, repository: &str, document: &Value) -> Resource {
    let body = format!("  repository = {}\n{}", quoted(repository), encoded("policy", Some(document)));
    Resource { kind, body, id: repository.to_owned() }
}

/// `image_tag_mutability` and its exclusions.
fn mutability(of: &mut Members) -> Result<String, ExportError> {
    let mut body = attribute("image_tag_mutability", of.take("imageTagMutability").as_ref());
    for mut filter in of.objects("imageTagMutabilityExclusionFilters")? {
        let lines = attribute("filter", filter.take("filter").as_ref())
            + &attribute("filter_type", filter.take("filterType").as_ref());
        filter.end()?;
        body.push_str(&block("image_tag_mutability_exclusion_filter", &lines));
    }
    Ok(body)
}

fn encryption(of: &mut Members) -> Result<String, ExportError> {
    let Some(mut encryption) = of.object("encryptionConfiguration")? else { return Ok(String::new()) };
    let lines = attribute("encryption_type", encryption.take("encryptionType").as_ref())
        + &attribute("kms_key", encryption.take("kmsKey").as_ref());
    encryption.end()?;
    Ok(block("encryption_configuration", &lines))
}

/// `name = { key = value }` of a list of tags.
pub(super) fn tags(name: &str, list: Vec<Members>) -> Result<String, ExportError> {
    let mut map = serde_json::Map::new();
    for mut tag in list {
        let (key, value) = (tag.take("Key"), tag.take("Value"));
        tag.end()?;
        if let Some(key) = key.as_ref().and_then(Value::as_str) {
            map.insert(key.to_owned(), value.unwrap_or_else(|| "".into()));
        }
    }
    let map = (!map.is_empty()).then_some(Value::Object(map));
    Ok(attribute(name, map.as_ref()))
}

fn repository(name: &str, after: &Value) -> Result<Vec<Resource>, ExportError> {
    let documents = [
        ("aws_ecr_lifecycle_policy", document_member(after, "lifecyclePolicy")),
        ("aws_ecr_repository_policy", document_member(after, "repositoryPolicy")),
    ];
    let mut of = Members::new(after, FORMAT, "")?;
    for taken in ["lifecyclePolicy", "repositoryPolicy", "repositoryName"] {
        of.take(taken);
    }
    let mut body = format!("  name = {}\n", quoted(name));
    body.push_str(&mutability(&mut of)?);
    if let Some(mut scanning) = of.object("imageScanningConfiguration")? {
        let lines = attribute("scan_on_push", scanning.take("scanOnPush").as_ref());
        scanning.end()?;
        body.push_str(&block("image_scanning_configuration", &lines));
    }
    body.push_str(&encryption(&mut of)?);
    body.push_str(&tags("tags", of.objects("tags")?)?);
    of.end()?;
    let whole = Resource { kind: "aws_ecr_repository", body, id: name.to_owned() };
    let policies = documents.iter().filter_map(|(kind, document)| {
        let document = document.as_ref()?;
        let body =
            format!("  repository = aws_ecr_repository.this.name\n{}", encoded("policy", Some(document)));
        Some(Resource { kind, body, id: name.to_owned() })
    });
    Ok(std::iter::once(whole).chain(policies).collect())
}

fn template(prefix: &str, after: &Value) -> Result<Resource, ExportError> {
    let documents = [
        encoded("repository_policy", document_member(after, "repositoryPolicy").as_ref()),
        encoded("lifecycle_policy", document_member(after, "lifecyclePolicy").as_ref()),
    ];
    let mut of = Members::new(after, FORMAT, "")?;
    for taken in ["lifecyclePolicy", "repositoryPolicy", "prefix"] {
        of.take(taken);
    }
    let mut body = format!("  prefix = {}\n", quoted(prefix));
    body.push_str(&attribute("description", of.take("description").as_ref()));
    body.push_str(&attribute("applied_for", of.take("appliedFor").as_ref()));
    body.push_str(&attribute("custom_role_arn", of.take("customRoleArn").as_ref()));
    body.push_str(&mutability(&mut of)?);
    body.push_str(&encryption(&mut of)?);
    body.push_str(&documents.concat());
    body.push_str(&tags("resource_tags", of.objects("resourceTags")?)?);
    of.end()?;
    Ok(Resource { kind: "aws_ecr_repository_creation_template", body, id: prefix.to_owned() })
}

fn cache_rule(prefix: &str, after: &Value) -> Result<Resource, ExportError> {
    let mut of = Members::new(after, FORMAT, "")?;
    of.take("ecrRepositoryPrefix");
    // ECR concludes it from the address; the provider has no word for it.
    of.take("upstreamRegistry");
    let mut body = format!("  ecr_repository_prefix = {}\n", quoted(prefix));
    for (name, member) in [
        ("upstream_registry_url", "upstreamRegistryUrl"),
        ("credential_arn", "credentialArn"),
        ("custom_role_arn", "customRoleArn"),
        ("upstream_repository_prefix", "upstreamRepositoryPrefix"),
    ] {
        body.push_str(&attribute(name, of.take(member).as_ref()));
    }
    of.end()?;
    Ok(Resource { kind: "aws_ecr_pull_through_cache_rule", body, id: prefix.to_owned() })
}

fn scanning(after: &Value, target: &Target) -> Result<Resource, ExportError> {
    let mut of = Members::new(after, FORMAT, "")?;
    let mut body = attribute("scan_type", of.take("scanType").as_ref());
    for mut rule in of.objects("rules")? {
        let mut lines = attribute("scan_frequency", rule.take("scanFrequency").as_ref());
        for mut filter in rule.objects("repositoryFilters")? {
            let inner = attribute("filter", filter.take("filter").as_ref())
                + &attribute("filter_type", filter.take("filterType").as_ref());
            filter.end()?;
            lines.push_str(&block("repository_filter", &inner));
        }
        rule.end()?;
        body.push_str(&block("rule", &lines));
    }
    of.end()?;
    let id = target.registry.account.to_string();
    Ok(Resource { kind: "aws_ecr_registry_scanning_configuration", body, id })
}
