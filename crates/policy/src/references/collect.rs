//! Collects references of one document.

use super::{
    Kind, Reference, Written,
    name::ImageName,
    variables::{Expanded, expand, expand_defaults},
};
use crate::paste::{node::Node, text::Text};

/// The references of one document.
pub(super) struct Collector {
    kind: Kind,
    pub(super) found: Vec<Reference>,
}

/// An image in several fields.
pub(super) struct Fields {
    pub(super) registry: Option<Text>,
    pub(super) repository: Text,
    pub(super) tag: Option<Text>,
    pub(super) digest: Option<Text>,
}

impl Collector {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, found: Vec::new() }
    }

    /// A reference in one text, whose variables have the values that `known` says.
    pub(super) fn with(&mut self, written: &Text, known: &dyn Fn(&str) -> Option<Text>) {
        self.expanded(written, expand(written, known));
    }

    /// A reference in one text.
    pub(super) fn text(&mut self, written: &Text) {
        self.expanded(written, expand_defaults(written));
    }

    fn expanded(&mut self, written: &Text, expanded: Expanded) {
        let written = trimmed(written);
        if written.is_empty() {
            return;
        }
        let text = trimmed(&expanded.text);
        let scheme =
            ["docker://", "docker-pullable://"].into_iter().find(|scheme| text.starts_with(0, scheme));
        let text = text.slice(scheme.map_or(0, str::len)..text.len());
        let name = Some(text.to_string()).filter(|_| !expanded.is_open);
        let name = name.and_then(|text| ImageName::parse(&text));
        self.found.push(Reference {
            position: written.at(0),
            text: written.to_string(),
            image: name.as_ref().map(ToString::to_string),
            name,
            kind: self.kind,
            written: Written::Whole(text),
        });
    }

    /// A reference if the text can be one: for places that also have other texts.
    pub(super) fn plausible(&mut self, written: &Text) {
        let text = trimmed(&expand_defaults(written).text).to_string();
        let files = [".png", ".jpg", ".jpeg", ".svg", ".gif", ".ico", ".webp", ".iso", ".img", ".qcow2"];
        let is_file = files.iter().any(|end| text.to_ascii_lowercase().ends_with(end));
        let is_open = text.contains("{{") || text.contains('$');
        if !is_file && !text.contains("://") && (is_open || ImageName::parse(&text).is_some()) {
            self.text(written);
        }
    }

    /// An image in several fields.
    pub(super) fn fields(&mut self, fields: Fields) {
        let filled = |text: Option<Text>| text.filter(|text| !trimmed(text).is_empty());
        let Fields { registry, repository, tag, digest } = fields;
        let (registry, tag, digest) = (filled(registry), filled(tag), filled(digest));
        let mut whole = String::new();
        let mut is_open = false;
        let parts =
            [("", &registry, "/"), ("", &Some(repository.clone()), ""), (":", &tag, ""), ("@", &digest, "")];
        let mut written = String::new();
        for (before, part, after) in parts {
            let Some(part) = part else { continue };
            let expanded = expand_defaults(part);
            is_open |= expanded.is_open;
            whole.push_str(&format!("{before}{}{after}", trimmed(&expanded.text)));
            written.push_str(&format!("{before}{}{after}", trimmed(part)));
        }
        let name = Some(whole).filter(|_| !is_open).and_then(|whole| ImageName::parse(&whole));
        // Without a tag a chart uses one that it has elsewhere, such as its own version.
        let image = name.as_ref().map(|name| format!("{}{}", name.full_name(), name.suffix()));
        self.found.push(Reference {
            position: repository.at(0),
            text: written,
            image,
            name,
            kind: self.kind,
            written: Written::Fields { registry, repository },
        });
    }
}

/// The text of a scalar: numbers and truth values too, all at one position.
pub(super) fn scalar(node: &Node) -> Option<Text> {
    use crate::paste::node::Kind;
    let plain = match &node.kind {
        Kind::Text(text) => return Some(text.clone()),
        Kind::Number(number) => number.clone(),
        Kind::Bool(value) => value.to_string(),
        Kind::Null | Kind::List(_) | Kind::Map(_) => return None,
    };
    let mut text = Text::default();
    text.push_str(&plain, node.at);
    Some(text)
}

fn trimmed(text: &Text) -> Text {
    text.trimmed()
}
