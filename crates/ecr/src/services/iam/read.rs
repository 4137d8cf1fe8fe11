//! Reads of users, groups, roles and policies.

use super::{
    AttachedPolicy, IamEntity, IamKind, IamPolicy, ListedPolicies, PolicyUse, PolicyVersion, call::input,
    model::decoded,
};
use crate::{EcrError, client::xml::Node, services::Services};

impl Services {
    /// All users, groups or roles of the account.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:ListUsers`, `iam:ListGroups` or `iam:ListRoles`.
    pub async fn iam_entities(&self, kind: IamKind) -> Result<Vec<IamEntity>, EcrError> {
        let (operation, list) = match kind {
            IamKind::User => ("ListUsers", "Users"),
            IamKind::Group => ("ListGroups", "Groups"),
            IamKind::Role => ("ListRoles", "Roles"),
        };
        self.iam_list(operation, Vec::new(), list, |one| IamEntity::read(kind, one)).await
    }

    /// A user, a group or a role; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetUser`, `iam:GetGroup` or `iam:GetRole`.
    pub async fn iam_entity(&self, kind: IamKind, name: &str) -> Result<Option<IamEntity>, EcrError> {
        let operation = match kind {
            IamKind::User => "GetUser",
            IamKind::Group => "GetGroup",
            IamKind::Role => "GetRole",
        };
        let answer = self.iam_find(operation, input([(kind.name(), name)])).await?;
        let Some(answer) = answer else { return Ok(None) };
        let read = answer.child(kind.element()).and_then(|one| IamEntity::read(kind, one));
        read.map(Some).ok_or_else(|| self.protocol(operation, "there is none in it"))
    }

    /// The managed policies of the account, or of AWS.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:ListPolicies`.
    pub async fn iam_policies(&self, scope: ListedPolicies) -> Result<Vec<IamPolicy>, EcrError> {
        let scope = match scope {
            ListedPolicies::Own => "Local",
            ListedPolicies::Aws => "AWS",
        };
        self.iam_list("ListPolicies", input([("Scope", scope)]), "Policies", IamPolicy::read).await
    }

    /// A managed policy; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetPolicy`.
    pub async fn iam_policy(&self, arn: &str) -> Result<Option<IamPolicy>, EcrError> {
        let answer = self.iam_find("GetPolicy", input([("PolicyArn", arn)])).await?;
        let Some(answer) = answer else { return Ok(None) };
        let read = answer.child("Policy").and_then(IamPolicy::read);
        read.map(Some).ok_or_else(|| self.protocol("GetPolicy", "there is none in it"))
    }

    /// The document of a managed policy that is in force; `None` if the policy does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetPolicy` and `iam:GetPolicyVersion`.
    pub async fn iam_policy_document(&self, arn: &str) -> Result<Option<String>, EcrError> {
        match self.iam_policy(arn).await? {
            Some(policy) => self.iam_version(arn, &policy.default_version).await,
            None => Ok(None),
        }
    }

    /// The document of a version of a managed policy; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetPolicyVersion`.
    pub async fn iam_version(&self, arn: &str, version: &str) -> Result<Option<String>, EcrError> {
        let of = input([("PolicyArn", arn), ("VersionId", version)]);
        let answer = self.iam_find("GetPolicyVersion", of).await?;
        let Some(answer) = answer else { return Ok(None) };
        let text = answer.child("PolicyVersion").and_then(|one| one.text_of("Document"));
        let text = text.map(decoded);
        text.map(Some).ok_or_else(|| self.protocol("GetPolicyVersion", "there is no document in it"))
    }

    /// The versions of a managed policy, the newest first.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:ListPolicyVersions`.
    pub async fn iam_versions(&self, arn: &str) -> Result<Vec<PolicyVersion>, EcrError> {
        let of = input([("PolicyArn", arn)]);
        let mut all = self.iam_list("ListPolicyVersions", of, "Versions", PolicyVersion::read).await?;
        all.sort_by_key(|version| std::cmp::Reverse(version.number()));
        Ok(all)
    }

