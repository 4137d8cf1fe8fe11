//! AWS CLI commands for what belongs to IAM.

use serde_json::{Value, json};

use super::{
    IamEntity, IamSubject, policy_parts,
    script::{Commands, quoted},
};
use crate::export::{ExportError, Format};

/// What IAM says when something, or whom it belongs to, does not exist.
const ABSENT: &str = "NoSuchEntity";

pub(super) fn commands(iam: &IamSubject, after: Option<&Value>, at: &str) -> Result<Commands, ExportError> {
    let run = |text: String| format!("aws iam {text}{at}");
    let written = |text: String| vec![format!("{} > /dev/null", run(text))];
    let mut out = Commands {
        read: String::new(),
        absent: Some(ABSENT),
        create: Vec::new(),
        replace: Vec::new(),
        delete: Vec::new(),
        files: Vec::new(),
        notes: Vec::new(),
    };
    const DOCUMENT: &str = "\"file://$work/after.json\"";
    match iam {
        IamSubject::Entity(kind, name) => {
            let (word, title) = (kind.word(), kind.title());
            let members = match kind {
                IamEntity::Group => "{Path:Path}",
                IamEntity::User => {
                    "{Path:Path,PermissionsBoundary:PermissionsBoundary.PermissionsBoundaryArn,Tags:Tags}"
                }
                IamEntity::Role => {
                    "{Path:Path,AssumeRolePolicyDocument:AssumeRolePolicyDocument,Description:Description,\
                     MaxSessionDuration:MaxSessionDuration,PermissionsBoundary:PermissionsBoundary.PermissionsBoundaryArn,\
                     Tags:Tags}"
                }
            };
            let named = quoted(name);
            out.read =
                run(format!("get-{word} --{word}-name {named} --query '{title}.{members}' --output json"));
            if let Some(after) = after {
                out.files.push(("input.json", entity_input(*kind, name, after)));
            }
            out.create = written(format!("create-{word} --cli-input-json \"file://$work/input.json\""));
            out.replace = vec![
                "{ echo 'Stopped: IAM has no command that replaces it as a whole. Nothing was written.' >&2; exit 1; }"
                    .into(),
            ];
            out.delete = written(format!("delete-{word} --{word}-name {named}"));
        }
        IamSubject::Trust(role) => {
            let role = quoted(role);
            out.read = run(format!(
                "get-role --role-name {role} --query Role.AssumeRolePolicyDocument --output json"
            ));
            out.replace =
                written(format!("update-assume-role-policy --role-name {role} --policy-document {DOCUMENT}"));
            out.create = vec!["{ echo 'Stopped: the role does not exist.' >&2; exit 1; }".into()];
            out.delete = vec!["{ echo 'Stopped: a role always has a trust policy.' >&2; exit 1; }".into()];
        }
        IamSubject::Policy(arn) => {
            let unreadable =
                ExportError::Inexpressible { format: Format::Cli, field: format!("policy ARN {arn}") };
            let (name, path) = policy_parts(arn).ok_or(unreadable)?;
            let arn = quoted(arn);
            let version =
                run(format!("get-policy --policy-arn {arn} --query Policy.DefaultVersionId --output text"));
            let document = run(format!(
                "get-policy-version --policy-arn {arn} --version-id \"$version\" --query PolicyVersion.Document \
                 --output json"
            ));
            out.read = format!("version=$({version} 2> \"$work/error\") && {document}");
            out.create = written(format!(
                "create-policy --policy-name {} --path {} --policy-document {DOCUMENT}",
                quoted(name),
                quoted(path)
            ));
            out.replace = written(format!(
                "create-policy-version --policy-arn {arn} --policy-document {DOCUMENT} --set-as-default"
            ));
            out.delete = written(format!("delete-policy --policy-arn {arn}"));
            out.notes.push(
                "A policy has at most five versions: delete an old one first if it has five. It is deleted only \
                 when nothing uses it and it has one version."
                    .into(),
            );
        }
        IamSubject::Inline(kind, name, policy) => {
            let (word, name, policy) = (kind.word(), quoted(name), quoted(policy));
            let of = format!("--{word}-name {name} --policy-name {policy}");
            out.read = run(format!("get-{word}-policy {of} --query PolicyDocument --output json"));
            out.create = written(format!("put-{word}-policy {of} --policy-document {DOCUMENT}"));
            out.delete = written(format!("delete-{word}-policy {of}"));
        }
        IamSubject::Attached(kind, name, arn) => {
            let (word, name) = (kind.word(), quoted(name));
            let query = quoted(&format!("length(AttachedPolicies[?PolicyArn=='{arn}']) == `1` || `null`"));
            out.read = run(format!(
                "list-attached-{word}-policies --{word}-name {name} --query {query} --output json"
            ));
            let call = |verb: &str| {
                format!("{verb}-{word}-policy --{word}-name {name} --policy-arn {}", quoted(arn))
            };
            out.create = written(call("attach"));
            out.delete = written(call("detach"));
        }
        IamSubject::Member { user, group } => {
            let query = quoted(&format!("length(Groups[?GroupName=='{group}']) == `1` || `null`"));
            let (user, group) = (quoted(user), quoted(group));
            out.read = run(format!("list-groups-for-user --user-name {user} --query {query} --output json"));
            let call = |verb: &str| format!("{verb} --user-name {user} --group-name {group}");
            out.create = written(call("add-user-to-group"));
            out.delete = written(call("remove-user-from-group"));
        }
        IamSubject::Key { user, id } => {
            let query = quoted(&format!("AccessKeyMetadata[?AccessKeyId=='{id}'].Status | [0]"));
            let (user, id) = (quoted(user), quoted(id));
            out.read = run(format!("list-access-keys --user-name {user} --query {query} --output json"));
            let status = quoted(after.and_then(Value::as_str).unwrap_or("Inactive"));
            out.create = vec!["{ echo 'Stopped: the access key does not exist.' >&2; exit 1; }".into()];
            out.replace = written(format!(
                "update-access-key --user-name {user} --access-key-id {id} --status {status}"
            ));
            out.delete = written(format!("delete-access-key --user-name {user} --access-key-id {id}"));
        }
    }
    if out.replace.is_empty() {
        out.replace = out.create.clone();
    }
    Ok(out)
}

/// The input of `CreateUser`, `CreateGroup` or `CreateRole`.
fn entity_input(kind: IamEntity, name: &str, after: &Value) -> Value {
    let mut input = json!({ format!("{}Name", kind.title()): name });
    for (member, value) in after.as_object().into_iter().flatten() {
        input[member] = match value {
            Value::Object(_) => value.to_string().into(),
            _ => value.clone(),
        };
    }
    input
}
