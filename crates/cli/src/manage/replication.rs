//! `longshore replication …`

use std::collections::BTreeSet;

use longshore_app::api::{
    AdoptRule, ApiError, DestinationInput, DestinationView, DocumentKey, Finding, NameRule, OwnedDocument,
    PlanRequest, PlanView, ReceiptOutcome, RegistryKey, ReplicationView, RuleInput, RuleView, Side,
    StatedPermission, StepView,
};
use serde_json::{Value, json};

use super::{
    arguments::{self, AddRule, Change, RemoveRule, ReplicationCommand, UndoRun},
    changes::{Made, carry_out, document, end, make, word},
    open::Managed,
    owner,
};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// The code of a rule that a registry has already.
const ALREADY_THERE: &str = "already-there";
/// Findings of an undo about a document that it leaves as it is.
const LEFT: [&str; 3] = ["changed-since", "document-unread", "needed-by-left"];

/// Runs a command about replication.
pub(crate) async fn run(options: arguments::Replication) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| match command {
            ReplicationCommand::Show { registry } => show(managed, &registry).await,
            ReplicationCommand::Add(options) => add(managed, options).await,
            ReplicationCommand::Undo(options) => undo(managed, options).await,
            ReplicationCommand::Remove(options) => remove(managed, options).await,
            ReplicationCommand::Name(options) => name(managed, options).await,
            ReplicationCommand::Adopt(options) => adopt(managed, options).await,
            ReplicationCommand::Test(options) => test(managed, options).await,
            ReplicationCommand::Backfill(options) => super::backfill::run(managed, options).await,
            ReplicationCommand::Status { repository } => super::status::show(managed, &repository).await,
        })
        .await
}

async fn name(managed: &Managed, options: arguments::NameRule) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let rule = rule_of(managed, &registry, &options.rule).await?;
    let request = NameRule { registry, rule, name: options.name, note: options.note };
    let view = managed.asking(async || managed.app.name_rule(request.clone()).await).await?;
    print(managed, &view).await
}

async fn adopt(managed: &Managed, options: arguments::AdoptRule) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let rule = rule_of(managed, &registry, &options.rule).await?;
    let request = AdoptRule { registry, rule, name: options.name, note: options.note };
    let view = managed.asking(async || managed.app.adopt_rule(request.clone()).await).await?;
    print(managed, &view).await
}

async fn show(managed: &Managed, registry: &str) -> Result<(), Failure> {
    let key = managed.registry(registry).await?;
    let view = managed.asking(async || managed.app.replication(key.clone()).await).await?;
    print(managed, &view).await
}

async fn print(managed: &Managed, view: &ReplicationView) -> Result<(), Failure> {
    let key = &view.registry;
    let document_key = DocumentKey { registry: key.clone(), document: OwnedDocument::Replication };
    let owner = managed.app.owner(document_key).await?;
    if managed.json {
        let mut summary = json!({
            "event": "summary", "account": key.account, "region": key.region,
            "document": document(Some(&view.document)),
            "rules": view.rules.iter().map(rule).collect::<Vec<Value>>(),
            "destinations_used": view.destinations_used, "read_at": view.as_of,
        });
        owner::add(&mut summary, &owner);
        output::summary(&summary);
        return Ok(());
    }
    owner::note_owner(&owner);
    if view.rules.is_empty() {
        output::line("There are no replication rules.");
    }
    for rule in &view.rules {
        let name = rule.name.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        output::line(&format!("{}  {name}{}", short(&rule.id), rule.sentence));
        rule.note.iter().for_each(|note| output::line(&format!("  {note}")));
        for finding in &rule.findings {
            output::note(&format!("  {}", finding.text));
        }
        for (to, of) in rule.destinations.iter().filter_map(|to| Some((&to.registry, to.stated.as_ref()?))) {
            output::note(&format!("  {}", stated(to, of)));
        }
    }
    Ok(())
}

/// What a request and its receipt say about a destination.
fn stated(to: &RegistryKey, of: &StatedPermission) -> String {
    let at = format!("{}/{}", to.account, to.region);
    let said = match &of.receipt {
        None => format!("{at} was asked by request {}; no receipt was checked.", of.request),
        Some(receipt) => {
            let word = match receipt.outcome {
                ReceiptOutcome::Applied => "applied",
                ReceiptOutcome::Partly => "applied a part of",
                ReceiptOutcome::Refused => "declined",
            };
            let when = receipt.applied.format("%Y-%m-%d %H:%M UTC");
            format!(
                "The receipt says that the administrator of {at} {word} request {} at {when}.",
                of.request
            )
        }
    };
    match (of.missing.is_empty(), of.seen) {
        (true, _) | (_, true) => said,
        (false, false) => format!("{said} Not stated: {}.", of.missing.join(", ")),
    }
}

