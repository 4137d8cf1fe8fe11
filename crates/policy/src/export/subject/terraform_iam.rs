//! Terraform resources for what belongs to IAM.

use serde_json::Value;

use super::{
    IamEntity, IamSubject, document_member,
    members::Members,
    policy_parts,
    terraform::{Resource, attribute, encoded, tags},
};
use crate::export::{ExportError, Format, hcl::quoted};

const FORMAT: Format = Format::Terraform;

pub(super) fn resource(iam: &IamSubject, after: &Value) -> Result<Resource, ExportError> {
    let line = |name: &str, text: &str| format!("  {name} = {}\n", quoted(text));
    let refuse = |field: &str| ExportError::Inexpressible { format: FORMAT, field: field.to_owned() };
    Ok(match iam {
        IamSubject::Entity(kind, name) => entity(*kind, name, after)?,
        IamSubject::Trust(_) => return Err(ExportError::PartOf { format: FORMAT, whole: "role" }),
        IamSubject::Policy(arn) => {
            let (name, path) = policy_parts(arn).ok_or_else(|| refuse("policy ARN"))?;
            let body = line("name", name) + &line("path", path) + &encoded("policy", Some(after));
            Resource { kind: "aws_iam_policy", body, id: arn.clone() }
        }
        IamSubject::Inline(kind, name, policy) => {
            let body = line("name", policy) + &line(kind.word(), name) + &encoded("policy", Some(after));
            let resource = match kind {
                IamEntity::User => "aws_iam_user_policy",
                IamEntity::Group => "aws_iam_group_policy",
                IamEntity::Role => "aws_iam_role_policy",
            };
            Resource { kind: resource, body, id: format!("{name}:{policy}") }
        }
        IamSubject::Attached(kind, name, arn) => {
            let resource = match kind {
                IamEntity::User => "aws_iam_user_policy_attachment",
                IamEntity::Group => "aws_iam_group_policy_attachment",
                IamEntity::Role => "aws_iam_role_policy_attachment",
            };
            let body = line(kind.word(), name) + &line("policy_arn", arn);
            Resource { kind: resource, body, id: format!("{name}/{arn}") }
        }
        IamSubject::Member { user, group } => Resource {
            kind: "aws_iam_user_group_membership",
            body: line("user", user) + &format!("  groups = [{}]\n", quoted(group)),
            id: format!("{user}/{group}"),
        },
        // Its secret is created by IAM, and would be in Terraform's state.
        IamSubject::Key { .. } => return Err(refuse("access key")),
    })
}

fn entity(kind: IamEntity, name: &str, after: &Value) -> Result<Resource, ExportError> {
    let trust = document_member(after, "AssumeRolePolicyDocument");
    let mut of = Members::new(after, FORMAT, "")?;
    of.take("AssumeRolePolicyDocument");
    let mut body = format!("  name = {}\n", quoted(name));
    for (attribute_name, member) in [
        ("path", "Path"),
        ("description", "Description"),
        ("permissions_boundary", "PermissionsBoundary"),
        ("max_session_duration", "MaxSessionDuration"),
    ] {
        body.push_str(&attribute(attribute_name, of.take(member).as_ref()));
    }
    body.push_str(&encoded("assume_role_policy", trust.as_ref()));
    body.push_str(&tags("tags", of.objects("Tags")?)?);
    of.end()?;
    let resource = match kind {
        IamEntity::User => "aws_iam_user",
        IamEntity::Group => "aws_iam_group",
        IamEntity::Role => "aws_iam_role",
    };
    Ok(Resource { kind: resource, body, id: name.to_owned() })
}
