//! Writing a lifecycle policy to one or many repositories.

use std::collections::BTreeSet;

use longshore_engine::bytes_in_words;
use longshore_names::{Digest, RepositoryName};
use longshore_policy::lifecycle::{LifecyclePolicy, LifecycleRule};

use super::{
    SetLifecyclePolicy,
    view::{policy, rules},
};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, Side},
    changes::{losses::losses_of_policy, permissions::base},
    errors::name_error,
    lifecycle::{Action, NothingInUse, preview},
    plans::{Content, Draft, counted, place},
    steps::DocumentChange,
};

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
    let after = text.map(policy).transpose()?;
    let rules = text.map(rules).transpose()?.unwrap_or_default();
    let verb = if after.is_some() { "Write" } else { "Delete" };
    let title = match repositories {
        [one] => format!("{verb} the lifecycle policy of {}", one.repository),
        many => format!("{verb} the lifecycle policy of {} repositories", many.len()),
    };
    let mut draft = Draft::new(first.registry.space, title);
    let mut known = BTreeSet::new();
    for key in repositories {
        if !known.insert((key.registry.id().to_string(), key.repository.clone())) {
            continue;
        }
        one(app, key, after.as_ref(), &rules, seen, &mut draft).await?;
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
    rules: &[LifecycleRule],
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
    let there = place(app, &key.registry);
    let (reason, also) = match after {
        Some(_) => effect(app, key, &name, rules, draft).await?,
        None => ("Images are then kept until somebody deletes them.".to_owned(), Vec::new()),
    };
    let text = match after {
        Some(_) => format!("Write the lifecycle policy of `{name}` in {there}"),
        None => format!("Delete the lifecycle policy of `{name}` in {there}"),
    };
    let document = DocumentChange {
        before,
        after: after.map(LifecyclePolicy::to_text),
        made: Vec::new(),
        unmade: Vec::new(),
        named: Vec::new(),
    };
    draft.step(&context, text, Some(reason), SetLifecyclePolicy { name, document, also });
    Ok(())
}

/// What the rules would do now, and the destinations that lose images with it.
pub(in crate::changes) async fn effect(
    app: &App,
    key: &RepositoryKey,
    name: &RepositoryName,
    rules: &[LifecycleRule],
    draft: &mut Draft,
) -> Result<(String, Vec<RegistryKey>), ApiError> {
    let listed = app.listed_images(key).await?;
    let now = app.timing.clock.now();
    let found = preview(rules, &listed.images, now, &NothingInUse);
    let expiring = found.images.iter().filter(|of| of.action == Action::Expire);
    let going: BTreeSet<Digest> = expiring.filter_map(|of| of.image.digest.parse().ok()).collect();
    let also = losses_of_policy(app, &key.registry, name, &going, draft).await;
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
    let text = format!("Of {images} today it {}; ECR applies it within 24 hours.", parts.join(" and "));
    Ok((text, also))
}
