//! A statement of the policy of a registry in one sentence.

use longshore_names::{AccountId, RegistryId};

use super::condition;
use crate::{
    iam::{
        CREATE_REPOSITORY, Effect, Element, Principal, REPLICATE_IMAGE, StatementView, evaluate::action_fits,
    },
    sentence,
};

/// The statement in one sentence, for example: *Account Dev (111122223333) may replicate images
/// into repositories whose names begin with `prod-microservice`, and create missing repositories.*
///
/// `names` gives the name that the user gave an account.
pub fn explain_statement(
    statement: &StatementView,
    registry: &RegistryId,
    names: &dyn Fn(&AccountId) -> Option<String>,
) -> String {
    let who = sentence::capital(&principals(&statement.principals, names));
    let what = resources(&statement.resources, registry);
    let condition = condition::phrase(statement.condition.as_ref());
    let verb = match &statement.effect {
        Effect::Allow => "may",
        Effect::Deny => "must not",
        Effect::Other(other) => {
            return format!(
                "A statement with the effect `{other}`, which neither allows nor denies anything."
            );
        }
    };
    let has = |action: &str| statement.actions.items().iter().any(|a| a.eq_ignore_ascii_case(action));
    let simple = matches!(&statement.actions, Element::Only(all) if all.iter().all(|a| {
        [REPLICATE_IMAGE, CREATE_REPOSITORY].iter().any(|k| k.eq_ignore_ascii_case(a))
    }));
    let (replicate, create) = (has(REPLICATE_IMAGE), has(CREATE_REPOSITORY));
    let deed = match simple && (replicate || create) {
        true => replication(replicate, create, &what, statement),
        false => format!("{} on {what}", actions(&statement.actions)),
    };
    format!("{who} {verb} {deed}{condition}.")
}

/// Replicating images, creating repositories, or both.
pub(super) fn replication(replicate: bool, create: bool, what: &str, statement: &StatementView) -> String {
    match (replicate, create, &statement.effect) {
        (true, true, Effect::Allow) => {
            format!("replicate images into {what}, and create missing repositories")
        }
        (true, false, Effect::Allow) => {
            format!("replicate images into {what}, but not create missing repositories")
        }
        (true, true, _) => format!("replicate images into {what} or create them"),
        (true, false, _) => format!("replicate images into {what}"),
        (false, ..) => format!("create {what}"),
    }
}

fn principals(element: &Element<Principal>, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
    let phrases: Vec<String> = element
        .items()
        .iter()
        .map(|p| match p {
            Principal::Account { account, .. } => format!("account {}", sentence::account(account, names)),
            other => other.phrase(),
        })
        .collect();
    match element {
        Element::Missing => "nobody (the principal is missing)".into(),
        Element::Unreadable => "a principal that cannot be read".into(),
        Element::Only(_) => sentence::list(&phrases, "and"),
        Element::AllBut(_) => format!("everyone but {}", sentence::list(&phrases, "and")),
    }
}

fn actions(element: &Element<String>) -> String {
    let codes: Vec<String> = element.items().iter().map(|a| format!("`{a}`")).collect();
    match element {
        Element::Missing => "do nothing (the action is missing)".into(),
        Element::Unreadable => "do something that cannot be read".into(),
        Element::Only(all) if all.iter().any(|a| a == "*" || a == "ecr:*") => "do everything".into(),
        Element::Only(all)
            if all.iter().any(|a| a.contains(['*', '?']) && action_fits(a, REPLICATE_IMAGE)) =>
        {
            format!("use {} (including replication)", sentence::list(&codes, "and"))
        }
        Element::Only(_) => format!("use {}", sentence::list(&codes, "and")),
        Element::AllBut(_) => format!("do everything but {}", sentence::list(&codes, "and")),
    }
}

fn resources(element: &Element<String>, registry: &RegistryId) -> String {
    let phrases: Vec<String> = element.items().iter().map(|r| resource(r, registry)).collect();
    match element {
        Element::Missing => "nothing (the resource is missing)".into(),
        Element::Unreadable => "a resource that cannot be read".into(),
        Element::Only(_) => sentence::list(&phrases, "and"),
        Element::AllBut(_) => format!("everything but {}", sentence::list(&phrases, "and")),
    }
}

pub(in crate::iam) fn resource(text: &str, registry: &RegistryId) -> String {
    if text == "*" {
        return "any repository in this registry".into();
    }
    let here = format!(
        "arn:{}:ecr:{}:{}:repository/",
        registry.region.partition().id(),
        registry.region,
        registry.account
    );
    match text.strip_prefix(&here) {
        Some("*") => "any repository in this registry".into(),
        Some(name) => repositories(name),
        None => format!("`{text}`"),
    }
}

/// Repositories by the pattern of their names.
pub(super) fn repositories(name: &str) -> String {
    match name.strip_suffix('*') {
        Some("") => "any repository".into(),
        Some(begin) if !begin.contains(['*', '?']) => {
            format!("repositories whose names begin with `{begin}`")
        }
        _ if name.contains(['*', '?']) => format!("repositories whose names match `{name}`"),
        _ => format!("the repository `{name}`"),
    }
}
