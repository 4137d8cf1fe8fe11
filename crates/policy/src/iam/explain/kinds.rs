//! A statement of any kind of policy in one sentence.

use longshore_names::RegistryId;

use super::{condition, statement};
use crate::{
    iam::{
        Effect, Element, Principal, StatementView, actions,
        evaluate::action_fits,
        lint::{Arn, PolicyKind},
        reference,
    },
    sentence,
};

/// What pulling needs, and what pushing needs besides.
const PULL: [&str; 3] =
    ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"];
const PUSH: [&str; 4] =
    ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"];

/// The statement of a policy of this kind in one sentence, for example: *Users and roles with this
/// policy may pull images (`ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`) from the repository
/// `app` of 111122223333 in us-west-2.*
pub(super) fn explain(view: &StatementView, kind: PolicyKind, here: Option<&RegistryId>) -> String {
    let everyone = matches!(&view.principals, Element::Only(all) if all.contains(&Principal::Everyone));
    let verb = match &view.effect {
        Effect::Allow => "may",
        Effect::Deny if everyone => "may",
        Effect::Deny => "must not",
        Effect::Other(other) if other.is_empty() => {
            return "A statement without an effect, which neither allows nor denies anything.".into();
        }
        Effect::Other(other) => {
            return format!(
                "A statement with the effect `{other}`, which neither allows nor denies anything."
            );
        }
    };
    let who = match view.effect == Effect::Deny && everyone {
        true => "Nobody".to_owned(),
        false => sentence::capital(&who(view, kind)),
    };
    let deed = match kind {
        PolicyKind::Trust => assume(view),
        _ => deed(view, kind, here),
    };
    let condition = condition::phrase(view.condition.as_ref());
    format!("{who} {verb} {deed}{condition}.")
}

fn who(view: &StatementView, kind: PolicyKind) -> String {
    if kind == PolicyKind::Identity && view.principals == Element::Missing {
        return "users and roles with this policy".into();
    }
    let phrase = |principal: &Principal| match principal {
        Principal::Other { kind, value } if kind == "Federated" => {
            let name = value.split_once("-provider/").map_or(value.as_str(), |(_, name)| name);
            format!("identities of the provider `{name}`")
        }
        Principal::Aws(arn) => match Arn::read(arn) {
            Some(arn) if !arn.account.is_empty() => match arn.resource.split_once('/') {
                Some((kind @ ("user" | "role"), name)) => {
                    format!("the {kind} `{name}` of account {}", arn.account)
                }
                Some(("assumed-role", name)) => format!("the session `{name}` of account {}", arn.account),
                _ => principal.phrase(),
            },
            _ => principal.phrase(),
        },
        Principal::Other { kind, value } if kind == "Service" => format!("the service `{value}`"),
        other => other.phrase(),
    };
    let phrases: Vec<String> = view.principals.items().iter().map(phrase).collect();
    match &view.principals {
        Element::Missing => "nobody (the principal is missing)".into(),
        Element::Only(all) if all.is_empty() => "nobody (no principal is named)".into(),
        Element::Unreadable => "a principal that cannot be read".into(),
        Element::Only(_) => sentence::list(&phrases, "and"),
        Element::AllBut(_) => format!("everyone but {}", sentence::list(&phrases, "and")),
    }
}

/// The calls of a trust policy.
fn assume(view: &StatementView) -> String {
    let Element::Only(all) = &view.actions else { return named(&view.actions) };
    let covers = |action: &str| all.iter().any(|one| action_fits(one, action));
    let assumes = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
    let mut deeds = Vec::new();
    if assumes.into_iter().any(covers) {
        deeds.push("assume the role".to_owned());
    }
    if covers("sts:TagSession") {
        deeds.push("set tags of the session".to_owned());
    }
    if covers("sts:SetSourceIdentity") {
        deeds.push("set its source identity".to_owned());
    }
    if deeds.is_empty() { named(&view.actions) } else { sentence::list(&deeds, "and") }
}

/// The actions by their names.
fn named(actions: &Element<String>) -> String {
    let codes: Vec<String> = actions.items().iter().map(|action| format!("`{action}`")).collect();
    let list = sentence::list(&codes, "and");
    match actions {
        Element::Missing => "do nothing (the action is missing)".into(),
        Element::Unreadable => "do something that cannot be read".into(),
        Element::Only(all) if all.iter().any(|action| action == "*") => "do everything (`*`)".into(),
        Element::Only(_) => format!("use {list}"),
        Element::AllBut(_) => format!("do everything but {list}"),
    }
}

