//! The plan that cleans up.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_names::{AccountId, RepositoryName};
use longshore_policy::{ContentHash, replication::ReplicationConfiguration};

use super::{
    perform::{ClearReplicas, WaitForReplication},
    replicated::Sides,
    snapshots::{AT_ONCE, Snapshot},
    statements::others,
};
use crate::{
    App,
    access::Connection,
    api::{ApiError, RegistryKey, RepositoryKey, StatementKey},
    changes::{
        documents::{RuleIsGone, WritePolicy, WriteReplication},
        images::Doomed,
        in_progress::warn_of_clean_up,
        repositories::DeleteRepository,
    },
    documents::parse_policy,
    errors::name_error,
    made::{self, Made},
    plans::{Content, Draft, account_name, counted, place},
    steps::{Context, DocumentChange},
};

/// What a person chose to clean up.
pub(crate) struct Wish {
    pub(crate) source: RegistryKey,
    pub(crate) rule: Option<String>,
    pub(crate) source_repositories: Vec<String>,
    pub(crate) destination_repositories: Vec<RepositoryKey>,
    pub(crate) statements: Vec<StatementKey>,
}

/// A clean-up in the sandbox must not affect AWS, nor the other way round.
fn one_space(wish: &Wish) -> Result<(), ApiError> {
    let others = wish.destination_repositories.iter().map(|key| &key.registry);
    let mut others = others.chain(wish.statements.iter().map(|key| &key.registry));
    if others.all(|registry| registry.space == wish.source.space) {
        return Ok(());
    }
    Err(ApiError::input("other-space", "source", "A clean-up stays in the sandbox or in AWS."))
}

pub(crate) async fn plan(app: &App, wish: &Wish) -> Result<Content, ApiError> {
    one_space(wish)?;
    let (connection, context) = app.place(&wish.source).await?;
    let mut draft = Draft::new(wish.source.space, format!("Clean up {}", app.accounts.label(&wish.source)));
    let names = names(wish)?;
    let configuration =
        ReplicationConfiguration::from_value(connection.client.replication_configuration().await?)?;
    let id = wish.rule.as_ref().map(ContentHash::from_text);
    let rule = id.as_ref().and_then(|id| configuration.rule(id));
    if wish.rule.is_some() && rule.is_none() {
        let text = "The rule was changed or removed elsewhere. No rule will be removed.";
        draft.warning("rule-already-gone", text, Some("Check the current rules."));
    }

    // Images in progress would arrive after the clean-up.
    let mut waiting: BTreeSet<RepositoryName> = names.iter().cloned().collect();
    if let Some(rule) = &rule {
        let all = connection.client.repositories().await?;
        waiting.extend(all.into_iter().map(|known| known.name).filter(|name| rule.takes(name)));
    }
    waiting.extend(wish.destination_repositories.iter().filter_map(|key| key.repository.parse().ok()));
    if !waiting.is_empty() {
        let text = format!("Wait until no replication from {} is in progress", place(app, &wish.source));
        let reason = "A replication in progress completes even after the rule is removed.";
        let names = waiting.into_iter().collect();
        draft.step(&context, text, Some(reason.into()), WaitForReplication { names });
    }

    let reached: BTreeSet<_> = rule.iter().flat_map(|rule| &rule.destinations).collect();
    for to in reached {
        warn_of_clean_up(app, &RegistryKey::of(wish.source.space, to), &mut draft).await?;
    }
    let mut left = configuration.clone();
    if let Some(rule) = &rule {
        let hash = rule.hash.clone();
        left.remove_rule(&hash)?;
        let change = DocumentChange {
            before: Some(configuration.to_value().to_string()),
            after: Some(left.to_value().to_string()),
            made: Vec::new(),
            unmade: vec![hash.to_string()],
            named: Vec::new(),
        };
        let text = format!("Remove the rule from {}", place(app, &wish.source));
        let reason = "First, so that later deletions are not replicated.";
        draft.step(&context, text, Some(reason.into()), WriteReplication(change));
        let text = format!("Read back the configuration of {}", place(app, &wish.source));
        draft.step(&context, text, None, RuleIsGone { rule: hash.to_string() });
    }
    let others = left.rules().len();
    if others > 0 {
        let rules = counted(others, "other rule");
        draft.content.stays.push(format!("{rules} of {}", place(app, &wish.source)));
    }

    statements(app, wish, &connection, &left, &mut draft).await?;
    let snapshot = app.snapshots.current(&wish.source, app.now());
    destinations(app, wish, &snapshot, &connection, &mut draft).await?;
    let here = Here { app, wish, snapshot: &snapshot, connection: &connection, context: &context };
    here.sources(&names, &left, &mut draft).await?;
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "There is nothing to clean up.");
    }
    Ok(draft.content)
}

