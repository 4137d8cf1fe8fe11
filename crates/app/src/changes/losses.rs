//! What deletions take away elsewhere, where a rule replicates them.

use std::collections::BTreeSet;

use longshore_ecr::{EcrError, EcrErrorKind, ImageScope};
use longshore_names::{Digest, RegistryId, RepositoryName};
use longshore_policy::replication::ReplicationConfiguration;

use crate::{
    App,
    api::{ApiError, RegistryKey, Space},
    plans::{Draft, counted, place},
};

/// The number of tags that a sentence lists.
const MOST_NAMED: usize = 5;

/// Adds to a plan what each destination of a rule that replicates deletions loses when these images, or
/// tags of them, are deleted. Returns those destinations.
pub(super) async fn losses(
    app: &App,
    source: &RegistryKey,
    name: &RepositoryName,
    going: &BTreeSet<Digest>,
    draft: &mut Draft,
) -> Vec<RegistryKey> {
    if going.is_empty() {
        return Vec::new();
    }
    reached(app, source, name, going, false, draft).await
}

/// As [`losses`], for a lifecycle policy: a destination that loses nothing today loses what the policy
/// expires later.
pub(super) async fn losses_of_policy(
    app: &App,
    source: &RegistryKey,
    name: &RepositoryName,
    going: &BTreeSet<Digest>,
    draft: &mut Draft,
) -> Vec<RegistryKey> {
    reached(app, source, name, going, true, draft).await
}

async fn reached(
    app: &App,
    source: &RegistryKey,
    name: &RepositoryName,
    going: &BTreeSet<Digest>,
    also_later: bool,
    draft: &mut Draft,
) -> Vec<RegistryKey> {
    let destinations = match destinations(app, source, name).await {
        Ok(destinations) => destinations,
        Err(error) => {
            let text = format!(
                "Whether rules of {} replicate this deletion is not known: {}",
                place(app, source),
                error.message
            );
            draft.warning("losses-unknown", text, Some("Check the rules before you delete anything."));
            return Vec::new();
        }
    };
    let mut reached = Vec::new();
    for destination in destinations {
        let key = RegistryKey::of(source.space, &destination);
        let there = place(app, &key);
        let text = match lost(app, &key, name, going).await {
            Ok(Some(what)) => format!("{there} loses {what} of `{name}` too: a rule replicates deletions."),
            Ok(None) if also_later => format!(
                "What the policy expires in `{name}` is deleted in {there} too: a rule replicates deletions."
            ),
            Ok(None) => continue,
            Err(error) => format!(
                "{there} may lose images of `{name}` too, because a rule replicates deletions. It cannot be read: {}",
                error.message
            ),
        };
        let hint = "Turn off delete replication in the rule first if they have to stay.";
        draft.warning("deletion-replicated", text, Some(hint));
        draft.about(&key);
        reached.push(key);
    }
    reached
}

/// The accounts of registries.
pub(super) fn accounts(registries: &[RegistryKey]) -> impl Iterator<Item = (Space, String)> + '_ {
    registries.iter().map(|registry| (registry.space, registry.account.to_string()))
}

/// Where rules replicate deletions from a repository.
async fn destinations(
    app: &App,
    source: &RegistryKey,
    name: &RepositoryName,
) -> Result<BTreeSet<RegistryId>, ApiError> {
    let configuration = ReplicationConfiguration::from_value(app.read_replication(source).await?)?;
    let rules = configuration.rules();
    let deleting = rules.iter().filter(|rule| rule.delete_replication == Some(true) && rule.takes(name));
    Ok(deleting.flat_map(|rule| rule.destinations.iter().cloned()).collect())
}

/// What of it a destination has, in words.
async fn lost(
    app: &App,
    key: &RegistryKey,
    name: &RepositoryName,
    going: &BTreeSet<Digest>,
) -> Result<Option<String>, ApiError> {
    if going.is_empty() {
        return Ok(None);
    }
    let images = match app.connection(key).await?.client.images(name, ImageScope::Any).await {
        Ok(images) => images,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let lost: Vec<_> = images.iter().filter(|image| going.contains(&image.digest)).collect();
    if lost.is_empty() {
        return Ok(None);
    }
    let tags: Vec<String> = lost.iter().flat_map(|image| &image.tags).map(|tag| format!("`{tag}`")).collect();
    let more = if tags.len() > MOST_NAMED { ", …" } else { "" };
    let named = match tags.len() {
        0 => String::new(),
        _ => format!(" ({}{more})", tags[..tags.len().min(MOST_NAMED)].join(", ")),
    };
    Ok(Some(format!("{}{named}", counted(lost.len(), "image"))))
}
