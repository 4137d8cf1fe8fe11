//! Reads what was typed, and builds the document.

use longshore_names::{
    AccountId, Partition, Prefix, Region, RegistryId, RepositoryName, did_you_mean, shown,
};
use longshore_policy::{
    Finding, Severity,
    iam::{
        Policy,
        build::{
            OrganizationPull, PullThroughCache, Purpose, Registries, Repositories, RepositoryGrantee,
            RepositoryUse, Trusted, boundary_policy, identity_policy, meaning, repository_policy,
            trust_policy,
        },
        lint::{PolicyKind, size},
    },
};

use super::recipes::kinds;
use crate::{
    api::{ActionMeaning, ApiError, BuildPolicy, BuiltPolicy, Side},
    errors::name_error,
    plans::finding,
};

/// Builds a policy.
///
/// # Errors
/// `policy-kind-unknown`; `input-missing` at the field that the kind needs; at a field that is wrong.
pub fn build_policy(request: &BuildPolicy) -> Result<BuiltPolicy, ApiError> {
    let policy = policy(request)?;
    let mut actions: Vec<String> =
        policy.statements().iter().flat_map(|statement| statement.actions.items().to_vec()).collect();
    let mut seen = std::collections::HashSet::new();
    actions.retain(|action| seen.insert(action.clone()));
    let told = actions.iter().filter_map(|action| meaning(action)).map(|one| ActionMeaning {
        action: one.action,
        meaning: one.meaning.to_owned(),
        by_repository: one.by_repository,
    });
    Ok(BuiltPolicy {
        document: policy.pretty(),
        actions: told.collect(),
        length: u32::try_from(policy.characters()).unwrap_or(u32::MAX),
        findings: too_long(&request.kind, &policy).iter().map(finding).collect(),
    })
}

/// Longest policy of a role, all its inline policies together (IAM quotas).
const MAX_OF_ROLE: usize = 10_240;

/// What a policy is too long for. One that is too long for a managed policy may fit into a role.
fn too_long(kind: &str, policy: &Policy) -> Option<Finding> {
    let kind = match kind.split('-').next() {
        Some("repository") => PolicyKind::Repository,
        Some("registry") => PolicyKind::Registry,
        Some("trust") => PolicyKind::Trust,
        _ => PolicyKind::Identity,
    };
    let found = size(kind, &policy.to_value()).filter(|found| found.severity != Severity::Note)?;
    let fits_role = kind == PolicyKind::Identity && policy.characters() <= MAX_OF_ROLE;
    Some(Finding { severity: if fits_role { Severity::Warning } else { found.severity }, ..found })
}

fn policy(request: &BuildPolicy) -> Result<Policy, ApiError> {
    let kind = request.kind.as_str();
    if let Ok(purpose) = kind.parse::<Purpose>() {
        return Ok(identity_policy(purpose, &places(request)?, &repositories(request)?));
    }
    Ok(match kind {
        "boundary" => boundary_policy(&places(request)?, &repositories(request)?),
        "repository-pull" => repository_policy(RepositoryUse::Pull, &grantees(request)?),
        "repository-push" => repository_policy(RepositoryUse::Push, &grantees(request)?),
        "repository-push-pull" => repository_policy(RepositoryUse::PushPull, &grantees(request)?),
        "repository-lambda" => {
            let (accounts, region) = (accounts(request)?, registry(request)?.region);
            repository_policy(RepositoryUse::Pull, &[RepositoryGrantee::Lambda { accounts, region }])
        }
        "repository-codebuild" => {
            let region = registry(request)?.region;
            let builds = accounts(request)?.into_iter().map(|account| RepositoryGrantee::CodeBuild {
                account,
                region: region.clone(),
                projects: request.projects.clone(),
            });
            repository_policy(RepositoryUse::Pull, &builds.collect::<Vec<_>>())
        }
        "registry-organization-pull" => {
            let (organization, registry) = (organization(request)?, registry(request)?);
            let repositories = repositories(request)?;
            Policy::of_statement(&OrganizationPull { organization, registry, repositories }.statement())
        }
        "registry-pull-through-cache" => {
            let registry = registry(request)?;
            let principals = arns(&request.principals, registry.region.partition())?;
            let repositories = repositories(request)?;
            Policy::of_statement(&PullThroughCache { principals, registry, repositories }.statement())
        }
        _ => trust_policy(&trusted(request)?),
    })
}

