//! `longshore lifecycle preview`

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use longshore_app::{
    api::{ApiError, RegistryKey, RepositoryKey, Side},
    bytes_in_words,
    lifecycle::{
        Action, DescribedImages, Preview, PreviewedImage, UsedImages, describe, preview, read_in_use,
    },
    transfer::{Finding, LifecycleRule, decode},
};
use serde_json::{Value, json};

use super::{
    arguments, checked,
    print::{Counts, findings},
};
use crate::{
    failure::Failure,
    files,
    manage::{Managed, arguments::Manage, registry_and_name},
    output,
};

/// The most bytes of a list of images: 100,000 images have about 70 MB.
const MOST_OF_IMAGES: u64 = 512 * 1024 * 1024;
/// The most bytes of a file that says what is in use.
const MOST_IN_USE: u64 = 16 * 1024 * 1024;

/// The repository whose images are previewed.
struct Repository {
    images: DescribedImages,
    registry: Option<RegistryKey>,
}

/// Shows what a policy would do.
pub(super) async fn run(options: arguments::Preview) -> Result<(), Failure> {
    let arguments::Preview { file, images, at, in_use, manage } = options;
    let as_json = manage.json;
    one_standard_input(&file, &images, &in_use)?;
    let (rules, warnings) = rules(&file, as_json)?;
    let repository = match (images.repository, images.list) {
        (Some(name), _) => of_repository(manage, &name).await?,
        (None, Some(list)) => Repository { images: of_file(&list)?, registry: None },
        (None, None) => return Err(Failure::Usage("Give --repository or --images.".to_owned())),
    };
    let (used, mut notes) = used(&in_use, &repository)?;
    let at = at.unwrap_or_else(Utc::now);
    let found = preview(&rules, &repository.images, at, &used);
    if let Some(warnings) = warnings {
        notes.push(format!("The policy has {warnings}; `longshore lifecycle lint` lists them."));
    }
    notes.extend(found.notes.iter().cloned());
    match as_json {
        true => events(&found, &repository, at, &notes),
        false => lines(&found, at, &notes),
    }
    Ok(())
}

fn one_standard_input(file: &Path, images: &arguments::Images, in_use: &[PathBuf]) -> Result<(), Failure> {
    let inputs = in_use.iter().chain(&images.list).map(PathBuf::as_path).chain([file]);
    match inputs.filter(|file| files::is_standard_input(file)).count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::Usage("Only one file can be standard input.".to_owned())),
    }
}

/// The rules of the policy in a file, and its warnings.
///
/// # Errors
/// When there is not one policy without errors; the findings are printed.
fn rules(file: &Path, as_json: bool) -> Result<(Vec<LifecycleRule>, Option<String>), Failure> {
    let found = checked(file)?;
    let name = files::shown(file);
    let refused = |code: &str, text: String| {
        findings(file, &found.findings, as_json);
        Failure::from(ApiError::new(code, Side::Input, text))
    };
    let counts = Counts::of(&found.findings);
    if found.found == 0 {
        let text = format!("{name} has no lifecycle policy that can be read.");
        return Err(refused("lifecycle-unreadable", text));
    }
    if counts.errors > 0 {
        let wrong = Counts { warnings: 0, ..counts }.in_words().unwrap_or_default();
        return Err(refused("lifecycle-refused", format!("The policy of {name} has {wrong}.")));
    }
    let [policy] = found.policies.as_slice() else {
        let text = format!("{name} has {} lifecycle policies; preview one at a time.", found.found);
        return Err(ApiError::new("lifecycle-refused", Side::Input, text).into());
    };
    let rules = policy
        .rules()
        .map_err(|_| refused("lifecycle-refused", format!("The policy of {name} has errors.")))?;
    Ok((rules, Counts { errors: 0, ..counts }.in_words()))
}

/// The images of a repository, by `ACCOUNT/REGION/NAME`.
async fn of_repository(manage: Manage, text: &str) -> Result<Repository, Failure> {
    let (registry, name) = registry_and_name(text)?;
    let managed = Managed::open(manage).await?;
    managed
        .through(async |managed| {
            let registry = managed.registry(&registry).await?;
            let key = RepositoryKey { registry: registry.clone(), repository: name.to_owned() };
            let images = managed.asking(async || managed.app.described_images(key.clone()).await).await?;
            Ok(Repository { images, registry: Some(registry) })
        })
        .await
}

fn of_file(file: &Path) -> Result<DescribedImages, Failure> {
    let text = text_of(file, MOST_OF_IMAGES)?;
    describe(&text).map_err(|finding| about(file, &finding))
}

fn text_of(file: &Path, most: u64) -> Result<String, Failure> {
    decode(&files::read(file, most)?).map_err(|finding| about(file, &finding))
}

/// A file that cannot be used, by its first finding.
fn about(file: &Path, finding: &Finding) -> Failure {
    let place = finding.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let text = format!("{}{place}: {}", files::shown(file), finding.text);
    ApiError::new(finding.code, Side::Input, text).into()
}

