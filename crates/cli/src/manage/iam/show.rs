//! Commands that read IAM.

use longshore_app::api::{
    ApiError, AskIam, GetIam, GetIamPolicy, IamKind, IamList, IamName, IamPolicyText, IamPolicyView, IamRow,
    IamView, ListIam, PolicyDecision, RegistryKey, Side,
};
use serde_json::{Value, json};

use super::{
    arguments::May,
    name::{Named, find},
};
use crate::{
    failure::{Failure, event_of},
    manage::{changes::document, open::Managed},
    output,
};

/// Lists users, groups, roles or policies.
pub(super) async fn list(managed: &Managed, registry: RegistryKey, list: IamList) -> Result<(), Failure> {
    let asked = ListIam { registry: registry.clone(), list };
    let rows = managed.asking(async || managed.app.iam_list(asked.clone()).await).await?;
    for row in &rows {
        if managed.json {
            let IamRow { name, arn, path, created, attached_to } = row;
            output::json(&json!({
                "event": "iam", "name": name, "arn": arn, "path": path, "created": created,
                "attached_to": attached_to,
            }));
        } else {
            let used = match row.attached_to {
                Some(1) => "  attached to 1".to_owned(),
                Some(count) => format!("  attached to {count}"),
                None => String::new(),
            };
            output::line(&format!("{}  {}{used}", row.name, row.arn));
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "account": registry.account, "found": rows.len()}));
    } else if rows.is_empty() {
        output::note("There are none.");
    }
    Ok(())
}

/// Shows a user, a group, a role or a policy.
pub(super) async fn one(managed: &Managed, registry: RegistryKey, what: &str) -> Result<(), Failure> {
    match find(managed, &registry, what).await? {
        Named::Entity(of) => {
            let asked = GetIam { registry: registry.clone(), of };
            let view = managed.asking(async || managed.app.iam_entity(asked.clone()).await).await?;
            match managed.json {
                true => output::summary(&entity_summary(&registry, &view)),
                false => print_entity(&view),
            }
            unread(&view.problems)
        }
        Named::Policy(arn) => {
            let asked = GetIamPolicy { registry: registry.clone(), arn };
            let view = managed.asking(async || managed.app.iam_policy(asked.clone()).await).await?;
            match managed.json {
                true => output::summary(&policy_summary(&registry, &view)),
                false => print_policy(&view),
            }
            unread(&view.problems)
        }
    }
}

/// An answer with parts that could not be read is not whole.
fn unread(problems: &[ApiError]) -> Result<(), Failure> {
    match problems.first() {
        None => Ok(()),
        Some(first) => {
            let hint = first.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
            Err(Failure::Incomplete(format!("Not everything could be read: {}{hint}", first.message)))
        }
    }
}

fn word(kind: IamKind) -> &'static str {
    match kind {
        IamKind::User => "user",
        IamKind::Group => "group",
        IamKind::Role => "role",
    }
}

fn policy_json(policy: &IamPolicyText) -> Value {
    json!({"name": policy.name, "arn": policy.arn, "document": document(policy.text.as_deref())})
}

fn entity_summary(registry: &RegistryKey, view: &IamView) -> Value {
    let policies = |list: &Option<Vec<IamPolicyText>>| {
        list.as_ref().map(|list| list.iter().map(policy_json).collect::<Vec<Value>>())
    };
    let keys = view.keys.as_ref().map(|keys| {
        let one = |key: &longshore_app::api::IamKey| {
            json!({"id": key.id, "active": key.active, "created": key.created})
        };
        keys.iter().map(one).collect::<Vec<Value>>()
    });
    json!({
        "event": "summary", "account": registry.account, "kind": word(view.of.kind), "name": view.of.name,
        "arn": view.arn, "created": view.created, "boundary": view.boundary,
        "trust": document(view.trust.as_deref()), "attached": policies(&view.attached),
        "inline": policies(&view.inline), "groups": view.groups, "members": view.members, "keys": keys,
        "problems": view.problems.iter().map(event_of).collect::<Vec<Value>>(),
    })
}

