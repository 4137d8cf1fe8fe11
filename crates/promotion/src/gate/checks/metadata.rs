//! Labels and annotations.

use std::collections::BTreeMap;

use super::list;
use crate::{
    gate::{Evidence, Gate, GateAnswer},
    scheme::CustomScheme,
};

/// The image's labels match.
pub(in crate::gate) fn labels(
    gate: &Gate,
    patterns: &BTreeMap<String, CustomScheme>,
    found: &Evidence<BTreeMap<String, String>>,
) -> GateAnswer {
    check(gate, "label", patterns, found)
}

/// The manifest's annotations match.
pub(in crate::gate) fn annotations(
    gate: &Gate,
    patterns: &BTreeMap<String, CustomScheme>,
    found: &Evidence<BTreeMap<String, String>>,
) -> GateAnswer {
    check(gate, "annotation", patterns, found)
}

fn check(
    gate: &Gate,
    word: &str,
    patterns: &BTreeMap<String, CustomScheme>,
    found: &Evidence<BTreeMap<String, String>>,
) -> GateAnswer {
    let names: Vec<String> = patterns.keys().map(|name| format!("`{name}`")).collect();
    let set = format!(
        "Build the image with the {word}{} {}.",
        if names.len() == 1 { "" } else { "s" },
        list(&names)
    );
    let none = BTreeMap::new();
    let found = match found {
        Evidence::Known(found) => found,
        Evidence::Missing => &none,
        Evidence::NotKnown(why) => {
            let text = format!("The {word}s were not read: {why}.");
            return GateAnswer::not_known(gate, text, "Evaluate again when the image can be read.");
        }
    };
    let (mut wrong, mut missing) = (Vec::new(), Vec::new());
    for (name, pattern) in patterns {
        match found.get(name).map(String::as_str) {
            None => missing.push(format!("The {word} `{name}` is missing.")),
            // A build ARG that is not declared in the Dockerfile under this name is empty.
            Some("") => wrong.push(format!("The {word} `{name}` is empty: has the build ARG the same name?")),
            Some(value) if !pattern.matches(value) => {
                let value = longshore_names::shown(value, 100);
                wrong.push(format!(
                    "The {word} `{name}` is `{value}`, which does not match `{}`.",
                    pattern.as_str()
                ));
            }
            Some(_) => {}
        }
    }
    if !wrong.is_empty() {
        wrong.extend(missing);
        return GateAnswer::fail(gate, wrong.join(" "), set);
    }
    if !missing.is_empty() {
        return GateAnswer::missing(gate, missing.join(" "), set);
    }
    let values = patterns.keys().filter_map(|name| Some((name, found.get(name)?)));
    let values: Vec<String> =
        values.map(|(name, value)| format!("`{name}` is `{}`", longshore_names::shown(value, 100))).collect();
    GateAnswer::pass(gate, format!("The {word} {}.", list(&values)))
}
