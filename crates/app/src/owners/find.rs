//! Finding out who manages a document.

use super::{
    label,
    store::{self, Said},
    words::{managed_text, named, way_out},
};
use crate::{
    App,
    api::{ApiError, DocumentKey, OwnedDocument, Owner, OwnerSource, Ownership, Side},
};

/// Who manages a document. What cannot be asked is part of the answer.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn ownership(app: &App, key: &DocumentKey) -> Result<Ownership, ApiError> {
    let wanted = key.clone();
    let said = app.db.read(move |tx| store::said(tx, &wanted)).await?;
    let mut found =
        Ownership { key: key.clone(), label: label(key), owner: None, released: None, unknown: Vec::new() };
    if let Some(note) = &said.mark {
        found.owner = Some(Owner { source: OwnerSource::Mark, name: note.clone(), detail: None });
        return Ok(found);
    }
    let (in_state, problem) = of_terraform(app, key).await;
    found.unknown.extend(problem);
    if take(&mut found, &said, in_state) {
        return Ok(found);
    }
    match of_cloudformation(app, key).await {
        Ok(stack) => {
            take(&mut found, &said, stack);
        }
        Err(error) => {
            let named = named(app, key);
            let message = error.message.trim_end_matches('.').to_owned();
            let text =
                format!("{named} may be managed by CloudFormation, which was not found out: {message}.");
            found.unknown.push(ApiError { message: longshore_names::shown(&text, 1_000), ..error });
        }
    }
    Ok(found)
}

/// Whether the document has an owner now.
fn take(found: &mut Ownership, said: &Said, owner: Option<Owner>) -> bool {
    let Some(owner) = owner else { return false };
    if said.is_released(owner.source, &owner.name) {
        found.released.get_or_insert(owner);
        return false;
    }
    found.owner = Some(owner);
    true
}

/// What a state lists, and why the state of the account cannot be read. A state of one account may list
/// resources of others.
async fn of_terraform(app: &App, key: &DocumentKey) -> (Option<Owner>, Option<ApiError>) {
    let mut problem = None;
    for stored in app.accounts.all().iter().filter(|known| known.account.space == key.registry.space) {
        let Some(path) = &stored.account.terraform_state else { continue };
        let is_own = stored.account.id == key.registry.account.as_str();
        let resources = match app.state_files.read(path).await {
            Ok(resources) => resources,
            Err(error) => {
                if is_own {
                    problem = Some(error);
                }
                continue;
            }
        };
        let here = resources.iter().find(|one| {
            // What the state does not tell, it may mean.
            one.document == key.document
                && one.account.as_ref().map_or(is_own, |account| *account == key.registry.account)
                && one.region.as_ref().is_none_or(|region| *region == key.registry.region)
        });
        if let Some(one) = here {
            let detail = Some(longshore_names::shown(path, 300));
            let owner = Owner { source: OwnerSource::Terraform, name: one.address.clone(), detail };
            return (Some(owner), problem);
        }
    }
    (None, problem)
}

/// The stack, asked of CloudFormation. Policies of a repository are properties of the repository.
async fn of_cloudformation(app: &App, key: &DocumentKey) -> Result<Option<Owner>, ApiError> {
    let account = key.registry.account.as_str();
    let (kind, id) = match &key.document {
        OwnedDocument::Replication => ("AWS::ECR::ReplicationConfiguration", account),
        OwnedDocument::Policy => ("AWS::ECR::RegistryPolicy", account),
        OwnedDocument::Template { prefix } => ("AWS::ECR::RepositoryCreationTemplate", prefix.as_str()),
        OwnedDocument::Repository { name }
        | OwnedDocument::RepositoryPolicy { name }
        | OwnedDocument::LifecyclePolicy { name } => ("AWS::ECR::Repository", name.as_str()),
    };
    let stack = app.connection(&key.registry).await?.services.stack_of(kind, id).await?;
    Ok(stack.map(|found| Owner {
        source: OwnerSource::CloudFormation,
        name: longshore_names::shown(&found.stack, 128),
        detail: Some(longshore_names::shown(&found.logical_id, 255)),
    }))
}

/// Whether it is not known who manages a document although a person said where that is written: in a state of
/// Terraform that cannot be read, such as of another branch. That CloudFormation could not be asked is usual.
pub(crate) fn hides_an_owner(problem: &ApiError) -> bool {
    problem.code == "terraform-state-unreadable"
}

/// Whether a document may be written now. `named` are the marked documents that a person agreed to change.
///
/// # Errors
/// `managed-elsewhere`; `terraform-state-unreadable`; when the database cannot be read.
pub(crate) async fn may_write(app: &App, key: &DocumentKey, named: &[String]) -> Result<(), ApiError> {
    let Ownership { owner, unknown, label, .. } = ownership(app, key).await?;
    for problem in unknown {
        if owner.is_none() && hides_an_owner(&problem) {
            return Err(problem);
        }
        tracing::info!(code = problem.code, document = label, "its owner is unknown");
    }
    let Some(owner) = owner else { return Ok(()) };
    if owner.source == OwnerSource::Mark && named.contains(&label) {
        return Ok(());
    }
    let text = format!("{} Nothing was written.", managed_text(app, key, &owner));
    Err(ApiError::new("managed-elsewhere", Side::Service, text).hint(way_out(key, owner.source)))
}
