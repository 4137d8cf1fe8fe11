//! The end of a plan or a run: for people, for programs, and as an exit code.

use longshore_app::{
    bytes_in_words,
    transfer::{CopyPlan, Failure as Cause, ImageEnd, ImageOutcome, RunEnd, RunOutcome},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{left_behind::LeftBehind, width::fitted};
use crate::{
    failure::{Failure, in_lines},
    output,
};

/// Full references for the names that are used between two registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    source: String,
    destination: String,
}

impl Names {
    /// Those of a plan.
    pub(crate) fn of(plan: &CopyPlan) -> Self {
        Self { source: plan.source.clone(), destination: plan.destination.clone() }
    }

    /// A reference at the source.
    pub(crate) fn source(&self, name: &str) -> String {
        full(&self.source, name)
    }

    /// A reference at the destination.
    pub(crate) fn destination(&self, name: &str) -> String {
        full(&self.destination, name)
    }
}

fn full(registry: &str, name: &str) -> String {
    if registry.starts_with("docker-archive:") || registry.starts_with("oci-archive:") {
        return format!("{registry}:{name}");
    }
    if !registry.starts_with("oci:") {
        return format!("{registry}/{name}");
    }
    // A directory has no repositories.
    match (name.split_once('@'), name.rsplit_once(':')) {
        (Some((_, digest)), _) => format!("{registry}@{digest}"),
        (None, Some((_, tag))) => format!("{registry}:{tag}"),
        (None, None) => registry.to_owned(),
    }
}

/// One image of a summary.
#[derive(Serialize)]
struct Image<'a> {
    source: String,
    destination: String,
    digest: Option<String>,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Cause>,
}

/// Ends `--plan`: prints the summary, and decides whether the plan would run and do everything.
pub(crate) fn end_of_plan(
    names: &Names,
    plan: &CopyPlan,
    accept_expiry: bool,
    left: LeftBehind,
    as_json: bool,
) -> Result<(), Failure> {
    if as_json {
        let images: Vec<Image<'_>> = plan
            .images
            .iter()
            .map(|image| Image {
                source: names.source(&image.source_name()),
                destination: names.destination(&image.destination_name()),
                digest: image.digest.as_ref().map(ToString::to_string),
                action: image.action.word(),
                error: None,
            })
            .collect();
        output::summary(&json!({
            "event": "summary", "plan": true, "run": Value::Null,
            "copied": 0, "retagged": 0, "mounted": 0, "skipped": plan.totals.skip,
            "conflicts": plan.totals.conflict, "failed": plan.totals.unavailable,
            "bytes_moved": 0, "bytes_saved": 0, "requests": 0, "proof": Value::Null,
            "planned": plan.totals, "expiring": plan.expiry.total(),
            "referrers_not_copied": left.count(), "images": images,
        }));
    } else {
        left.line().iter().for_each(|line| output::line(line));
    }
    match (plan.totals.conflict, plan.totals.unavailable) {
        (0, 0) => match super::expiry::agreed(plan, accept_expiry) {
            Ok(()) => Ok(()),
            Err(error) => Err(Failure::Incomplete(in_lines(&error))),
        },
        (0, gone) if gone == plan.images.len() => {
            Err(Failure::Failed(format!("{gone} of {gone} images are unavailable.")))
        }
        (conflicts, gone) => Err(Failure::Incomplete(incomplete(conflicts, gone, 0, plan.images.len()))),
    }
}

/// Ends a run: prints the summary, and decides the result.
///
/// `report` is the reason why its report could not be written.
pub(crate) fn end_of_run(
    names: &Names,
    outcome: &RunOutcome,
    left: LeftBehind,
    report: Option<Failure>,
    as_json: bool,
) -> Result<(), Failure> {
    let summary = &outcome.summary;
    if as_json {
        let mut value = json_of(names, outcome, left);
        if let Some(failure) = &report {
            value["error"] = failure.event();
        }
        output::summary(&value);
    } else {
        output::line(&fitted(&format!(
            "{} copied, {} retagged, {} mounted, {} already there; {} uploaded, {} reused; {} requests.",
            summary.copied,
            summary.retagged,
            summary.mounted,
            summary.skipped,
            bytes_in_words(summary.bytes_moved),
            bytes_in_words(summary.bytes_saved),
            summary.requests,
        )));
        left.line().iter().for_each(|line| output::line(&fitted(line)));
    }
    if let Some(failure) = report {
        return Err(failure);
    }
    let all = outcome.images.len();
    let text = incomplete(summary.conflicts, summary.failed, summary.not_linked, all);
    match summary.end {
        RunEnd::Done => Ok(()),
        RunEnd::Cancelled => Err(Failure::Stopped(format!("longshore runs resume {}", summary.run))),
        RunEnd::Incomplete if summary.failed == all => Err(Failure::Failed(text)),
        RunEnd::Incomplete => Err(Failure::Incomplete(text)),
    }
}

/// The summary of a run as an event.
fn json_of(names: &Names, outcome: &RunOutcome, left: LeftBehind) -> Value {
    let summary = &outcome.summary;
    json!({
        "event": "summary", "run": summary.run, "end": summary.end,
        "copied": summary.copied, "retagged": summary.retagged, "mounted": summary.mounted,
        "skipped": summary.skipped, "conflicts": summary.conflicts, "failed": summary.failed,
        "not_linked": summary.not_linked,
        "bytes_moved": summary.bytes_moved, "bytes_saved": summary.bytes_saved,
        "requests": summary.requests, "proof": summary.proof,
        "referrers_not_copied": left.count(), "images": images(names, outcome),
    })
}

/// The images of a summary.
pub(crate) fn images(names: &Names, outcome: &RunOutcome) -> Vec<Value> {
    let one = |image: &ImageOutcome| {
        let image = Image {
            source: names.source(&image.source),
            destination: names.destination(&image.destination),
            digest: image.digest.as_ref().map(ToString::to_string),
            action: &image.action,
            error: image.error.as_ref().filter(|_| image.end != ImageEnd::Done),
        };
        serde_json::to_value(image).unwrap_or_default()
    };
    outcome.images.iter().map(one).collect()
}

/// What a run did not do, as a sentence.
pub(crate) fn incomplete(conflicts: usize, failed: usize, not_linked: usize, all: usize) -> String {
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{failed} of {all} images failed or are unavailable"));
    }
    if conflicts > 0 {
        parts.push(format!(
            "{conflicts} of {all} tags in conflict: the destination tag has another digest and is kept"
        ));
    }
    match not_linked {
        0 => {}
        1 => parts.push("1 signature, SBOM or attestation could not be copied".to_owned()),
        many => parts.push(format!("{many} signatures, SBOMs and attestations could not be copied")),
    }
    parts.join("; ") + "."
}
