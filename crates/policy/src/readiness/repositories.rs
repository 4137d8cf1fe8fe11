//! The destination's repositories: policies that deny, and tags that cannot be moved.

use longshore_names::RegistryId;

use super::{
    Check, CheckSide, Facts, Fix, ImageState, RegistryFacts, RepositoryState, TagMutability, place, taken,
};
use crate::{
    iam::{
        Effect, REPLICATE_IMAGE, Statement, StatementView,
        evaluate::action_fits,
        newly::{denials, who::Who},
    },
    registry_policy::RegistryPolicy,
    sentence,
};

const SIDE: CheckSide = CheckSide::Destination;
/// The actions of a pull.
const PULL: [&str; 3] =
    ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"];
/// At most this many exceptions (ECR API model 2015-09-21).
const MAX_EXCEPTIONS: usize = 5;

/// The repositories of both sides that the rule takes: the source's, if known, with the destination's
/// of the same name.
fn pairs<'f>(
    facts: &'f Facts,
    destination: &'f RegistryFacts,
) -> Result<Vec<(Option<&'f RepositoryState>, &'f RepositoryState)>, &'f str> {
    let there = taken(facts, destination.repositories.get()?);
    let own = facts.source.repositories.known().map(|all| taken(facts, all)).unwrap_or_default();
    let same = |name| own.iter().find(|one| one.name == name).copied();
    Ok(there.into_iter().map(|one| (same(one.name.clone()), one)).collect())
}

/// Repository policies that keep the source from replicating, or those who pull from pulling.
pub(super) fn policies(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    const ID: &str = "repository-policy-denies";
    let here = &destination.registry;
    let what = format!("Whether the policies of repositories in {} deny anything", place(here));
    let pairs = match pairs(facts, destination) {
        Ok(pairs) => pairs,
        Err(reason) => {
            return checks.push(Check::unknown(ID, SIDE, here, &what, (listing(here), reason)));
        }
    };
    let request = format!("GetRepositoryPolicy of {} in {}", each(&pairs), place(here));
    let (from, mut unknown) = (checks.len(), None);
    for (_, repository) in &pairs {
        match repository.policy.get() {
            Err(reason) => unknown = unknown.or(Some(reason)),
            Ok(None) => {}
            Ok(Some(policy)) => checks.extend(denied(facts, destination, repository, policy)),
        }
    }
    if let Some(reason) = unknown {
        checks.push(Check::unknown(ID, SIDE, here, &what, (request, reason)));
    } else if checks.len() == from {
        let number = sentence::count(pairs.len(), "repository", "repositories");
        let text = format!("{number} of {}: no policy denies it.", place(here));
        let with = pairs.iter().filter(|(_, one)| matches!(one.policy.known(), Some(Some(_)))).count();
        let check = Check::ok(ID, SIDE, here, text);
        checks.push(match pairs.is_empty() {
            true => check.evidence(listing(here), NONE_TAKEN),
            false => {
                let without = pairs.len() - with;
                check.evidence(
                    request,
                    format!("{with} with a policy that does not deny it, {without} without a policy"),
                )
            }
        });
    }
}

/// The answer of a list without a repository of the rule.
const NONE_TAKEN: &str = "no repository that the rule takes";

fn listing(here: &RegistryId) -> String {
    format!("DescribeRepositories in {}", place(here))
}

/// The repositories of a request: up to three by their names.
fn each(pairs: &[(Option<&RepositoryState>, &RepositoryState)]) -> String {
    let mut names: Vec<String> = pairs.iter().take(3).map(|(_, one)| format!("`{}`", one.name)).collect();
    if pairs.len() > names.len() {
        names.push(sentence::count(pairs.len() - names.len(), "other", "others"));
    }
    sentence::list(&names, "and")
}

fn denied(
    facts: &Facts,
    destination: &RegistryFacts,
    repository: &RepositoryState,
    policy: &RegistryPolicy,
) -> Option<Check> {
    let here = &destination.registry;
    let source = Who::Account(facts.source.registry.account.clone());
    let mut pullers = vec![Who::Account(here.account.clone())];
    let known = destination.pullers.known().map(Vec::as_slice).unwrap_or_default();
    pullers.extend(known.iter().filter_map(|text| Who::of_text(text, here)));
    let replicating = (&source, REPLICATE_IMAGE);
    let pulling = pullers.iter().flat_map(|who| PULL.iter().map(move |action| (who, *action)));
    let questions: Vec<(&Who, &str)> = std::iter::once(replicating).chain(pulling).collect();
    let found = questions.into_iter().find_map(|(who, action)| {
        let all = denials(policy, who, action, here, &repository.name);
        all.into_iter().next().map(|deny| (who, action, deny))
    });
    let (text, deny, certain) = match found {
        Some((who, action, (deny, certain))) => {
            let verb = if certain { "denies" } else { "may deny" };
            let whom = match who {
                Who::Identity { arn, .. } => format!("`{arn}`"),
                Who::Account(account) => format!("account {account}"),
                _ => "everyone".to_owned(),
            };
            let text = format!(
                "Statement {} of the policy of `{}` {verb} `{action}` to {whom}.",
                deny.phrase(),
                repository.name
            );
            (text, deny, certain)
        }
        // A Deny for somebody of whom nobody said that they pull.
        None => {
            let deny = policy.statements().into_iter().find(|one| denies_some(one, &PULL))?;
            let text = format!(
                "Statement {} of the policy of `{}` denies pulling to some principals.",
                deny.phrase(),
                repository.name
            );
            (text, deny, false)
        }
    };
    let fix = Fix::RemoveDeny {
        registry: here.clone(),
        repository: Some(repository.name.clone()),
        hash: deny.hash.clone(),
        left: None::<Statement>,
    };
    let id = "repository-policy-denies";
    let check = match certain {
        true => Check::failed(id, SIDE, here, text),
        false => Check::warning(id, SIDE, here, text),
    };
    let request = format!("GetRepositoryPolicy of `{}` in {}", repository.name, place(here));
    Some(check.evidence(request, policy.pretty()).fix(fix))
}

