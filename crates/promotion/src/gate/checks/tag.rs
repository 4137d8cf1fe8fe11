//! What a tag looks like.

use longshore_names::Tag;

use crate::{
    gate::{Gate, GateAnswer},
    scheme::{TagScheme, is_moving},
};

/// The tag has the scheme.
pub(in crate::gate) fn scheme(gate: &Gate, scheme: &TagScheme, tag: Option<&Tag>) -> GateAnswer {
    let wanted = format!("Give the build {}.", scheme.wanted());
    let Some(tag) = tag else {
        return GateAnswer::missing(gate, "The build was chosen by its digest, without a tag.", wanted);
    };
    if scheme.fits(tag.as_str()) {
        return GateAnswer::pass(gate, format!("The tag `{tag}` has the scheme {scheme}."));
    }
    if is_moving(scheme, tag.as_str()) {
        let text = format!("`{tag}` is a moving tag, not one of the scheme {scheme}.");
        return GateAnswer::fail(gate, text, "Promote the build by the tag that stays with it.");
    }
    GateAnswer::fail(gate, format!("The tag `{tag}` does not have the scheme {scheme}."), wanted)
}
