//! Plans that create or write: users, groups, roles, policies and their versions.

use longshore_ecr::{IamEntity, IamItem, IamKind};
use longshore_policy::iam::lint::PolicyKind;
use serde_json::Value;

use super::{
    grants::{Effect, effect},
    input,
    plan::{Planning, who},
};
use crate::api::{self, ApiError, IamName, Side};

/// Versions that a managed policy may have (IAM quotas).
const MOST_VERSIONS: usize = 5;
/// Characters of a trust policy without and with a raised quota, without white space (IAM quotas).
const MOST_TRUST: (usize, usize) = (2_048, 8_192);

/// Something new.
pub(super) struct Wanted {
    pub(super) of: IamName,
    pub(super) path: String,
    pub(super) trust: Option<String>,
    pub(super) description: Option<String>,
    pub(super) policies: Vec<String>,
    pub(super) with: Vec<String>,
}

/// Creates a user, a group or a role, with policies and memberships.
pub(super) async fn entity(planning: &mut Planning, wanted: Wanted) -> Result<(), ApiError> {
    let (kind, name) = input::entity(&wanted.of, "name")?;
    let path = input::path(&wanted.path)?;
    planning.protect(kind, &name, false);
    if let Some(known) = planning.services.iam_entity(kind, &name).await? {
        let text = format!("{} already has the {} `{}`.", planning.account, kind.word(), known.name);
        return Err(ApiError::new("iam-already-exists", Side::Input, text).at("name"));
    }
    let mut new = IamEntity {
        kind,
        name: name.clone(),
        path,
        arn: String::new(),
        created: None,
        boundary: None,
        trust: None,
        description: wanted.description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        longest_session: None,
        tags: Vec::new(),
    };
    let mut change = Effect::default();
    if kind == IamKind::Role {
        let text = wanted.trust.unwrap_or_default();
        let typed = trusted(planning, &text, "trust")?;
        change = effect(None, Some(&typed), PolicyKind::Trust, None);
        new.trust = Some(typed);
    }
    planning.write(IamItem::Entity { kind, name: name.clone() }, &Value::Null, &new.value(), change);
    let mut policies = Vec::new();
    for (index, policy) in wanted.policies.iter().enumerate() {
        let policy = planning.policy(policy, &format!("policies[{index}]")).await?;
        let text = planning.services.iam_policy_document(&policy.arn).await?.unwrap_or_default();
        policies.push((policy.arn, text));
    }
    planning.attach(kind, &name, &policies, true).await?;
    for (index, other) in wanted.with.iter().enumerate() {
        let field = format!("with[{index}]");
        let of = match kind {
            IamKind::User => IamName { kind: api::IamKind::Group, name: other.clone() },
            IamKind::Group => IamName { kind: api::IamKind::User, name: other.clone() },
            IamKind::Role => {
                let text = "A role is in no group.";
                return Err(ApiError::input("iam-role-in-group", field, text));
            }
        };
        planning.existing(&of, &field).await?;
        let (_, other) = input::entity(&of, &field)?;
        let (user, group) = if kind == IamKind::User { (&name, &other) } else { (&other, &name) };
        planning.protect(IamKind::User, user, false);
        planning.member(user, group, true).await?;
    }
    Ok(())
}

/// Creates a managed policy, and attaches it.
pub(super) async fn policy(
    planning: &mut Planning,
    name: &str,
    path: &str,
    text: &str,
    attach: &[IamName],
) -> Result<(), ApiError> {
    let name = input::name(name, 128, "name")?;
    let path = input::path(path)?;
    let typed = input::document(text, PolicyKind::Identity, "text")?.fits_managed()?;
    planning.draft.content.findings.extend(typed.findings.iter().cloned());
    let registry = &planning.services.registry;
    let partition = registry.region.partition().id();
    let arn = format!("arn:{partition}:iam::{}:policy{path}{name}", registry.account);
    if planning.services.iam_policy(&arn).await?.is_some() {
        let text = format!("{} already has the policy `{name}`.", planning.account);
        let hint = "Change that policy, or choose another name.";
        return Err(ApiError::new("iam-already-exists", Side::Input, text).at("name").hint(hint));
    }
    let written = typed.text();
    let change = effect(None, Some(&written), PolicyKind::Identity, None);
    // Those to whom it is attached are named there.
    let change = if attach.is_empty() { change } else { Effect::default() };
    planning.write(IamItem::Policy { arn: arn.clone() }, &Value::Null, &typed.value, change);
    for (index, one) in attach.iter().enumerate() {
        let field = format!("attach[{index}]");
        planning.existing(one, &field).await?;
        let (kind, name) = input::entity(one, &field)?;
        planning.protect(kind, &name, false);
        planning.attach(kind, &name, &[(arn.clone(), written.clone())], true).await?;
    }
    Ok(())
}

