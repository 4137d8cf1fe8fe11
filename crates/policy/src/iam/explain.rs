//! Explains a statement in one sentence.

use longshore_names::{AccountId, RegistryId};
use serde_json::Value;

use super::{
    CREATE_REPOSITORY, Effect, Element, Principal, REPLICATE_IMAGE, StatementView, evaluate::action_fits,
};
use crate::sentence;

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
    let condition = condition(statement.condition.as_ref());
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
    let deed = match (simple, replicate, create, &statement.effect) {
        (true, true, true, Effect::Allow) => {
            format!("replicate images into {what}, and create missing repositories")
        }
        (true, true, false, Effect::Allow) => {
            format!("replicate images into {what}, but not create missing repositories")
        }
        (true, true, true, _) => format!("replicate images into {what} or create them"),
        (true, true, false, _) => format!("replicate images into {what}"),
        (true, false, true, _) => format!("create {what}"),
        _ => format!("{} on {what}", actions(&statement.actions)),
    };
    format!("{who} {verb} {deed}{condition}.")
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

pub(super) fn resource(text: &str, registry: &RegistryId) -> String {
    if text == "*" {
        return "any repository in this registry".into();
    }
    let here = format!(
        "arn:{}:ecr:{}:{}:repository/",
        registry.region.partition().id(),
        registry.region,
        registry.account
    );
    let Some(name) = text.strip_prefix(&here) else {
        return format!("`{text}`");
    };
    match name.strip_suffix('*') {
        Some("") => "any repository in this registry".into(),
        Some(begin) if !begin.contains(['*', '?']) => {
            format!("repositories whose names begin with `{begin}`")
        }
        _ if name.contains(['*', '?']) => format!("repositories whose names match `{name}`"),
        _ => format!("the repository `{name}`"),
    }
}

fn condition(condition: Option<&Value>) -> String {
    let Some(condition) = condition else { return String::new() };
    let mut keys: Vec<String> = Vec::new();
    for keys_of_operator in condition.as_object().into_iter().flat_map(|o| o.values()) {
        keys.extend(
            keys_of_operator.as_object().into_iter().flat_map(|o| o.keys()).map(|k| format!("`{k}`")),
        );
    }
    if keys.is_empty() {
        ", under a condition that cannot be read".into()
    } else {
        format!(", under a condition on {}", sentence::list(&keys, "and"))
    }
}
