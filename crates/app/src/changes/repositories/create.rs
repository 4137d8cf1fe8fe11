//! Creating repositories with all their settings, in one registry or several.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use longshore_ecr::{RepositorySettings, ResourceTag};
use longshore_names::RepositoryName;

use super::{
    CreateRepository,
    plan::{at_rest, tag_mutability},
};
use crate::{
    App,
    api::{ApiError, NewRepository, RegistryKey},
    changes::{
        lifecycle::{SetLifecyclePolicy, accepted},
        permissions::checked_repository_policy,
        settings::SetRepositoryPolicy,
    },
    errors::name_error,
    plans::{Content, Draft, place},
    steps::{Context, DocumentChange},
};

/// The most repositories that one plan creates.
const MOST: usize = 5_000;
/// The most resource tags of a repository (ECR API model, `TagResource`).
const MOST_TAGS: usize = 50;
/// Registries that are read concurrently.
const AT_ONCE: usize = 8;

/// A repository with all its settings.
#[derive(Debug, Clone)]
pub(in crate::changes) struct Complete {
    pub(in crate::changes) name: RepositoryName,
    pub(in crate::changes) settings: RepositorySettings,
    pub(in crate::changes) lifecycle: Option<String>,
    pub(in crate::changes) policy: Option<String>,
}

/// Adds the row that creates a repository, and those that write its policies, which need it. Returns the
/// index of the first.
pub(in crate::changes) fn rows(
    context: &Context,
    there: &str,
    complete: Complete,
    draft: &mut Draft,
) -> usize {
    let Complete { name, settings, lifecycle, policy } = complete;
    let text = format!("Create repository `{name}` in {there}");
    let created =
        draft.row(context, text, None, CreateRepository { name: name.clone(), settings }, Vec::new());
    if lifecycle.is_some() {
        let document = DocumentChange::of(None, lifecycle);
        let change = SetLifecyclePolicy { name: name.clone(), document, also: Vec::new() };
        let text = format!("Write the lifecycle policy of `{name}` in {there}");
        draft.row(context, text, None, change, vec![created]);
    }
    if policy.is_some() {
        let text = format!("Write the policy of repository `{name}` in {there}");
        let change = SetRepositoryPolicy { name, document: DocumentChange::of(None, policy) };
        draft.row(context, text, None, change, vec![created]);
    }
    created
}

/// Creates every repository in every registry. Those that exist stay as they are.
pub(in crate::changes) async fn plan(
    app: &App,
    registries: &[RegistryKey],
    names: &[String],
    wish: &NewRepository,
) -> Result<Content, ApiError> {
    let names = checked_names(names)?;
    let registries: BTreeSet<&RegistryKey> = registries.iter().collect();
    let Some(first) = registries.first() else {
        return Err(ApiError::input("nothing-selected", "registries", "No registry is selected."));
    };
    if names.len() * registries.len() > MOST {
        let text = format!("One plan creates at most {MOST} repositories.");
        return Err(ApiError::input("too-many-repositories", "names", text));
    }
    let settings = RepositorySettings {
        tag_mutability: tag_mutability(&wish.mutability)?,
        scan_on_push: wish.scan_on_push,
        encryption: at_rest(&wish.encryption),
        tags: checked_tags(wish)?,
    };
    let lifecycle = wish.lifecycle.as_deref().map(accepted).transpose();
    let lifecycle =
        lifecycle.map_err(|error| error.at("settings.lifecycle"))?.map(|(policy, _)| policy.to_text());
    let policy =
        wish.policy.as_deref().map(|text| checked_repository_policy(text, "settings.policy")).transpose()?;
    let title = match names.first().filter(|_| names.len() == 1) {
        Some(name) => format!("Create repository {name}"),
        None => format!("Create {} repositories", names.len()),
    };
    let mut draft = Draft::new(first.space, title);
    let mut read: Vec<BoxFuture<'_, _>> = Vec::new();
    for &registry in &registries {
        read.push(Box::pin(known(app, registry)));
    }
    let read: Vec<_> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
    for (registry, context, known) in read {
        let there = place(app, registry);
        let mut existing = 0;
        for name in &names {
            if known.contains(name) {
                existing += 1;
                continue;
            }
            let complete = Complete {
                name: name.clone(),
                settings: settings.clone(),
                lifecycle: lifecycle.clone(),
                policy: policy.clone(),
            };
            rows(&context, &there, complete, &mut draft);
        }
        if existing > 0 {
            let what = match existing {
                1 => "1 of these repositories".to_owned(),
                many => format!("{many} of these repositories"),
            };
            let text = format!("{there} already has {what}. Existing ones stay as they are.");
            draft.warning("repositories-exist", text, Some("Compare their settings, and make them equal."));
            draft.about(registry);
        }
    }
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "All of these repositories exist already.");
    }
    Ok(draft.content)
}

