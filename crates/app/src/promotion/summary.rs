//! How a promotion ended: the last line of `longshore promote --json`.

use longshore_names::{Digest, Tag};
use longshore_promotion::{
    DestinationSummary, Exit, PathName, Place, StageName, Summary,
    barrier::DestinationState,
    gate::{GateAnswer, GateReport, GateState},
};
use serde_json::Value;

use crate::api::{
    ApiError, GateStateView, GateView, PromotedBuild, PromotedDestination, PromotionView, RunState, RunView,
};

/// The summary of one build: `{"event":"summary","path","stage","build","tag","gates","destinations","record",
/// "exit"}`. `record` is the hash of its entry in the record.
///
/// # Errors
/// When the view is not one that a plan made.
pub fn summary(
    promotion: &PromotionView,
    build: &PromotedBuild,
    run: Option<&RunView>,
    record: Option<String>,
    exit: Exit,
) -> Result<Value, ApiError> {
    let path: PathName = promotion.path.parse().map_err(|_| unlike("path"))?;
    let stage: StageName = promotion.stage.parse().map_err(|_| unlike("stage"))?;
    let digest: Digest = build.digest.parse().map_err(|_| unlike("build"))?;
    let tag = build.tag.as_ref().map(|tag| tag.parse::<Tag>()).transpose().map_err(|_| unlike("tag"))?;
    let report = GateReport {
        digest: digest.clone(),
        answers: build.gates.iter().map(answer).collect(),
        hold: None,
        block: None,
        overridden: None,
    };
    let destinations = build.destinations.iter().map(|one| destination(one, &digest, run));
    let destinations = destinations.collect::<Result<Vec<_>, ApiError>>()?;
    let summary = Summary::new((&path, &stage), tag, &report, destinations, record, exit);
    Ok(serde_json::to_value(summary)?)
}

fn unlike(what: &str) -> ApiError {
    ApiError::internal(format!("The {what} of a promotion is not one."))
}

fn answer(view: &GateView) -> GateAnswer {
    GateAnswer {
        gate: view.gate.clone(),
        state: match view.state {
            GateStateView::Pass => GateState::Pass,
            GateStateView::Fail => GateState::Fail,
            GateStateView::Amber => GateState::Amber,
            GateStateView::Overridden => GateState::Overridden,
        },
        evidence: view.evidence.clone(),
        satisfied_by: view.satisfied_by.clone(),
        not_checked: view.not_checked.clone(),
        no_override: view.no_override,
    }
}

fn destination(
    one: &PromotedDestination,
    digest: &Digest,
    run: Option<&RunView>,
) -> Result<DestinationSummary, ApiError> {
    let registry = one.registry.parse().map_err(|_| unlike("registry"))?;
    let place = Place::new(registry, one.repository.parse().map_err(|_| unlike("repository"))?);
    let tag = one.tags.first().map(|one| one.tag.parse::<Tag>()).transpose().map_err(|_| unlike("tag"))?;
    Ok(DestinationSummary::new(&place, tag, digest.clone(), &state(one, digest, run)))
}

/// How far a run came with a destination.
fn state(one: &PromotedDestination, digest: &Digest, run: Option<&RunView>) -> DestinationState {
    let step = |index: Option<u32>| run?.steps.get(usize::try_from(index?).ok()?);
    let done = |state: RunState| matches!(state, RunState::Done | RunState::Skipped);
    for (index, is_tag) in [(one.tag_step, true), (one.copy_step, false)] {
        let Some(step) = step(index) else { continue };
        match step.state {
            state if done(state) && is_tag => return DestinationState::Tagged(digest.clone()),
            state if done(state) => return DestinationState::Proven,
            RunState::Failed => {
                let why = step.error.as_ref().map(|error| error.message.clone());
                return DestinationState::Failed(why.unwrap_or_default());
            }
            RunState::Running | RunState::Cancelled | RunState::Interrupted if !is_tag => {
                return DestinationState::Copying;
            }
            _ => {}
        }
    }
    DestinationState::Waiting
}
