//! CloudFormation resources for what belongs to IAM.

use serde_json::{Value, json};

use super::{
    IamEntity, IamSubject,
    cloudformation::{Properties, Resource},
    document_member,
    members::Members,
    policy_parts,
};
use crate::export::{ExportError, Format};

const FORMAT: Format = Format::Cloudformation;

pub(super) fn resource(iam: &IamSubject, after: &Value) -> Result<Resource, ExportError> {
    let refuse = |field: &str| ExportError::Inexpressible { format: FORMAT, field: field.to_owned() };
    Ok(match iam {
        IamSubject::Entity(kind, name) => entity(*kind, name, after)?,
        IamSubject::Trust(_) => return Err(ExportError::PartOf { format: FORMAT, whole: "role" }),
        IamSubject::Policy(arn) => {
            let (name, path) = policy_parts(arn).ok_or_else(|| refuse("policy ARN"))?;
            Resource {
                kind: "AWS::IAM::ManagedPolicy",
                properties: json!({ "ManagedPolicyName": name, "Path": path, "PolicyDocument": after }),
                identifier: json!({ "PolicyArn": arn }),
            }
        }
        IamSubject::Inline(kind, name, policy) => {
            let resource = match kind {
                IamEntity::User => "AWS::IAM::UserPolicy",
                IamEntity::Group => "AWS::IAM::GroupPolicy",
                IamEntity::Role => "AWS::IAM::RolePolicy",
            };
            let whose = format!("{}Name", kind.title());
            Resource {
                kind: resource,
                properties: json!({ "PolicyName": policy, &whose: name, "PolicyDocument": after }),
                identifier: json!({ "PolicyName": policy, whose: name }),
            }
        }
        IamSubject::Attached(kind, ..) => {
            return Err(ExportError::PartOf { format: FORMAT, whole: kind.word() });
        }
        IamSubject::Member { user, group } => Resource {
            kind: "AWS::IAM::UserToGroupAddition",
            properties: json!({ "GroupName": group, "Users": [user] }),
            // Its id is chosen by CloudFormation, so that an existing membership cannot be imported.
            identifier: Value::Null,
        },
        IamSubject::Key { .. } => return Err(refuse("access key")),
    })
}

fn entity(kind: IamEntity, name: &str, after: &Value) -> Result<Resource, ExportError> {
    let trust = document_member(after, "AssumeRolePolicyDocument");
    let mut of = Members::new(after, FORMAT, "")?;
    of.take("AssumeRolePolicyDocument");
    let named = format!("{}Name", kind.title());
    let mut properties = Properties::default();
    properties.put(&named, Some(name.into()));
    properties.put("AssumeRolePolicyDocument", trust);
    for member in ["Path", "Description", "PermissionsBoundary", "MaxSessionDuration", "Tags"] {
        properties.put(member, of.take(member));
    }
    of.end()?;
    let resource = match kind {
        IamEntity::User => "AWS::IAM::User",
        IamEntity::Group => "AWS::IAM::Group",
        IamEntity::Role => "AWS::IAM::Role",
    };
    Ok(Resource { kind: resource, properties: properties.done(), identifier: json!({ named: name }) })
}
