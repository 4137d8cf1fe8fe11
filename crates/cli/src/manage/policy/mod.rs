//! `longshore policy …`

pub(crate) mod arguments;
mod evaluate;
mod explain;
mod input;
mod lint;

pub(super) use input::text_of;

use longshore_app::{
    api::{
        BuildPolicy, DocumentKey, Finding, OwnedDocument, PlanRequest, PolicyScope, PolicyView, RegistryKey,
        Severity, StatementInput, StatementType,
    },
    build_policy,
};
use serde_json::json;

use super::{
    arguments::{Build, Change, Generate, Policy, PolicyCommand},
    changes::{document, in_one_line, make},
    open::Managed,
    owner,
};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Runs a command about policies.
pub(crate) async fn run(options: Policy) -> Result<(), Failure> {
    let command = match options.command {
        // Files need neither the data directory nor the keychain.
        PolicyCommand::Evaluate(question) => return evaluate::run(&question, options.manage.json),
        PolicyCommand::Lint(text) => return lint::run(&text, options.manage.json),
        PolicyCommand::Explain(text) => return explain::run(&text, options.manage.json),
        // It is built from the arguments alone.
        PolicyCommand::Generate(Generate { kind: Some(kind), prefixes, build, .. }) => {
            return built(kind, prefixes, build, options.manage.json);
        }
        other => other,
    };
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| match command {
            PolicyCommand::Evaluate(question) => evaluate::run(&question, managed.json),
            PolicyCommand::Show { registry } => show(managed, &registry).await,
            PolicyCommand::Upgrade { registry, change } => upgrade(managed, &registry, &change).await,
            PolicyCommand::Generate(options) => generate(managed, options).await,
            PolicyCommand::Lint(_) | PolicyCommand::Explain(_) => Ok(()),
        })
        .await
}

async fn show(managed: &Managed, registry: &str) -> Result<(), Failure> {
    let key = managed.registry(registry).await?;
    let view = managed.asking(async || managed.app.policy(key.clone()).await).await?;
    let document_key = DocumentKey { registry: key.clone(), document: OwnedDocument::Policy };
    let owner = managed.app.owner(document_key).await?;
    if managed.json {
        let statements: Vec<_> = view
            .statements
            .iter()
            .map(|statement| {
                json!({
                    "id": statement.id, "sid": statement.sid, "effect": statement.effect,
                    "sentence": statement.sentence, "ours": statement.ours,
                    "document": document(Some(&statement.json)),
                    "findings": statement.findings.iter().map(finding).collect::<Vec<_>>(),
                })
            })
            .collect();
        let mut summary = json!({
            "event": "summary", "account": key.account, "region": key.region,
            "document": document(view.document.as_deref()), "statements": statements,
            "characters": view.length, "read_at": view.as_of, "scope": view.scope,
        });
        if let Some(problem) = &view.scope_problem {
            summary["scope_problem"] = event_of(problem);
        }
        owner::add(&mut summary, &owner);
        output::summary(&summary);
        return Ok(());
    }
    owner::note_owner(&owner);
    note_scope(&view);
    match view.document {
        Some(text) => output::line(&text),
        None => output::note("The registry has no permissions policy."),
    }
    Ok(())
}

fn finding(found: &Finding) -> serde_json::Value {
    json!({"code": found.code, "severity": found.severity, "text": found.text, "hint": found.hint})
}

/// Which of its actions ECR enforces, and what the policy says in vain.
fn note_scope(view: &PolicyView) {
    match (view.scope, &view.scope_problem) {
        (Some(PolicyScope::V1), _) => output::note(
            "The policy scope is V1: ECR enforces only the actions of replication and of pull-through caches. \
             `longshore policy upgrade` upgrades it.",
        ),
        (Some(PolicyScope::V2), _) => output::note("The policy scope is V2: ECR enforces every action."),
        (None, problem) => {
            output::note("The policy scope cannot be read.");
            problem.iter().for_each(|problem| output::note(&format!("  {}", problem.message)));
        }
    }
    let of_statement = view.statements.iter().flat_map(|statement| {
        let name = statement.sid.as_deref().unwrap_or("without id");
        let all = statement.findings.iter().filter(|found| found.code == "action-without-effect");
        all.map(move |found| format!("Statement {name}: {}", found.text))
    });
    of_statement.for_each(|text| output::note(&text));
}

