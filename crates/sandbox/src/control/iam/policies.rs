//! `CreatePolicy`, `GetPolicy`, `ListPolicies`, `DeletePolicy`.

use std::collections::BTreeMap;

use super::{
    Answer,
    asked::{Asked, check_free, conflict, input, limit, malformed, missing, size, validation},
    shown,
};
use crate::{
    access::policy::check_identity_policy,
    control::wire::{
        error::{ApiError, ApiResult},
        xml::Element,
    },
    iam::{IamDocument, ManagedPolicy, PolicyVersion, aws_policies, managed_by_aws},
    state::new_id,
};

const LARGEST_POLICY: usize = 6144;
const MOST_POLICIES: usize = 1500;

/// The text of a managed policy.
pub(super) fn text<'a>(asked: &'a Asked<'_>) -> ApiResult<&'a str> {
    let text = asked.document_text("PolicyDocument")?;
    if size(text) > LARGEST_POLICY {
        return Err(limit(format!("Cannot exceed quota for PolicySize: {LARGEST_POLICY}")));
    }
    check_identity_policy(text).map_err(malformed)?;
    Ok(text)
}

/// The policy's ARN that the call names, once the caller may.
pub(super) fn arn<'a>(asked: &'a Asked<'_>) -> ApiResult<&'a str> {
    let arn = valid_arn(asked.needed("PolicyArn")?)?;
    asked.allowed(arn)?;
    Ok(arn)
}

/// The ARN, if it is one of a policy.
pub(super) fn valid_arn(arn: &str) -> ApiResult<&str> {
    let shown = || longshore_names::shown(arn, 200);
    if !(20..=2048).contains(&arn.len()) || !arn.starts_with("arn:") {
        return Err(validation(format!("Invalid ARN:  ARN {} is not valid.", shown())));
    }
    match arn.contains(":iam::") && arn.contains(":policy/") {
        true => Ok(arn),
        false => Err(input(format!("ARN {} is not valid.", shown()))),
    }
}

/// The error for a policy that does not exist.
pub(super) fn no_policy(arn: &str) -> ApiError {
    missing(format!("Policy {} does not exist or is not attachable.", longshore_names::shown(arn, 2048)))
}

/// The customer managed policy with this ARN.
pub(super) fn found<'a>(
    asked: &Asked<'_>,
    document: &'a IamDocument,
    arn: &str,
) -> ApiResult<&'a ManagedPolicy> {
    let policy = document.policies.get(arn.rsplit('/').next().unwrap_or_default());
    let policy = policy.filter(|policy| asked.arn("policy", &policy.path, &policy.name) == arn);
    policy.ok_or_else(|| missing(format!("Policy {} was not found.", longshore_names::shown(arn, 2048))))
}

/// As [`found`], to change it; policies of AWS are not changed.
pub(super) fn found_mut<'a>(
    asked: &Asked<'_>,
    document: &'a mut IamDocument,
    arn: &str,
) -> ApiResult<&'a mut ManagedPolicy> {
    let owner = arn.split(':').nth(4);
    if owner == Some("aws") {
        let text = format!("Policy {arn} is managed by AWS and cannot be changed.");
        return Err(ApiError::new("AccessDenied", text).with_status(http::StatusCode::FORBIDDEN));
    }
    let name = found(asked, document, arn)?.name.clone();
    document.policies.get_mut(&name).ok_or_else(|| no_policy(arn))
}

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let (name, path) = (asked.name("PolicyName", 128)?.to_owned(), asked.path()?);
    asked.allowed(&asked.arn("policy", &path, &name))?;
    let description = asked.form.get("Description").filter(|text| !text.is_empty());
    if description.is_some_and(|text| text.chars().count() > 1000) {
        return Err(validation(
            "The specified value for description is invalid. It has at most 1000 characters.",
        ));
    }
    let version = PolicyVersion { document: text(asked)?.to_owned(), created_at: asked.now };
    let policy = ManagedPolicy {
        name: name.clone(),
        path,
        id: new_id("ANPA", 17),
        created_at: asked.now,
        updated_at: asked.now,
        description: description.map(str::to_owned),
        tags: asked.tags()?,
        versions: BTreeMap::from([(1, version)]),
        default: 1,
        next: 2,
    };
    let shown = shown::policy(asked, "Policy", &policy, true);
    asked.iam.update(|document| {
        check_free(&document.policies, &name, |name| {
            format!("A policy called {name} already exists. Duplicate names are not allowed.")
        })?;
        if document.policies.len() >= MOST_POLICIES {
            return Err(limit(format!("Cannot exceed quota for PoliciesPerAccount: {MOST_POLICIES}")));
        }
        document.policies.insert(name, policy);
        Ok(())
    })?;
    Ok(Some(result.child(shown)))
}

