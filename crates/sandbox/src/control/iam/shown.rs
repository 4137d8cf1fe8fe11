//! Users, groups, roles and policies as answers show them.

use chrono::{DateTime, SecondsFormat, Utc};

use super::asked::Asked;
use crate::{
    control::wire::{signing::caller::unique_id, xml::Element},
    iam::{AwsPolicy, Entity, IamDocument, Kind, ManagedPolicy, PolicyVersion},
};

/// A time.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A document as answers have it: percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    urlencoding::encode(text).into_owned()
}

/// A user, a group or a role. Lists have neither tags nor boundaries.
pub(super) fn entity(
    asked: &Asked<'_>,
    element: &'static str,
    kind: Kind,
    entity: &Entity,
    whole: bool,
) -> Element {
    let (name, id) = match kind {
        Kind::User => ("UserName", "UserId"),
        Kind::Group => ("GroupName", "GroupId"),
        Kind::Role => ("RoleName", "RoleId"),
    };
    let mut shown = Element::new(element)
        .text("Path", &entity.path)
        .text(name, &entity.name)
        .text(id, &entity.id)
        .text("Arn", &asked.arn(kind.word(), &entity.path, &entity.name))
        .text("CreateDate", &time(entity.created_at));
    if let Some(role) = &entity.role {
        shown = shown.text("AssumeRolePolicyDocument", &encoded(&role.trust));
        if let Some(description) = &role.description {
            shown = shown.text("Description", description);
        }
        shown = shown.text("MaxSessionDuration", &role.longest_session.to_string());
    }
    if !whole {
        return shown;
    }
    if let Some(boundary) = &entity.boundary {
        let boundary = Element::new("PermissionsBoundary")
            .text("PermissionsBoundaryType", "Policy")
            .text("PermissionsBoundaryArn", boundary);
        shown = shown.child(boundary);
    }
    with_tags(shown, entity.tags.iter())
}

fn with_tags<'a>(shown: Element, tags: impl Iterator<Item = (&'a String, &'a String)>) -> Element {
    let tag = |(key, value): (&String, &String)| Element::new("member").text("Key", key).text("Value", value);
    let mut tags = tags.map(tag).peekable();
    match tags.peek() {
        Some(_) => shown.child(tags.fold(Element::new("Tags"), Element::child)),
        None => shown,
    }
}

/// How often a policy is attached, and how often it is a boundary.
fn uses(document: &IamDocument, arn: &str) -> (usize, usize) {
    document.entities().fold((0, 0), |(attached, bounds), (_, entity)| {
        let is_boundary = entity.boundary.as_deref() == Some(arn);
        (attached + usize::from(entity.attached.contains(arn)), bounds + usize::from(is_boundary))
    })
}

/// A managed policy of the account. Lists have neither its description nor its tags.
pub(super) fn policy(
    asked: &Asked<'_>,
    element: &'static str,
    policy: &ManagedPolicy,
    whole: bool,
) -> Element {
    let arn = asked.arn("policy", &policy.path, &policy.name);
    let mut shown = Element::new(element)
        .text("PolicyName", &policy.name)
        .text("PolicyId", &policy.id)
        .text("Arn", &arn)
        .text("Path", &policy.path)
        .text("DefaultVersionId", &format!("v{}", policy.default));
    shown = counted(shown, &asked.document(), &arn);
    if let Some(description) = policy.description.as_ref().filter(|_| whole) {
        shown = shown.text("Description", description);
    }
    let shown =
        shown.text("CreateDate", &time(policy.created_at)).text("UpdateDate", &time(policy.updated_at));
    if whole { with_tags(shown, policy.tags.iter()) } else { shown }
}

/// A policy that AWS manages.
pub(super) fn policy_of_aws(
    asked: &Asked<'_>,
    element: &'static str,
    policy: &AwsPolicy,
    whole: bool,
) -> Element {
    let arn = arn_of_aws(asked, policy);
    let mut shown = Element::new(element)
        .text("PolicyName", policy.name)
        .text("PolicyId", &unique_id("ANPA", &[policy.name]))
        .text("Arn", &arn)
        .text("Path", policy.path)
        .text("DefaultVersionId", policy.version);
    shown = counted(shown, &asked.document(), &arn);
    if whole {
        shown = shown.text("Description", policy.description);
    }
    shown.text("CreateDate", policy.created_at).text("UpdateDate", policy.updated_at)
}

fn counted(shown: Element, document: &IamDocument, arn: &str) -> Element {
    let (attached, bounds) = uses(document, arn);
    shown
        .text("AttachmentCount", &attached.to_string())
        .text("PermissionsBoundaryUsageCount", &bounds.to_string())
        .text("IsAttachable", "true")
}

/// The ARN of a policy that AWS manages.
pub(super) fn arn_of_aws(asked: &Asked<'_>, policy: &AwsPolicy) -> String {
    format!("arn:{}:iam::aws:policy{}{}", asked.caller.region.partition(), policy.path, policy.name)
}

/// A version of a policy. Lists do not have its document.
pub(super) fn version(
    element: &'static str,
    policy: &ManagedPolicy,
    number: u32,
    version: &PolicyVersion,
    whole: bool,
) -> Element {
    let mut shown = Element::new(element);
    if whole {
        shown = shown.text("Document", &encoded(&version.document));
    }
    shown
        .text("VersionId", &format!("v{number}"))
        .text("IsDefaultVersion", &(policy.default == number).to_string())
        .text("CreateDate", &time(version.created_at))
}