/// The names that a registry has.
async fn known<'a>(
    app: &App,
    registry: &'a RegistryKey,
) -> Result<(&'a RegistryKey, Context, BTreeSet<RepositoryName>), ApiError> {
    let (connection, context) = app.place(registry).await?;
    let there = connection.client.repositories().await?.into_iter().map(|one| one.name);
    Ok((registry, context, there.collect()))
}

fn checked_names(names: &[String]) -> Result<Vec<RepositoryName>, ApiError> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let name = RepositoryName::for_input(name).map_err(name_error(format!("names[{index}]")))?;
        if seen.insert(name.clone()) {
            found.push(name);
        }
    }
    if found.is_empty() {
        return Err(ApiError::input("nothing-selected", "names", "No repository is named."));
    }
    Ok(found)
}

/// Keys of 1 to 128 characters, each once, and values of at most 256; `aws:` is AWS's own (AWS Tagging).
fn checked_tags(wish: &NewRepository) -> Result<Vec<ResourceTag>, ApiError> {
    let wrong = |index: usize, text: String| {
        Err(ApiError::input("invalid-resource-tag", format!("settings.tags[{index}]"), text))
    };
    if wish.tags.len() > MOST_TAGS {
        return wrong(
            MOST_TAGS,
            format!("A repository has at most {MOST_TAGS} tags, not {}.", wish.tags.len()),
        );
    }
    let mut keys = BTreeSet::new();
    for (index, tag) in wish.tags.iter().enumerate() {
        let (key, value) = (tag.name.as_str(), tag.value.as_str());
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            let text = "A tag's key has 1 to 128 characters, its value at most 256.";
            return wrong(index, text.into());
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return wrong(index, "Keys that begin with `aws:` are AWS's own.".into());
        }
        if !keys.insert(key) {
            return wrong(index, format!("The key `{key}` is given twice."));
        }
    }
    Ok(wish.tags.iter().map(|tag| ResourceTag { key: tag.name.clone(), value: tag.value.clone() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Encryption, Mutability, NameValue};

    fn wish(tags: &[(&str, &str)]) -> NewRepository {
        let tag = |(name, value): &(&str, &str)| NameValue { name: (*name).into(), value: (*value).into() };
        NewRepository {
            mutability: Mutability { immutable: false, exclusions: Vec::new() },
            scan_on_push: false,
            encryption: Encryption::Aes256,
            tags: tags.iter().map(tag).collect(),
            lifecycle: None,
            policy: None,
        }
    }

    #[test]
    fn tags_are_as_aws_takes_them() {
        assert_eq!(checked_tags(&wish(&[("team", "shop"), ("empty", "")])).unwrap().len(), 2);
        let long = "k".repeat(129);
        let many: Vec<_> = (0..51).map(|index| index.to_string()).collect();
        let many: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
        for wrong in [
            vec![("", "x")],
            vec![(long.as_str(), "x")],
            vec![("AWS:a", "x")],
            vec![("a", "1"), ("a", "2")],
            many,
        ] {
            assert_eq!(checked_tags(&wish(&wrong)).unwrap_err().code, "invalid-resource-tag", "{wrong:?}");
        }
    }

    #[test]
    fn names_are_taken_once_and_a_wrong_one_is_named() {
        let names = |of: &[&str]| checked_names(&of.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&["a1", "b1", "a1"]).unwrap().len(), 2);
        assert_eq!(names(&["a1", "Not Good"]).unwrap_err().field.as_deref(), Some("names[1]"));
        assert_eq!(names(&[]).unwrap_err().code, "nothing-selected");
    }
}
