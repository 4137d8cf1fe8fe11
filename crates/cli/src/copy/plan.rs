//! A plan for display.

use longshore_app::{
    bytes_in_words,
    transfer::{CopyPlan, PlanTotals, PlannedImage},
};
use serde_json::json;

use super::summary::Names;
use crate::output;

/// Prints a plan: an event for every image, or a table.
pub(crate) fn show(plan: &CopyPlan, as_json: bool) {
    let names = Names::of(plan);
    if as_json {
        for image in &plan.images {
            output::json(&json!({
                "event": "image",
                "source": names.source(&image.source_name()),
                "destination": names.destination(&image.destination_name()),
                "digest": image.digest,
                "action": image.action.word(),
                "bytes_to_move": image.bytes_to_move,
                "bytes_to_mount": image.bytes_to_mount,
                "bytes_present": image.bytes_present,
                "explanation": image.explanation,
            }));
        }
    } else {
        text(plan).iter().for_each(|line| output::line(line));
    }
}

/// The plan as lines.
pub(crate) fn text(plan: &CopyPlan) -> Vec<String> {
    let mut lines = vec![format!("From {} to {}:", plan.source, plan.destination)];
    lines.extend(plan.images.iter().map(row));
    lines.extend(plan.create_repositories.iter().map(|name| format!("  create      {name}")));
    lines.push(totals(&plan.totals));
    lines
}

fn row(image: &PlannedImage) -> String {
    format!("  {:<11} {}", image.action.word(), image.explanation)
}

fn totals(totals: &PlanTotals) -> String {
    let counted = [
        (totals.copy, "to copy"),
        (totals.mount, "to mount"),
        (totals.retag, "to retag"),
        (totals.attach, "to receive referrers"),
        (totals.skip, "already there"),
        (totals.keep, "left unchanged"),
        (totals.conflict, "in conflict"),
        (totals.unavailable, "unavailable"),
    ];
    let counted: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let images = if counted.is_empty() { "nothing to do".to_owned() } else { counted.join(", ") };
    let mut parts = vec![format!("{} to upload", bytes_in_words(totals.bytes_to_move))];
    if totals.bytes_to_mount > 0 {
        parts.push(format!("{} to mount", bytes_in_words(totals.bytes_to_mount)));
    }
    if totals.bytes_saved > 0 {
        parts.push(format!("{} already there", bytes_in_words(totals.bytes_saved)));
    }
    if totals.bytes_elsewhere > 0 {
        parts.push(format!("{} that other shards upload", bytes_in_words(totals.bytes_elsewhere)));
    }
    if totals.bytes_twice > 0 {
        parts.push(format!("{} that may be sent twice", bytes_in_words(totals.bytes_twice)));
    }
    match totals.foreign {
        0 => {}
        1 => parts.push("1 layer not copied, because it may not be distributed".to_owned()),
        many => parts.push(format!("{many} layers not copied, because they may not be distributed")),
    }
    format!("Plan: {images}; {}; about {} requests.", parts.join(", "), totals.requests)
}
