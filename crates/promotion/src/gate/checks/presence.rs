//! Whether the stage before has a build.

use super::list;
use crate::{
    gate::{Evidence, Gate, GateAnswer, GateFacts},
    names::StageName,
    place::{Place, StagedImage},
};

/// The build at every destination of the stage before.
pub(super) struct Found<'a> {
    pub(super) stage: &'a StageName,
    pub(super) images: Vec<(&'a Place, &'a StagedImage)>,
}

/// Looks for the build at every destination of the stage before.
///
/// # Errors
/// With the answer, if it is not everywhere or nobody can say.
pub(super) fn find<'a>(gate: &Gate, facts: &'a GateFacts) -> Result<Found<'a>, Box<GateAnswer>> {
    let digest = &facts.build.digest;
    let Some(previous) = &facts.previous else {
        let text = "This is the first stage, so no stage is before it.";
        return Err(Box::new(GateAnswer::fail(gate, text, "Remove the gate from the first stage.")));
    };
    let stage = &previous.stage;
    let (mut images, mut without, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for (place, listed) in &previous.images {
        match listed {
            Evidence::Known(list) => match list.iter().find(|image| image.digest == *digest) {
                Some(image) => images.push((place, image)),
                None => without.push(place.to_string()),
            },
            Evidence::Missing => without.push(place.to_string()),
            Evidence::NotKnown(why) => unread.push(format!("{place} ({why})")),
        }
    }
    let promote = format!("Promote the build to `{stage}` first.");
    if !without.is_empty() {
        let text = format!("The stage `{stage}` does not have {} in {}.", digest.short(), list(&without));
        return Err(Box::new(GateAnswer::missing(gate, text, promote)));
    }
    if !unread.is_empty() || images.is_empty() {
        let text = match unread.as_slice() {
            [] => format!("No destination of the stage `{stage}` was read."),
            unread => format!("The stage `{stage}` could not be read: {}.", list(unread)),
        };
        return Err(Box::new(GateAnswer::not_known(
            gate,
            text,
            "Give the account access to the stage before.",
        )));
    }
    Ok(Found { stage, images })
}

/// Every destination of the stage before has the build.
pub(in crate::gate) fn in_previous(gate: &Gate, facts: &GateFacts) -> GateAnswer {
    match find(gate, facts) {
        Ok(Found { stage, images }) => {
            let places: Vec<String> = images.iter().map(|(place, _)| place.to_string()).collect();
            let digest = facts.build.digest.short();
            GateAnswer::pass(gate, format!("The stage `{stage}` has {digest} in {}.", list(&places)))
        }
        Err(answer) => *answer,
    }
}