fn missing(kind: &str, field: &str, what: &str) -> ApiError {
    ApiError::new("input-missing", Side::Input, format!("`{kind}` needs {what}.")).at(field)
}

fn wrong(field: &str, text: &str, why: &str) -> ApiError {
    let text = format!("`{}` is not {why}.", shown(text, 200));
    ApiError::new("input-invalid", Side::Input, text).at(field)
}

/// Accounts with their Region; `None` for every Region.
fn registries(request: &BuildPolicy) -> Result<Vec<(AccountId, Option<Region>)>, ApiError> {
    let one = |(index, text): (usize, &String)| {
        let field = format!("registries[{index}]");
        let (account, region) = match text.split_once('/') {
            Some((account, region)) => (account, Some(region)),
            None => (text.as_str(), None),
        };
        let account = AccountId::for_input(account).map_err(name_error(field.clone()))?;
        let region = region.filter(|region| *region != "*").map(Region::for_input).transpose();
        Ok((account, region.map_err(name_error(field))?))
    };
    request.registries.iter().enumerate().map(one).collect()
}

/// The registries by account; one without a Region is about every Region of its account.
fn places(request: &BuildPolicy) -> Result<Vec<Registries>, ApiError> {
    let mut all: Vec<Registries> = Vec::new();
    let mut whole: Vec<AccountId> = Vec::new();
    for (account, region) in registries(request)? {
        let partition = region.as_ref().map_or(Partition::Aws, Region::partition);
        if region.is_none() {
            whole.push(account.clone());
        }
        match all.iter_mut().find(|known| known.account == account && known.partition == partition) {
            Some(known) => known.regions.extend(region),
            None => all.push(Registries { account, partition, regions: region.into_iter().collect() }),
        }
    }
    for known in all.iter_mut().filter(|known| whole.contains(&known.account)) {
        known.regions.clear();
    }
    if all.is_empty() {
        return Err(missing(&request.kind, "registries", "a registry: an account, or ACCOUNT/REGION"));
    }
    Ok(all)
}

/// The one registry.
fn registry(request: &BuildPolicy) -> Result<RegistryId, ApiError> {
    match registries(request)?.as_slice() {
        [(account, Some(region))] => Ok(RegistryId::new(account.clone(), region.clone())),
        _ => Err(missing(&request.kind, "registries", "one registry: ACCOUNT/REGION")),
    }
}

fn repositories(request: &BuildPolicy) -> Result<Repositories, ApiError> {
    let BuildPolicy { repositories, prefixes, tag, .. } = request;
    let ways = [!repositories.is_empty(), !prefixes.is_empty(), tag.is_some()];
    if ways.iter().filter(|way| **way).count() > 1 {
        let text = "Repositories are named, or chosen by prefix, or by tag.";
        return Err(ApiError::new("input-invalid", Side::Input, text).at("repositories"));
    }
    if let Some(tag) = tag {
        let (key, value) = tag
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| wrong("tag", tag, "KEY=VALUE"))?;
        return Ok(Repositories::Tagged { key: key.to_owned(), value: value.to_owned() });
    }
    if !prefixes.is_empty() {
        let one = |(index, text): (usize, &String)| {
            Prefix::for_input(text).map_err(name_error(format!("prefixes[{index}]")))
        };
        return Ok(Repositories::Prefixes(prefixes.iter().enumerate().map(one).collect::<Result<_, _>>()?));
    }
    if repositories.is_empty() {
        return Ok(Repositories::All);
    }
    let one = |(index, text): (usize, &String)| {
        RepositoryName::for_input(text).map_err(name_error(format!("repositories[{index}]")))
    };
    Ok(Repositories::Named(repositories.iter().enumerate().map(one).collect::<Result<_, _>>()?))
}