/// Upgrades the scope of a registry's policy.
async fn upgrade(managed: &Managed, registry: &str, change: &Change) -> Result<(), Failure> {
    let registry = managed.registry(registry).await?;
    let place = json!({"account": registry.account, "region": registry.region});
    make(managed, PlanRequest::UpgradePolicyScope { registry }, change, |_| place.clone()).await
}

/// Builds the policy of a kind.
fn built(kind: String, prefixes: Vec<String>, build: Build, as_json: bool) -> Result<(), Failure> {
    let Build { registries, repositories, tag, principals, organization, projects, branch, host, .. } = build;
    let (external_id, mfa) = (build.external_id, build.mfa);
    let request = BuildPolicy {
        kind,
        registries,
        repositories,
        prefixes,
        tag,
        principals,
        organization,
        projects,
        branch,
        host,
        external_id,
        mfa,
    };
    let built = build_policy(&request).map_err(|error| {
        let hint = error.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        Failure::Usage(format!("{}{hint}", error.message))
    })?;
    refused(&built.findings)?;
    if as_json {
        output::summary(&json!({
            "event": "summary", "kind": request.kind, "document": document(Some(&built.document)),
            "findings": built.findings.iter().map(finding).collect::<Vec<_>>(),
            "actions": built.actions.iter().map(|one| json!({
                "action": one.action, "meaning": one.meaning, "by_repository": one.by_repository,
            })).collect::<Vec<_>>(),
            "characters": built.length,
        }));
    } else {
        note(&built.findings);
        output::line(&built.document);
    }
    Ok(())
}

/// What AWS or this command refuses, as a wrong argument.
fn refused(findings: &[Finding]) -> Result<(), Failure> {
    match findings.iter().find(|finding| finding.severity == Severity::Error || finding.code == OWN_ACCOUNT) {
        Some(wrong) => {
            let hint = wrong.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
            Err(Failure::Usage(format!("{}{hint}", wrong.text)))
        }
        None => Ok(()),
    }
}

/// A statement for the registry's own account is of no use.
const OWN_ACCOUNT: &str = "own-account";

/// Everything else that is to be known about a policy.
fn note(findings: &[Finding]) {
    findings.iter().for_each(|found| output::note(&in_one_line(found)));
}

async fn generate(managed: &Managed, options: Generate) -> Result<(), Failure> {
    let RegistryKey { account, region, space } =
        managed.registry(&options.destination.unwrap_or_default()).await?;
    let mut accounts = Vec::new();
    for source in &options.sources {
        accounts.push(managed.number(source).await?);
    }
    let input = StatementInput {
        registry: RegistryKey { space, account: account.clone(), region: region.clone() },
        statement_type: StatementType::ReplicationCrossAccount,
        sid: options.sid.unwrap_or_else(|| "ReplicationAccessCrossAccount".into()),
        accounts,
        all_repositories: options.prefixes.is_empty(),
        prefixes: options.prefixes,
        create_repository: true,
    };
    let generated = managed.app.generate_policy(input).await?;
    refused(&generated.findings)?;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": account, "region": region,
            "statement": document(generated.statement.as_deref()),
            "document": document(generated.document.as_deref()),
            "sentence": generated.sentence,
            "findings": generated.findings.iter().map(finding).collect::<Vec<_>>(),
        }));
    } else if let Some(text) = &generated.document {
        note(&generated.findings);
        output::line(text);
    }
    Ok(())
}
