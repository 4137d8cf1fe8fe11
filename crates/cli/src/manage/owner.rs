//! `longshore owner …`: what manages a document instead of Longshore.

use longshore_app::api::{DocumentKey, MarkDocument, OwnedDocument, Owner, OwnerSource, Ownership};
use serde_json::{Value, json};

use super::{
    arguments::{self, OwnerCommand},
    open::Managed,
};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Runs a command about owners.
pub(crate) async fn run(options: arguments::Owner) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| {
            let key = async |of: &arguments::Document| document(managed, &of.document).await;
            let app = &managed.app;
            let found = match &command {
                OwnerCommand::Show(of) => {
                    let key = key(of).await?;
                    managed.asking(async || app.owner(key.clone()).await).await?
                }
                OwnerCommand::Mark { document, note } => {
                    let key = key(document).await?;
                    app.mark_document(MarkDocument { key, note: note.clone() }).await?
                }
                OwnerCommand::Release(of) => app.release_document(key(of).await?).await?,
                OwnerCommand::Forget(of) => app.forget_mark(key(of).await?).await?,
            };
            show(&found, managed.json);
            Ok(())
        })
        .await
}

/// A document by its type and its place.
async fn document(managed: &Managed, text: &str) -> Result<DocumentKey, Failure> {
    let unlike = || {
        Failure::Usage(format!(
            "`{text}` names no document. Write replication:ACCOUNT/REGION, policy:ACCOUNT/REGION, \
             repository:ACCOUNT/REGION/NAME, repository-policy:ACCOUNT/REGION/NAME, \
             lifecycle-policy:ACCOUNT/REGION/NAME or template:ACCOUNT/REGION/PREFIX."
        ))
    };
    let (kind, place) = text.split_once(':').ok_or_else(unlike)?;
    let mut parts = place.splitn(3, '/');
    let (account, region) = parts.next().zip(parts.next()).ok_or_else(unlike)?;
    let name = parts.next().map(str::to_owned);
    let document = match (kind, name) {
        ("replication", None) => OwnedDocument::Replication,
        ("policy", None) => OwnedDocument::Policy,
        ("repository", Some(name)) => OwnedDocument::Repository { name },
        ("repository-policy", Some(name)) => OwnedDocument::RepositoryPolicy { name },
        ("lifecycle-policy", Some(name)) => OwnedDocument::LifecyclePolicy { name },
        ("template", Some(prefix)) => OwnedDocument::Template { prefix },
        _ => return Err(unlike()),
    };
    let registry = managed.registry(&format!("{account}/{region}")).await?;
    Ok(DocumentKey { registry, document })
}

fn show(found: &Ownership, as_json: bool) {
    if as_json {
        let mut summary = json!({"event": "summary", "document": found.label});
        add(&mut summary, found);
        output::summary(&summary);
        return;
    }
    match &found.owner {
        Some(owner) => output::line(&format!("{} is {}.", found.label, words(owner))),
        None if found.unknown.is_empty() => {
            output::line(&format!("{} is managed by nothing else that Longshore knows.", found.label));
        }
        None => output::line(&format!("Whether something else manages {} is unknown.", found.label)),
    }
    notes(found);
}

/// The owner of a document that is shown.
pub(super) fn note_owner(found: &Ownership) {
    if let Some(owner) = &found.owner {
        output::note(&format!("This document is {}.", words(owner)));
    }
    notes(found);
}

/// What a person should know besides the owner.
fn notes(found: &Ownership) {
    if let Some(owner) = &found.released {
        output::note(&format!("Released: it no longer counts as {}.", words(owner)));
    }
    for problem in &found.unknown {
        output::note(&problem.message);
        problem.hint.iter().for_each(|hint| output::note(&format!("  {hint}")));
    }
}

/// `managed by …`.
fn words(owner: &Owner) -> String {
    let Owner { source, name, detail } = owner;
    let detail = detail.as_deref().unwrap_or_default();
    match source {
        OwnerSource::CloudFormation => {
            format!("managed by the CloudFormation stack {name} (resource {detail})")
        }
        OwnerSource::Terraform => format!("managed by Terraform ({name} in {detail})"),
        OwnerSource::Mark => format!("marked as managed elsewhere: {name}"),
    }
}

/// Adds `owner`, `owner_released` and `owner_unknown` to a summary.
pub(super) fn add(summary: &mut Value, found: &Ownership) {
    summary["owner"] = found.owner.as_ref().map(owner).into();
    summary["owner_released"] = found.released.as_ref().map(owner).into();
    summary["owner_unknown"] = found.unknown.iter().map(event_of).collect();
}

pub(super) fn owner(owner: &Owner) -> Value {
    let source = match owner.source {
        OwnerSource::CloudFormation => "cloudformation",
        OwnerSource::Terraform => "terraform",
        OwnerSource::Mark => "mark",
    };
    json!({"source": source, "name": owner.name, "detail": owner.detail})
}
