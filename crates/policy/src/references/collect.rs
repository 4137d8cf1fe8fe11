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
        let written = written.trimmed();
        if written.is_empty() {
            return;
        }
        let text = expanded.text.trimmed();
        let scheme =
            ["docker://", "docker-pullable://"].into_iter().find(|scheme| text.starts_with(0, scheme));
        let text = text.slice(scheme.map_or(0, str::len)..text.len());
        let plain = text.to_string();
        let name = ImageName::parse(&plain).filter(|_| !expanded.is_open);
        let base = match &name {
            Some(name) => Some((name.alone(), name.suffix())),
            None => name_alone(&plain),
        };
        self.found.push(Reference {
            position: written.at(0),
            text: written.to_string(),
            image: name.as_ref().map(ToString::to_string),
            name,
            kind: self.kind,
            written: Written::Whole(text),
            base,
        });
    }

    /// A reference if the text can be one: for places that also have other texts.
    pub(super) fn plausible(&mut self, written: &Text) {
        let text = expand_defaults(written).text.trimmed().to_string();
        let files = [".png", ".jpg", ".jpeg", ".svg", ".gif", ".ico", ".webp", ".iso", ".img", ".qcow2"];
        let is_file = files.iter().any(|end| text.to_ascii_lowercase().ends_with(end));
        let is_open = text.contains("{{") || text.contains('$');
        if !is_file && !text.contains("://") && (is_open || ImageName::parse(&text).is_some()) {
            self.text(written);
        }
    }

    /// An image in several fields.
    pub(super) fn fields(&mut self, fields: Fields) {
        let Some(repository) = part(Some(&fields.repository)) else { return };
        let registry = part(fields.registry.as_ref());
        let (tag, digest) = (part(fields.tag.as_ref()), part(fields.digest.as_ref()));
        let of_name = [(&registry, "", "/")];
        let after = [(&tag, ":", ""), (&digest, "@", "")];
        let joined = |text: &dyn Fn(&Part) -> String, parts: &[(&Option<Part>, &str, &str)]| -> String {
            let known =
                parts.iter().filter_map(|(part, before, after)| Some((part.as_ref()?, before, after)));
            known.map(|(part, before, after)| format!("{before}{}{after}", text(part))).collect()
        };
        let whole = |text: &dyn Fn(&Part) -> String| {
            format!("{}{}{}", joined(text, &of_name), text(&repository), joined(text, &after))
        };
        let value = |part: &Part| part.text.to_string();
        let name_is_open = repository.is_open || registry.as_ref().is_some_and(|part| part.is_open);
        let is_open = name_is_open || [&tag, &digest].into_iter().flatten().any(|part| part.is_open);
        let name = ImageName::parse(&whole(&value)).filter(|_| !is_open);
        let alone = ImageName::parse(&format!("{}{}", joined(&value, &of_name), value(&repository)));
        let alone = alone.filter(|_| !name_is_open);
        self.found.push(Reference {
            position: fields.repository.trimmed().at(0),
            text: whole(&|part: &Part| part.written.clone()),
            // Without a tag a chart uses one that it has elsewhere, such as its own version.
            image: name.as_ref().map(|name| format!("{}{}", name.full_name(), name.suffix())),
            name,
            kind: self.kind,
            written: Written::Fields {
                registry: registry.map(|part| part.text),
                repository: repository.text,
            },
            base: alone.map(|name| (name.alone(), name.suffix())),
        });
    }
}

/// One of several fields.
struct Part {
    written: String,
    /// With its variables replaced.
    text: Text,
    is_open: bool,
}

/// A field, if it has a value.
fn part(text: Option<&Text>) -> Option<Part> {
    let text = text.map(Text::trimmed).filter(|text| !text.is_empty())?;
    let expanded = expand_defaults(&text);
    Some(Part { written: text.to_string(), text: expanded.text.trimmed(), is_open: expanded.is_open })
}

/// The name before a tag or digest that is not known, and what follows it.
fn name_alone(text: &str) -> Option<(ImageName, String)> {
    let open = text.find(['$', '{'])?;
    let end = text[..open].rfind([':', '@']).filter(|end| !text[*end..open].contains('/'))?;
    let name = ImageName::parse(&text[..end])?;
    let is_alone = name.tag.is_none() && name.digest.is_none();
    is_alone.then(|| (name, text[end..].to_owned()))
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
