//! `longshore repository clean` and `longshore repository protect`

use std::path::Path;

use longshore_app::{
    api::{
        ApiError, CleanImages, CleanPreview, CleanRule, CleanWay, CleanedImage, CleanedRepository,
        ProtectImage, RepositoryKey, Side, UsageKind, UsageList, UsageSearch,
    },
    bytes_in_words,
    transfer::decode,
};
use serde_json::{Value, json};

use super::{
    arguments::{Clean, Protect, Source},
    changes::{Made, carry_out, end},
    open::{Managed, registry_and_name},
};
use crate::{failure::Failure, files, output};

/// The most bytes of a list of used images.
const MOST_OF_LIST: u64 = 16 * 1024 * 1024;

async fn key(managed: &Managed, text: &str) -> Result<RepositoryKey, Failure> {
    let (registry, repository) = registry_and_name(text)?;
    Ok(RepositoryKey { registry: managed.registry(&registry).await?, repository })
}

/// Plans and deletes images by rule.
pub(super) async fn clean(managed: &Managed, options: Clean) -> Result<(), Failure> {
    let mut repositories = Vec::new();
    for text in &options.repositories {
        repositories.push(key(managed, text).await?);
    }
    let request = CleanImages {
        repositories,
        rules: rules(&options),
        take_along: options.take_along,
        usage: usage(&options)?,
        way: match (options.archive, options.quarantine) {
            (true, _) => CleanWay::Archive,
            (false, Some(repository)) => CleanWay::Quarantine { repository },
            (false, None) => CleanWay::Delete,
        },
    };
    let preview = managed.asking(async || managed.app.preview_clean_images(request.clone()).await).await?;
    show(&preview, managed.json);
    // The plan is shown, and then nothing is done without a word.
    let mut change = options.change;
    let is_asked = change.plan;
    change.plan |= !options.yes;
    let plan = longshore_app::api::PlanRequest::CleanImages { clean: request };
    let made = carry_out(managed, plan, &change, true).await?;
    let is_empty = made.plan.steps.is_empty();
    let failure = match made.failure {
        None if !is_asked && !options.yes && !is_empty => {
            let text = "Nothing was done: this command deletes images.";
            Some(
                ApiError::new("confirmation-needed", Side::Input, text)
                    .hint("Check the plan, then add --yes.")
                    .into(),
            )
        }
        failure => failure,
    };
    let summary = summary(&preview);
    if !managed.json {
        output::line(&in_words(&preview));
    }
    end(managed, &change, Made { failure, ..made }, summary)
}

/// One rule with every condition, or one rule for each.
fn rules(options: &Clean) -> Vec<CleanRule> {
    let Clean { untagged, superseded, keep, tags, .. } = options;
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs());
    let (older_than, not_pulled) = (seconds(options.older_than), seconds(options.not_pulled));
    let all = CleanRule {
        older_than,
        untagged: *untagged,
        not_pulled,
        tags: tags.clone(),
        superseded: *superseded,
        keep: *keep,
    };
    if !options.any {
        return vec![all];
    }
    let keep = *keep;
    let mut rules = Vec::new();
    if older_than.is_some() {
        rules.push(CleanRule { older_than, keep, ..CleanRule::default() });
    }
    if *untagged {
        rules.push(CleanRule { untagged: true, keep, ..CleanRule::default() });
    }
    if not_pulled.is_some() {
        rules.push(CleanRule { not_pulled, keep, ..CleanRule::default() });
    }
    if !tags.is_empty() {
        rules.push(CleanRule { tags: tags.clone(), keep, ..CleanRule::default() });
    }
    if *superseded {
        rules.push(CleanRule { superseded: true, keep, ..CleanRule::default() });
    }
    if rules.is_empty() { vec![all] } else { rules }
}

fn usage(options: &Clean) -> Result<UsageSearch, Failure> {
    let mut lists = Vec::new();
    for file in &options.protect {
        lists.push(UsageList { name: files::shown(file), text: text_of(file)? });
    }
    let kind = |source: &Source| match source {
        Source::Protected => UsageKind::Protected,
        Source::Findings => UsageKind::Findings,
        Source::Destinations => UsageKind::Destinations,
        Source::Runs => UsageKind::Runs,
        Source::Stages => UsageKind::Stages,
    };
    Ok(UsageSearch {
        references: options.references.iter().map(|path| path.display().to_string()).collect(),
        lists,
        leave_out: options.leave_out.iter().map(kind).collect(),
    })
}

