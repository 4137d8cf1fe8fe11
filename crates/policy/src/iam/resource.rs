//! Repository ARNs in statements.

use longshore_names::{AccountId, Region, RegistryId};

use crate::pattern;

/// A part that may match more than one value.
pub(crate) fn is_open(part: &str) -> bool {
    part.contains(['*', '?', '$'])
}

/// The ARN of a repository, or of all that fit a pattern.
pub(crate) fn repository_arn(registry: &RegistryId, name: &str) -> String {
    let RegistryId { account, region, .. } = registry;
    format!("arn:{}:ecr:{region}:{account}:repository/{name}", region.partition().id())
}

/// Whether a resource can be a repository of `registry`.
pub(crate) fn is_here(resource: &str, registry: &RegistryId) -> bool {
    if resource == "*" {
        return true;
    }
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let ["arn", partition, "ecr", region, account, rest] = parts.as_slice() else {
        // A wildcard may match a colon: `arn:aws:ecr:*`.
        return is_open(resource) && pattern::overlaps_prefix(resource, &prefix(registry));
    };
    let fits = |part: &str, here: &str| part == here || is_open(part);
    fits(partition, registry.region.partition().id())
        && fits(region, registry.region.as_str())
        && fits(account, registry.account.as_str())
        && names_repositories(rest)
}

/// Whether an ARN names a registry or partition other than `registry`'s, even if parts of it are
/// missing.
pub(crate) fn names_another(resource: &str, registry: &RegistryId) -> bool {
    let region = &registry.region;
    resource.split(':').take(5).any(|part| {
        let is_partition = part.starts_with("aws") && part != region.partition().id();
        let is_account = part.parse::<AccountId>().is_ok() && part != registry.account.as_str();
        let is_region = part.contains('-')
            && part.ends_with(|c: char| c.is_ascii_digit())
            && part.parse::<Region>().is_ok()
            && part != region.as_str();
        is_partition || is_account || is_region
    })
}

/// Whether the last part of an ARN can be a repository's.
pub(crate) fn names_repositories(rest: &str) -> bool {
    rest.starts_with("repository/") || rest.contains('$') || pattern::overlaps_prefix(rest, "repository/")
}

fn prefix(registry: &RegistryId) -> String {
    format!("arn:{}:ecr:{}:{}:", registry.region.partition().id(), registry.region, registry.account)
}

/// The resource as an ARN of `registry`; `None` if it names no repository.
pub(crate) fn retargeted(resource: &str, registry: &RegistryId) -> Option<String> {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let rest = match parts.as_slice() {
        ["arn", _, "ecr", _, _, rest] if !rest.is_empty() => (*rest).to_owned(),
        ["arn", ..] | [_] => {
            // A part in the middle is missing: `arn:aws:us-west-2:444455556666:repository/*`.
            let at = resource
                .find("repository/")
                .filter(|at| *at == 0 || resource.as_bytes().get(at - 1) == Some(&b':'))?;
            let service = parts.get(2).copied().unwrap_or_default();
            let other_service = parts.len() == 6 && !service.is_empty() && service != "ecr";
            if other_service {
                return None;
            }
            resource[at..].to_owned()
        }
        _ => return None,
    };
    let rest = if names_repositories(&rest) { rest } else { format!("repository/{rest}") };
    Some(format!("{}{rest}", prefix(registry)))
}
