//! A promotion for display.

use longshore_policy::rule::Registry;
use longshore_promotion::{
    gate::{GateAnswer, GateState, Standing},
    path::TagChange,
    plan::PlannedDestination,
    record::Event,
};

use super::evaluate::Evaluated;
use crate::api::{
    GateStateView, GateView, PromotedBuild, PromotedDestination, PromotedTag, PromotedTagChange,
    PromotionStanding,
};

/// A registry as path files name it: `ACCOUNT/REGION` or a host.
pub(crate) fn registry_name(registry: &Registry) -> String {
    match registry.ecr() {
        Some(ecr) => format!("{}/{}", ecr.account, ecr.region),
        None => registry.to_string(),
    }
}

/// The host under which clients reach a registry of a stage.
pub fn host(registry: &str) -> String {
    let parsed = registry.parse::<Registry>().ok().and_then(|registry| registry.host());
    parsed.unwrap_or_else(|| registry.to_owned())
}

/// A build of a promotion; the steps are not known yet.
pub(crate) fn build_view(evaluated: &Evaluated) -> PromotedBuild {
    let Evaluated { plan, report, .. } = evaluated;
    let (standing, reason) = match &evaluated.standing {
        Standing::Go => (PromotionStanding::Go, None),
        Standing::Stopped(gates) => {
            (PromotionStanding::Stopped, Some(format!("Stopped by {}.", gates.join(", "))))
        }
        Standing::Skipped(why) => (PromotionStanding::Held, Some(why.clone())),
        Standing::Blocked(why) => (PromotionStanding::Blocked, Some(why.clone())),
    };
    PromotedBuild {
        service: plan.service.to_string(),
        digest: plan.digest.to_string(),
        tag: plan.destinations.first().and_then(|one| one.tags.first()).map(|(tag, _)| tag.to_string()),
        source: plan.source.place.to_string(),
        source_tag: plan.source.tag.as_ref().map(ToString::to_string),
        before: evaluated.current.as_ref().map(ToString::to_string),
        gates: report.answers.iter().map(gate_view).collect(),
        standing,
        reason,
        hold: report.hold.as_ref().map(|hold| hold.sentence()),
        overridden: report.overridden.as_ref().map(|one| one.reason.clone()),
        holds: matches!(evaluated.event, Event::Promoted { holds: true } | Event::RolledBack),
        destinations: plan.destinations.iter().map(destination_view).collect(),
        referrers: plan.referrers.iter().map(ToString::to_string).collect(),
        plan_hash: plan.hash(),
    }
}

fn destination_view(one: &PlannedDestination) -> PromotedDestination {
    let tag = |(tag, change): &(longshore_names::Tag, TagChange)| {
        let (change, from) = match change {
            TagChange::Create => (PromotedTagChange::Create, None),
            TagChange::AlreadyThere => (PromotedTagChange::AlreadyThere, None),
            TagChange::Move { from } => (PromotedTagChange::Move, Some(from.to_string())),
            TagChange::Refused { from, .. } => (PromotedTagChange::Refused, Some(from.to_string())),
        };
        PromotedTag { tag: tag.to_string(), change, from }
    };
    PromotedDestination {
        registry: registry_name(&one.place.registry),
        repository: one.place.repository.to_string(),
        replicated: one.replicated,
        tags: one.tags.iter().map(tag).collect(),
        copy_step: None,
        tag_step: None,
    }
}

/// The answer of a gate.
pub(crate) fn gate_view(answer: &GateAnswer) -> GateView {
    GateView {
        gate: answer.gate.clone(),
        state: match answer.state {
            GateState::Pass => GateStateView::Pass,
            GateState::Fail | GateState::NotKnown => GateStateView::Fail,
            GateState::Amber => GateStateView::Amber,
            GateState::Overridden => GateStateView::Overridden,
        },
        evidence: answer.evidence.clone(),
        satisfied_by: answer.satisfied_by.clone(),
        not_checked: answer.not_checked.clone(),
        no_override: answer.no_override,
    }
}
