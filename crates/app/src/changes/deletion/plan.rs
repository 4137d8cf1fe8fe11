//! Plans of deletions by rule.

use std::collections::BTreeMap;

use longshore_ecr::{ImageScope, RepositorySettings};
use longshore_engine::bytes_in_words;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_policy::deletion::{Kept, Protection, batches};

use super::{
    perform::{ArchiveBatch, Batch, DeleteBatch, PlannedImage},
    preview::each,
    select::{Selected, rules, select},
};
use crate::{
    App,
    api::{ApiError, CleanImages, CleanWay, RegistryKey, RepositoryKey, UsageKind},
    changes::{
        losses::losses,
        promotion::{CopyImage, CopyTag},
        repositories::CreateRepository,
    },
    errors::name_error,
    lifecycle::StorageClass,
    plans::{Content, Draft, counted, place},
};

/// The images of one kind of protection that a sentence names.
const MOST_NAMED: usize = 5;

/// Plans to delete what rules select.
pub(crate) async fn plan(app: &App, clean: &CleanImages) -> Result<Content, ApiError> {
    let rules = rules(clean)?;
    let repositories = each(&clean.repositories)?;
    let verb = match clean.way {
        CleanWay::Delete => "Delete images",
        CleanWay::Archive => "Archive images",
        CleanWay::Quarantine { .. } => "Quarantine images",
    };
    let title = match repositories.as_slice() {
        [one] => format!("{verb} of {} by rule", one.repository),
        many => format!("{verb} of {} repositories by rule", many.len()),
    };
    let space = repositories.first().map_or(crate::api::Space::Aws, |key| key.registry.space);
    let mut draft = Draft::new(space, title);
    for key in repositories {
        if key.registry.space != space {
            let text = "Images of the sandbox and of AWS cannot be deleted in one plan.";
            return Err(ApiError::input("other-space", "repositories", text));
        }
        let selected = Box::pin(select(app, key, &rules, clean)).await?;
        say_sources(app, key, &selected, &mut draft);
        say_kept(key, &selected, &mut draft);
        add_batches(app, key, &selected, clean, &mut draft).await?;
    }
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "The rules select no image that may be deleted.");
    } else if clean.way == CleanWay::Delete {
        let text = "A deleted image cannot be restored from ECR.";
        draft.warning(
            "no-way-back",
            text,
            Some("Archive the images or copy them to a quarantine repository to keep a way back."),
        );
    }
    Ok(draft.content)
}

/// What was asked about use; what could not be asked prevents the run.
fn say_sources(app: &App, key: &RepositoryKey, selected: &Selected, draft: &mut Draft) {
    for source in &selected.usage.sources {
        let what = words(source.kind);
        if let Some(problem) = &source.problem {
            let text = format!(
                "Whether {what} use images of `{}` is not known: {}",
                key.repository, problem.message
            );
            let hint = "Make it readable and plan again, or leave this source out on purpose.";
            draft.error("usage-unreadable", text, hint);
            draft.about(&key.registry);
        }
        for unseen in &source.unseen {
            let text = format!("Of {what}, not everything was seen for `{}`: {unseen}", key.repository);
            draft.warning("usage-unseen", text, None);
            draft.about(&key.registry);
        }
    }
    for note in &selected.notes {
        draft.note("deletion-note", format!("`{}` in {}: {note}", key.repository, place(app, &key.registry)));
    }
}

pub(super) fn words(kind: UsageKind) -> &'static str {
    match kind {
        UsageKind::Protected => "protected images",
        UsageKind::References => "files with references",
        UsageKind::Lists => "lists of used images",
        UsageKind::Findings => "findings of scans",
        UsageKind::Destinations => "replication destinations",
        UsageKind::Runs => "runs in progress",
        UsageKind::Stages => "stages of paths",
    }
}

/// The images that a rule selects and that stay, by what protects them.
fn say_kept(key: &RepositoryKey, selected: &Selected, draft: &mut Draft) {
    let mut kinds: BTreeMap<&str, Vec<&Kept>> = BTreeMap::new();
    for kept in &selected.decision.kept {
        let word = match kept.by {
            Protection::InUse => "in use",
            Protection::Newest => "among the newest",
            Protection::OtherTag => "under another tag too",
            Protection::Index => "listed by an index",
            Protection::Subject => "about an image that stays",
            Protection::Dependants => "needed by others",
            Protection::Unread => "an index that could not be read",
            Protection::Activating => "being restored",
        };
        kinds.entry(word).or_default().push(kept);
    }
    for (word, kept) in kinds {
        let named: Vec<String> = kept
            .iter()
            .take(MOST_NAMED)
            .map(|of| format!("{}: {}", name(selected, of.image), of.text))
            .collect();
        let more = if kept.len() > MOST_NAMED { " …" } else { "" };
        let stay = if kept.len() == 1 { "stays" } else { "stay" };
        let text = format!(
            "{} of `{}` {stay}, {word}. {}{more}",
            counted(kept.len(), "image"),
            key.repository,
            named.join(" ")
        );
        draft.content.stays.push(longshore_names::ForeignText::new(text).into());
    }
}

/// The first tag of an image, or its digest.
fn name(selected: &Selected, at: usize) -> String {
    let image = &selected.listed.images[at];
    match image.tags.first() {
        Some(tag) => format!("`{tag}`"),
        None => image.digest.parse::<Digest>().map_or_else(|_| image.digest.clone(), |digest| digest.short()),
    }
}