fn deed(view: &StatementView, kind: PolicyKind, here: Option<&RegistryId>) -> String {
    let what = resources(view, kind, here);
    let Element::Only(all) = &view.actions else { return on(named(&view.actions), &what) };
    if let [service] = all.as_slice()
        && let Some(prefix) = service.strip_suffix(":*")
        && let Some(name) = [("ecr", "ECR"), ("iam", "IAM"), ("kms", "KMS"), ("sts", "STS")]
            .iter()
            .find(|(p, _)| p == &prefix)
    {
        return on(format!("do everything in {} (`{service}`)", name.1), &what);
    }
    if all.is_empty() {
        return "do nothing (no action is named)".into();
    }
    // What is about no resource needs none in its sentence.
    let on_star = view.resources.items().iter().any(|resource| resource == "*");
    if on_star
        && all.iter().all(|action| actions::is_on_registry(action) && reference::find(action).is_some())
    {
        let token = all.iter().all(|action| action.eq_ignore_ascii_case(actions::TOKEN));
        return if token { format!("sign in to ECR (`{}`)", actions::TOKEN) } else { named(&view.actions) };
    }
    let has = |action: &str| all.iter().any(|one| one.eq_ignore_ascii_case(action));
    let only = |groups: &[&[&str]]| {
        all.iter()
            .all(|one| groups.iter().any(|group| group.iter().any(|known| known.eq_ignore_ascii_case(one))))
    };
    let codes: Vec<String> = all.iter().map(|action| format!("`{action}`")).collect();
    let codes = sentence::list(&codes, "and");
    let replicate = ["ecr:ReplicateImage", "ecr:CreateRepository"];
    let pulls = has(PULL[0]) && has(PULL[1]);
    let pushes = PUSH.into_iter().all(has);
    match (pulls, pushes) {
        _ if only(&[&replicate]) => statement::replication(has(replicate[0]), has(replicate[1]), &what, view),
        (true, false) if only(&[&PULL]) => format!("pull images ({codes}) from {what}"),
        (true, true) if only(&[&PULL, &PUSH]) => format!("push and pull images ({codes}) to and from {what}"),
        (false, true) if only(&[&PULL, &PUSH]) => format!("push images ({codes}) to {what}"),
        _ => on(named(&view.actions), &what),
    }
}

fn on(deed: String, what: &str) -> String {
    format!("{deed} on {what}")
}

fn resources(view: &StatementView, kind: PolicyKind, here: Option<&RegistryId>) -> String {
    let of_repositories = |action: &String| {
        reference::find(action)
            .is_some_and(|(service, found)| service.prefix == "ecr" && found.resources().next().is_some())
    };
    let whole = match kind {
        PolicyKind::Identity if view.actions.items().iter().all(of_repositories) => "any repository",
        PolicyKind::Registry => "any repository in this registry",
        PolicyKind::Repository => "this repository",
        PolicyKind::Other => "this resource",
        PolicyKind::Identity | PolicyKind::Trust => "any resource",
    };
    let one = |text: &String| match text.as_str() {
        "*" => whole.to_owned(),
        text => match here {
            Some(here) => statement::resource(text, here),
            None => elsewhere(text),
        },
    };
    let phrases: Vec<String> = view.resources.items().iter().map(one).collect();
    match &view.resources {
        Element::Missing if matches!(kind, PolicyKind::Repository | PolicyKind::Other) => whole.into(),
        Element::Missing => "nothing (the resource is missing)".into(),
        Element::Unreadable => "a resource that cannot be read".into(),
        Element::Only(_) => sentence::list(&phrases, "and"),
        Element::AllBut(_) => format!("everything but {}", sentence::list(&phrases, "and")),
    }
}

/// An ARN of a registry that is not known otherwise.
fn elsewhere(text: &str) -> String {
    let Some(arn) = Arn::read(text) else { return format!("`{text}`") };
    let Some(name) = arn.resource.strip_prefix("repository/").filter(|_| arn.service == "ecr") else {
        return format!("`{text}`");
    };
    let open = |part: &str| part.contains(['*', '?', '$']);
    if open(arn.account) && arn.account != "*" || open(arn.region) && arn.region != "*" {
        return format!("`{text}`");
    }
    let of = match (arn.account, arn.region) {
        ("*", "*") => "of any registry".to_owned(),
        ("*", region) => format!("of any account in {region}"),
        (account, "*") => format!("of {account} in any Region"),
        (account, region) => format!("of {account} in {region}"),
    };
    format!("{} {of}", statement::repositories(name))
}
