//! `CreatePolicyVersion`, `GetPolicyVersion`, `ListPolicyVersions`, `SetDefaultPolicyVersion`,
//! `DeletePolicyVersion`.

use super::{
    Answer,
    asked::{Asked, conflict, limit, missing, validation},
    policies::{arn, found, found_mut, text},
    shown,
};
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        xml::Element,
    },
    iam::{PolicyVersion, managed_by_aws},
};

const MOST_VERSIONS: usize = 5;

pub(super) fn create(asked: &Asked<'_>, result: Element) -> Answer {
    let (arn, default) = (arn(asked)?, asked.flag("SetAsDefault")?);
    let version = PolicyVersion { document: text(asked)?.to_owned(), created_at: asked.now };
    let shown = asked.iam.update(|document| {
        let policy = found_mut(asked, document, arn)?;
        if policy.versions.len() >= MOST_VERSIONS {
            return Err(limit(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            ));
        }
        let number = policy.next;
        policy.next += 1;
        policy.versions.insert(number, version.clone());
        policy.updated_at = asked.now;
        if default {
            policy.default = number;
        }
        Ok(shown::version("PolicyVersion", policy, number, &version, false))
    })?;
    Ok(Some(result.child(shown)))
}

pub(super) fn get(asked: &Asked<'_>, result: Element) -> Answer {
    let (arn, id) = (arn(asked)?, version_id(asked)?);
    if let Some(policy) = managed_by_aws(arn) {
        if id != policy.version {
            return Err(no_version(arn, id));
        }
        let version = of_aws(policy).text("Document", &shown::encoded(policy.document));
        return Ok(Some(result.child(version)));
    }
    let document = asked.document();
    let policy = found(asked, &document, arn)?;
    let number = number(id);
    let version = number.and_then(|number| policy.versions.get_key_value(&number));
    let (number, version) = version.ok_or_else(|| no_version(arn, id))?;
    Ok(Some(result.child(shown::version("PolicyVersion", policy, *number, version, true))))
}

/// The one version that the sandbox has of a policy of AWS.
fn of_aws(policy: &crate::iam::AwsPolicy) -> Element {
    Element::new("PolicyVersion")
        .text("VersionId", policy.version)
        .text("IsDefaultVersion", "true")
        .text("CreateDate", policy.updated_at)
}

pub(super) fn list(asked: &Asked<'_>, result: Element) -> Answer {
    let arn = arn(asked)?;
    if let Some(policy) = managed_by_aws(arn) {
        let version = Element::new("member")
            .text("VersionId", policy.version)
            .text("IsDefaultVersion", "true")
            .text("CreateDate", policy.updated_at);
        return Ok(Some(asked.page(result, "Versions", vec![(policy.version.to_owned(), version)])?));
    }
    let document = asked.document();
    let policy = found(asked, &document, arn)?;
    // The newest is first.
    let one = |(number, version): (&u32, &PolicyVersion)| {
        let key = format!("{:010}", u32::MAX - number);
        (key, shown::version("member", policy, *number, version, false))
    };
    Ok(Some(asked.page(result, "Versions", policy.versions.iter().map(one).collect())?))
}

pub(super) fn set_default(asked: &Asked<'_>, _: Element) -> Answer {
    let (arn, id) = (arn(asked)?, version_id(asked)?);
    asked.iam.update(|document| {
        let policy = found_mut(asked, document, arn)?;
        let number = number(id).filter(|number| policy.versions.contains_key(number));
        policy.default = number.ok_or_else(|| no_version(arn, id))?;
        policy.updated_at = asked.now;
        Ok::<_, ApiError>(())
    })?;
    Ok(None)
}

pub(super) fn delete(asked: &Asked<'_>, _: Element) -> Answer {
    let (arn, id) = (arn(asked)?, version_id(asked)?);
    asked.iam.update(|document| {
        let policy = found_mut(asked, document, arn)?;
        let number = number(id).filter(|number| policy.versions.contains_key(number));
        let number = number.ok_or_else(|| no_version(arn, id))?;
        if number == policy.default {
            return Err(conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.remove(&number);
        Ok(())
    })?;
    Ok(None)
}

fn version_id<'a>(asked: &'a Asked<'_>) -> ApiResult<&'a str> {
    let id = asked.needed("VersionId")?;
    match number(id) {
        Some(_) => Ok(id),
        None => Err(validation(format!(
            "Value '{}' at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
            longshore_names::shown(id, 100)
        ))),
    }
}

fn number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok().filter(|number| *number > 0)
}

fn no_version(arn: &str, id: &str) -> ApiError {
    missing(format!("Policy {arn} version {id} does not exist or is not attachable."))
}