/// The principals, which are whole accounts.
fn accounts(request: &BuildPolicy) -> Result<Vec<AccountId>, ApiError> {
    if request.principals.is_empty() {
        return Err(missing(&request.kind, "principals", "the number of an account"));
    }
    let one = |(index, text): (usize, &String)| {
        AccountId::for_input(text).map_err(name_error(format!("principals[{index}]")))
    };
    request.principals.iter().enumerate().map(one).collect()
}

/// Principals as ARNs; an account is its root ARN.
fn arns(principals: &[String], partition: Partition) -> Result<Vec<String>, ApiError> {
    let one = |(index, text): (usize, &String)| match AccountId::for_input(text) {
        Ok(account) => Ok(account.root_arn(partition)),
        Err(_) if text.starts_with("arn:") && text.splitn(6, ':').count() == 6 => Ok(text.trim().to_owned()),
        Err(_) => Err(wrong(&format!("principals[{index}]"), text, "an ARN or the number of an account")),
    };
    principals.iter().enumerate().map(one).collect()
}

fn organization(request: &BuildPolicy) -> Result<String, ApiError> {
    let id = request.organization.as_deref().map(str::trim).unwrap_or_default();
    if id.is_empty() {
        return Err(missing(&request.kind, "organization", "the id of an organization"));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    // Organizations API: `o-` and 10 to 32 letters and digits.
    match id.strip_prefix("o-") {
        Some(rest) if (10..=32).contains(&rest.len()) && rest.chars().all(plain) => Ok(id.to_owned()),
        _ => Err(wrong("organization", id, "the id of an organization, such as `o-a1b2c3d4e5`")),
    }
}

fn grantees(request: &BuildPolicy) -> Result<Vec<RepositoryGrantee>, ApiError> {
    let partition = match registries(request)?.first() {
        Some((_, Some(region))) => region.partition(),
        _ => Partition::Aws,
    };
    let mut all = Vec::new();
    let numbers: Vec<AccountId> =
        request.principals.iter().filter_map(|text| AccountId::for_input(text).ok()).collect();
    let known = arns(&request.principals, partition)?;
    let others = known.into_iter().filter(|arn| !numbers.iter().any(|one| one.root_arn(partition) == *arn));
    let others: Vec<String> = others.collect();
    if !numbers.is_empty() {
        all.push(RepositoryGrantee::Accounts { accounts: numbers, partition });
    }
    if !others.is_empty() {
        all.push(RepositoryGrantee::Principals { arns: others });
    }
    if request.organization.is_some() {
        all.push(RepositoryGrantee::Organization { id: organization(request)? });
    }
    if all.is_empty() {
        return Err(missing(&request.kind, "principals", "an account, a user or a role, or an organization"));
    }
    Ok(all)
}

fn trusted(request: &BuildPolicy) -> Result<Trusted, ApiError> {
    let kind = request.kind.as_str();
    let own = || -> Result<(AccountId, Partition), ApiError> {
        let place = places(request)?.into_iter().next();
        let place = place.ok_or_else(|| missing(kind, "registries", "an account"))?;
        Ok((place.account, place.partition))
    };
    let project = || match request.projects.as_slice() {
        [one] if one.split('/').filter(|part| !part.trim().is_empty()).count() > 1 => Ok(one.clone()),
        _ => Err(missing(kind, "projects", "one project: OWNER/NAME")),
    };
    let branch = request.branch.clone().unwrap_or_else(|| "main".into());
    Ok(match kind {
        "trust-account" => {
            let arns = arns(&request.principals, Partition::Aws)?;
            if arns.is_empty() {
                return Err(missing(kind, "principals", "an account, a user or a role"));
            }
            Trusted::Aws { arns, external_id: request.external_id.clone(), mfa: request.mfa }
        }
        "trust-ecs" => Trusted::EcsTasks { account: own()?.0 },
        "trust-ec2" => Trusted::Ec2,
        "trust-lambda" => Trusted::Lambda,
        "trust-codebuild" => Trusted::CodeBuild { account: own()?.0 },
        "trust-eks" => Trusted::EksPods,
        "trust-github" => {
            let (account, partition) = own()?;
            let subject = format!("ref:refs/heads/{branch}");
            Trusted::GitHub { account, partition, repository: project()?, subject }
        }
        "trust-gitlab" => {
            let (account, partition) = own()?;
            let host = request.host.clone().unwrap_or_else(|| "gitlab.com".into());
            Trusted::GitLab { account, partition, host, project: project()?, branch }
        }
        other => {
            let text = format!("There is no kind `{}`.", shown(other, 60));
            let near = did_you_mean(other, kinds());
            let hint = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Choose one of {}.", kinds().collect::<Vec<_>>().join(", ")),
            };
            return Err(ApiError::new("policy-kind-unknown", Side::Input, text).at("kind").hint(hint));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{super::recipes::recipes, *};

    fn request(kind: &str) -> BuildPolicy {
        BuildPolicy { kind: kind.into(), ..BuildPolicy::default() }
    }

    /// Everything that a kind may need.
    fn full(kind: &str) -> BuildPolicy {
        let needs = |field: &str| {
            let recipe = recipes().into_iter().find(|recipe| recipe.kind == kind).unwrap();
            recipe.fields.iter().any(|known| known == field)
        };
        let list = |field: &str, value: &str| if needs(field) { vec![value.to_owned()] } else { Vec::new() };
        BuildPolicy {
            kind: kind.into(),
            registries: list("registries", "444455556666/us-west-2"),
            prefixes: list("prefixes", "prod-"),
            principals: list("principals", "111122223333"),
            organization: needs("organization").then(|| "o-a1b2c3d4e5".into()),
            projects: list("projects", "example/shop"),
            ..BuildPolicy::default()
        }
    }

    #[test]
    fn every_kind_is_built_from_the_fields_that_it_names() {
        for recipe in recipes() {
            let built =
                build_policy(&full(&recipe.kind)).unwrap_or_else(|e| panic!("{}: {e:?}", recipe.kind));
            assert!(built.document.contains("\"Statement\""), "{}", recipe.kind);
            assert!(built.length < 6_144, "{}: {}", recipe.kind, built.length);
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_said_at_its_field() {
        let with = |kind: &str, change: fn(&mut BuildPolicy)| {
            let mut request = full(kind);
            change(&mut request);
            let error = build_policy(&request).unwrap_err();
            (error.code, error.field.unwrap_or_default())
        };
        let at = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        assert_eq!(with("pull", |one| one.registries.clear()), at("input-missing", "registries"));
        assert_eq!(
            with("pull", |one| one.registries[0] = "4444".into()),
            at("invalid-account-id", "registries[0]")
        );
        assert_eq!(with("pull", |one| one.tag = Some("team=x".into())), at("input-invalid", "repositories"));
        let tag = |one: &mut BuildPolicy| {
            one.prefixes.clear();
            one.tag = Some("team".into());
        };
        assert_eq!(with("pull", tag), at("input-invalid", "tag"));
        assert_eq!(
            with("repository-pull", |one| one.principals[0] = "role/ci".into()),
            at("input-invalid", "principals[0]")
        );
        assert_eq!(
            with("registry-organization-pull", |one| one.organization = Some("my-org".into())),
            at("input-invalid", "organization")
        );
        assert_eq!(
            with("trust-github", |one| one.projects[0] = "shop".into()),
            at("input-missing", "projects")
        );
        let error = build_policy(&request("pul")).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("Did you mean `pull`?"));
    }

    #[test]
    fn one_registry_without_a_region_is_about_every_region_of_its_account() {
        let mut pull = full("pull");
        pull.registries = vec!["444455556666/us-west-2".into(), "444455556666".into()];
        let document = build_policy(&pull).unwrap().document;
        assert!(document.contains("arn:aws:ecr:*:444455556666:repository/prod-*"), "{document}");
        assert!(!document.contains("us-west-2"), "{document}");
    }
}
