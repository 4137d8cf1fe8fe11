//! `longshore policy …`

use longshore_app::api::{DocumentKey, OwnedDocument, RegistryKey, Severity, StatementInput, StatementType};
use serde_json::json;

use super::{
    arguments::{self, GeneratePolicy, PolicyCommand},
    changes::document,
    open::Managed,
    owner,
};
use crate::{failure::Failure, output};

/// Runs a command about registry policies.
pub(crate) async fn run(options: arguments::Policy) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| match command {
            PolicyCommand::Show { registry } => show(managed, &registry).await,
            PolicyCommand::Generate(options) => generate(managed, options).await,
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
                })
            })
            .collect();
        let mut summary = json!({
            "event": "summary", "account": key.account, "region": key.region,
            "document": document(view.document.as_deref()), "statements": statements,
            "characters": view.length, "read_at": view.as_of,
        });
        owner::add(&mut summary, &owner);
        output::summary(&summary);
        return Ok(());
    }
    owner::note_owner(&owner);
    match view.document {
        Some(text) => output::line(&text),
        None => output::note("The registry has no permissions policy."),
    }
    Ok(())
}

async fn generate(managed: &Managed, options: GeneratePolicy) -> Result<(), Failure> {
    let RegistryKey { account, region, space } = managed.registry(&options.destination).await?;
    let mut accounts = Vec::new();
    for source in &options.sources {
        accounts.push(managed.number(source).await?);
    }
    let input = StatementInput {
        registry: RegistryKey { space, account: account.clone(), region: region.clone() },
        statement_type: StatementType::ReplicationCrossAccount,
        sid: options.sid,
        accounts,
        all_repositories: options.prefixes.is_empty(),
        prefixes: options.prefixes,
        create_repository: true,
    };
    let generated = managed.app.generate_policy(input).await?;
    let wrong = generated.findings.iter().find(|finding| finding.severity == Severity::Error);
    if let Some(wrong) = wrong {
        let hint = wrong.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        return Err(Failure::Usage(format!("{}{hint}", wrong.text)));
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": account, "region": region,
            "statement": document(generated.statement.as_deref()),
            "document": document(generated.document.as_deref()),
            "sentence": generated.sentence,
        }));
    } else if let Some(text) = &generated.document {
        output::line(text);
    }
    Ok(())
}
