//! AWS CLI commands for one document.

use serde_json::{Map, Value, json};

use super::{
    Subject, cli_iam, document_member,
    script::{Commands, quoted, script},
};
use crate::export::{ExportError, Exported, Format, Target, cli::at};

/// The members of a creation template, as they are read back.
const TEMPLATE: [&str; 10] = [
    "prefix",
    "description",
    "appliedFor",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "encryptionConfiguration",
    "repositoryPolicy",
    "lifecyclePolicy",
    "resourceTags",
    "customRoleArn",
];
const RULE: [&str; 6] = [
    "ecrRepositoryPrefix",
    "upstreamRegistryUrl",
    "upstreamRegistry",
    "credentialArn",
    "customRoleArn",
    "upstreamRepositoryPrefix",
];
/// The members of a repository that it is created with and that are read back with it.
const REPOSITORY: [&str; 4] = [
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "imageScanningConfiguration",
    "encryptionConfiguration",
];

/// `{a:a,b:b}`.
pub(super) fn members(names: &[&str]) -> String {
    let each: Vec<String> = names.iter().map(|name| format!("{name}:{name}")).collect();
    format!("{{{}}}", each.join(","))
}

/// The members of an object that are in a list of names.
fn only(content: &Value, names: &[&str]) -> Value {
    let mut out = Map::new();
    for name in names {
        if let Some(value) = content.get(*name) {
            out.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(out)
}

pub(in crate::export) fn export(
    subject: &Subject,
    before: Option<&Value>,
    after: Option<&Value>,
    target: &Target,
) -> Result<Exported, ExportError> {
    let (commands, before, after) = match subject {
        Subject::Iam(iam) => (cli_iam::commands(iam, after, &at(target))?, before.cloned(), after.cloned()),
        Subject::Repository(_) => {
            let seen = |content: &Value| only(content, &REPOSITORY);
            (commands(subject, before, after, &at(target)), before.map(seen), after.map(seen))
        }
        _ => (commands(subject, before, after, &at(target)), before.cloned(), after.cloned()),
    };
    if before.is_none() && after.is_none() {
        return Err(ExportError::Empty { format: Format::Cli });
    }
    let text = script(target, &subject.phrase(), before.as_ref(), after.as_ref(), &commands);
    let mut notes = vec!["Paste it into a POSIX shell. It needs the AWS CLI, and python3 or jq.".to_owned()];
    notes.extend(commands.notes);
    Ok(Exported { file_name: super::super::subject_file_name(subject, target, "sh"), text, notes })
}

fn commands(subject: &Subject, before: Option<&Value>, after: Option<&Value>, at: &str) -> Commands {
    let ecr = |text: String| format!("aws ecr {text}{at}");
    let written = |text: String| vec![format!("{} > /dev/null", ecr(text))];
    let mut out = Commands {
        read: String::new(),
        absent: None,
        create: Vec::new(),
        replace: Vec::new(),
        delete: Vec::new(),
        files: Vec::new(),
        notes: Vec::new(),
    };
    match subject {
        Subject::LifecyclePolicy(name) => {
            let name = quoted(name.as_str());
            out.read = ecr(format!(
                "get-lifecycle-policy --repository-name {name} --query lifecyclePolicyText --output text"
            ));
            out.absent = Some("LifecyclePolicyNotFoundException");
            out.create = written(format!(
                "put-lifecycle-policy --repository-name {name} --lifecycle-policy-text \"file://$work/after.json\""
            ));
            out.delete = written(format!("delete-lifecycle-policy --repository-name {name}"));
        }
        Subject::RepositoryPolicy(name) => {
            let name = quoted(name.as_str());
            out.read = ecr(format!(
                "get-repository-policy --repository-name {name} --query policyText --output text"
            ));
            out.absent = Some("RepositoryPolicyNotFoundException");
            out.create = written(format!(
                "set-repository-policy --repository-name {name} --policy-text \"file://$work/after.json\""
            ));
            out.delete = written(format!("delete-repository-policy --repository-name {name}"));
        }
        Subject::TagMutability(name) => {
            let seen = members(&["imageTagMutability", "imageTagMutabilityExclusionFilters"]);
            out.read = ecr(described(name.as_str(), &seen));
            let input = joined(json!({"repositoryName": name.as_str()}), after);
            out.files.push(("input.json", input));
            out.create =
                written("put-image-tag-mutability --cli-input-json \"file://$work/input.json\"".into());
        }
        Subject::ScanOnPush(name) => {
            out.read = ecr(described(name.as_str(), "imageScanningConfiguration"));
            let input = json!({"repositoryName": name.as_str(), "imageScanningConfiguration": after});
            out.files.push(("input.json", input));
            out.create = written(
                "put-image-scanning-configuration --cli-input-json \"file://$work/input.json\"".into(),
            );
        }
        Subject::Repository(name) => repository(&mut out, name.as_str(), after, &ecr),
        Subject::Template { prefix } => {
            out.read = ecr(format!(
                "describe-repository-creation-templates --prefixes {} --query {} --output json",
                quoted(prefix),
                quoted(&format!("repositoryCreationTemplates[0].{}", members(&TEMPLATE)))
            ));
            out.absent = Some("TemplateNotFoundException");
            out.files =
                vec![("input.json", template_input(after)), ("update.json", template_update(before, after))];
            let call = |verb: &str, file: &str| {
                format!("{verb}-repository-creation-template --cli-input-json \"file://$work/{file}\"")
            };
            out.create = written(call("create", "input.json"));
            out.replace = written(call("update", "update.json"));
            out.delete = written(format!("delete-repository-creation-template --prefix {}", quoted(prefix)));
        }
        Subject::PullThroughCacheRule { prefix } => {
            let prefix = quoted(prefix);
            out.read = ecr(format!(
                "describe-pull-through-cache-rules --ecr-repository-prefixes {prefix} --query {} --output json",
                quoted(&format!("pullThroughCacheRules[0].{}", members(&RULE)))
            ));
            out.absent = Some("PullThroughCacheRuleNotFoundException");
            out.create =
                written("create-pull-through-cache-rule --cli-input-json \"file://$work/after.json\"".into());
            out.delete = written(format!("delete-pull-through-cache-rule --ecr-repository-prefix {prefix}"));
            // Only credentials and the role can be changed; of anything else a new rule is made.
            out.replace = [out.delete.clone(), out.create.clone()].concat();
            out.notes.push("Between deleting and creating a changed rule, pulls through it fail.".into());
        }
        Subject::RegistryScanning => {
            out.read =
                ecr("get-registry-scanning-configuration --query scanningConfiguration --output json".into());
            out.create = written(
                "put-registry-scanning-configuration --cli-input-json \"file://$work/after.json\"".into(),
            );
        }
        Subject::Signing => {
            out.read = ecr("get-signing-configuration --query signingConfiguration --output json".into());
            out.absent = Some("SigningConfigurationNotFoundException");
            out.create = written(
                "put-signing-configuration --signing-configuration \"file://$work/after.json\"".into(),
            );
            out.delete = written("delete-signing-configuration".into());
        }
        Subject::PullTimeExclusion { principal } => {
            let query = format!("pullTimeUpdateExclusions[?@=='{principal}'].{{principalArn:@}} | [0]");
            out.read =
                ecr(format!("list-pull-time-update-exclusions --query {} --output json", quoted(&query)));
            let call = |verb: &str| {
                format!("{verb}-pull-time-update-exclusion --principal-arn {}", quoted(principal))
            };
            out.create = written(call("register"));
            out.delete = written(call("deregister"));
        }
        Subject::AccountSetting { name } => {
            let name = quoted(name);
            out.read = ecr(format!(
                "get-account-setting --name {name} --query '{{name:name,value:value}}' --output json"
            ));
            let value = after.and_then(|after| after["value"].as_str()).unwrap_or_default();
            out.create = written(format!("put-account-setting --name {name} --value {}", quoted(value)));
        }
        Subject::Iam(_) => {}
    }
    if out.replace.is_empty() {
        out.replace = out.create.clone();
    }
    out
}

fn described(name: &str, members: &str) -> String {
    let query = quoted(&format!("repositories[0].{members}"));
    format!("describe-repositories --repository-names {} --query {query} --output json", quoted(name))
}

fn repository(out: &mut Commands, name: &str, after: Option<&Value>, ecr: &dyn Fn(String) -> String) {
    out.read = ecr(described(name, &members(&REPOSITORY)));
    out.absent = Some("RepositoryNotFoundException");
    // Neither this nor another flag deletes images with it.
    out.delete = vec![ecr(format!("delete-repository --repository-name {}", quoted(name))) + " > /dev/null"];
    let Some(after) = after else { return };
    let mut input = only(after, &REPOSITORY);
    input["repositoryName"] = name.into();
    if let Some(tags) = after.get("tags") {
        input["tags"] = tags.clone();
    }
    out.files.push(("input.json", input));
    let file = |name: &str| format!("\"file://$work/{name}\"");
    let mut create = vec![format!("create-repository --cli-input-json {}", file("input.json"))];
    let name = quoted(name);
    if let Some(policy) = document_member(after, "lifecyclePolicy") {
        out.files.push(("lifecycle.json", policy));
        create.push(format!(
            "put-lifecycle-policy --repository-name {name} --lifecycle-policy-text {}",
            file("lifecycle.json")
        ));
    }
    if let Some(policy) = document_member(after, "repositoryPolicy") {
        out.files.push(("policy.json", policy));
        create.push(format!(
            "set-repository-policy --repository-name {name} --policy-text {}",
            file("policy.json")
        ));
    }
    out.create = create.into_iter().map(|text| ecr(text) + " > /dev/null").collect();
    out.notes.push(
        "A repository that exists is compared by tag mutability, scanning and encryption, and is not changed; its \
         policies are written only with a new one."
            .into(),
    );
}

fn joined(mut one: Value, other: Option<&Value>) -> Value {
    if let (Some(one), Some(other)) = (one.as_object_mut(), other.and_then(Value::as_object)) {
        one.extend(other.clone());
    }
    one
}

/// Documents as the texts that a request has.
fn template_input(after: Option<&Value>) -> Value {
    let mut input = after.cloned().unwrap_or_else(|| json!({}));
    for name in ["repositoryPolicy", "lifecyclePolicy"] {
        if let Some(document) = input.get(name).filter(|document| document.is_object()) {
            input[name] = document.to_string().into();
        }
    }
    input
}

/// An absent member stays as it is, so that what is removed is sent empty.
fn template_update(before: Option<&Value>, after: Option<&Value>) -> Value {
    let mut update = template_input(after);
    for (name, former) in before.and_then(Value::as_object).into_iter().flatten() {
        let removed = update.get(name).is_none();
        match former {
            Value::Array(_) if removed => update[name] = json!([]),
            Value::String(_) if removed && name != "customRoleArn" => update[name] = "".into(),
            Value::Object(_) if removed && name != "encryptionConfiguration" => update[name] = "".into(),
            _ => {}
        }
    }
    update
}