fn names(wish: &Wish) -> Result<Vec<RepositoryName>, ApiError> {
    let parse = |(index, name): (usize, &String)| {
        name.parse().map_err(name_error(format!("sourceRepositories[{index}]")))
    };
    wish.source_repositories.iter().enumerate().map(parse).collect()
}

/// Removes the source account from the chosen statements. Other accounts in a statement stay.
async fn statements(
    app: &App,
    wish: &Wish,
    source: &Connection,
    left: &ReplicationConfiguration,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let account: &AccountId = &source.registry.account;
    let mut chosen: BTreeMap<&RegistryKey, Vec<&str>> = BTreeMap::new();
    for key in &wish.statements {
        chosen.entry(&key.registry).or_default().push(&key.statement);
    }
    for (key, hashes) in chosen {
        let (connection, context) = app.place(key).await?;
        let text = connection.client.registry_policy().await?;
        let before = parse_policy(text.as_deref())?;
        let mut after = before.clone();
        let (mut unmade, mut made) = (Vec::new(), Vec::new());
        let ours = app.made(Made::Statement, key).await?;
        for hash in hashes {
            let hash = ContentHash::from_text(hash);
            let Some(statement) = after.statement(&hash) else {
                let text = format!("A statement of {} was changed or removed elsewhere.", place(app, key));
                draft.note("statement-already-gone", text);
                continue;
            };
            let name = statement.sid.clone().unwrap_or_else(|| format!("number {}", statement.index + 1));
            let stay = others(&statement, account);
            if stay.is_empty() || !statement.accounts().contains(account) {
                after.remove_statement(&hash)?;
            } else {
                let new = after.remove_accounts(&hash, std::slice::from_ref(account))?;
                if ours.contains(hash.as_str()) {
                    made.extend(new.map(|new| new.to_string()));
                }
                draft.content.stays.push(format!(
                    "statement `{name}` of {} for {}",
                    place(app, key),
                    stay.join(", ")
                ));
            }
            unmade.push(hash.to_string());
        }
        if unmade.is_empty() {
            continue;
        }
        if left.rules().iter().any(|rule| rule.destinations.contains(&connection.registry)) {
            let text = format!(
                "Another rule of {} replicates to {} and may need this statement.",
                place(app, &wish.source),
                place(app, key)
            );
            draft.warning(
                "statement-still-needed",
                text,
                Some("Keep the statement, or remove that rule too."),
            );
        }
        if !after.is_empty() {
            let count = after.statements().len();
            draft.content.stays.push(format!("{} of {}", counted(count, "statement"), place(app, key)));
        }
        let words = format!(
            "Remove the statement for account {} from the policy of {}",
            account_name(app, key.space, account),
            place(app, key)
        );
        let after = (!after.is_empty()).then(|| after.to_text());
        let change = DocumentChange { before: text, after, made, unmade, named: Vec::new() };
        let reason = "After the rule, so that no replication fails without it.";
        draft.step(&context, words, Some(reason.into()), WritePolicy(change));
    }
    Ok(())
}

