//! Writing a lifecycle policy to one or many repositories.

use std::collections::BTreeSet;

use longshore_engine::bytes_in_words;
use longshore_names::{Digest, ForeignText, RepositoryName};
use longshore_policy::lifecycle::{LifecyclePolicy, LifecycleRule};

use super::{SetLifecyclePolicy, view::accepted};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, Side, UsageKind, UsageSearch},
    changes::{losses::losses_of_policy, permissions::base},
    errors::name_error,
    lifecycle::{Action, DescribedImages, InUse, NothingInUse, Preview, preview},
    plans::{Content, Draft, counted, place},
    steps::{Context, DocumentChange},
};

const APPLIES: &str = "ECR applies it within 24 hours.";

/// Plans to write a lifecycle policy to repositories, or to delete it. `seen` is what an editor opened.
pub(crate) async fn plan_put(
    app: &App,
    repositories: &[RepositoryKey],
    text: Option<&str>,
    seen: Option<&str>,
) -> Result<Content, ApiError> {
    let Some(first) = repositories.first() else {
        return Err(ApiError::input("nothing-selected", "repositories", "No repository is selected."));
    };
    let after = text.map(accepted).transpose()?.map(|(policy, _)| policy);
    let verb = if after.is_some() { "Write" } else { "Delete" };
    let title = match repositories {
        [one] => format!("{verb} the lifecycle policy of {}", one.repository),
        many => format!("{verb} the lifecycle policy of {} repositories", many.len()),
    };
    let mut draft = Draft::new(first.registry.space, title);
    let mut known = BTreeSet::new();
    for key in repositories {
        if known.insert((key.registry.id().to_string(), key.repository.clone())) {
            one(app, key, after.as_ref(), seen, &mut draft).await?;
        }
    }
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "The policy already says this.");
    }
    Ok(draft.content)
}

async fn one(
    app: &App,
    key: &RepositoryKey,
    after: Option<&LifecyclePolicy>,
    seen: Option<&str>,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let name: RepositoryName = key.repository.parse().map_err(name_error("repositories"))?;
    let (connection, context) = app.place(&key.registry).await?;
    let before = connection.client.lifecycle_policy(&name).await?;
    if seen.is_some_and(|seen| seen != base(before.as_deref())) {
        let text = format!("The lifecycle policy of `{name}` was changed since you opened it.");
        return Err(ApiError::new("changed-since-opened", Side::Input, text)
            .hint("Open it again to see the change, then edit it."));
    }
    let parsed = before.as_deref().and_then(|text| LifecyclePolicy::parse(text).ok());
    if after == parsed.as_ref() && before.is_some() == after.is_some() {
        return Ok(());
    }
    let document = DocumentChange::of(before, after.map(LifecyclePolicy::to_text));
    replace(app, &context, &key.registry, name, document, draft).await;
    Ok(())
}

/// Adds the step that replaces the lifecycle policy of a repository, or deletes it.
async fn replace(
    app: &App,
    context: &Context,
    registry: &RegistryKey,
    name: RepositoryName,
    document: DocumentChange,
    draft: &mut Draft,
) {
    let verb = if document.after.is_some() { "Write" } else { "Delete" };
    let text = format!("{verb} the lifecycle policy of `{name}` in {}", place(app, registry));
    let (change, effect) = replacing(app, registry, name, document, draft).await;
    draft.step(context, text, Some(effect), change);
}

/// The change that replaces a lifecycle policy, and what it does to the images in one sentence. Adds to the
/// plan what the destinations of rules lose with it.
pub(in crate::changes) async fn replacing(
    app: &App,
    registry: &RegistryKey,
    name: RepositoryName,
    document: DocumentChange,
    draft: &mut Draft,
) -> (SetLifecyclePolicy, String) {
    let Some(after) = &document.after else {
        let effect = "After that, images stay until someone deletes them.".to_owned();
        return (SetLifecyclePolicy { name, document, also: Vec::new() }, effect);
    };
    // A policy that cannot be read here may still be one that ECR knows.
    let rules = LifecyclePolicy::parse(after).ok().and_then(|policy| policy.rules().ok());
    let (going, effect) = match rules {
        Some(rules) => today(app, registry, &name, &rules, draft).await,
        None => (BTreeSet::new(), format!("What it does to the images is not known here. {APPLIES}")),
    };
    let also = losses_of_policy(app, registry, &name, &going, draft).await;
    (SetLifecyclePolicy { name, document, also }, effect)
}

/// The images that a sentence names.
const MOST_NAMED: usize = 5;

/// ECR does not know what is in use, so a policy that deletes or archives it must be agreed to.
async fn agree_to_use(
    app: &App,
    key: &RepositoryKey,
    name: &RepositoryName,
    images: &DescribedImages,
    found: &Preview<'_>,
    draft: &mut Draft,
) {
    if found.images.is_empty() {
        return;
    }
    // Findings take a request for each image.
    let search = UsageSearch { leave_out: vec![UsageKind::Findings], ..UsageSearch::default() };
    let usage = app.usage(key, name, images, &search).await;
    let used = found.images.iter().filter_map(|of| {
        let tags: Vec<&str> = of.image.tags.iter().map(String::as_str).collect();
        let by = usage.used_by(&of.image.digest, &tags)?;
        let what = tags.first().map_or(of.image.digest.as_str(), |tag| tag);
        Some(format!("`{what}` (in use by {by})"))
    });
    let used: Vec<String> = used.collect();
    if used.is_empty() {
        return;
    }
    let more = if used.len() > MOST_NAMED { ", …" } else { "" };
    let text = format!(
        "The policy of `{name}` in {} deletes or archives {} in use: {}{more}.",
        place(app, &key.registry),
        counted(used.len(), "image"),
        used[..used.len().min(MOST_NAMED)].join(", ")
    );
    draft.content.agree.push(ForeignText::new(text).into());
}

/// The images that rules would delete today, and a sentence about all that they would do.
async fn today(
    app: &App,
    registry: &RegistryKey,
    name: &RepositoryName,
    rules: &[LifecycleRule],
    draft: &mut Draft,
) -> (BTreeSet<Digest>, String) {
    let key = RepositoryKey { registry: registry.clone(), repository: name.to_string() };
    let listed = match app.listed_images(&key).await {
        Ok(listed) => listed,
        Err(error) => {
            let text = format!("Which images it deletes today is not known: {} {APPLIES}", error.message);
            return (BTreeSet::new(), text);
        }
    };
    let found = preview(rules, &listed.images, app.timing.clock.now(), &NothingInUse);
    let expiring = found.images.iter().filter(|of| of.action == Action::Expire);
    let going = expiring.filter_map(|of| of.image.digest.parse().ok()).collect();
    agree_to_use(app, &key, name, &listed.images, &found, draft).await;
    let totals = found.totals;
    let mut parts = Vec::new();
    if totals.expired > 0 {
        let bytes = bytes_in_words(totals.bytes_freed);
        parts.push(format!("deletes {} ({bytes})", counted(totals.expired, "image")));
    }
    if totals.archived > 0 {
        parts.push(format!("archives {}", counted(totals.archived, "image")));
    }
    if parts.is_empty() {
        parts.push("deletes nothing".to_owned());
    }
    let images = counted(totals.images, "image");
    (going, format!("Of {images} today it {}; {APPLIES}", parts.join(" and ")))
}
