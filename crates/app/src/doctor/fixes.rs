//! Fixes as plans.

use longshore_names::{RegistryId, RepositoryName};
use longshore_policy::{
    ContentHash,
    readiness::{Facts, Fix},
    registry_policy::{RegistryPolicy, Statement},
};

use crate::{
    api::{
        CheckFix, DestinationInput, ImageKey, Mutability, PlanRequest, RegistryKey, RepositoryKey, RuleInput,
        Space,
    },
    plans::counted,
};

/// Names the policy of a registry, or of one of its repositories, as it was read.
pub(super) type Base<'a> = dyn Fn(&RegistryKey, Option<&RepositoryName>) -> Option<String> + 'a;

/// A fix with the plans that carry it out. They are based on the policies that were read, so that later
/// changes of others are kept.
pub(super) fn fix(space: Space, facts: &Facts, fix: &Fix, base: &Base<'_>) -> CheckFix {
    let key = |registry: &RegistryId| RegistryKey::of(space, registry);
    let policy = |registry: &RegistryId| policy_of(facts, registry);
    let put = |registry: &RegistryId, policy: Option<RegistryPolicy>| {
        policy.map(|policy| PlanRequest::PutPolicy {
            base: base(&key(registry), None),
            registry: key(registry),
            text: policy.pretty(),
        })
    };
    let mut copy = None;
    let (kind, text, plans): (_, String, Vec<PlanRequest>) = match fix {
        Fix::AddStatement { registry, statement } => {
            let after =
                policy(registry).and_then(|mut policy| policy.add_statement(statement).ok().map(|_| policy));
            copy = Some(pretty(statement));
            (
                "add_statement",
                format!("Add the statement to the policy of {registry}."),
                put(registry, after).into_iter().collect(),
            )
        }
        Fix::MoveStatement { from, hash, registry, statement } => {
            let after =
                policy(registry).and_then(|mut policy| policy.add_statement(statement).ok().map(|_| policy));
            copy = Some(pretty(statement));
            let remove = PlanRequest::RemoveStatement { registry: key(from), statement: hash.to_string() };
            let plans = put(registry, after).into_iter().chain([remove]).collect();
            ("move_statement", format!("Move the statement from {from} to {registry}."), plans)
        }
        Fix::ReplaceStatement { registry, hash, statement } => {
            let after = policy(registry)
                .and_then(|mut policy| policy.replace_statement(hash, statement).ok().map(|_| policy));
            copy = Some(pretty(statement));
            (
                "replace_statement",
                format!("Replace the statement in the policy of {registry}."),
                put(registry, after).into_iter().collect(),
            )
        }
        Fix::RemoveDeny { registry, repository: None, hash, left } => {
            let after = policy(registry).and_then(|mut policy| {
                match left {
                    Some(left) => policy.replace_statement(hash, left).ok().map(drop)?,
                    None => policy.remove_statement(hash).ok().map(drop)?,
                }
                Some(policy)
            });
            (
                "remove_deny",
                format!("Take the Deny out of the policy of {registry}."),
                put(registry, after).into_iter().collect(),
            )
        }
        Fix::RemoveDeny { registry, repository: Some(repository), hash, left } => {
            let after = without_deny(facts, registry, repository, hash, left.as_ref());
            copy = after.as_ref().map(|after| command(registry, repository, after));
            let plan = after.map(|after| PlanRequest::PutRepositoryPolicy {
                base: base(&key(registry), Some(repository)),
                repository: RepositoryKey { registry: key(registry), repository: repository.to_string() },
                text: (!after.is_empty()).then(|| after.pretty()),
            });
            let text = format!("Take the Deny out of the policy of repository `{repository}` of {registry}.");
            ("remove_deny", text, plan.into_iter().collect())
        }
        Fix::RemoveOrphans { registry, ids } => {
            let after = policy(registry).map(|mut policy| {
                policy.remove_principals(ids);
                policy
            });
            let text = format!(
                "Take {} of deleted users and roles out of the policy of {registry}.",
                counted(ids.len(), "id")
            );
            ("remove_orphans", text, put(registry, after).into_iter().collect())
        }
        Fix::SetBlobMounting { registry, enabled } => (
            "set_blob_mounting",
            format!("Turn blob mounting on in {registry}."),
            vec![PlanRequest::SetBlobMounting { registry: key(registry), enabled: *enabled }],
        ),
        Fix::PutCreationTemplate { registry, template, needs } => {
            let text = serde_json::to_string_pretty(template).unwrap_or_default();
            copy = Some(text.clone());
            let plans = match needs.is_empty() {
                true => vec![PlanRequest::PutTemplate { registry: key(registry), text, base: None }],
                false => Vec::new(),
            };
            ("put_creation_template", format!("Create a creation template in {registry}."), plans)
        }
        Fix::EditRule { registry, rule, draft } => {
            let typed = |to: &RegistryId| DestinationInput {
                account: to.account.to_string(),
                region: to.region.to_string(),
            };
            let rule = RuleInput {
                registry: key(registry),
                also: Vec::new(),
                destinations: draft.destinations.iter().map(typed).collect(),
                filters: draft.filters.iter().map(ToString::to_string).collect(),
                delete_replication: draft.delete_replication,
                replaces: rule.as_ref().map(ToString::to_string),
                name: None,
                note: None,
            };
            let plan = PlanRequest::PutRule {
                rule,
                add_statements: Vec::new(),
                all_repositories: false,
                create_repository: true,
            };
            ("edit_rule", format!("Change the rule of {registry}."), vec![plan])
        }
        Fix::RemoveRule { registry, rule } => (
            "remove_rule",
            format!("Remove the rule from {registry}."),
            vec![PlanRequest::RemoveRule { registry: key(registry), rule: rule.to_string() }],
        ),
        Fix::UseEngine { .. } => (
            "use_engine",
            "Let Longshore's engine copy instead: it has no such limit.".to_owned(),
            Vec::new(),
        ),
        Fix::StartBackfill { registry, destinations } => {
            let typed = |to: &RegistryId| DestinationInput {
                account: to.account.to_string(),
                region: to.region.to_string(),
            };
            let destinations = destinations.iter().map(typed).collect();
            let plan = PlanRequest::StartBackfill { registry: key(registry), destinations };
            ("start_backfill", "Bring over the images that are there already.".to_owned(), vec![plan])
        }
        Fix::ReplicateAgain { registry, destination, images } => {
            let plan = |image: &longshore_policy::readiness::ImageName| PlanRequest::ReplicateAgain {
                image: ImageKey {
                    repository: RepositoryKey {
                        registry: key(registry),
                        repository: image.repository.to_string(),
                    },
                    digest: image.digest.clone(),
                },
                destination: key(destination),
            };
            let text = format!("Replicate {} to {destination} again.", counted(images.len(), "image"));
            ("replicate_again", text, images.iter().map(plan).collect())
        }
        Fix::SignInAgain { account } => {
            ("sign_in_again", format!("Sign in again as account {account}, or enter a new key."), Vec::new())
        }
        Fix::EnableRegion { region, copy: commands, .. } => {
            copy = Some(commands.clone());
            (
                "enable_region",
                format!("Have {region} enabled by an administrator of the account."),
                Vec::new(),
            )
        }
        Fix::AllowCalls { account, statements } => {
            let texts: Vec<String> = statements.iter().map(longshore_policy::pretty).collect();
            copy = Some(texts.join(",\n"));
            let what = if statements.len() == 1 { "the statement" } else { "the statements" };
            let text = format!(
                "Have an administrator of account {account} add {what} to an IAM policy of the caller."
            );
            ("allow_calls", text, Vec::new())
        }
        Fix::CreateServiceRole { account, copy: command } => {
            copy = Some(command.clone());
            let text = format!("Have an administrator of account {account} create the role.");
            ("create_service_role", text, Vec::new())
        }
        Fix::EnableKey { registry, copy: commands, .. } => {
            copy = Some(commands.clone());
            let text = format!("Have an administrator of account {} enable the key.", registry.account);
            ("enable_key", text, Vec::new())
        }
        Fix::ExcludeTag { registry, repository, mutability } => {
            let plan = PlanRequest::SetMutability {
                repository: RepositoryKey { registry: key(registry), repository: repository.to_string() },
                mutability: Mutability {
                    immutable: mutability.immutable,
                    exclusions: mutability.except.clone(),
                },
            };
            ("exclude_tag", format!("Let the tags of `{repository}` in {registry} move."), vec![plan])
        }
    };
    CheckFix { kind: kind.to_owned(), text, plans, copy }
}

