//! Whether a later build is in the stage before.

use super::presence::{Found, find};
use crate::gate::{Evidence, Gate, GateAnswer, GateFacts};

/// No later build is in the stage before: by the order of tags where the scheme has one, else by the
/// time of arrival.
pub(in crate::gate) fn check(gate: &Gate, facts: &GateFacts) -> GateAnswer {
    let (stage, found) = match find(gate, facts) {
        Ok(Found { stage, images }) => (stage, images),
        Err(answer) => return *answer,
    };
    let Some(previous) = &facts.previous else {
        return GateAnswer::fail(
            gate,
            "No stage is before this one.",
            "Remove the gate from the first stage.",
        );
    };
    let mut unsure = None;
    for ((_, own), (place, listed)) in found.iter().zip(&previous.images) {
        let Evidence::Known(images) = listed else { continue };
        let others = images.iter().filter(|image| image.digest != own.digest && !image.tags.is_empty());
        for other in others {
            match other.is_later_than(own, facts.scheme.as_ref()) {
                Some(true) => {
                    let name = other.tags.first().map(ToString::to_string).unwrap_or_default();
                    let text = format!("{place} has a later build, `{name}` ({}).", other.digest.short());
                    return GateAnswer::fail(gate, text, format!("Promote `{name}` instead."));
                }
                Some(false) => {}
                None => unsure = Some(format!("{place}: it is not known which of two builds is later")),
            }
        }
    }
    match unsure {
        Some(text) => {
            let way_out = "Give the service a tag scheme that has an order.";
            GateAnswer::not_known(gate, format!("{text}."), way_out)
        }
        None => GateAnswer::pass(gate, format!("The stage `{stage}` has no later build.")),
    }
}
