//! Which layers that were not given could change an answer.

use super::ways::{Held, Setting};
use crate::iam::authorize::{
    Action, Layer, Subject, Target,
    matching::Grant,
    subject::{given, may_exist},
};

/// The layers that were not given and could change the answer.
///
/// Any of them could deny what is allowed or unknown. What is not allowed stays so, unless the layers
/// that can allow do.
pub(super) fn unseen(
    subject: &Subject,
    action: &Action,
    target: &Target,
    possible: &Held,
    setting: Setting,
    is_not_allowed: bool,
) -> Vec<Layer> {
    let missing = Layer::ALL.into_iter().filter(|layer| {
        given(*layer, subject, target).is_none() && may_exist(*layer, &subject.caller, action)
    });
    let missing: Vec<Layer> = missing.collect();
    if !is_not_allowed {
        return missing;
    }
    let can_allow: Vec<Layer> =
        missing.into_iter().filter(|layer| allowing(*layer, *possible) != *possible).collect();
    let with = |layers: &[Layer]| layers.iter().fold(*possible, |held, layer| allowing(*layer, held));
    let allows = |layers: &[Layer]| with(layers).way(setting).is_ok();
    // A layer counts if, together with some of the others, it makes the difference.
    let counts = |layer: &Layer| {
        let others: Vec<Layer> = can_allow.iter().copied().filter(|other| other != layer).collect();
        (0..1_usize << others.len()).any(|chosen| {
            let some: Vec<Layer> = others
                .iter()
                .enumerate()
                .filter(|(i, _)| chosen >> i & 1 == 1)
                .map(|(_, one)| *one)
                .collect();
            !allows(&some) && allows(&[some.clone(), vec![*layer]].concat())
        })
    };
    can_allow.iter().copied().filter(counts).collect()
}

/// What would be held if a layer allowed everything.
fn allowing(layer: Layer, held: Held) -> Held {
    match layer {
        Layer::Identity => Held { identity: true, ..held },
        Layer::Resource => Held { resource: Some(Grant::Direct), account: true, ..held },
        Layer::Session => Held { session: Some(true), ..held },
        Layer::Boundary | Layer::Scp | Layer::Rcp => held,
    }
}
