//! YAML: CloudFormation templates, output of the AWS CLI, statements in a wiki.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::{
    From, NotFound, Reader, Wrapping, lenient,
    node::{Kind, Node},
    text::{Text, is_double_quote, is_single_quote},
};
use crate::Position;

const MAX_DEPTH: usize = 48;
const MAX_NODES: usize = 20_000;

/// Whether a text has lines with YAML keys.
pub(super) fn looks_like_one(text: &Text) -> bool {
    text.lines().into_iter().any(|line| {
        let line = text.slice(line).trimmed().to_string();
        let line = line.trim_start_matches("- ").trim_start_matches(['"', '\'']);
        let key: String =
            line.chars().take_while(|c| c.is_ascii_alphanumeric() || "_:\"'".contains(*c)).collect();
        let rest = &line[key.len()..];
        key.len() > 1 && key.ends_with(':') && (rest.is_empty() || rest.starts_with([' ', '\u{a0}']))
    })
}

/// Whether a text has a policy's statements in the block style of YAML: the key on a line of its own.
pub(super) fn has_statements(text: &Text) -> bool {
    let mut lines = text.lines().into_iter().map(|line| text.slice(line).trimmed().to_string());
    lines.any(|line| line.trim_start_matches("- ") == "Statement:")
}

impl Reader<'_> {
    pub(super) fn yaml(&mut self, text: &Text, from: &From) -> Result<(), NotFound> {
        let odd = |c: char| super::text::is_odd_blank(c);
        if text.chars().iter().any(|c| odd(*c)) {
            let at = text.chars().iter().position(|c| odd(*c)).map(|i| text.at(i));
            if let Some(at) = at {
                self.slips(&[(lenient::Slip::OddBlanks, at)]);
            }
        }
        let plain = text.map(|c| Some(if odd(c) { ' ' } else { c }));
        let nodes = match documents(&plain, MAX_NODES) {
            Ok(nodes) => nodes,
            Err((at, problem)) => {
                return Err(Some(lenient::Problem { at, problem, unfinished: false }));
            }
        };
        let before = self.out.documents.len();
        let mut found = Err(None);
        for node in nodes {
            let node = self.unquoted(node);
            found = found.or(self.node(node, from));
        }
        if self.out.documents.len() > before {
            self.wrapping(Wrapping::Yaml);
            self.note("unwrapped-yaml", "The text is YAML; the fixed document is JSON.", Some(text.at(0)));
        }
        found
    }

    /// Typographic quotes around a string, which are ordinary characters to YAML.
    fn unquoted(&mut self, node: Node) -> Node {
        let Node { at, kind } = node;
        let kind = match kind {
            Kind::Text(text) => Kind::Text(self.without_quotes(text)),
            Kind::List(items) => Kind::List(items.into_iter().map(|item| self.unquoted(item)).collect()),
            Kind::Map(entries) => Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (self.without_quotes(key), self.unquoted(value)))
                    .collect(),
            ),
            other => other,
        };
        Node { at, kind }
    }

    fn without_quotes(&mut self, text: Text) -> Text {
        let (first, last) = (text.get(0), text.get(text.len().saturating_sub(1)));
        let odd = |c: Option<char>| c.is_some_and(|c| is_double_quote(c) || (is_single_quote(c) && c != '`'));
        if text.len() >= 2 && odd(first) && odd(last) {
            self.slips(&[(lenient::Slip::TypographicQuotes, text.at(0))]);
            return text.slice(1..text.len() - 1);
        }
        text
    }
}

/// Every document of a text, with at most this many values together.
///
/// # Errors
/// The position at which the text stops being YAML, or has too much of it.
pub(crate) fn documents(text: &Text, most: usize) -> Result<Vec<Node>, (Position, String)> {
    let source = text.to_string();
    let starts: Vec<usize> = text.lines().iter().map(|line| line.start).collect();
    let index = |span: Span| {
        let line = starts.get(span.start.line().saturating_sub(1)).copied().unwrap_or_default();
        line + span.start.col()
    };
    let parser = Parser::new_from_str(&source);
    let mut reader = Yaml { parser, anchors: HashMap::new(), nodes: 0, most, text, index: &index };
    reader.documents().map_err(|(at, problem)| (text.at(at), problem))
}

