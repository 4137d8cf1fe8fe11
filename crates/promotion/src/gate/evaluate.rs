//! Evaluates gates.

use super::{
    Gate, GateAnswer, GateFacts, GateKind,
    checks::{age, approvals, image, metadata, presence, superseded, tag},
};

/// The answer of every gate, in their order.
pub fn evaluate(gates: &[Gate], facts: &GateFacts) -> Vec<GateAnswer> {
    gates.iter().map(|gate| answer(gate, facts)).collect()
}

fn answer(gate: &Gate, facts: &GateFacts) -> GateAnswer {
    let build = &facts.build;
    match &gate.kind {
        GateKind::MinimumAge(least) => age::minimum(gate, *least, facts),
        GateKind::InPreviousStage => presence::in_previous(gate, facts),
        GateKind::TagScheme(scheme) => tag::scheme(gate, scheme, build.tag.as_ref()),
        GateKind::Labels(patterns) => metadata::labels(gate, patterns, &build.labels),
        GateKind::Annotations(patterns) => metadata::annotations(gate, patterns, &build.annotations),
        GateKind::Platforms(wanted) => image::platforms(gate, wanted, &build.platforms),
        GateKind::MaximumSize(most) => image::size(gate, *most, &build.platforms),
        GateKind::Scan(rule) => rule.answer(gate, &build.platforms, &build.scans, facts.now),
        GateKind::Signature(rule) => rule.answer(gate, build),
        GateKind::Attestation(rule) => rule.answer(gate, build),
        GateKind::NotSuperseded => superseded::check(gate, facts),
        GateKind::Freeze(freeze) => freeze.answer(gate, facts.now),
        GateKind::Command(external) | GateKind::Webhook(external) => external.answer(gate, facts),
        GateKind::Approvals(count) => approvals::check(gate, *count, &facts.approvals),
    }
}
