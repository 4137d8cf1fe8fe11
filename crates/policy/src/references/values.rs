//! Values of Helm charts.
//!
//! Charts name images in many ways. Taken are: a text `image`, with its tag inside or beside it; and a map
//! `image` (or `…Image`, or one below `images`) of `registry`, `repository`, `tag` and `digest`.

use super::collect::{Collector, Fields, scalar};
use crate::paste::{
    node::{Kind, Node},
    text::Text,
};

/// The images of a values file. In a file that is only perhaps one (`is_certain` is false) a text is taken
/// if it has a tag, a digest or a path.
pub(super) fn helm(node: &Node, is_certain: bool, out: &mut Collector) {
    inside(node, is_certain, false, out);
}

fn inside(node: &Node, is_certain: bool, are_images: bool, out: &mut Collector) {
    for item in node.items() {
        inside(item, is_certain, are_images, out);
    }
    for (key, value) in node.entries() {
        let name = key.to_string();
        let is_image = are_images || name.to_ascii_lowercase().ends_with("image");
        match &value.kind {
            Kind::Text(text) if is_image => of_text(&name, text, node, is_certain, out),
            Kind::Map(_) if is_image && of_map(value, out) => {}
            _ => inside(value, is_certain, name.to_ascii_lowercase().ends_with("images"), out),
        }
    }
}

/// An image in one text; its tag may be beside it.
fn of_text(name: &str, text: &Text, around: &Node, is_certain: bool, out: &mut Collector) {
    let plain = text.to_string();
    let whole = plain.contains([':', '@']);
    let beside = |key: &str| around.get(key).and_then(scalar).filter(|text| !text.is_empty());
    let tag = beside(&format!("{name}Tag")).or_else(|| beside("tag").filter(|_| name == "image"));
    match tag.filter(|_| !whole && !plain.is_empty()) {
        Some(tag) => {
            out.fields(Fields { registry: None, repository: text.clone(), tag: Some(tag), digest: None });
        }
        None if is_certain || whole || plain.contains('/') => out.plausible(text),
        None => {}
    }
}

/// An image in several fields; whether it is one.
fn of_map(node: &Node, out: &mut Collector) -> bool {
    let text = |key: &str| node.get(key).and_then(scalar).filter(|text| !text.trimmed().is_empty());
    let (registry, tag, digest) = (text("registry"), text("tag"), text("digest"));
    let named = text("image")
        .or_else(|| text("name"))
        .filter(|_| registry.is_some() || tag.is_some() || digest.is_some());
    let Some(repository) = text("repository").or(named) else { return false };
    out.fields(Fields { registry, repository, tag, digest });
    true
}
