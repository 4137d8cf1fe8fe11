//! References to images in files.

mod clouds;
mod dockerfiles;
mod kubernetes;
mod rewriting;

use longshore_policy::references::{Found, Kind, find};

/// `LINE:COLUMN TEXT = IMAGE`, `?` for an image that is not known.
fn told(found: &Found) -> Vec<String> {
    let told = found.references.iter().map(|reference| {
        let at = reference.position;
        let image = reference.image.as_deref().unwrap_or("?");
        format!("{}:{} {} = {image}", at.line, at.column, reference.text)
    });
    told.collect()
}

/// Only the images.
fn images(path: &str, text: &str) -> Vec<String> {
    let found = find(path, text);
    found.references.into_iter().map(|reference| reference.image.unwrap_or_else(|| "?".into())).collect()
}

fn kinds(path: &str, text: &str) -> Vec<Kind> {
    find(path, text).kinds
}
