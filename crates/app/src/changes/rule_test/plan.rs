//! The plan of a test: a new repository that the rule takes, an image, the wait, and the removal.

use longshore_ecr::RepositorySettings;
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use longshore_policy::replication::{ReplicationConfiguration, RuleView, name_under};

use super::{
    may_delete::{MayDelete, may_delete},
    perform::{AwaitArrival, RemoveTest, Verdict},
};
use crate::{
    App,
    api::{ApiError, RegistryKey, Side},
    changes::{
        promotion::{CopyTag, PushSample, Sample},
        repositories::CreateRepository,
    },
    documents::find_rule,
    plans::{Content, Draft, place},
    steps::Context,
};

/// The tag of the image.
const TAG: &str = "test";
/// How often another name is tried.
const TRIES: usize = 5;

/// Tests a rule: pushes a tiny image into a new repository that the rule takes, waits for it at every
/// destination, and removes what it made.
pub(crate) async fn plan(app: &App, registry: &RegistryKey, rule: &str) -> Result<Content, ApiError> {
    let configuration = ReplicationConfiguration::from_value(app.read_replication(registry).await?)?;
    let rule = find_rule(&configuration, rule)?;
    let (connection, context) = app.place(registry).await?;
    let known = connection.client.repositories().await?;
    let name = free_name(&rule, |name| known.iter().any(|known| known.name == *name))?;
    let tag: Tag = TAG.parse()?;
    let digest = Sample::new(&tag)?.digest().clone();
    let here = place(app, registry);
    let mut draft =
        Draft::new(registry.space, format!("Test a replication rule of {}", app.accounts.label(registry)));
    let destinations = all_destinations(&configuration, &name);
    let mut there = Vec::new();
    for to in &destinations {
        let key = RegistryKey::of(registry.space, to);
        there.push((place(app, &key), ask(app, &key, &name, &digest).await));
    }
    // Where nothing may be sent now, it is asked once the run is allowed to, before anything is pushed.
    let later = |context: &Context, words: &str, draft: &mut Draft| {
        let change = MayDelete { name: name.clone(), digest: digest.clone() };
        draft.step(context, format!("Ask whether `{name}` may be deleted again in {words}"), None, change);
    };
    if !app.is_writable(registry).await? {
        later(&context, &here, &mut draft);
    } else if !may_delete(&connection.client, &name, &digest).await? {
        draft.error(
            "test-remains-here",
            format!("The credentials for {here} may not delete the test repository again."),
            "Allow `ecr:BatchDeleteImage` and `ecr:DeleteRepository`, or push an image of your own.",
        );
    }
    for (words, asked) in &there {
        if let Ok(Asked::Later(context)) = asked {
            later(context, words, &mut draft);
        }
    }
    let create = CreateRepository { name: name.clone(), settings: RepositorySettings::default() };
    draft.step(&context, format!("Create repository `{name}` in {here}"), None, create);
    let push = PushSample {
        name: name.clone(),
        tag: CopyTag { tag: tag.clone(), replaces: None },
        digest: digest.clone(),
        expires: 0,
    };
    draft.step(&context, format!("Push a tiny image as `{name}:{tag}`"), None, push);
    let places: Vec<&str> = there.iter().map(|(words, _)| words.as_str()).collect();
    let wait = AwaitArrival { name: name.clone(), tag, digest: digest.clone(), destinations };
    let waited = draft.content.steps.len();
    let reason = "ECR replicates most images within 30 minutes. A test that was stopped is resumed to remove its repositories.";
    draft.step(&context, format!("Wait for it in {}", places.join(", ")), Some(reason.into()), wait);
    for (words, asked) in there {
        remove_there(&words, asked, &name, &mut draft);
    }
    let delete = RemoveTest { name: name.clone() };
    draft.step(&context, format!("Delete repository `{name}` in {here}"), None, delete);
    draft.step(&context, "Say whether the rule works", None, Verdict { step: waited });
    draft.content.stays.push("all other repositories and images".into());
    Ok(draft.content)
}

/// Whether the test repository can be deleted again at a destination.
enum Asked {
    Yes(Context),
    No,
    /// Nothing may be sent there before the run is confirmed.
    Later(Context),
}

async fn ask(
    app: &App,
    key: &RegistryKey,
    name: &RepositoryName,
    digest: &Digest,
) -> Result<Asked, ApiError> {
    let (connection, context) = app.place(key).await?;
    if connection.client.repository(name).await?.is_some() {
        let text = format!("{} has a repository of this name already", place(app, key));
        return Err(ApiError::new("repository-already-exists", Side::Destination, text));
    }
    if !app.is_writable(key).await? {
        return Ok(Asked::Later(context));
    }
    let may = may_delete(&connection.client, name, digest).await?;
    Ok(if may { Asked::Yes(context) } else { Asked::No })
}

/// Removes the test repository at a destination, where that is possible.
fn remove_there(words: &str, asked: Result<Asked, ApiError>, name: &RepositoryName, draft: &mut Draft) {
    let mut delete = |context: Context, reason: &str| {
        let text = format!("Delete repository `{name}` in {words}");
        draft.step(&context, text, Some(reason.into()), RemoveTest { name: name.clone() });
    };
    let reason = match asked {
        Ok(Asked::Yes(context)) => {
            return delete(context, "That it may be deleted was asked for beforehand.");
        }
        Ok(Asked::Later(context)) => {
            return delete(context, "Whether it may be deleted is asked before anything is pushed.");
        }
        Ok(Asked::No) => "the credentials may not delete it".to_owned(),
        Err(error) => error.message.trim_end_matches('.').to_owned(),
    };
    draft.warning(
        "test-remains",
        format!("Repository `{name}` with the test image remains in {words}: {reason}."),
        Some("Its administrator can delete it afterwards."),
    );
    draft.content.stays.push(format!("repository `{name}` in {words}"));
}

/// Every destination that gets a repository, by any rule.
fn all_destinations(configuration: &ReplicationConfiguration, name: &RepositoryName) -> Vec<RegistryId> {
    let mut found: Vec<RegistryId> = Vec::new();
    for rule in configuration.rules().iter().filter(|rule| rule.takes(name)) {
        found.extend(rule.destinations.iter().cloned());
    }
    found.sort();
    found.dedup();
    found
}

/// A name that the rule takes and that nothing has.
fn free_name(rule: &RuleView, taken: impl Fn(&RepositoryName) -> bool) -> Result<RepositoryName, ApiError> {
    let none = || {
        let text = "There is no free repository name that the rule takes.";
        ApiError::new("no-free-name", Side::Input, text)
    };
    let draft = rule.to_draft().ok_or_else(none)?;
    for _ in 0..TRIES {
        let random = hex::encode(rand::random::<[u8; 4]>());
        let name = name_under(draft.filters.first(), &format!("longshore-test-{random}")).ok_or_else(none)?;
        if rule.takes(&name) && !taken(&name) {
            return Ok(name);
        }
    }
    Err(none())
}