fn pretty(statement: &longshore_policy::registry_policy::Statement) -> String {
    longshore_policy::pretty(&statement.to_value())
}

/// A repository's policy without a Deny.
fn without_deny(
    facts: &Facts,
    registry: &RegistryId,
    repository: &RepositoryName,
    hash: &ContentHash,
    left: Option<&Statement>,
) -> Option<RegistryPolicy> {
    let all = facts.destinations.iter().filter(|facts| facts.registry == *registry);
    let known = all.filter_map(|facts| facts.repositories.known()).flatten();
    let mut policy =
        known.filter(|one| one.name == *repository).find_map(|one| one.policy.known()?.clone())?;
    match left {
        Some(left) => policy.replace_statement(hash, left).ok().map(drop)?,
        None => policy.remove_statement(hash).ok().map(drop)?,
    }
    Some(policy)
}

/// The command that writes a repository's policy.
fn command(registry: &RegistryId, repository: &RepositoryName, policy: &RegistryPolicy) -> String {
    let at = format!(
        "--repository-name {repository} --registry-id {} --region {}",
        registry.account, registry.region
    );
    match policy.is_empty() {
        true => format!("aws ecr delete-repository-policy {at}"),
        false => {
            let text = policy.pretty().replace('\'', r"'\''");
            format!("aws ecr set-repository-policy {at} --policy-text '{text}'")
        }
    }
}

/// The policy of a registry as it was read; an empty one where there is none.
fn policy_of(facts: &Facts, registry: &RegistryId) -> Option<RegistryPolicy> {
    let all = facts.destinations.iter().chain(&facts.elsewhere).chain([&facts.source]);
    let known = all.filter(|facts| facts.registry == *registry).find_map(|facts| facts.policy.known())?;
    Some(known.clone().unwrap_or_else(RegistryPolicy::empty))
}
