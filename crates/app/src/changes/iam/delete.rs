//! Plans that delete: with everything that belongs to what is deleted, each as a step of its own.

use longshore_ecr::{IamItem, IamKind};
use longshore_policy::iam::lint::PolicyKind;
use serde_json::Value;

use super::{
    create::service_linked,
    grants::{Effect, effect},
    input,
    plan::{Planning, who},
};
use crate::api::{ApiError, IamName, Side};

/// Deletes a user, a group or a role.
pub(super) async fn entity(planning: &mut Planning, of: &IamName) -> Result<(), ApiError> {
    let Some(entity) = planning.existing(of, "of").await? else { return Ok(()) };
    let (kind, name) = (entity.kind, entity.name.clone());
    planning.protect(kind, &name, true);
    service_linked(planning, &entity);
    let on = Value::Bool(true);
    let remove = |planning: &mut Planning, item: IamItem| {
        planning.write(item, &on, &Value::Null, Effect::default());
    };
    if kind == IamKind::User {
        let keys = planning.services.iam_keys(&name).await?;
        if !keys.is_empty() {
            let text = "Deleted access keys cannot come back: nobody knows their secrets any more.";
            planning.warning("iam-key-gone", text, Some("Deactivate them first to see who still uses them."));
        }
        for key in keys {
            let word = if key.active { "Active" } else { "Inactive" };
            let item = IamItem::Key { user: name.clone(), id: key.id };
            planning.write(item, &word.into(), &Value::Null, Effect::default());
        }
        for group in planning.services.iam_groups_of(&name).await? {
            remove(planning, IamItem::Member { user: name.clone(), group });
        }
    }
    if kind == IamKind::Group {
        for user in planning.services.iam_members(&name).await? {
            planning.protect(IamKind::User, &user, true);
            planning.member(&user, &name, false).await?;
        }
    }
    for policy in planning.services.iam_attached(kind, &name).await? {
        remove(planning, IamItem::Attached { kind, name: name.clone(), arn: policy.arn });
    }
    for policy in planning.services.iam_inline_names(kind, &name).await? {
        inline_of(planning, kind, &name, &policy, Effect::default()).await?;
    }
    let now = entity.value();
    planning.write(IamItem::Entity { kind, name }, &now, &Value::Null, Effect::default());
    Ok(())
}

/// Deletes an inline policy.
pub(super) async fn inline(planning: &mut Planning, of: &IamName, policy: &str) -> Result<(), ApiError> {
    let (kind, name) = input::entity(of, "of")?;
    let policy = input::name(policy, 128, "policy")?;
    planning.existing(of, "of").await?;
    planning.protect(kind, &name, true);
    let Some(text) = planning.services.iam_inline(kind, &name, &policy).await? else {
        let text = format!("{} `{name}` has no inline policy `{policy}`.", capital(kind));
        return Err(ApiError::new("iam-not-found", Side::Input, text).at("policy"));
    };
    let change = effect(Some(&text), None, PolicyKind::Identity, Some(&who(kind, &name)));
    inline_of(planning, kind, &name, &policy, change).await
}

async fn inline_of(
    planning: &mut Planning,
    kind: IamKind,
    name: &str,
    policy: &str,
    change: Effect,
) -> Result<(), ApiError> {
    let item = IamItem::Inline { kind, name: name.to_owned(), policy: policy.to_owned() };
    let now = planning.services.iam_item(&item).await?;
    planning.write(item, &now, &Value::Null, change);
    Ok(())
}

/// Deletes a managed policy, after it was detached from everything.
pub(super) async fn policy(planning: &mut Planning, arn: &str) -> Result<(), ApiError> {
    let policy = planning.policy(arn, "arn").await?;
    if policy.of_aws {
        let text = format!("AWS manages the policy `{}`; nobody else can delete it.", policy.name);
        return Err(ApiError::new("iam-unmodifiable", Side::Input, text)
            .at("arn")
            .hint("Detach it where it is not wanted."));
    }
    let item = IamItem::Policy { arn: policy.arn.clone() };
    let now = planning.services.iam_item(&item).await?;
    let text = now.to_string();
    for of in planning.services.iam_uses(&policy.arn).await? {
        if of.as_boundary {
            let text = format!("The policy is the permissions boundary of {} `{}`.", of.kind.word(), of.name);
            planning.error("iam-boundary-in-use", text, "Give it another permissions boundary first.");
            continue;
        }
        planning.protect(of.kind, &of.name, true);
        planning.attach(of.kind, &of.name, &[(policy.arn.clone(), text.clone())], false).await?;
    }
    let versions = planning.services.iam_versions(&policy.arn).await?.len();
    if versions > 1 {
        let text = format!("Its {} versions that are not in force are deleted with it.", versions - 1);
        planning.warning(
            "iam-version-lost",
            text,
            Some("An undo restores the version that is in force. Keep copies of the others."),
        );
    }
    planning.write(item, &now, &Value::Null, Effect::default());
    Ok(())
}

fn capital(kind: IamKind) -> String {
    longshore_names::capital(kind.word())
}
