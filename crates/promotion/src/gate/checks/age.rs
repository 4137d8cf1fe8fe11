//! How long a build has been in the stage before.

use chrono::TimeDelta;
use longshore_policy::rule::in_words;

use super::presence::{Found, find};
use crate::{
    gate::{Gate, GateAnswer, GateFacts},
    place::Since,
};

/// The build has been at every destination of the stage before for at least this long. The latest arrival
/// counts.
pub(in crate::gate) fn minimum(gate: &Gate, least: TimeDelta, facts: &GateFacts) -> GateAnswer {
    let wait = format!("Promote it {} after it entered the stage before.", in_words(least));
    let found = match find(gate, facts) {
        Ok(Found { images, .. }) => images,
        Err(answer) => return *answer,
    };
    let mut youngest: Option<Since> = None;
    for (place, image) in found {
        let Some(since) = image.since else {
            let text = format!("It is not known since when {place} has the build.");
            return GateAnswer::not_known(
                gate,
                text,
                "Connect the registry, so that its push time is read or seen.",
            );
        };
        youngest = Some(youngest.filter(|young| young.at() >= since.at()).unwrap_or(since));
    }
    let Some(since) = youngest else {
        return GateAnswer::not_known(gate, "The stage before has no destination.", wait);
    };
    let at = since.at().format("%Y-%m-%d %H:%M UTC");
    let how = match since {
        Since::Pushed(_) => format!("pushed {at}"),
        Since::FirstSeen(_) => format!("first seen {at}, because the registry has no push times"),
    };
    let age = facts.now - since.at();
    if age < TimeDelta::zero() {
        let text =
            format!("The build was {how}, which is in the future: the clock of this computer is behind.");
        return GateAnswer::not_known(gate, text, "Set the clock of this computer.");
    }
    let text = format!("The build has been in the stage before for {} ({how}).", in_words(age));
    if age >= least {
        return GateAnswer::pass(gate, text);
    }
    let ready = (since.at() + least).format("%Y-%m-%d %H:%M UTC");
    GateAnswer::fail(gate, text, format!("Wait until {ready}; it must be there for {}.", in_words(least)))
}
