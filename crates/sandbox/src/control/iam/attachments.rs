//! Managed policies of users, groups and roles: attached, or as their boundary.

use super::{
    Answer,
    asked::{Asked, entity, entity_mut, finished, limit, missing, validation},
    policies::{Usage, found, no_policy, usage, valid_arn},
};
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        xml::Element,
    },
    iam::{Entity, IamDocument, Kind, managed_by_aws},
};

/// Managed policies that one user, group or role can have.
const MOST_ATTACHED: usize = 10;

/// The ARN, if it is of a policy that can be attached.
pub(super) fn known(asked: &Asked<'_>, document: &IamDocument, arn: &str) -> ApiResult<String> {
    let arn = valid_arn(arn)?;
    if let Some(policy) = managed_by_aws(arn) {
        return match policy.path.starts_with("/aws-service-role/") {
            true => Err(ApiError::new(
                "PolicyNotAttachable",
                "Cannot attach a Service Role Policy to a Customer Role.",
            )),
            false => Ok(arn.to_owned()),
        };
    }
    found(asked, document, arn).map(|_| arn.to_owned()).map_err(|_| no_policy(arn))
}

pub(super) fn attach(asked: &Asked<'_>, kind: Kind) -> Answer {
    let arn = valid_arn(asked.needed("PolicyArn")?)?;
    let name = asked.name_of(kind)?;
    asked.allowed_with(&asked.arn_of(kind, name), &[("iam:policyarn", arn)])?;
    asked.modifiable(kind, name)?;
    asked.iam.update(|document| {
        entity(document, kind, name)?;
        let arn = known(asked, document, arn)?;
        let attached = &mut entity_mut(document, kind, name)?.attached;
        if !attached.contains(&arn) && attached.len() >= MOST_ATTACHED {
            let per = match kind {
                Kind::User => "PoliciesPerUser",
                Kind::Group => "PoliciesPerGroup",
                Kind::Role => "PoliciesPerRole",
            };
            return Err(limit(format!("Cannot exceed quota for {per}: {MOST_ATTACHED}")));
        }
        attached.insert(arn);
        Ok(())
    })?;
    Ok(None)
}

pub(super) fn detach(asked: &Asked<'_>, kind: Kind) -> Answer {
    let arn = valid_arn(asked.needed("PolicyArn")?)?;
    let name = asked.name_of(kind)?;
    asked.allowed_with(&asked.arn_of(kind, name), &[("iam:policyarn", arn)])?;
    asked.modifiable(kind, name)?;
    asked.iam.update(|document| match entity_mut(document, kind, name)?.attached.remove(arn) {
        true => Ok(()),
        false => Err(missing(format!("Policy {arn} was not found."))),
    })?;
    Ok(None)
}

pub(super) fn list(asked: &Asked<'_>, result: Element, kind: Kind) -> Answer {
    let within = asked.path_filter()?;
    let holder = asked.read(kind)?;
    let attached = holder.attached.iter().filter(|arn| {
        let path = arn.split_once(":policy").map_or("/", |(_, rest)| rest);
        within(path)
    });
    let one = |arn: &String| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        (arn.clone(), Element::new("member").text("PolicyName", name).text("PolicyArn", arn))
    };
    Ok(Some(asked.page(result, "AttachedPolicies", attached.map(one).collect())?))
}

pub(super) fn list_entities(asked: &Asked<'_>, result: Element) -> Answer {
    let arn = super::policies::arn(asked)?;
    let document = asked.document();
    if managed_by_aws(arn).is_none() {
        found(asked, &document, arn)?;
    }
    let filter = asked.form.get("EntityFilter");
    let known = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
    if filter.is_some_and(|filter| !known.contains(&filter)) {
        return Err(validation(format!(
            "1 validation error detected: Value '{}' at 'entityFilter' failed to satisfy constraint: Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]",
            filter.unwrap_or_default()
        )));
    }
    let (within, used) = (asked.path_filter()?, usage(asked)?);
    let holds = |one: &Entity| {
        let (attached, bounds) = (one.attached.contains(arn), one.boundary.as_deref() == Some(arn));
        match used {
            Some(Usage::Permissions) => attached,
            Some(Usage::Boundary) => bounds,
            None => attached || bounds,
        }
    };
    let mut items = Vec::new();
    for kind in [Kind::Group, Kind::User, Kind::Role] {
        let asked_for = filter.is_none_or(|filter| filter.eq_ignore_ascii_case(kind.word()));
        let holders =
            asked.listed(kind).into_iter().filter(|one| asked_for && within(&one.path) && holds(one));
        items.extend(holders.map(|one| (format!("{} {}", kind.word(), one.name), (kind, one))));
    }
    let (items, marker) = asked.cut(items)?;
    let mut result = result;
    for (kind, list, name, id) in [
        (Kind::Group, "PolicyGroups", "GroupName", "GroupId"),
        (Kind::User, "PolicyUsers", "UserName", "UserId"),
        (Kind::Role, "PolicyRoles", "RoleName", "RoleId"),
    ] {
        let own = items.iter().filter(|(of, _)| *of == kind);
        let own = own.map(|(_, one)| Element::new("member").text(name, &one.name).text(id, &one.id));
        result = result.child(own.fold(Element::new(list), Element::child));
    }
    Ok(Some(finished(result, marker)))
}

pub(super) fn put_boundary(asked: &Asked<'_>, kind: Kind) -> Answer {
    let arn = valid_arn(asked.needed("PermissionsBoundary")?)?;
    let name = asked.changed(kind)?;
    asked.iam.update(|document| {
        entity(document, kind, name)?;
        let arn = known(asked, document, arn)?;
        entity_mut(document, kind, name)?.boundary = Some(arn);
        Ok::<_, ApiError>(())
    })?;
    Ok(None)
}

pub(super) fn delete_boundary(asked: &Asked<'_>, kind: Kind) -> Answer {
    let name = asked.changed(kind)?;
    asked.iam.update(|document| match entity_mut(document, kind, name)?.boundary.take() {
        Some(_) => Ok(()),
        None => Err(missing(format!("The {} {name} has no permissions boundary.", kind.word()))),
    })?;
    Ok(None)
}
