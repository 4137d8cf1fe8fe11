//! Platforms and size.

use longshore_names::parse_platform;

use super::list;
use crate::gate::{Evidence, Gate, GateAnswer, PlatformFacts};

/// The build has all wanted platforms.
pub(in crate::gate) fn platforms(
    gate: &Gate,
    wanted: &[String],
    found: &Evidence<Vec<PlatformFacts>>,
) -> GateAnswer {
    let found = match read(gate, found) {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let have: Vec<String> = found.iter().map(|one| longshore_names::shown(&one.platform, 60)).collect();
    let missing = wanted.iter().filter(|wanted| !found.iter().any(|one| fits(wanted, &one.platform)));
    let missing: Vec<String> = missing.cloned().collect();
    if missing.is_empty() {
        return GateAnswer::pass(gate, format!("The build has {}.", list(&have)));
    }
    let text = format!("The build has {}, but not {}.", list(&have), list(&missing));
    GateAnswer::fail(gate, text, format!("Build the image for {} too.", list(&missing)))
}

/// Whether an image's platform is the wanted one; without a variant, any variant is.
fn fits(wanted: &str, platform: &str) -> bool {
    match (parse_platform(wanted), parse_platform(platform)) {
        (Ok((os, architecture, variant)), Ok(found)) => {
            os == found.0 && architecture == found.1 && (variant.is_none() || variant == found.2)
        }
        _ => false,
    }
}

/// No platform of the build has more than `most` bytes.
pub(in crate::gate) fn size(gate: &Gate, most: u64, found: &Evidence<Vec<PlatformFacts>>) -> GateAnswer {
    let found = match read(gate, found) {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let Some(PlatformFacts { platform, bytes: largest, .. }) = found.iter().max_by_key(|one| one.bytes)
    else {
        return GateAnswer::not_known(gate, "The build has no platform.", "Build an image.");
    };
    let platform = longshore_names::shown(platform, 60);
    let text =
        format!("The largest platform, {platform}, has {}; {} are allowed.", bytes(*largest), bytes(most));
    if *largest <= most {
        return GateAnswer::pass(gate, text);
    }
    GateAnswer::fail(
        gate,
        text,
        format!("Make the image for {platform} smaller by {}.", bytes(largest - most)),
    )
}

fn read<'a>(
    gate: &Gate,
    found: &'a Evidence<Vec<PlatformFacts>>,
) -> Result<&'a [PlatformFacts], Box<GateAnswer>> {
    let again = "Evaluate again when the image can be read.";
    match found {
        Evidence::Known(found) if !found.is_empty() => Ok(found),
        Evidence::Known(_) | Evidence::Missing => Err(Box::new(GateAnswer::missing(
            gate,
            "The build names no platform.",
            "Build it with its platforms.",
        ))),
        Evidence::NotKnown(why) => {
            Err(Box::new(GateAnswer::not_known(gate, format!("The platforms were not read: {why}."), again)))
        }
    }
}

/// Bytes in decimal units with up to three digits, as on every screen.
fn bytes(number: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut value, mut unit) = (number as f64, 0);
    while value >= 999.5 && unit + 1 < units.len() {
        (value, unit) = (value / 1_000.0, unit + 1);
    }
    let digits = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", units[unit])
}