fn text_of(file: &Path) -> Result<String, Failure> {
    decode(&files::read(file, MOST_OF_LIST)?).map_err(|finding| {
        let text = format!("{}: {}", files::shown(file), finding.text);
        ApiError::new(finding.code, Side::Input, text).into()
    })
}

fn show(preview: &CleanPreview, as_json: bool) {
    for of in &preview.repositories {
        let CleanedRepository { repository, images, sources, notes, .. } = of;
        let place = format!(
            "{}/{}/{}",
            repository.registry.account, repository.registry.region, repository.repository
        );
        for image in images {
            match as_json {
                true => output::json(&event(&place, image)),
                false => line(image),
            }
        }
        let listed = u32::try_from(images.len()).unwrap_or(u32::MAX);
        let more = (of.deleted + of.kept).saturating_sub(listed);
        for source in sources {
            let name = serde_json::to_value(source.kind).unwrap_or_default();
            if as_json {
                let problem = source.problem.as_ref().map(crate::failure::event_of);
                output::json(&json!({
                    "event": "usage", "repository": place, "source": name, "found": source.found,
                    "unseen": source.unseen, "error": problem,
                }));
            }
        }
        if !as_json {
            if more > 0 {
                output::note(&format!("{place}: {more} more images are not listed."));
            }
            notes.iter().for_each(|note| output::note(&format!("{place}: {note}")));
        }
    }
}

fn event(place: &str, image: &CleanedImage) -> Value {
    json!({
        "event": "image", "repository": place, "digest": image.digest, "tags": image.tags,
        "action": if image.deleted { "delete" } else { "keep" }, "rule": image.rule, "reason": image.reason,
        "protected": image.protected, "protection": image.protection, "bytes": image.bytes,
        "pushed_at": image.pushed, "pulled_at": image.pulled,
    })
}

fn line(image: &CleanedImage) {
    let verb = if image.deleted { "delete" } else { "keep" };
    let pushed = image.pushed.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d").to_string());
    let tags = if image.tags.is_empty() { "untagged".to_owned() } else { image.tags.join(" ") };
    output::line(&format!("{verb:<6}  {pushed:<10}  {}  {tags}", image.digest));
    match &image.protected {
        Some(why) => output::line(&format!("        {why} (Rule: {})", image.reason)),
        None => output::line(&format!("        {}", image.reason)),
    }
}

/// The sums of a preview: images, deleted ones, kept ones, bytes, and whether these are exact.
fn sums(preview: &CleanPreview) -> (u64, u64, u64, u64, bool) {
    let sum = |of: &dyn Fn(&CleanedRepository) -> u64| preview.repositories.iter().map(of).sum();
    let total = sum(&|of| u64::from(of.total));
    let (deleted, kept) = (sum(&|of| u64::from(of.deleted)), sum(&|of| u64::from(of.kept)));
    (total, deleted, kept, sum(&|of| of.bytes_freed), preview.repositories.iter().all(|of| of.exact))
}

fn summary(preview: &CleanPreview) -> Value {
    let (images, selected, kept, bytes_freed, exact) = sums(preview);
    json!({
        "images": images, "selected": selected, "kept": kept, "bytes_freed": bytes_freed, "exact": exact,
        "notes": preview.repositories.iter().flat_map(|of| of.notes.clone()).collect::<Vec<String>>(),
    })
}

fn in_words(preview: &CleanPreview) -> String {
    let (images, deleted, kept, bytes, is_exact) = sums(preview);
    let most = if is_exact { "" } else { "at most " };
    format!(
        "Of {images} images, the rules select {}; {kept} of them are protected. Frees {most}{}.",
        deleted + kept,
        bytes_in_words(bytes)
    )
}

/// Protects an image, or lists those that are protected.
pub(super) async fn protect(managed: &Managed, options: Protect) -> Result<(), Failure> {
    let repository = key(managed, &options.repository).await?;
    let found = match options.image {
        None => managed.app.protected_images(repository).await?,
        Some(image) => {
            let Protect { note, end, .. } = options;
            managed.app.protect_image(ProtectImage { repository, image, note, protect: !end }).await?
        }
    };
    for image in &found.images {
        match managed.json {
            true => output::json(&json!({
                "event": "protected", "image": image.image, "note": image.note, "at": image.at,
            })),
            false => {
                let note = image.note.as_deref().map(|note| format!("  {note}")).unwrap_or_default();
                output::line(&format!("{}{note}", image.image));
            }
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "protected": found.images.len()}));
    }
    Ok(())
}