/// Brings a new version of a managed policy into force.
pub(super) async fn version(planning: &mut Planning, arn: &str, text: &str) -> Result<(), ApiError> {
    let policy = planning.policy(arn, "arn").await?;
    if policy.of_aws {
        let text = format!("AWS manages the policy `{}`; nobody else can change it.", policy.name);
        return Err(ApiError::new("iam-unmodifiable", Side::Input, text)
            .at("arn")
            .hint("Create a policy of the account's own."));
    }
    let typed = input::document(text, PolicyKind::Identity, "text")?.fits_managed()?;
    let item = IamItem::Policy { arn: policy.arn.clone() };
    let now = planning.services.iam_item(&item).await?;
    if now == typed.value {
        planning.already();
        return Ok(());
    }
    planning.draft.content.findings.extend(typed.findings.iter().cloned());
    let versions = planning.services.iam_versions(&policy.arn).await?;
    let oldest = versions.iter().rfind(|version| !version.is_default);
    if let Some(oldest) = oldest.filter(|_| versions.len() >= MOST_VERSIONS) {
        let text = format!(
            "The policy has {MOST_VERSIONS} versions, as many as IAM keeps: its oldest, {}, is deleted, unless an \
             older one says the same as the new one.",
            oldest.id
        );
        planning.warning("iam-version-lost", text, Some("Keep a copy of it if it is still needed."));
    }
    for of in planning.services.iam_uses(&policy.arn).await?.iter().filter(|of| !of.as_boundary) {
        planning.protect(of.kind, &of.name, true);
    }
    let (before, after) = (now.to_string(), typed.text());
    let change = effect(Some(&before), Some(&after), PolicyKind::Identity, None);
    planning.write(item, &now, &typed.value, change);
    Ok(())
}

/// Writes an inline policy.
pub(super) async fn inline(
    planning: &mut Planning,
    of: &IamName,
    policy: &str,
    text: &str,
) -> Result<(), ApiError> {
    let (kind, name) = input::entity(of, "of")?;
    let policy = input::name(policy, 128, "policy")?;
    planning.existing(of, "of").await?;
    planning.protect(kind, &name, true);
    let typed = input::document(text, PolicyKind::Identity, "text")?;
    let mut others = 0;
    for other in planning.services.iam_inline_names(kind, &name).await? {
        if other != policy {
            let text = planning.services.iam_inline(kind, &name, &other).await?;
            others += text.as_deref().map_or(0, input::size);
        }
    }
    let room = kind.most_inline().saturating_sub(others);
    let what = format!("With its other inline policies, that of {} `{name}`", kind.word());
    let typed = typed.fits(room, &what)?;
    let item = IamItem::Inline { kind, name: name.clone(), policy };
    let now = planning.services.iam_item(&item).await?;
    if now == typed.value {
        planning.already();
        return Ok(());
    }
    planning.draft.content.findings.extend(typed.findings.iter().cloned());
    let (before, after) = ((!now.is_null()).then(|| now.to_string()), typed.text());
    let change = effect(before.as_deref(), Some(&after), PolicyKind::Identity, Some(&who(kind, &name)));
    planning.write(item, &now, &typed.value, change);
    Ok(())
}

/// Replaces the trust policy of a role.
pub(super) async fn trust(planning: &mut Planning, role: &str, text: &str) -> Result<(), ApiError> {
    let of = IamName { kind: api::IamKind::Role, name: role.to_owned() };
    let found = planning.existing(&of, "role").await?;
    let (_, name) = input::entity(&of, "role")?;
    planning.protect(IamKind::Role, &name, true);
    if let Some(found) = found {
        service_linked(planning, &found);
    }
    let typed = trusted(planning, text, "text")?;
    let item = IamItem::Trust { role: name };
    let now = planning.services.iam_item(&item).await?;
    let new: Value = serde_json::from_str(&typed)?;
    if now == new {
        planning.already();
        return Ok(());
    }
    let change = effect(Some(&now.to_string()), Some(&typed), PolicyKind::Trust, None);
    planning.write(item, &now, &new, change);
    Ok(())
}

/// A trust policy that was typed, as it is written.
fn trusted(planning: &mut Planning, text: &str, field: &str) -> Result<String, ApiError> {
    if text.trim().is_empty() {
        let text = "A role needs a trust policy, which says who may assume it.";
        return Err(ApiError::input("input-missing", field, text));
    }
    let typed = input::document(text, PolicyKind::Trust, field)?;
    let (usual, most) = MOST_TRUST;
    let size = typed.size();
    let typed = typed.fits(most, "A trust policy").map_err(|error| error.at(field))?;
    if size > usual {
        let text =
            format!("The trust policy has {size} characters; without a raised quota, IAM allows {usual}.");
        planning.warning("iam-quota", text, Some("Make sure that the quota was raised."));
    }
    planning.draft.content.findings.extend(typed.findings.iter().cloned());
    Ok(typed.text())
}

/// Refuses to change a role that a service of AWS owns.
pub(super) fn service_linked(planning: &mut Planning, role: &IamEntity) {
    if role.kind == IamKind::Role && role.path.starts_with("/aws-service-role/") {
        let text = format!("A service of AWS owns the role `{}`.", role.name);
        planning.error("iam-unmodifiable", text, "Only that service changes or deletes it.");
    }
}