    /// What a managed policy is attached to, or bounds.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:ListEntitiesForPolicy`.
    pub async fn iam_uses(&self, arn: &str) -> Result<Vec<PolicyUse>, EcrError> {
        let mut all = Vec::new();
        for (usage, as_boundary) in [("PermissionsPolicy", false), ("PermissionsBoundary", true)] {
            for (kind, list) in [
                (IamKind::User, "PolicyUsers"),
                (IamKind::Group, "PolicyGroups"),
                (IamKind::Role, "PolicyRoles"),
            ] {
                if as_boundary && kind == IamKind::Group {
                    continue;
                }
                let filter = match kind {
                    IamKind::User => "User",
                    IamKind::Group => "Group",
                    IamKind::Role => "Role",
                };
                let of = input([("PolicyArn", arn), ("EntityFilter", filter), ("PolicyUsageFilter", usage)]);
                let one = |node: &Node| {
                    let name = node.text_of(kind.name())?.to_owned();
                    Some(PolicyUse { kind, name, as_boundary })
                };
                all.extend(self.iam_list("ListEntitiesForPolicy", of, list, one).await?);
            }
        }
        Ok(all)
    }

    /// The managed policies that are attached to a user, a group or a role.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:ListAttachedUserPolicies` and so on.
    pub async fn iam_attached(&self, kind: IamKind, name: &str) -> Result<Vec<AttachedPolicy>, EcrError> {
        let operation = match kind {
            IamKind::User => "ListAttachedUserPolicies",
            IamKind::Group => "ListAttachedGroupPolicies",
            IamKind::Role => "ListAttachedRolePolicies",
        };
        let one = |node: &Node| {
            Some(AttachedPolicy {
                arn: node.text_of("PolicyArn")?.to_owned(),
                name: node.text_of("PolicyName").unwrap_or_default().to_owned(),
            })
        };
        self.iam_list(operation, input([(kind.name(), name)]), "AttachedPolicies", one).await
    }

    /// The names of the inline policies of a user, a group or a role.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:ListUserPolicies` and so on.
    pub async fn iam_inline_names(&self, kind: IamKind, name: &str) -> Result<Vec<String>, EcrError> {
        let operation = match kind {
            IamKind::User => "ListUserPolicies",
            IamKind::Group => "ListGroupPolicies",
            IamKind::Role => "ListRolePolicies",
        };
        let one = |node: &Node| Some(node.text().trim().to_owned());
        self.iam_list(operation, input([(kind.name(), name)]), "PolicyNames", one).await
    }

    /// The document of an inline policy; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetUserPolicy` and so on.
    pub async fn iam_inline(
        &self,
        kind: IamKind,
        name: &str,
        policy: &str,
    ) -> Result<Option<String>, EcrError> {
        let operation = match kind {
            IamKind::User => "GetUserPolicy",
            IamKind::Group => "GetGroupPolicy",
            IamKind::Role => "GetRolePolicy",
        };
        let answer = self.iam_find(operation, input([(kind.name(), name), ("PolicyName", policy)])).await?;
        let Some(answer) = answer else { return Ok(None) };
        let text = answer.text_of("PolicyDocument").map(decoded);
        text.map(Some).ok_or_else(|| self.protocol(operation, "there is no document in it"))
    }

    /// The names of the groups that a user is in.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:ListGroupsForUser`.
    pub async fn iam_groups_of(&self, user: &str) -> Result<Vec<String>, EcrError> {
        let one = |node: &Node| Some(node.text_of("GroupName")?.to_owned());
        self.iam_list("ListGroupsForUser", input([("UserName", user)]), "Groups", one).await
    }

    /// The names of the users in a group.
    ///
    /// # Errors
    /// As calls to ECR; `iam-not-found`; `access-denied` without `iam:GetGroup`.
    pub async fn iam_members(&self, group: &str) -> Result<Vec<String>, EcrError> {
        let one = |node: &Node| Some(node.text_of("UserName")?.to_owned());
        self.iam_list("GetGroup", input([("GroupName", group)]), "Users", one).await
    }
}
