//! The effect of the destination's lifecycle policies after a copy, for display.

use longshore_app::{
    api::ApiError,
    transfer::{CopyPlan, Expiring, RepositoryExpiry},
};
use serde_json::json;

use super::summary::Names;
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Maximum number of lines if the images are not the requested output.
const FEW: usize = 20;

/// Prints what would expire, and what is unknown: an event for each image, or lines of text; with
/// `whole`, everything in the plan.
pub(crate) fn show(plan: &CopyPlan, whole: bool, as_json: bool) {
    let names = Names::of(plan);
    if as_json {
        events(plan, &names);
    } else {
        let most = if whole { usize::MAX } else { FEW };
        text(plan, &names, most).iter().for_each(|line| output::line(line));
    }
}

fn events(plan: &CopyPlan, names: &Names) {
    for of in &plan.expiry.repositories {
        let destination = names.destination(of.repository.as_str());
        for image in &of.images {
            output::json(&json!({
                "event": "expire", "destination": destination, "digest": image.digest, "tags": image.tags,
                "more_tags": image.more_tags, "incoming": image.incoming, "anyway": image.anyway,
                "action": image.action, "rule": image.rule, "reason": reason(image),
            }));
        }
        if let Some(error) = &of.unknown {
            output::json(&json!({
                "event": "expiry_unknown", "destination": destination, "error": error,
            }));
        }
    }
}

fn text(plan: &CopyPlan, names: &Names, most: usize) -> Vec<String> {
    let expiry = &plan.expiry;
    let rows = expiry.repositories.iter().flat_map(|of| of.images.iter().map(move |image| (of, image)));
    let mut lines: Vec<String> = rows.take(most).map(|(of, image)| row(names, of, image)).collect();
    let more = expiry.total() - lines.len();
    if more > 0 {
        lines.push(format!("  expire      {}", counted(more, "more image")));
    }
    for of in &expiry.repositories {
        let name = names.destination(of.repository.as_str());
        if let Some(failure) = &of.unknown {
            lines.push(format!(
                "  warning     the effect of the lifecycle policy of {name} is unknown: {}",
                failure.in_words()
            ));
        }
        if of.untagged > 0 {
            lines.push(format!(
                "  note        the lifecycle policy of {name} selects {} regardless of the copy; those that an index lists stay",
                counted(of.untagged, "untagged image")
            ));
        }
    }
    if expiry.total() > 0 {
        lines.push(sum(expiry.total(), expiry.incoming()));
    }
    lines
}

fn sum(total: usize, incoming: usize) -> String {
    let images = counted(total, "image");
    match incoming {
        0 => format!("After the copy, lifecycle policies will expire {images}."),
        _ if incoming == total => {
            format!("After the copy, lifecycle policies will expire {images} that it copies.")
        }
        _ => format!(
            "After the copy, lifecycle policies will expire {images}, {incoming} of them just copied."
        ),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn row(names: &Names, of: &RepositoryExpiry, image: &Expiring) -> String {
    let repository = names.destination(of.repository.as_str());
    let mut name = match image.tags.first() {
        Some(tag) => format!("{repository}:{tag}"),
        None => format!("{repository}@{}", image.digest.short()),
    };
    let others = image.tags.len().saturating_sub(1) + image.more_tags;
    match others {
        0 => {}
        1 => name += " and another tag",
        many => name += &format!(" and {many} more tags"),
    }
    let whence = match (image.incoming, image.anyway) {
        (true, _) => "just copied",
        (false, true) => "already there; expires with or without the copy",
        (false, false) => "already there",
    };
    let word = match image.action {
        longshore_app::transfer::ExpiryAction::Expire => "expire",
        longshore_app::transfer::ExpiryAction::Archive => "archive",
    };
    format!("  {word:<11} {name}, {whence}; rule {}: {}", image.rule, reason(image))
}

fn reason(image: &Expiring) -> String {
    match &image.subject {
        Some(subject) => format!("It refers to {}, which expires.", subject.short()),
        None => image.reason.clone(),
    }
}

/// Checks that a plan may run without `--accept-expiry`.
///
/// # Errors
/// `expiry-not-accepted`, when something would expire.
pub(crate) fn agreed(plan: &CopyPlan, accepted: bool) -> Result<(), ApiError> {
    plan.expiry.agreed(&plan.destination, accepted).map_err(|error| with_option(error.into()))
}

/// Adds a hint with the option that allows the same call.
pub(crate) fn with_option(error: ApiError) -> ApiError {
    if error.code != "expiry-not-accepted" {
        return error;
    }
    error.hint("Check what would expire; --accept-expiry copies anyway.")
}

/// Ends a copy that was refused and did nothing.
pub(super) fn refused(names: &Names, plan: &CopyPlan, error: ApiError, as_json: bool) -> Failure {
    if as_json {
        let images = plan.images.iter().map(|image| {
            json!({
                "source": names.source(&image.source_name()),
                "destination": names.destination(&image.destination_name()),
                "digest": image.digest, "action": image.action.word(),
            })
        });
        output::summary(&json!({
            "event": "summary", "run": null, "end": "refused", "copied": 0, "retagged": 0, "mounted": 0,
            "skipped": 0, "conflicts": 0, "failed": 0, "bytes_moved": 0, "bytes_saved": 0, "requests": 0,
            "proof": null, "expiring": plan.expiry.total(),
            "referrers_not_copied": null, "error": event_of(&error), "images": images.collect::<Vec<_>>(),
        }));
    }
    error.into()
}
