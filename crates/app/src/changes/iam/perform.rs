//! The step that writes something of IAM.

use async_trait::async_trait;
use longshore_ecr::{IamItem, IamItemKind, IamKind};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, RegistryKey},
    changes::documents::Keeping,
    documents::{DocumentKind, value},
    export::iam_subject,
    steps::{Change, DocumentChange, Job, Outcome, ReplacedDocument},
};

/// Creates, replaces or removes something of IAM. The content before is kept, and can be restored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::changes) struct WriteIam {
    pub(in crate::changes) item: IamItem,
    pub(in crate::changes) document: DocumentChange,
}

impl WriteIam {
    fn kind(&self) -> DocumentKind {
        DocumentKind::Iam(self.item.kind())
    }

    fn removes(&self) -> bool {
        self.document.after.is_none()
    }
}

#[typetag::serde(name = "writeIam")]
#[async_trait]
impl Change for WriteIam {
    fn permissions(&self) -> &'static [&'static str] {
        permissions(&self.item, self.document.before.is_none(), self.removes())
    }

    fn is_destructive(&self) -> bool {
        let kind = self.item.kind();
        self.removes() && !matches!(kind, IamItemKind::Attached | IamItemKind::Member)
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().cloned().collect()
    }

    fn document(&self) -> Option<ReplacedDocument<'_>> {
        let shown = self.item.kind().is_document() || self.item.kind() == IamItemKind::Role;
        shown.then_some(ReplacedDocument { kind: None, change: &self.document })
    }

    fn exported(&self) -> Option<longshore_policy::export::Change> {
        let content =
            |text: &Option<String>| Some(value(text.as_deref())).filter(|content| !content.is_null());
        let (before, after) = (content(&self.document.before), content(&self.document.after));
        Some(longshore_policy::export::Change::Other { subject: iam_subject(&self.item), before, after })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        let (kind, key) = (self.kind(), self.item.key());
        let DocumentChange { before, after, .. } = &self.document;
        let now = here.services.iam_item(&self.item).await?;
        let keeping = Keeping::new(kind, &here.key, Some(&key), before.clone(), after.clone());
        if let Some(outcome) = keeping.looked(job, &now).await? {
            return Ok(outcome);
        }
        let (new, meaning) = (kind.read(after.as_deref()), kind.meaning(&here.key));
        let write = here.services.replace_iam(&self.item, &now, &new, &*meaning, &job.app.timing.writes);
        keeping.through(job, write).await?;
        Ok(Outcome::Done(
            if self.removes() { "removed and read back" } else { "written and read back" }.into(),
        ))
    }
}

/// What the caller needs to read and to write an item.
fn permissions(item: &IamItem, creates: bool, removes: bool) -> &'static [&'static str] {
    use IamKind::{Group, Role, User};
    match (item, removes) {
        (IamItem::Entity { kind: User, .. }, false) => &["iam:GetUser", "iam:CreateUser"],
        (IamItem::Entity { kind: Group, .. }, false) => &["iam:GetGroup", "iam:CreateGroup"],
        (IamItem::Entity { kind: Role, .. }, false) => &["iam:GetRole", "iam:CreateRole"],
        (IamItem::Entity { kind: User, .. }, true) => &["iam:GetUser", "iam:DeleteUser"],
        (IamItem::Entity { kind: Group, .. }, true) => &["iam:GetGroup", "iam:DeleteGroup"],
        (IamItem::Entity { kind: Role, .. }, true) => &["iam:GetRole", "iam:DeleteRole"],
        (IamItem::Trust { .. }, _) => &["iam:GetRole", "iam:UpdateAssumeRolePolicy"],
        (IamItem::Policy { .. }, false) if creates => {
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:CreatePolicy"]
        }
        (IamItem::Policy { .. }, false) => &[
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListPolicyVersions",
            "iam:CreatePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:DeletePolicyVersion",
        ],
        (IamItem::Policy { .. }, true) => &[
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListPolicyVersions",
            "iam:DeletePolicyVersion",
            "iam:DeletePolicy",
        ],
        (IamItem::Attached { kind: User, .. }, false) => {
            &["iam:ListAttachedUserPolicies", "iam:AttachUserPolicy"]
        }
        (IamItem::Attached { kind: Group, .. }, false) => {
            &["iam:ListAttachedGroupPolicies", "iam:AttachGroupPolicy"]
        }
        (IamItem::Attached { kind: Role, .. }, false) => {
            &["iam:ListAttachedRolePolicies", "iam:AttachRolePolicy"]
        }
        (IamItem::Attached { kind: User, .. }, true) => {
            &["iam:ListAttachedUserPolicies", "iam:DetachUserPolicy"]
        }
        (IamItem::Attached { kind: Group, .. }, true) => {
            &["iam:ListAttachedGroupPolicies", "iam:DetachGroupPolicy"]
        }
        (IamItem::Attached { kind: Role, .. }, true) => {
            &["iam:ListAttachedRolePolicies", "iam:DetachRolePolicy"]
        }
        (IamItem::Inline { kind: User, .. }, false) => &["iam:GetUserPolicy", "iam:PutUserPolicy"],
        (IamItem::Inline { kind: Group, .. }, false) => &["iam:GetGroupPolicy", "iam:PutGroupPolicy"],
        (IamItem::Inline { kind: Role, .. }, false) => &["iam:GetRolePolicy", "iam:PutRolePolicy"],
        (IamItem::Inline { kind: User, .. }, true) => &["iam:GetUserPolicy", "iam:DeleteUserPolicy"],
        (IamItem::Inline { kind: Group, .. }, true) => &["iam:GetGroupPolicy", "iam:DeleteGroupPolicy"],
        (IamItem::Inline { kind: Role, .. }, true) => &["iam:GetRolePolicy", "iam:DeleteRolePolicy"],
        (IamItem::Member { .. }, false) => &["iam:ListGroupsForUser", "iam:AddUserToGroup"],
        (IamItem::Member { .. }, true) => &["iam:ListGroupsForUser", "iam:RemoveUserFromGroup"],
        (IamItem::Key { .. }, false) => &["iam:ListAccessKeys", "iam:UpdateAccessKey"],
        (IamItem::Key { .. }, true) => &["iam:ListAccessKeys", "iam:DeleteAccessKey"],
    }
}