fn rule(rule: &RuleView) -> Value {
    let destination = |to: &DestinationView| {
        let mut known = json!({"account": to.registry.account, "region": to.registry.region});
        if let Some(of) = &to.stated {
            let receipt = of.receipt.as_ref();
            known["stated"] = json!({
                "request": of.request, "requested": of.requested,
                "outcome": receipt.map(|receipt| receipt.outcome),
                "applied": receipt.map(|receipt| receipt.applied),
                "principal": receipt.and_then(|receipt| receipt.principal.as_ref()),
                "missing": of.missing, "seen": of.seen,
            });
        }
        known
    };
    json!({
        "id": rule.id, "name": rule.name, "note": rule.note, "sentence": rule.sentence, "filters": rule.filters,
        "destinations": rule.destinations.iter().map(destination).collect::<Vec<Value>>(),
        "delete_replication": rule.delete_replication, "ours": rule.ours,
        "document": document(Some(&rule.json)),
    })
}

/// Enough of an id to name the rule.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

async fn add(managed: &Managed, options: AddRule) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let also = registries(managed, &options.from).await?;
    let destinations = registries(managed, &options.to).await?;
    let foreign = |to: &&RegistryKey| also.iter().chain([&registry]).any(|from| from.account != to.account);
    let add_statements = match options.statement {
        true => destinations.iter().filter(foreign).cloned().collect(),
        false => Vec::new(),
    };
    let sources: Vec<RegistryKey> = also.iter().chain([&registry]).cloned().collect();
    let rule = rule_input(&registry, &destinations, &options.prefixes, options.delete_replication);
    let (name, note) = (options.name.clone(), options.note.clone());
    let request = PlanRequest::PutRule {
        rule: RuleInput { also, name, note, ..rule },
        add_statements,
        all_repositories: false,
        create_repository: true,
    };
    let made = match carry_out(managed, request, &options.change, options.keep_going).await {
        Err(Failure::Of(error)) if error.code == ALREADY_THERE => {
            name_existing(managed, &registry, &destinations, &options).await?;
            return nothing_to_do(managed, &options.change, &registry, error.message);
        }
        made => made?,
    };
    let is_written =
        |from: &RegistryKey| made.plan.steps.iter().any(|step| step.registry.as_ref() == Some(from));
    if made.failure.is_none() {
        for from in sources.iter().filter(|from| !is_written(from)) {
            name_existing(managed, from, &destinations, &options).await?;
        }
    }
    let more = if sources.len() > 1 { rows(&made) } else { before_and_after(&made.plan, &registry) };
    tell_undo(managed, &made);
    end(managed, &options.change, made, more)
}

/// Gives a rule that is there already the name that was typed for it; a plan only looks.
async fn name_existing(
    managed: &Managed,
    registry: &RegistryKey,
    destinations: &[RegistryKey],
    options: &AddRule,
) -> Result<(), Failure> {
    let Some(name) = options.name.clone().filter(|_| !options.change.plan) else { return Ok(()) };
    let view = managed.asking(async || managed.app.replication(registry.clone()).await).await?;
    let place = |key: &RegistryKey| (key.account.to_string(), key.region.to_string());
    let to: BTreeSet<_> = destinations.iter().map(place).collect();
    let prefixes: BTreeSet<&String> = options.prefixes.iter().collect();
    let is_it = |rule: &&RuleView| {
        rule.delete_replication == options.delete_replication
            && rule.filters.iter().collect::<BTreeSet<_>>() == prefixes
            && rule.destinations.iter().map(|to| place(&to.registry)).collect::<BTreeSet<_>>() == to
    };
    let Some(rule) = view.rules.iter().find(is_it).map(|rule| rule.id.clone()) else { return Ok(()) };
    if !managed.json {
        output::note(&format!("The rule is now named `{name}`."));
    }
    let request = NameRule { registry: registry.clone(), rule, name, note: options.note.clone() };
    managed.app.name_rule(request).await?;
    Ok(())
}

/// A new rule, as typed.
pub(super) fn rule_input(
    registry: &RegistryKey,
    to: &[RegistryKey],
    prefixes: &[String],
    delete_replication: bool,
) -> RuleInput {
    let typed = |key: &RegistryKey| DestinationInput {
        account: key.account.to_string(),
        region: key.region.to_string(),
    };
    RuleInput {
        registry: registry.clone(),
        also: Vec::new(),
        destinations: to.iter().map(typed).collect(),
        filters: each_once(prefixes.to_vec()),
        delete_replication,
        replaces: None,
        name: None,
        note: None,
    }
}

/// The end of a command whose rule is there already.
fn nothing_to_do(
    managed: &Managed,
    change: &Change,
    registry: &RegistryKey,
    text: String,
) -> Result<(), Failure> {
    let text = format!("{text} There is nothing to do.");
    if managed.json {
        output::json(&json!({
            "event": "finding", "code": "nothing-to-do", "severity": "note", "text": text, "hint": null,
        }));
        output::summary(&json!({
            "event": "summary", "plan": change.plan, "title": "", "confirm": null, "steps": 0, "run": null,
            "state": null, "account": registry.account, "region": registry.region, "before": null, "after": null,
        }));
    } else {
        output::note(&text);
    }
    Ok(())
}