/// What the files say is in use, and what else they say.
fn used(in_use: &[PathBuf], repository: &Repository) -> Result<(Vec<UsedImages>, Vec<String>), Failure> {
    let images = &repository.images;
    let region = repository.registry.as_ref().map(|registry| registry.region.to_string());
    let (mut used, mut elsewhere, mut unresolved) = (Vec::new(), 0, 0);
    for file in in_use {
        let text = text_of(file, MOST_IN_USE)?;
        let (repository, account) = (images.repository.as_deref(), images.account.as_deref());
        let found = read_in_use(&files::shown(file), &text, repository, account, region.as_deref());
        let found = found.map_err(|findings| {
            let first = findings.first().map(|finding| about(file, finding));
            first.unwrap_or_else(|| Failure::Failed(format!("{} cannot be used.", files::shown(file))))
        })?;
        elsewhere += found.elsewhere;
        unresolved += found.unresolved;
        used.push(found.used);
    }
    let mut notes = Vec::new();
    if elsewhere > 0 {
        let of =
            counted(elsewhere, "reference is to another repository", "references are to other repositories");
        notes.push(format!("{of}, and protect nothing here."));
    }
    if unresolved > 0 {
        let of = counted(unresolved, "reference depends on a variable", "references depend on variables");
        notes.push(format!("{of}, so what they use is not known."));
    }
    Ok((used, notes))
}

fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn event(name: &str, of: &PreviewedImage<'_>) -> Value {
    let mut event = json!({
        "event": name, "digest": of.image.digest, "tags": of.image.tags, "rule": of.rule, "action": of.action,
        "pushed_at": of.image.pushed.map(time), "bytes": of.image.bytes, "reason": of.reason,
    });
    if of.unless_listed {
        event["unless_listed"] = true.into();
    }
    if let Some(artifact) = &of.image.artifact_type {
        event["artifact_type"] = artifact.as_str().into();
    }
    event
}

fn events(found: &Preview<'_>, repository: &Repository, at: DateTime<Utc>, notes: &[String]) {
    for of in &found.images {
        output::json(&event("image", of));
    }
    for of in &found.spared {
        let mut event = event("spared", &of.would);
        event["used_by"] = of.used_by.as_str().into();
        output::json(&event);
    }
    let rules: Vec<Value> = found
        .rules
        .iter()
        .map(|rule| {
            json!({
                "rule": rule.rule, "text": rule.sentence, "expired": rule.expired, "archived": rule.archived,
                "spared": rule.spared, "bytes_freed": rule.bytes_freed,
            })
        })
        .collect();
    let totals = found.totals;
    output::summary(&json!({
        "event": "summary", "at": time(at), "account": repository.images.account,
        "region": repository.registry.as_ref().map(|registry| &registry.region),
        "repository": repository.images.repository, "images": totals.images, "expired": totals.expired,
        "archived": totals.archived, "spared": totals.spared, "kept": totals.kept,
        "bytes_freed": totals.bytes_freed, "bytes_archived": totals.bytes_archived, "rules": rules,
        "counts_as_pull": false, "notes": notes,
    }));
}

fn lines(found: &Preview<'_>, at: DateTime<Utc>, notes: &[String]) {
    let what = |of: &PreviewedImage<'_>| {
        let pushed = of.image.pushed.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d").to_string());
        let tags = if of.image.tags.is_empty() { "untagged".to_owned() } else { of.image.tags.join(" ") };
        format!("{pushed:<10}  {}  {tags}", of.image.digest)
    };
    for of in &found.images {
        let verb = if of.action == Action::Archive { "archive" } else { "expire" };
        output::line(&format!("{verb:<7}  {}", what(of)));
        output::line(&format!("         Rule {}: {}", of.rule, of.reason));
    }
    for of in &found.spared {
        output::line(&format!("spared   {}", what(&of.would)));
        output::line(&format!("         Rule {}: it is used by {}.", of.would.rule, of.used_by));
    }
    for rule in &found.rules {
        let of = |number, one, many| (number > 0).then(|| counted(number, one, many));
        let parts = [
            of(rule.expired, "expires", "expire"),
            of(rule.archived, "is archived", "are archived"),
            of(rule.spared, "is spared", "are spared"),
            (rule.bytes_freed > 0).then(|| bytes_in_words(rule.bytes_freed)),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let effect = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
        output::line(&format!("Rule {}: {effect}. {}", rule.rule, rule.sentence));
    }
    let totals = found.totals;
    output::line(&format!(
        "At {}: of {}, {}, {}, {}; {} freed.",
        time(at),
        counted(totals.images, "image", "images"),
        counted(totals.expired, "expires", "expire"),
        counted(totals.archived, "is archived", "are archived"),
        counted(totals.kept, "stays", "stay"),
        bytes_in_words(totals.bytes_freed)
    ));
    notes.iter().for_each(|note| output::note(note));
}
