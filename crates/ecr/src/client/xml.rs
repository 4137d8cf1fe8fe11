//! Just enough XML to read answers of AWS's Query protocol: elements with text or with children.

use quick_xml::{Reader, escape::resolve_xml_entity, events::Event};

/// The deepest nesting; answers of AWS have less than ten levels.
const DEEPEST: usize = 32;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// The root of a document; `None` if it is not XML.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(bytes).ok()?);
        let mut open: Vec<Self> = Vec::new();
        loop {
            let closed = match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEEPEST => {
                    open.push(Self::named(start.local_name().as_ref()));
                    continue;
                }
                Event::Empty(empty) => Self::named(empty.local_name().as_ref()),
                Event::End(_) => open.pop()?,
                Event::Text(text) => {
                    if let Some(parent) = open.last_mut() {
                        parent.text.push_str(&text);
                    }
                    continue;
                }
                Event::CData(text) => {
                    open.last_mut()?.text.push_str(&text);
                    continue;
                }
                Event::GeneralRef(entity) => {
                    let parent = open.last_mut()?;
                    match entity.resolve_char_ref().ok()? {
                        Some(character) => parent.text.push(character),
                        None => parent.text.push_str(resolve_xml_entity(&entity)?),
                    }
                    continue;
                }
                Event::Decl(_) | Event::Comment(_) => continue,
                // Nothing of AWS has these, and a document type can be made to grow without bounds.
                Event::Start(_) | Event::DocType(_) | Event::PI(_) | Event::Eof => return None,
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None => return Some(closed),
            }
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first child of a name.
    pub(crate) fn into_child(self, name: &str) -> Option<Self> {
        self.children.into_iter().find(|child| child.name == name)
    }

    /// Its own text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text of the first child of a name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The items of a list: `<Name><member>…</member></Name>`.
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = &Self> {
        let list = self.child(name).map(|list| list.children.as_slice()).unwrap_or_default();
        list.iter().filter(|child| child.name == "member")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_lists_and_entities_are_read() {
        let text = r#"<?xml version="1.0"?>
            <A xmlns="urn:x"><B><member><C>&lt;a&#62; &amp; b</C></member><member><C/></member></B></A>"#;
        let document = Node::parse(text.as_bytes()).unwrap();
        let texts: Vec<_> = document.members("B").map(|member| member.text_of("C").unwrap()).collect();
        assert_eq!(texts, ["<a> & b", ""]);
        assert_eq!(document.text_of("D"), None);
    }

    #[test]
    fn what_is_not_a_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        for text in
            ["", "text", "<a>", "<a></b>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>&b;</a>", &deep]
        {
            assert_eq!(Node::parse(text.as_bytes()), None, "{}", text.get(..40).unwrap_or(text));
        }
    }
}
