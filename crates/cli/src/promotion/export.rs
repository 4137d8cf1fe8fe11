//! `longshore promotion export`: what stages have, for other programs.

use longshore_app::api::{PromotionEntry, PromotionsAt};
use serde_json::{Value, json};

use super::{arguments::Form, moment, record::event};
use crate::{failure::Failure, manage::Managed, output};

/// Prints what stages had at a time.
pub(super) async fn run(
    managed: &Managed,
    at: Option<&str>,
    (path, stage): (Option<String>, Option<String>),
    form: Form,
) -> Result<(), Failure> {
    let at = at.map(moment).transpose()?.unwrap_or_else(chrono::Utc::now);
    let mut entries = managed.app.promotions_at(PromotionsAt { space: managed.space, at }).await?;
    let fits = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    entries.retain(|entry| fits(&path, &entry.path) && fits(&stage, &entry.stage));
    if managed.json {
        entries.iter().for_each(|entry| output::json(&event(entry)));
        output::summary(&json!({"event": "summary", "at": at, "entries": entries.len()}));
        return Ok(());
    }
    let one_stage =
        entries.iter().all(|entry| entry.stage == entries[0].stage && entry.path == entries[0].path);
    if form != Form::Plain && !one_stage {
        return Err(Failure::Usage(
            "Name one stage with --path and --stage: each has its own images.".into(),
        ));
    }
    match form {
        Form::Plain => entries.iter().for_each(plain),
        Form::Kustomize => output::whole(&kustomize(&entries)),
        Form::HelmValues => output::whole(&helm(&entries)),
        Form::Ecs => {
            let text = serde_json::to_string_pretty(&ecs(&entries)).unwrap_or_default();
            output::whole(&format!("{text}\n"));
        }
    }
    Ok(())
}

/// The repository of an entry's first destination, with the host that clients use.
fn repository(entry: &PromotionEntry) -> Option<String> {
    let first = entry.destinations.first()?;
    let host = longshore_app::promotion::host(&first.registry);
    Some(format!("{host}/{}", first.repository))
}

fn reference(entry: &PromotionEntry) -> Option<String> {
    Some(format!("{}@{}", repository(entry)?, entry.digest.as_deref()?))
}

fn service(entry: &PromotionEntry) -> &str {
    entry.service.as_deref().unwrap_or_default()
}

fn plain(entry: &PromotionEntry) {
    if let Some(reference) = reference(entry) {
        let stage = entry.stage.as_deref().unwrap_or_default();
        output::line(&format!("{stage}  {}  {reference}", service(entry)));
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn kustomize(entries: &[PromotionEntry]) -> String {
    let mut text = "images:\n".to_owned();
    for entry in entries {
        let (Some(repository), Some(digest)) = (repository(entry), entry.digest.as_deref()) else { continue };
        let name = quoted(service(entry));
        text.push_str(&format!(
            "  - name: {name}\n    newName: {}\n    digest: {}\n",
            quoted(&repository),
            quoted(digest)
        ));
    }
    text
}

fn helm(entries: &[PromotionEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let (Some(repository), Some(digest)) = (repository(entry), entry.digest.as_deref()) else { continue };
        let tag = entry.destinations.first().and_then(|one| one.tag.as_deref()).unwrap_or_default();
        text.push_str(&format!(
            "{}:\n  image:\n    repository: {}\n    tag: {}\n    digest: {}\n",
            quoted(service(entry)),
            quoted(&repository),
            quoted(tag),
            quoted(digest)
        ));
    }
    text
}

fn ecs(entries: &[PromotionEntry]) -> Value {
    let container =
        |entry: &PromotionEntry| Some(json!({"name": service(entry), "image": reference(entry)?}));
    json!({"containerDefinitions": entries.iter().filter_map(container).collect::<Vec<_>>()})
}
