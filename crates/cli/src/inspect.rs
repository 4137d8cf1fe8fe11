//! `longshore inspect`

use longshore_app::{
    access::Endpoints,
    bytes_in_words,
    transfer::{Blob, Inspected, InspectedReferrer, InspectedTotals, Inspection, inspect},
};
use longshore_names::shown;
use serde_json::json;

use crate::{
    arguments::Inspect,
    copy,
    failure::{Failure, event_of},
    output,
};

/// Maximum number of characters of a label's or an annotation's value in text.
const LONGEST: usize = 200;

/// Shows the contents of images.
pub(crate) async fn run(options: Inspect) -> Result<(), Failure> {
    let location = options.reference.parse()?;
    let as_json = options.json;
    let endpoints = Endpoints::new(copy::endpoint_options(options.open).await?);
    let totals = inspect(&endpoints, &location, |seen| match as_json {
        true => event(seen),
        false => text(seen),
    })
    .await?;
    output::notes(&endpoints.remarks().await, as_json);
    let InspectedTotals { images, not_looked_at, counts_as_pull } = totals;
    if as_json {
        output::summary(&json!({
            "event": "summary", "images": images, "not_looked_at": not_looked_at,
            "counts_as_pull": counts_as_pull,
        }));
    } else if counts_as_pull {
        output::note("ECR now counts these reads as pulls.");
    }
    match (images, not_looked_at) {
        (0, 0) => Err(Failure::Incomplete("There is no image to inspect.".to_owned())),
        (_, 0) => Ok(()),
        (0, _) => Err(Failure::Failed("Nothing could be read.".to_owned())),
        (_, 1) => Err(Failure::Incomplete("1 image could not be read.".to_owned())),
        (_, many) => Err(Failure::Incomplete(format!("{many} images could not be read."))),
    }
}

fn event(seen: &Inspection) {
    match seen {
        Inspection::Read(image) => {
            let mut value = json!({"event": "image"});
            let fields = serde_json::to_value(image).unwrap_or_default();
            if let (Some(all), serde_json::Value::Object(fields)) = (value.as_object_mut(), fields) {
                all.extend(fields);
            }
            output::json(&value);
        }
        Inspection::Failed { reference, error } => {
            output::json(&json!({"event": "failed", "reference": reference, "error": event_of(error)}));
        }
    }
}

fn text(seen: &Inspection) {
    match seen {
        Inspection::Read(image) => lines(image).iter().for_each(|line| output::line(line)),
        Inspection::Failed { reference, error } => {
            output::note(&format!("{reference}: {}", Failure::from(error.clone())));
        }
    }
}

/// An image as lines; one that is part of an index is indented.
fn lines(image: &Inspected) -> Vec<String> {
    let indent = if image.index.is_some() { "  " } else { "" };
    let platforms =
        image.platforms.iter().map(|platform| shown(platform, LONGEST)).collect::<Vec<_>>().join(", ");
    let title = match (&image.index, platforms.is_empty()) {
        (Some(_), false) => platforms.clone(),
        (Some(_), true) => image.digest.to_string(),
        (None, _) => image.reference.clone(),
    };
    let mut fields = vec![("digest", image.digest.to_string())];
    fields.push(("type", format!("{}, {}", shown(&image.media_type, LONGEST), bytes_in_words(image.size))));
    if let Some(kind) = &image.artifact_type {
        fields.push(("artifact", shown(kind, LONGEST)));
    }
    if image.index.is_none() && !platforms.is_empty() {
        fields.push(("platforms", platforms));
    }
    if let Some(created) = image.created {
        fields.push(("created", created.format("%Y-%m-%d %H:%M:%S UTC").to_string()));
    }
    if let Some(subject) = &image.subject {
        fields.push(("subject", subject.to_string()));
    }
    let mut lines = vec![format!("{indent}{title}")];
    lines.extend(fields.into_iter().map(|(name, value)| format!("{indent}  {name:<11} {value}")));
    if image.config.is_some() {
        let all = image.layers.iter().map(|layer| layer.size).sum();
        let count = image.layers.len();
        lines.push(format!("{indent}  {:<11} {count}, {}", "layers", bytes_in_words(all)));
        lines.extend(image.layers.iter().map(|layer| format!("{indent}    {}", blob(layer))));
    }
    for (name, map) in [("labels", &image.labels), ("annotations", &image.annotations)] {
        if map.is_empty() {
            continue;
        }
        lines.push(format!("{indent}  {name}"));
        let pairs = map.iter().map(|(key, value)| (shown(key, LONGEST), shown(value, LONGEST)));
        lines.extend(pairs.map(|(key, value)| format!("{indent}    {key}={value}")));
    }
    if let Some(referrers) = &image.referrers {
        let count = if referrers.is_empty() { "none".to_owned() } else { referrers.len().to_string() };
        lines.push(format!("{indent}  {:<11} {count}", "referrers"));
        lines.extend(referrers.iter().map(|referrer| format!("{indent}    {}", of_referrer(referrer))));
    }
    lines
}

fn blob(blob: &Blob) -> String {
    format!("{}  {}", blob.digest, bytes_in_words(blob.size))
}

fn of_referrer(referrer: &InspectedReferrer) -> String {
    let kind = referrer.artifact_type.as_deref().unwrap_or(&referrer.blob.media_type);
    let tag = referrer
        .tag
        .as_ref()
        .map(|tag| format!(" ({})", tag.as_str().rsplit('.').next().unwrap_or_default()));
    format!("{}  {}{}", blob(&referrer.blob), shown(kind, LONGEST), tag.unwrap_or_default())
}