/// Tags that exist at the destination with another image and cannot be moved.
pub(super) fn tags(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    const ID: &str = "tag-taken";
    let here = &destination.registry;
    let what = format!("Whether tags in {} stand in the way", place(here));
    let pairs = match pairs(facts, destination) {
        Ok(pairs) => pairs,
        Err(reason) => {
            return checks.push(Check::unknown(ID, SIDE, here, &what, (listing(here), reason)));
        }
    };
    let is_firm = |setting: &TagMutability| setting.immutable || !setting.except.is_empty();
    let all = pairs.len();
    let firm: Vec<_> = pairs.into_iter().filter(|(_, there)| is_firm(&there.mutability)).collect();
    let (from, mut unknown) = (checks.len(), None);
    if let (false, Err(reason)) = (firm.is_empty(), facts.source.repositories.get()) {
        unknown = Some(reason);
    }
    for (own, there) in &firm {
        let Some(own) = own else { continue };
        match (own.images.get(), there.images.get()) {
            (Ok(own), Ok(images)) => {
                let taken = taken_tags(own, images, &there.mutability);
                if !taken.is_empty() {
                    checks.push(taken_check(destination, there, &taken));
                }
            }
            (Err(reason), _) | (_, Err(reason)) => unknown = unknown.or(Some(reason)),
        }
    }
    if let Some(reason) = unknown {
        let request = format!("DescribeImages of {} in both registries", each(&firm));
        checks.push(Check::unknown(ID, SIDE, here, &what, (request, reason)));
    } else if checks.len() == from {
        checks.push(match firm.len() {
            0 => {
                let text =
                    format!("Tags can be moved in every repository of {} that the rule takes.", place(here));
                let answer = match all {
                    0 => NONE_TAKEN.to_owned(),
                    all => format!("imageTagMutability of {all}: MUTABLE"),
                };
                Check::ok(ID, SIDE, here, text).evidence(listing(here), answer)
            }
            _ => {
                let text = format!("No tag that cannot be moved in {} is on another image.", place(here));
                let request = format!("DescribeImages of {} in both registries", each(&firm));
                Check::ok(ID, SIDE, here, text).evidence(request, "no protected tag is on two images")
            }
        });
    }
}

/// The tags of `own` that are on other images among `there`, and cannot be moved.
fn taken_tags(own: &[ImageState], there: &[ImageState], setting: &TagMutability) -> Vec<String> {
    let holder = |tag: &String| there.iter().find(|image| image.tags.contains(tag));
    let mut taken: Vec<String> = Vec::new();
    for image in own {
        let other = |tag: &&String| holder(tag).is_some_and(|other| other.digest != image.digest);
        taken.extend(image.tags.iter().filter(|tag| setting.protects(tag)).filter(other).cloned());
    }
    taken.sort();
    taken.dedup();
    taken
}

fn taken_check(destination: &RegistryFacts, repository: &RepositoryState, taken: &[String]) -> Check {
    let here = &destination.registry;
    let shown: Vec<String> = taken.iter().take(5).map(|tag| format!("`{tag}`")).collect();
    let more = match taken.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!(
        "In `{}` of {} {}{more} {} on another image and cannot be moved; the replicated image arrives without it.",
        repository.name,
        place(here),
        shown.join(", "),
        if taken.len() == 1 { "is" } else { "are" }
    );
    let fix = excluded(&repository.mutability, taken).map(|mutability| Fix::ExcludeTag {
        registry: here.clone(),
        repository: repository.name.clone(),
        mutability,
    });
    let images = repository.images.known().map(Vec::as_slice).unwrap_or_default();
    let holders = taken.iter().take(20).filter_map(|tag| {
        let image = images.iter().find(|image| image.tags.contains(tag))?;
        Some(format!("{tag}: {}", image.digest))
    });
    let request = format!("DescribeImages of `{}` in {}", repository.name, place(here));
    let check = Check::failed("tag-taken", SIDE, here, text);
    check.evidence(request, holders.collect::<Vec<_>>().join("; ")).fix(fix)
}

/// The setting under which these tags can be moved; `None` if it needs too many exceptions.
fn excluded(setting: &TagMutability, tags: &[String]) -> Option<TagMutability> {
    let mut changed = setting.clone();
    if setting.immutable {
        changed.except.extend(tags.iter().cloned());
    } else {
        changed.except.retain(|filter| !tags.iter().any(|tag| crate::pattern::matches(filter, tag)));
    }
    let fits = changed.except.len() <= MAX_EXCEPTIONS && !tags.iter().any(|tag| changed.protects(tag));
    fits.then_some(changed)
}

/// Whether a statement denies one of these actions to anybody.
fn denies_some(one: &StatementView, actions: &[&str]) -> bool {
    let is_one = |action: &&str| one.actions.covers(|pattern| action_fits(pattern, action));
    one.effect == Effect::Deny && actions.iter().any(is_one)
}