type Failure = (usize, String);

struct Yaml<'a, 't> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    most: usize,
    text: &'t Text,
    index: &'t dyn Fn(Span) -> usize,
}

impl<'a> Yaml<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, usize), Failure> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Nothing, _))) => {}
                Some(Ok((event, span))) => return Ok((event, (self.index)(span))),
                Some(Err(error)) => {
                    let line =
                        self.text.lines().get(error.marker().line().saturating_sub(1)).map_or(0, |l| l.start);
                    return Err((line + error.marker().col(), format!("this is not YAML: {}", error.info())));
                }
                None => return Ok((Event::StreamEnd, self.text.len())),
            }
        }
    }

    /// Every document of the stream; `---` separates them.
    fn documents(&mut self) -> Result<Vec<Node>, Failure> {
        let mut all = Vec::new();
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentEnd, _) => {}
                (Event::DocumentStart(_), _) => self.anchors.clear(),
                (Event::StreamEnd, at) if all.is_empty() => {
                    return Err((at, "the text is empty".into()));
                }
                (Event::StreamEnd, _) => return Ok(all),
                (event, at) => all.push(self.node(event, at, 1)?),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, at: usize, depth: usize) -> Result<Node, Failure> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > self.most {
            return Err((at, "this is nested too deeply or too long".into()));
        }
        let position = self.text.at(at);
        let (anchor, tag, kind) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (anchor, tag, self.scalar(&text, plain, at))
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, at) => items.push(self.node(event, at, depth + 1)?),
                    }
                }
                (anchor, tag, Kind::List(items))
            }
            Event::MappingStart(anchor, tag) => (anchor, tag, Kind::Map(self.map(depth)?)),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err((at, "this alias is inside the value that it refers to".into()));
                };
                let node = node.clone();
                self.nodes += size(&node);
                return Ok(node);
            }
            _ => return Err((at, "a value is missing here".into())),
        };
        let node = tagged(Node::new(position, kind), tag.as_deref());
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Text, Node)>, Failure> {
        let mut entries: Vec<(Text, Node)> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let Event::Scalar(key, ..) = event else {
                return Err((at, "a key is a word, not a list or a mapping".into()));
            };
            if !known.insert(key.to_string()) {
                return Err((at, format!("`{key}` occurs twice in the same mapping")));
            }
            let mut text = Text::default();
            text.push_str(&key, self.text.at(at));
            let (event, at) = self.next()?;
            entries.push((text, self.node(event, at, depth + 1)?));
        }
    }

    /// A string with the position of each character if it is in one piece; otherwise all at its
    /// beginning.
    fn scalar(&self, text: &str, plain: bool, at: usize) -> Kind {
        if plain {
            match text {
                "" | "~" | "null" => return Kind::Null,
                "true" => return Kind::Bool(true),
                "false" => return Kind::Bool(false),
                number if number.len() < 12 && (number == "0" || !number.starts_with('0')) => {
                    if let Ok(number) = number.parse::<i64>() {
                        return Kind::Number(number.to_string());
                    }
                }
                _ => {}
            }
        }
        let shift = usize::from(self.text.get(at).is_some_and(|c| c == '"' || c == '\''));
        if self.text.starts_with(at + shift, text) {
            return Kind::Text(self.text.slice(at + shift..at + shift + text.chars().count()));
        }
        let mut out = Text::default();
        out.push_str(text, self.text.at(at));
        Kind::Text(out)
    }
}

fn size(node: &Node) -> usize {
    1 + node.items().iter().map(size).sum::<usize>()
        + node.entries().iter().map(|(_, n)| size(n)).sum::<usize>()
}

/// A value with a short function (`!Sub …`) in its long form.
fn tagged(node: Node, tag: Option<&Tag>) -> Node {
    let Some(tag) = tag.filter(|tag| tag.handle == "!") else { return node };
    let name = if tag.suffix == "Ref" || tag.suffix == "Condition" {
        tag.suffix.clone()
    } else {
        format!("Fn::{}", tag.suffix)
    };
    let at = node.at;
    let mut key = Text::default();
    key.push_str(&name, at);
    Node::new(at, Kind::Map(vec![(key, node)]))
}