pub(super) fn get(asked: &Asked<'_>, result: Element) -> Answer {
    let arn = arn(asked)?;
    let shown = match managed_by_aws(arn) {
        Some(policy) => shown::policy_of_aws(asked, "Policy", policy, true),
        None => shown::policy(asked, "Policy", found(asked, &asked.document(), arn)?, true),
    };
    Ok(Some(result.child(shown)))
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let scope = asked.form.get("Scope").unwrap_or("All");
    if !["All", "AWS", "Local"].contains(&scope) {
        return Err(validation(format!(
            "1 validation error detected: Value '{scope}' at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS, Local]"
        )));
    }
    let (within, only_attached) = (asked.path_filter()?, asked.flag("OnlyAttached")?);
    let used = usage(asked)?;
    asked.allowed(&asked.arn("policy", "/", ""))?;
    let document = asked.document();
    let is_used = |arn: &str| {
        let by = |attached: bool, boundary: bool| match used {
            Some(Usage::Permissions) => attached,
            Some(Usage::Boundary) => boundary,
            None => attached || boundary,
        };
        let mut all = document.entities();
        (!only_attached && used.is_none())
            || all.any(|(_, one)| by(one.attached.contains(arn), one.boundary.as_deref() == Some(arn)))
    };
    let mut items = Vec::new();
    if scope != "AWS" {
        let own = document.policies.values().filter(|policy| within(&policy.path));
        for policy in own {
            let arn = asked.arn("policy", &policy.path, &policy.name);
            if is_used(&arn) {
                items.push((arn, shown::policy(asked, "member", policy, false)));
            }
        }
    }
    if scope != "Local" {
        for policy in aws_policies().filter(|policy| within(policy.path)) {
            let arn = shown::arn_of_aws(asked, policy);
            if is_used(&arn) {
                items.push((arn, shown::policy_of_aws(asked, "member", policy, false)));
            }
        }
    }
    Ok(Some(asked.page(result, "Policies", items)?))
}

/// What a policy is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Permissions,
    Boundary,
}

/// `PolicyUsageFilter`.
pub(super) fn usage(asked: &Asked<'_>) -> ApiResult<Option<Usage>> {
    match asked.form.get("PolicyUsageFilter") {
        None => Ok(None),
        Some("PermissionsPolicy") => Ok(Some(Usage::Permissions)),
        Some("PermissionsBoundary") => Ok(Some(Usage::Boundary)),
        Some(other) => Err(validation(format!(
            "1 validation error detected: Value '{other}' at 'policyUsageFilter' failed to satisfy constraint: Member must satisfy enum value set: [PermissionsPolicy, PermissionsBoundary]"
        ))),
    }
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let arn = arn(asked)?;
    asked.iam.update(|document| {
        let policy = found_mut(asked, document, arn)?;
        let (name, versions) = (policy.name.clone(), policy.versions.len());
        let used = document
            .entities()
            .any(|(_, one)| one.attached.contains(arn) || one.boundary.as_deref() == Some(arn));
        if used {
            return Err(conflict("Cannot delete a policy attached to entities."));
        }
        if versions > 1 {
            return Err(conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        document.policies.remove(&name);
        Ok(())
    })?;
    Ok(None)
}