fn policy_summary(registry: &RegistryKey, view: &IamPolicyView) -> Value {
    let name = |of: &IamName| format!("{}/{}", word(of.kind), of.name);
    json!({
        "event": "summary", "account": registry.account, "kind": "policy", "name": view.name, "arn": view.arn,
        "description": view.description, "of_aws": view.of_aws, "version": view.version,
        "versions": view.versions, "document": document(Some(&view.text)),
        "attached_to": view.attached_to.as_ref().map(|all| all.iter().map(name).collect::<Vec<String>>()),
        "problems": view.problems.iter().map(event_of).collect::<Vec<Value>>(),
    })
}

/// A part of what is shown; one that could not be read is named as such.
fn part(title: &str, items: Option<Vec<String>>) {
    match items {
        None => output::line(&format!("{title}: could not be read")),
        Some(items) if items.is_empty() => output::line(&format!("{title}: none")),
        Some(items) => output::line(&format!("{title}: {}", items.join(", "))),
    }
}

fn print_entity(view: &IamView) {
    output::line(&format!("{} {}  {}", word(view.of.kind), view.of.name, view.arn));
    let names = |list: &Option<Vec<IamPolicyText>>| {
        list.as_ref().map(|list| list.iter().map(|policy| policy.name.clone()).collect())
    };
    part("Attached policies", names(&view.attached));
    part("Inline policies", names(&view.inline));
    if view.of.kind == IamKind::User {
        part("Groups", view.groups.clone());
        part(
            "Access keys",
            view.keys.as_ref().map(|keys| {
                let state = |active| if active { "active" } else { "inactive" };
                keys.iter().map(|key| format!("{} ({})", key.id, state(key.active))).collect()
            }),
        );
    }
    if view.of.kind == IamKind::Group {
        part("Users", view.members.clone());
    }
    view.boundary.iter().for_each(|arn| output::line(&format!("Permissions boundary: {arn}")));
    view.trust.iter().for_each(|text| output::line(&format!("Trust policy:\n{text}")));
}

fn print_policy(view: &IamPolicyView) {
    output::line(&format!("policy {}  {}", view.name, view.arn));
    view.description.iter().for_each(|text| output::line(text));
    let by = if view.of_aws { ", managed by AWS" } else { "" };
    output::line(&format!("Version {}{by}", view.version));
    let name = |of: &IamName| format!("{}/{}", word(of.kind), of.name);
    part("Attached to", view.attached_to.as_ref().map(|all| all.iter().map(name).collect()));
    view.statements.iter().for_each(|one| output::line(&format!("- {}", one.text)));
    output::line(&view.text);
}

/// Says what a user, a group or a role may do.
pub(super) async fn may(managed: &Managed, registry: RegistryKey, asked: May) -> Result<(), Failure> {
    let of = match find(managed, &registry, &asked.who).await? {
        Named::Entity(of) => of,
        Named::Policy(name) => {
            let text = format!("The account has no user, group or role `{name}`.");
            return Err(ApiError::new("iam-not-found", Side::Input, text).into());
        }
    };
    let region = match &asked.region {
        Some(region) => region.parse().map_err(ApiError::from)?,
        None => registry.region.clone(),
    };
    let registry = RegistryKey { region, ..registry };
    let usual = || ["pull", "push", "delete"].map(str::to_owned).to_vec();
    let actions = if asked.actions.is_empty() { usual() } else { asked.actions };
    let request = AskIam { registry: registry.clone(), of, actions, repositories: asked.repositories };
    let found = managed.asking(async || managed.app.ask_iam(request.clone()).await).await?;
    for answer in &found.answers {
        let decision = match answer.decision {
            PolicyDecision::Allowed => "allowed",
            PolicyDecision::Denied => "denied",
            PolicyDecision::NotAllowed => "not-allowed",
            PolicyDecision::Unknown => "unknown",
        };
        if managed.json {
            output::json(&json!({
                "event": "answer", "asked": answer.asked, "action": answer.action,
                "repository": answer.resource, "decision": decision, "reason": answer.reason,
                "unseen": answer.unseen, "keys": answer.keys,
            }));
        } else {
            output::line(&format!("{decision:<11} {} on {}", answer.action, answer.resource));
            output::line(&format!("            {}", answer.reason));
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": registry.account, "region": registry.region,
            "answers": found.answers.len(),
            "problems": found.problems.iter().map(event_of).collect::<Vec<Value>>(),
        }));
    }
    unread(&found.problems)
}