/// A step for each batch. A batch needs no other: what a failure leaves is deleted by another run of the rules.
async fn add_batches(
    app: &App,
    key: &RepositoryKey,
    selected: &Selected,
    clean: &CleanImages,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let planned = planned(selected, clean)?;
    if planned.is_empty() {
        return Ok(());
    }
    let before = match &clean.way {
        CleanWay::Quarantine { repository } => {
            copies(app, key, selected, planned.iter().flatten(), repository, draft).await?
        }
        CleanWay::Delete | CleanWay::Archive => BTreeMap::new(),
    };
    let archive = clean.way == CleanWay::Archive;
    let also = match archive {
        // An archive is not replicated.
        true => Vec::new(),
        false => {
            let going = planned.iter().flatten().map(|image| image.digest.clone()).collect();
            losses(app, &key.registry, &selected.name, &going, draft).await
        }
    };
    let all = counted(planned.iter().map(Vec::len).sum(), "image");
    let freed = bytes_in_words(selected.freed.bytes);
    let effect = match (archive, selected.freed.is_exact) {
        (true, _) => {
            format!("Moves {all} to the archive. Pulls of an archived image fail until it is restored.")
        }
        (false, true) => format!("Frees {freed} of {all}."),
        (false, false) => format!("Frees at most {freed} of {all}."),
    };
    let there = place(app, &key.registry);
    let verb = if archive { "Archive" } else { "Delete" };
    let number = planned.len();
    for (at, images) in planned.iter().enumerate() {
        let part = if number > 1 { format!(" (batch {} of {number})", at + 1) } else { String::new() };
        let many = counted(images.len(), "image");
        let preposition = if archive { "of" } else { "from" };
        let text = format!("{verb} {many} {preposition} `{}` in {there}{part}", selected.name);
        let later = planned.iter().skip(at + 1).flatten().map(|image| image.digest.clone()).collect();
        let (name, images, also) = (selected.name.clone(), images.clone(), also.clone());
        let needs = images.iter().filter_map(|image| before.get(&image.digest).copied()).collect();
        let reason = (at == 0).then(|| effect.clone());
        let batch = Batch { name, images, later, also };
        match archive {
            true => draft.row(&selected.context, text, reason, ArchiveBatch(batch), needs),
            false => draft.row(&selected.context, text, reason, DeleteBatch(batch), needs),
        };
    }
    Ok(())
}

/// The images that rules select, in batches.
fn planned(selected: &Selected, clean: &CleanImages) -> Result<Vec<Vec<PlannedImage>>, ApiError> {
    let by_pull = clean.rules.iter().any(|rule| rule.not_pulled.is_some());
    let image = |at: &usize| -> Result<PlannedImage, ApiError> {
        let image = &selected.listed.images[*at];
        let tags: Result<Vec<Tag>, _> = image.tags.iter().map(|tag| tag.parse::<Tag>()).collect();
        Ok(PlannedImage {
            digest: image.digest.parse()?,
            tags: tags?,
            pulled: by_pull.then_some(image.pulled),
        })
    };
    let mut decided = selected.decision.deleted.clone();
    if clean.way != CleanWay::Delete {
        // What is in the archive can neither be copied nor archived again.
        decided.retain(|of| selected.listed.images[of.image].storage_class == StorageClass::Standard);
    }
    let batches = batches(&selected.repository(), &decided);
    batches.iter().map(|batch| batch.iter().map(image).collect()).collect()
}

/// Copies images to a quarantine repository, each in a step of its own. Returns the step of each image.
async fn copies(
    app: &App,
    key: &RepositoryKey,
    selected: &Selected,
    images: impl Iterator<Item = &PlannedImage>,
    repository: &str,
    draft: &mut Draft,
) -> Result<BTreeMap<Digest, usize>, ApiError> {
    let to = RepositoryName::for_input(repository).map_err(name_error("way.repository"))?;
    if to == selected.name {
        let text = "A repository cannot be its own quarantine.";
        return Err(ApiError::input("same-repository", "way.repository", text));
    }
    let client = &selected.connection.client;
    let mut needs = Vec::new();
    let mut taken: BTreeMap<Tag, Digest> = BTreeMap::new();
    match client.repository(&to).await? {
        Some(_) => {
            for image in client.images(&to, ImageScope::Any).await? {
                taken.extend(image.tags.into_iter().map(|tag| (tag, image.digest.clone())));
            }
        }
        None if quarantined(draft, &key.registry, &to) => {}
        None => {
            let create = CreateRepository { name: to.clone(), settings: RepositorySettings::default() };
            let text = format!("Create repository `{to}` in {}", place(app, &key.registry));
            needs.push(draft.row(&selected.context, text, None, create, Vec::new()));
        }
    }
    let mut steps = BTreeMap::new();
    for image in images {
        let free = |tag: &&Tag| taken.get(*tag).is_none_or(|at| *at == image.digest);
        let tags: Vec<Tag> = image.tags.iter().filter(free).cloned().collect();
        taken.extend(tags.iter().map(|tag| (tag.clone(), image.digest.clone())));
        let change = CopyImage {
            source: selected.context.clone(),
            from: selected.name.clone(),
            digest: image.digest.clone(),
            to: to.clone(),
            tags: tags.into_iter().map(|tag| CopyTag { tag, replaces: None }).collect(),
            replica: false,
            expires: 0,
        };
        let text = format!("Copy {} from `{}` to `{to}`", image.digest.short(), selected.name);
        steps.insert(image.digest.clone(), draft.row(&selected.context, text, None, change, needs.clone()));
    }
    Ok(steps)
}

/// Whether a step of the plan creates the repository already.
fn quarantined(draft: &Draft, registry: &RegistryKey, to: &RepositoryName) -> bool {
    draft.content.steps.iter().filter(|step| step.reaches().contains(registry)).any(|step| {
        let writes = step.writes();
        writes
            .iter()
            .any(|write| write.operation == "CreateRepository" && write.repository.as_ref() == Some(to))
    })
}
