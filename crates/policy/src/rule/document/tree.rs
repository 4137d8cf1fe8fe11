//! YAML as a tree with positions. Scalars stay strings: the schema decides what a string means, so
//! the tag `1.20` is not a number and the word `no` is not a boolean.
//!
//! Bounded: at most [`MAX_BYTES`] of text, [`MAX_DEPTH`] levels and [`MAX_NODES`] values after
//! aliases are expanded.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use crate::{Finding, Position};

pub(in crate::rule) const MAX_BYTES: usize = 1024 * 1024;
pub(in crate::rule) const MAX_DEPTH: usize = 24;
pub(in crate::rule) const MAX_NODES: usize = 100_000;

/// A value and its position.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::rule) struct Node {
    pub(in crate::rule) at: Position,
    pub(in crate::rule) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::rule) enum Kind {
    /// A string; `quoted` if it cannot be anything else.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// Keys with their positions, in the order of the text.
    Map(Vec<(String, Position, Node)>),
}

impl Node {
    /// Whether the value is left out: `key:`, `key: ~` or `key: null`.
    pub(in crate::rule) fn is_nothing(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null"))
    }

    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::List(items) => items.iter().map(Self::size).sum(),
            Kind::Map(entries) => entries.iter().map(|(_, _, node)| 1 + node.size()).sum(),
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Kind::Map(entries) => entries.iter().map(|(_, _, node)| node.depth()).max().unwrap_or(0),
        }
    }
}

/// Reads the one document in `text`.
///
/// # Errors
/// With the finding at which parsing stopped.
pub(in crate::rule) fn read(text: &str) -> Result<Node, Finding> {
    if text.len() > MAX_BYTES {
        return Err(Finding::error(
            "yaml-too-large",
            format!("The text has {} bytes; rules are at most {MAX_BYTES} bytes long.", text.len()),
        ));
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    reader.document()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Values with an anchor, by the anchor's number; `None` while the value is not complete.
    anchors: HashMap<usize, Option<Node>>,
    nodes: usize,
}

fn place(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

fn at(finding: Finding, position: Position) -> Finding {
    finding.in_text(position.line, position.column)
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Position), Finding> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Nothing, _))) => {}
                Some(Ok((event, span))) => return Ok((event, place(span))),
                Some(Err(error)) => {
                    let marker = error.marker();
                    let finding =
                        Finding::error("yaml-syntax", format!("This is not YAML: {}.", error.info()))
                            .in_text(marker.line(), marker.col() + 1);
                    return Err(finding.hint("Check the indentation, quotes and brackets before it."));
                }
                None => return Ok((Event::StreamEnd, Position { line: 1, column: 1 })),
            }
        }
    }

    fn document(&mut self) -> Result<Node, Finding> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (Event::StreamEnd, position) => {
                    return Err(at(Finding::error("yaml-empty", "The text is empty."), position)
                        .hint("A file begins with `version: 1` and `rules:`."));
                }
                (event, position) => {
                    let node = self.node(event, position, 1)?;
                    return self.end().map(|()| node);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Finding> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, position) => {
                    let finding = Finding::error(
                        "yaml-several-documents",
                        "A second document begins here; a file can have only one.",
                    );
                    return Err(
                        at(finding, position).hint("Remove the `---` and put all rules under one `rules:`.")
                    );
                }
            }
        }
    }

    fn count(&mut self, nodes: usize, depth: usize, position: Position) -> Result<(), Finding> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let text = format!("The text has more than {MAX_NODES} values after aliases are expanded.");
            return Err(at(Finding::error("yaml-too-large", text), position));
        }
        if depth > MAX_DEPTH {
            let text = format!("This is nested more than {MAX_DEPTH} levels deep.");
            return Err(at(Finding::error("yaml-too-deep", text), position));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, position: Position, depth: usize) -> Result<Node, Finding> {
        self.count(1, depth, position)?;
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                tag.as_ref()
            }
            _ => None,
        };
        if let Some(tag) = tag {
            let text = format!("`{tag}` is a YAML tag, which rules cannot have.");
            return Err(
                at(Finding::error("yaml-tag", text), position).hint("Remove it; put strings in quotes.")
            );
        }
        let (anchor, kind) = match event {
            Event::Scalar(text, style, anchor, _) => {
                (anchor, Kind::Scalar { text: text.into_owned(), quoted: style != ScalarStyle::Plain })
            }
            Event::SequenceStart(anchor, _) => {
                self.anchors.insert(anchor, None);
                (anchor, Kind::List(self.list(depth)?))
            }
            Event::MappingStart(anchor, _) => {
                self.anchors.insert(anchor, None);
                (anchor, Kind::Map(self.map(depth)?))
            }
            Event::Alias(anchor) => return self.alias(anchor, position, depth),
            _ => return Err(at(Finding::error("yaml-syntax", "A value is missing here."), position)),
        };
        let node = Node { at: position, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Finding> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, position) => items.push(self.node(event, position, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Position, Node)>, Finding> {
        let mut entries = Vec::new();
        loop {
            let (event, position) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let Kind::Scalar { text: key, .. } = self.node(event, position, depth + 1)?.kind else {
                return Err(at(
                    Finding::error("yaml-key", "A key is a word, not a list or a mapping."),
                    position,
                ));
            };
            let (event, value_position) = self.next()?;
            let value = self.node(event, value_position, depth + 1)?;
            entries.push((key, position, value));
        }
    }

    fn alias(&mut self, anchor: usize, position: Position, depth: usize) -> Result<Node, Finding> {
        let Some(Some(node)) = self.anchors.get(&anchor).cloned() else {
            return Err(at(
                Finding::error("yaml-alias", "This alias is inside the value that it refers to."),
                position,
            ));
        };
        self.count(node.size(), depth + node.depth(), position)?;
        Ok(Node { at: position, kind: node.kind })
    }
}
