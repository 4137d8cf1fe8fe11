//! The request that writes an [`IamItem`].

use serde_json::Value;

use super::{
    IamItem, IamKind,
    call::{Input, input},
    keys::status,
};
use crate::{EcrError, EcrErrorKind, services::Services};

/// Versions that a managed policy may have (IAM quotas).
const MOST_VERSIONS: usize = 5;

impl IamItem {
    /// The operation that makes `new` of `expected`, as AWS names it.
    pub fn operation(&self, expected: &Value, new: &Value) -> &'static str {
        let of = |kind: IamKind, user, group, role| match kind {
            IamKind::User => user,
            IamKind::Group => group,
            IamKind::Role => role,
        };
        match (self, new.is_null()) {
            (Self::Entity { kind, .. }, false) => of(*kind, "CreateUser", "CreateGroup", "CreateRole"),
            (Self::Entity { kind, .. }, true) => of(*kind, "DeleteUser", "DeleteGroup", "DeleteRole"),
            (Self::Trust { .. }, _) => "UpdateAssumeRolePolicy",
            (Self::Policy { .. }, false) if expected.is_null() => "CreatePolicy",
            (Self::Policy { .. }, false) => "CreatePolicyVersion",
            (Self::Policy { .. }, true) => "DeletePolicy",
            (Self::Attached { kind, .. }, false) => {
                of(*kind, "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy")
            }
            (Self::Attached { kind, .. }, true) => {
                of(*kind, "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy")
            }
            (Self::Inline { kind, .. }, false) => {
                of(*kind, "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
            }
            (Self::Inline { kind, .. }, true) => {
                of(*kind, "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy")
            }
            (Self::Member { .. }, false) => "AddUserToGroup",
            (Self::Member { .. }, true) => "RemoveUserFromGroup",
            (Self::Key { .. }, false) => "UpdateAccessKey",
            (Self::Key { .. }, true) => "DeleteAccessKey",
        }
    }

    /// What its operation is sent with.
    fn input(&self, new: &Value) -> Result<Input, &'static str> {
        let document = || ("PolicyDocument".to_owned(), text(new));
        let with = |mut input: Input, more: Option<(String, String)>| {
            input.extend(more);
            input
        };
        let written = (!new.is_null()).then(document);
        Ok(match self {
            Self::Entity { kind, name } => {
                let named = input([(kind.name(), name)]);
                if new.is_null() { named } else { created(named, *kind, new) }
            }
            Self::Trust { .. } if new.is_null() => return Err("a role always has a trust policy"),
            Self::Trust { role } => with(input([("RoleName", role)]), written),
            Self::Policy { arn } if new.is_null() => input([("PolicyArn", arn)]),
            Self::Policy { arn } => {
                let (name, path) = Self::policy_parts(arn).ok_or("this is not the ARN of a policy")?;
                with(input([("PolicyName", name), ("Path", path)]), written)
            }
            Self::Attached { kind, name, arn } => input([(kind.name(), name), ("PolicyArn", arn)]),
            Self::Inline { kind, name, policy } => {
                with(input([(kind.name(), name), ("PolicyName", policy)]), written)
            }
            Self::Member { user, group } => input([("UserName", user), ("GroupName", group)]),
            Self::Key { user, id } if new.is_null() => input([("UserName", user), ("AccessKeyId", id)]),
            Self::Key { user, id } => {
                let active = status(new.as_str() == Some(status(true)));
                input([("UserName", user), ("AccessKeyId", id), ("Status", active)])
            }
        })
    }
}

/// A document as it is sent: as written if it was a text.
fn text(document: &Value) -> String {
    document.as_str().map_or_else(|| document.to_string(), str::to_owned)
}

/// The parameters of something new.
fn created(mut input: Input, kind: IamKind, from: &Value) -> Input {
    const MEMBERS: [&str; 4] = ["Path", "Description", "PermissionsBoundary", "MaxSessionDuration"];
    for name in MEMBERS {
        if let Some(value) = from.get(name) {
            input.push((name.to_owned(), text(value)));
        }
    }
    if kind == IamKind::Role
        && let Some(trust) = from.get("AssumeRolePolicyDocument")
    {
        input.push(("AssumeRolePolicyDocument".to_owned(), text(trust)));
    }
    for (n, tag) in from.get("Tags").and_then(Value::as_array).into_iter().flatten().enumerate() {
        for name in ["Key", "Value"] {
            let value = tag.get(name).and_then(Value::as_str).unwrap_or_default();
            input.push((format!("Tags.member.{}.{name}", n + 1), value.to_owned()));
        }
    }
    input
}

impl Services {
    /// Sends what makes `new` of `expected`, and no further request that could make it.
    pub(super) async fn send_iam(
        &self,
        item: &IamItem,
        expected: &Value,
        new: &Value,
    ) -> Result<(), EcrError> {
        let operation = item.operation(expected, new);
        let input = item.input(new).map_err(|problem| self.protocol(operation, problem))?;
        match (item, expected.is_null(), new.is_null()) {
            (IamItem::Policy { arn }, false, false) => self.new_version(arn, new).await,
            (IamItem::Policy { arn }, _, true) => {
                self.delete_versions(arn).await?;
                self.iam_do(operation, input).await
            }
            _ => self.iam_do(operation, input).await,
        }
    }

    /// Brings a document into force: as the version that says so already, or as a new one.
    async fn new_version(&self, arn: &str, new: &Value) -> Result<(), EcrError> {
        let versions = self.iam_versions(arn).await.map_err(unsent)?;
        for version in versions.iter().filter(|version| !version.is_default) {
            let text = self.iam_version(arn, &version.id).await.map_err(unsent)?;
            let is_it = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()).as_ref() == Some(new);
            if is_it {
                let of = input([("PolicyArn", arn), ("VersionId", &version.id)]);
                return self.iam_do("SetDefaultPolicyVersion", of).await;
            }
        }
        if versions.len() >= MOST_VERSIONS
            && let Some(oldest) = versions.iter().rfind(|version| !version.is_default)
        {
            self.delete_version(arn, &oldest.id).await?;
        }
        let of = input([("PolicyArn", arn), ("PolicyDocument", &text(new)), ("SetAsDefault", "true")]);
        self.iam_do("CreatePolicyVersion", of).await
    }

    /// Deletes all versions that are not in force, so that the policy can be deleted.
    async fn delete_versions(&self, arn: &str) -> Result<(), EcrError> {
        for version in self.iam_versions(arn).await?.iter().filter(|version| !version.is_default) {
            self.delete_version(arn, &version.id).await?;
        }
        Ok(())
    }

    async fn delete_version(&self, arn: &str, version: &str) -> Result<(), EcrError> {
        let of = input([("PolicyArn", arn), ("VersionId", version)]);
        super::call::absent(self.iam_do("DeletePolicyVersion", of).await).map(drop)
    }
}

/// A read that fails before a write leaves everything as it is.
fn unsent(error: EcrError) -> EcrError {
    let call = error.call.clone();
    EcrErrorKind::NotSent { cause: Box::new(error) }.of(call)
}
