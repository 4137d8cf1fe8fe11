//! Making many repositories in many registries equal, as one plan that goes on after a failure.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use longshore_ecr::{EcrClient, Repository};
use longshore_names::RepositoryName;

use super::{drift, equal, read::Settings};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositorySetting, Severity, Side},
    changes::repositories,
    errors::name_error,
    plans::{Content, Draft, counted, place},
};

/// Registries that are planned concurrently.
const PLACES_AT_ONCE: usize = 4;
/// Repositories of one registry that are read concurrently.
const AT_ONCE: usize = 8;
/// Warnings of one kind that a plan lists; it counts the others.
const MOST_FINDINGS: usize = 20;

/// What is made equal.
pub(crate) struct Wish<'a> {
    pub(crate) reference: &'a RegistryKey,
    /// Empty for all.
    pub(crate) repositories: &'a [String],
    pub(crate) with: &'a [RegistryKey],
    pub(crate) settings: &'a [RepositorySetting],
    pub(crate) create: bool,
}

type All = BTreeMap<RepositoryName, Settings>;

/// Gives the namesakes in other registries the settings of the reference.
pub(crate) async fn plan(app: &App, wish: &Wish<'_>) -> Result<Content, ApiError> {
    drift::check(wish.reference, wish.with)?;
    if wish.with.is_empty() {
        return Err(ApiError::input("nothing-selected", "with", "No registry is selected."));
    }
    if wish.settings.is_empty() {
        return Err(ApiError::input("nothing-selected", "settings", "No setting is selected."));
    }
    let names: BTreeSet<RepositoryName> = wish
        .repositories
        .iter()
        .map(|name| name.parse().map_err(name_error("repositories")))
        .collect::<Result<_, _>>()?;
    let (source, _) = app.place(wish.reference).await.map_err(|error| error.of(Side::Source))?;
    let wanted = read(&source.client, &names).await.map_err(|error| error.of(Side::Source))?;
    if let Some(lost) = names.iter().find(|name| !wanted.contains_key(*name)) {
        let text = format!("{} has no repository `{lost}`.", place(app, wish.reference));
        return Err(ApiError::new("repository-not-found", Side::Source, text).hint("Refresh the list."));
    }
    let others: Vec<&RegistryKey> = wish.with.iter().filter(|place| *place != wish.reference).collect();
    let title = match wanted.len() {
        1 => format!("Make settings of {} equal", wanted.keys().next().map_or("", RepositoryName::as_str)),
        many => format!("Make settings of {many} repositories equal"),
    };
    let mut planned: Vec<BoxFuture<'_, Result<Draft, ApiError>>> = Vec::new();
    for registry in others {
        planned.push(Box::pin(at(app, registry, wish, &wanted)));
    }
    let drafts: Vec<Draft> = stream::iter(planned).buffered(PLACES_AT_ONCE).try_collect().await?;
    let mut draft = Draft::new(wish.reference.space, title);
    for one in drafts {
        draft.append(one);
    }
    fold(&mut draft);
    if draft.content.steps.is_empty() && draft.content.refusal().is_none() {
        draft.note("nothing-to-do", "These settings are equal already, or cannot be changed.");
    }
    Ok(draft.content)
}

/// The repositories of a registry with their settings, by name; all for no names.
async fn read(client: &EcrClient, names: &BTreeSet<RepositoryName>) -> Result<All, ApiError> {
    let listed = client.repositories().await?.into_iter();
    let chosen = listed.filter(|one| names.is_empty() || names.contains(&one.name));
    let mut read: Vec<BoxFuture<'_, _>> = Vec::new();
    for repository in chosen {
        read.push(Box::pin(one(client, repository)));
    }
    stream::iter(read).buffer_unordered(AT_ONCE).try_collect().await
}

async fn one(client: &EcrClient, repository: Repository) -> Result<(RepositoryName, Settings), ApiError> {
    let name = repository.name.clone();
    Ok((name, Settings::of(client, repository).await?))
}

/// The rows of one registry. One that cannot be read is left out, and said.
async fn at(app: &App, registry: &RegistryKey, wish: &Wish<'_>, wanted: &All) -> Result<Draft, ApiError> {
    let mut draft = Draft::new(registry.space, "");
    let names: BTreeSet<RepositoryName> = wanted.keys().cloned().collect();
    let there = place(app, registry);
    let reached = async {
        let (connection, context) = app.place(registry).await?;
        let found = read(&connection.client, &names).await?;
        Ok::<_, ApiError>((context, found))
    };
    let (context, found) = match reached.await {
        Ok(reached) => reached,
        Err(error) => {
            let text = format!("{there} cannot be read and is left out: {}", error.message);
            draft.warning("registry-left-out", text, error.hint.as_deref());
            draft.about(registry);
            return Ok(draft);
        }
    };
    for (name, settings) in wanted {
        match found.get(name) {
            Some(now) => {
                equal::rows(app, (&context, registry), name, (now, settings), wish.settings, &mut draft)
                    .await;
            }
            None if wish.create => {
                let complete = settings.complete(name);
                if settings.has_own_key() {
                    let text = format!(
                        "`{name}` in {there} gets AWS's own KMS key, because the key of the reference belongs to \
                         another Region or account."
                    );
                    let hint = "Create the repository with a key of its own first if it needs one.";
                    draft.warning("encryption-key-default", text, Some(hint));
                }
                repositories::rows(&context, &there, complete, &mut draft);
            }
            None => draft.note("repository-absent", format!("{there} has no repository `{name}`.")),
        }
    }
    Ok(draft)
}

/// Replaces findings of one kind that are too many to be read by their number.
fn fold(draft: &mut Draft) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    draft.content.findings.retain(|finding| {
        let count = seen.entry(finding.code.clone()).or_default();
        *count += 1;
        *count <= MOST_FINDINGS || finding.severity == Severity::Error
    });
    for (code, count) in seen.into_iter().filter(|(_, count)| *count > MOST_FINDINGS) {
        let more = counted(count - MOST_FINDINGS, "more repository").replace("repositorys", "repositories");
        let text = match code.as_str() {
            "encryption-stays" => format!("The encryption of {more} cannot be changed either."),
            "repository-absent" => format!("{more} do not exist in a registry."),
            "encryption-key-default" => format!("{more} get AWS's own KMS key."),
            _ => format!("The same is so for {more}."),
        };
        draft.note(&code, text);
    }
}
