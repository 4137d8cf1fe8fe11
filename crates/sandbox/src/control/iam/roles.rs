//! `CreateRole`, `GetRole`, `ListRoles`, `UpdateAssumeRolePolicy`, `DeleteRole`, `CreateServiceLinkedRole`.

use super::{
    Answer,
    asked::{
        Asked, check_free, conflict, entity, entity_mut, input, limit, malformed, no_entity, size, validation,
    },
    attachments, shown,
};
use crate::{
    access::policy::check_trust_policy,
    control::wire::{
        error::{ApiError, ApiResult},
        xml::Element,
    },
    iam::{Entity, Kind::Role, REPLICATION_ROLE, RoleSettings, replication_role},
    state::new_id,
};

const LARGEST_TRUST: usize = 2048;
const REPLICATION: &str = "replication.ecr.amazonaws.com";

fn trust<'a>(asked: &'a Asked<'_>, parameter: &str) -> ApiResult<&'a str> {
    let text = asked.document_text(parameter)?;
    if size(text) > LARGEST_TRUST {
        return Err(limit(format!("Cannot exceed quota for ACLSizePerRole: {LARGEST_TRUST}")));
    }
    check_trust_policy(text).map_err(malformed)?;
    Ok(text)
}

fn description(asked: &Asked<'_>) -> ApiResult<Option<String>> {
    let text = asked.form.get("Description").filter(|text| !text.is_empty());
    match text.is_some_and(|text| text.chars().count() > 1000) {
        true => {
            Err(validation("The specified value for description is invalid. It has at most 1000 characters."))
        }
        false => Ok(text.map(str::to_owned)),
    }
}

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let (name, path) = (asked.name("RoleName", 64)?.to_owned(), asked.path()?);
    asked.allowed(&asked.arn("role", &path, &name))?;
    if path.starts_with("/aws-service-role/") {
        return Err(validation("The path /aws-service-role/ is reserved for roles of services."));
    }
    let longest_session = match asked.form.get("MaxSessionDuration") {
        None => 3600,
        Some(text) => text.parse().ok().filter(|seconds| (3600..=43_200).contains(seconds)).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value '{}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200",
                longshore_names::shown(text, 40)
            ))
        })?,
    };
    let mut role = Entity::new(name.clone(), path, new_id("AROA", 17), asked.now);
    role.tags = asked.tags()?;
    role.role = Some(RoleSettings {
        trust: trust(asked, "AssumeRolePolicyDocument")?.to_owned(),
        description: description(asked)?,
        longest_session,
    });
    let boundary = asked.form.get("PermissionsBoundary");
    let created = asked.iam.update(|document| {
        check_free(&document.roles, &name, |name| format!("Role with name {name} already exists."))?;
        role.boundary = boundary.map(|arn| attachments::known(asked, document, arn)).transpose()?;
        document.deleted_roles.remove(&name);
        document.roles.insert(name, role.clone());
        Ok::<_, ApiError>(role)
    })?;
    Ok(Some(result.child(shown::entity(asked, "Role", Role, &created, true))))
}

pub(super) fn get(asked: &Asked<'_>, result: Element) -> Answer {
    let role = asked.read(Role)?;
    // Any role can be assumed; one that never was is not there.
    let identity = (asked.caller.account.clone(), format!("role/{}", role.name));
    let is_implied = role.role.is_none() && !asked.state.planted.knows(&identity);
    if is_implied {
        return Err(no_entity(Role, &role.name));
    }
    Ok(Some(result.child(shown::entity(asked, "Role", Role, &role, true))))
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let within = asked.path_filter()?;
    asked.allowed(&asked.arn("role", "/", ""))?;
    let roles = asked.listed(Role).into_iter().filter(|role| within(&role.path)).map(|role| {
        let shown = shown::entity(asked, "member", Role, &role, false);
        (role.name, shown)
    });
    Ok(Some(asked.page(result, "Roles", roles.collect())?))
}

pub(super) fn update_trust(asked: &Asked<'_>, _: Element) -> Answer {
    let name = asked.changed(Role)?;
    let text = trust(asked, "PolicyDocument")?;
    asked.iam.update(|document| {
        if let Some(settings) = &mut entity_mut(document, Role, name)?.role {
            text.clone_into(&mut settings.trust);
        }
        Ok::<_, ApiError>(())
    })?;
    Ok(None)
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let name = asked.changed(Role)?;
    asked.iam.update(|document| {
        let role = entity(document, Role, name)?;
        if !role.attached.is_empty() {
            return Err(conflict("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline.is_empty() {
            return Err(conflict("Cannot delete entity, must delete policies first."));
        }
        document.roles.remove(name);
        document.deleted_roles.insert(name.to_owned());
        Ok(())
    })?;
    Ok(None)
}

pub(super) fn create_service_linked(asked: &Asked<'_>, result: Element) -> Answer {
    let service = asked.needed("AWSServiceName")?;
    let account = &asked.caller.account;
    let mut role = replication_role(account, asked.caller.region.partition(), asked.now);
    let arn = asked.arn("role", &role.path, &role.name);
    asked.allowed_with(&arn, &[("iam:awsservicename", service)])?;
    if service != REPLICATION {
        return Err(input(format!(
            "The sandbox has a service-linked role of {REPLICATION} only, not of {}.",
            longshore_names::shown(service, 128)
        )));
    }
    if asked.form.get("CustomSuffix").is_some() {
        return Err(input(format!("Custom suffix is not allowed for {REPLICATION}")));
    }
    let description = description(asked)?;
    if let Some(settings) = &mut role.role {
        settings.description = description;
    }
    if asked.state.has_replication_role(account) {
        return Err(input(format!(
            "Service role name {REPLICATION_ROLE} has been taken in this account, please try a different suffix."
        )));
    }
    let created = role.clone();
    asked.iam.update(|document| {
        document.roles.insert(role.name.clone(), role);
        Ok::<_, ApiError>(())
    })?;
    asked.state.planted.set_without_role(account, false);
    Ok(Some(result.child(shown::entity(asked, "Role", Role, &created, true))))
}