/// At the destinations, only images that the rule replicated are deleted.
async fn destinations(
    app: &App,
    wish: &Wish,
    snapshot: &Snapshot,
    source: &Connection,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    for (index, key) in wish.destination_repositories.iter().enumerate() {
        let field = format!("destinationRepositories[{index}]");
        let name: RepositoryName = key.repository.parse().map_err(name_error(field))?;
        let (_, context) = app.place(&key.registry).await?;
        let there = place(app, &key.registry);
        let sides = Sides::new(app, snapshot, &source.client, &wish.source, &key.registry).await?;
        let Some(divided) = sides.divide(&name).await? else {
            draft.note("repository-already-gone", format!("`{name}` is no longer in {there}."));
            continue;
        };
        remember(app, &key.registry, &name, &divided.replicated).await?;
        let (going, staying) = (divided.replicated.len(), divided.stays.len());
        let images = counted(going, "replicated image");
        let text = if staying == 0 {
            format!("Delete {images}, then repository `{name}`, in {there}")
        } else {
            format!("Delete {images} from `{name}` in {there}")
        };
        if staying > 0 {
            let shown: Vec<_> = divided
                .stays
                .iter()
                .take(5)
                .map(|image| match image.tags.first() {
                    Some(tag) => format!("`{tag}`"),
                    None => image.digest.short(),
                })
                .collect();
            let more = if staying > shown.len() { ", …" } else { "" };
            draft.content.stays.push(format!(
                "repository `{name}` in {there} with {} that this rule did not replicate: {}{more}",
                counted(staying, "image"),
                shown.join(", ")
            ));
        }
        let reason = "Before the source, so that its deletions cannot be replicated here.";
        let action = ClearReplicas { name, images: divided.replicated.clone() };
        draft.step(&context, text, Some(reason.into()), action);
    }
    Ok(())
}

/// Stores which images were found to be replicated: once the rule is removed, ECR may no longer say
/// so, and a clean-up must be able to stop and run again.
async fn remember(
    app: &App,
    registry: &RegistryKey,
    name: &RepositoryName,
    replicated: &[Doomed],
) -> Result<(), ApiError> {
    let names = replicated.iter().map(|image| made::replica(name, &image.digest)).collect();
    app.remember_made("clean-up", Made::Replica, registry, names).await
}

/// The source of a clean-up.
struct Here<'a> {
    app: &'a App,
    wish: &'a Wish,
    snapshot: &'a Snapshot,
    connection: &'a Connection,
    context: &'a Context,
}

impl Here<'_> {
    async fn sources(
        &self,
        names: &[RepositoryName],
        left: &ReplicationConfiguration,
        draft: &mut Draft,
    ) -> Result<(), ApiError> {
        let here = place(self.app, &self.wish.source);
        let lists: Vec<_> = stream::iter(names.to_vec())
            .map(|name| async move {
                let images = self.snapshot.images(&self.connection.client, &self.wish.source, &name).await?;
                Ok::<_, ApiError>((name, images))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (name, images) in lists {
            let Some(images) = images else {
                draft.note("repository-already-gone", format!("`{name}` is no longer in {here}."));
                continue;
            };
            let deleting = left.rules().into_iter();
            let deleting = deleting.filter(|rule| rule.delete_replication == Some(true) && rule.takes(&name));
            let reached: BTreeSet<_> = deleting.flat_map(|rule| rule.destinations).collect();
            let also = reached.iter().map(|to| RegistryKey::of(self.wish.source.space, to)).collect();
            if !reached.is_empty() {
                let places: Vec<_> = reached.iter().map(ToString::to_string).collect();
                let text = format!(
                    "Another rule replicates deletions of `{name}` to {}; deleting here also deletes there.",
                    places.join(", ")
                );
                draft.warning(
                    "deletes-are-replicated",
                    text,
                    Some("Turn off delete replication in that rule first."),
                );
            }
            let text = match images.len() {
                0 => format!("Delete the empty repository `{name}` in {here}"),
                1 => format!("Delete repository `{name}` with 1 image in {here}"),
                count => format!("Delete repository `{name}` with {count} images in {here}"),
            };
            let images = images.iter().map(|image| image.digest.clone()).collect();
            draft.step(self.context, text, None, DeleteRepository { name, images, also });
        }
        Ok(())
    }
}