async fn undo(managed: &Managed, options: UndoRun) -> Result<(), Failure> {
    let request = PlanRequest::Undo { run: options.run };
    let mut made = carry_out(managed, request, &options.change, options.keep_going).await?;
    let is_left = |finding: &&Finding| LEFT.contains(&finding.code.as_str());
    if let (None, Some(left)) = (&made.failure, made.plan.findings.iter().find(is_left)) {
        made.failure = Some(Failure::Incomplete(left.text.clone()));
    }
    let more = rows(&made);
    end(managed, &options.change, made, more)
}

/// Registries by `ACCOUNT/REGION`.
pub(super) async fn registries(managed: &Managed, texts: &[String]) -> Result<Vec<RegistryKey>, Failure> {
    let mut found = Vec::with_capacity(texts.len());
    for text in texts {
        found.push(managed.registry(text).await?);
    }
    Ok(found)
}

/// How to undo what a run did before it failed.
fn tell_undo(managed: &Managed, made: &Made) {
    let run = made.run.as_ref().filter(|run| made.failure.is_some() && !run.versions.is_empty());
    if let Some(run) = run.filter(|_| !managed.json) {
        output::note(&format!("`longshore replication undo {}` undoes what was done.", run.id));
    }
}

/// One row for each document: before, after, and its result; and how many came to which end.
fn rows(made: &Made) -> Value {
    let steps = made.run.as_ref().map(|run| run.steps.as_slice()).unwrap_or_default();
    let row = |(index, planned): (usize, &StepView)| {
        let step = steps.get(index);
        json!({
            "text": planned.text,
            "account": planned.registry.as_ref().map(|key| &key.account),
            "region": planned.registry.as_ref().map(|key| &key.region),
            "before": document(planned.before.as_deref()), "after": document(planned.after.as_deref()),
            "state": step.map(|step| word(step.state)),
            "result": step.and_then(|step| step.result.as_deref()),
            "error": step.and_then(|step| step.error.as_ref()).map(event_of),
        })
    };
    let mut summary = json!({
        "rows": made.plan.steps.iter().enumerate().map(row).collect::<Vec<Value>>(),
    });
    if let Some(counts) = made.run.as_ref().and_then(|run| run.counts) {
        summary["done"] = counts.done.into();
        summary["failed"] = counts.failed.into();
        summary["not_started"] = counts.not_started.into();
    }
    summary
}

async fn remove(managed: &Managed, options: RemoveRule) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let rule = rule_of(managed, &registry, &options.rule).await?;
    let request = PlanRequest::RemoveRule { registry: registry.clone(), rule };
    make(managed, request, &options.change, |plan| before_and_after(plan, &registry)).await
}

async fn test(managed: &Managed, options: RemoveRule) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let rule = rule_of(managed, &registry, &options.rule).await?;
    let request = PlanRequest::TestRule { registry: registry.clone(), rule };
    let place = json!({"account": registry.account, "region": registry.region});
    make(managed, request, &options.change, |_| place.clone()).await
}

/// The id of a rule by a prefix of it, or by its name.
pub(super) async fn rule_of(
    managed: &Managed,
    registry: &RegistryKey,
    text: &str,
) -> Result<String, Failure> {
    let view = managed.asking(async || managed.app.replication(registry.clone()).await).await?;
    let text = text.trim();
    // A name is meant before the beginning of another rule's id.
    let is_named = |rule: &&RuleView| rule.name.as_deref() == Some(text);
    let mut found: Vec<&RuleView> = view.rules.iter().filter(is_named).collect();
    if found.is_empty() {
        found = view.rules.iter().filter(|rule| rule.id.starts_with(text)).collect();
    }
    match (found.pop(), found.is_empty()) {
        (Some(rule), true) => Ok(rule.id.clone()),
        (Some(_), false) => {
            Err(Failure::Usage(format!("Several rules are meant by `{text}`; give more of the id.")))
        }
        (None, _) => {
            let at = format!("{}/{}", registry.account, registry.region);
            let error = format!("{at} has no rule `{text}`.");
            let hint = format!("`longshore replication show {at}` lists its rules with their ids and names.");
            Err(ApiError::new("rule-unknown", Side::Input, error).hint(hint).into())
        }
    }
}

/// The replication configuration before and after a plan.
fn before_and_after(plan: &PlanView, registry: &RegistryKey) -> Value {
    let step = plan.steps.iter().rfind(|step| step.registry.as_ref() == Some(registry));
    let before = step.and_then(|step| step.before.as_deref());
    let after = step.and_then(|step| step.after.as_deref());
    json!({
        "account": registry.account, "region": registry.region,
        "before": document(before), "after": document(after),
    })
}

/// The texts without repetitions, in their order.
fn each_once(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}
