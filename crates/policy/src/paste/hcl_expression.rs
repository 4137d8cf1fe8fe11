//! The subset of Terraform's language that documents use.
//!
//! Source: HCL native syntax specification. Values that are defined elsewhere (variables,
//! attributes, calls) are kept as written, `${…}`, and listed.

use super::{
    node::{Kind, Node},
    text::Text,
};
use crate::{Position, number_text};

const MAX_DEPTH: usize = 48;

/// An attribute's value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A value.
    Node(Node),
    /// An attribute of something else, such as `data.aws_iam_policy_document.x.json`.
    Reference(String, Position),
    /// A file's content.
    File(String, Position),
}

/// Attributes and blocks between braces.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) attributes: Vec<(String, Value)>,
    pub(super) blocks: Vec<Block>,
}

impl Body {
    pub(super) fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// `resource "aws_ecr_registry_policy" "x" { … }`
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    pub(super) body: Body,
    pub(super) at: Position,
}

/// A parser for one text.
pub(super) struct Hcl<'t> {
    text: &'t Text,
    pub(super) i: usize,
    depth: usize,
    /// Values that are defined elsewhere, as written.
    pub(super) unknown: Vec<(String, Position)>,
}

/// The position at which the text stops being Terraform.
pub(super) type Failure = (Position, String);

impl<'t> Hcl<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Self { text, i: 0, depth: 0, unknown: Vec::new() }
    }

    pub(super) fn at(&self) -> Position {
        self.text.at(self.i)
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.i)
    }

    pub(super) fn fail<T>(&self, problem: &str) -> Result<T, Failure> {
        Err((self.at(), problem.to_owned()))
    }

    /// Skips whitespace and comments; line ends too if `lines`.
    pub(super) fn blanks(&mut self, lines: bool) {
        while let Some(c) = self.peek() {
            if c == '#' || self.text.starts_with(self.i, "//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.i += 1;
                }
            } else if self.text.starts_with(self.i, "/*") {
                self.i = self.text.find("*/", self.i).map_or(self.text.len(), |end| end + 2);
            } else if (c.is_whitespace() && (lines || c != '\n'))
                || super::text::is_odd_blank(c)
                || super::text::is_invisible(c)
            {
                self.i += 1;
            } else {
                break;
            }
        }
    }

    fn identifier(&mut self) -> String {
        let start = self.i;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            self.i += 1;
        }
        self.text.slice(start..self.i).to_string()
    }

    /// Attributes and blocks up to a closing brace or the end.
    pub(super) fn body(&mut self) -> Result<Body, Failure> {
        if self.depth >= MAX_DEPTH {
            return self.fail("this is nested too deeply");
        }
        self.depth += 1;
        let mut body = Body::default();
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some('}') => break,
                Some(',') => {
                    self.i += 1;
                    continue;
                }
                _ => {}
            }
            let at = self.at();
            let name = self.identifier();
            if name.is_empty() {
                return self.fail("this is not Terraform: a name is expected here");
            }
            self.blanks(false);
            match self.peek() {
                Some('=') => {
                    self.i += 1;
                    let value = self.expression()?;
                    body.attributes.push((name, value));
                }
                Some('{' | '"') => body.blocks.push(self.block(name, at)?),
                Some(c) if c.is_alphabetic() => body.blocks.push(self.block(name, at)?),
                _ => return self.fail("this is not Terraform: `=` or `{` is expected here"),
            }
        }
        self.depth -= 1;
        Ok(body)
    }

    fn block(&mut self, kind: String, at: Position) -> Result<Block, Failure> {
        let mut labels = Vec::new();
        loop {
            self.blanks(false);
            match self.peek() {
                Some('{') => break,
                Some('"') => labels.push(self.template()?.to_string()),
                Some(c) if c.is_alphanumeric() => labels.push(self.identifier()),
                _ => return self.fail("this is not Terraform: `{` is expected here"),
            }
        }
        self.i += 1;
        let body = self.body()?;
        if self.peek() != Some('}') {
            return self.fail("a `}` is missing");
        }
        self.i += 1;
        Ok(Block { kind, labels, body, at })
    }

    /// An expression; what cannot be evaluated is listed and kept as written.
    pub(super) fn expression(&mut self) -> Result<Value, Failure> {
        if self.depth >= MAX_DEPTH {
            return self.fail("this is nested too deeply");
        }
        self.depth += 1;
        self.blanks(false);
        let start = self.i;
        let known = self.unknown.len();
        let value = self.primary()?;
        self.blanks(false);
        let operator =
            self.peek().is_some_and(|c| "?+-*/%<>&|!".contains(c)) || self.text.starts_with(self.i, "==");
        let value = if operator {
            self.unknown.truncate(known);
            self.rest_of_expression();
            Value::Node(self.elsewhere(start))
        } else {
            value
        };
        self.depth -= 1;
        Ok(value)
    }

    fn rest_of_expression(&mut self) {
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            match c {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' if open == 0 => return,
                ')' | ']' | '}' => open -= 1,
                ',' | '\n' if open == 0 => return,
                _ => {}
            }
            self.i += 1;
        }
    }

    /// The source from `start` to here as a string `${…}`.
    fn elsewhere(&mut self, start: usize) -> Node {
        let written = self.text.slice(start..self.i).trimmed();
        let at = self.text.at(start);
        self.unknown.push((written.to_string(), at));
        let mut out = Text::default();
        out.push_str("${", at);
        out.append(&written);
        out.push('}', at);
        Node::text(out)
    }

    fn primary(&mut self) -> Result<Value, Failure> {
        let at = self.at();
        let start = self.i;
        let node = |kind| Ok(Value::Node(Node::new(at, kind)));
        match self.peek() {
            Some('"') => {
                let text = self.template()?;
                Ok(Value::Node(Node::text(text)))
            }
            Some('<') if self.text.starts_with(self.i, "<<") => {
                let text = self.heredoc()?;
                Ok(Value::Node(Node::text(text)))
            }
            Some('[') => {
                let list = self.list()?;
                node(list)
            }
            Some('{') => {
                let map = self.map()?;
                node(map)
            }
            Some('(') => {
                self.i += 1;
                self.blanks(true);
                let inner = self.expression()?;
                self.blanks(true);
                if self.peek() == Some(')') {
                    self.i += 1;
                }
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '-' => {
                self.i += 1;
                while self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
                    self.i += 1;
                }
                let number = self.text.slice(start..self.i).to_string();
                if number_text::is_number(&number) {
                    node(Kind::Number(number))
                } else {
                    Ok(Value::Node(self.elsewhere(start)))
                }
            }
            Some(c) if c.is_alphabetic() || c == '_' => self.named(at, start),
            _ => self.fail("this is not Terraform: a value is expected here"),
        }
    }

    fn named(&mut self, at: Position, start: usize) -> Result<Value, Failure> {
        let name = self.identifier();
        match name.as_str() {
            "true" => return Ok(Value::Node(Node::new(at, Kind::Bool(true)))),
            "false" => return Ok(Value::Node(Node::new(at, Kind::Bool(false)))),
            "null" => return Ok(Value::Node(Node::new(at, Kind::Null))),
            _ => {}
        }
        if self.peek() == Some('(') {
            return self.call(&name, start);
        }
        while let Some(c) = self.peek() {
            match c {
                '.' => self.i += 1,
                '[' => {
                    while self.peek().is_some_and(|c| c != ']' && c != '\n') {
                        self.i += 1;
                    }
                    self.i += 1;
                }
                c if c.is_alphanumeric() || "_-*".contains(c) => self.i += 1,
                _ => break,
            }
        }
        Ok(Value::Reference(self.text.slice(start..self.i).to_string(), at))
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Value, Failure> {
        let known = self.unknown.len();
        self.i += 1;
        let mut arguments = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                Some(')') => {
                    self.i += 1;
                    break;
                }
                Some(',') => self.i += 1,
                Some('.') => self.i += 1,
                None => return self.fail("a `)` is missing"),
                _ => arguments.push(self.expression()?),
            }
        }
        match (name, arguments.as_slice()) {
            (
                "jsonencode" | "jsondecode" | "tostring" | "tolist" | "toset" | "trimspace" | "yamlencode"
                | "nonsensitive",
                [one],
            ) => Ok(one.clone()),
            ("file" | "templatefile", [Value::Node(first), ..]) if first.as_text().is_some() => {
                self.unknown.truncate(known);
                Ok(Value::File(first.string().unwrap_or_default(), self.text.at(start)))
            }
            _ => {
                self.unknown.truncate(known);
                Ok(Value::Node(self.elsewhere(start)))
            }
        }
    }

    fn plain(&mut self, value: Value) -> Node {
        match value {
            Value::Node(node) => node,
            Value::Reference(name, at) | Value::File(name, at) => {
                self.unknown.push((name.clone(), at));
                let mut out = Text::default();
                out.push_str(&format!("${{{name}}}"), at);
                Node::text(out)
            }
        }
    }

    fn list(&mut self) -> Result<Kind, Failure> {
        let start = self.i;
        self.i += 1;
        let mut items = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                Some(']') => {
                    self.i += 1;
                    return Ok(Kind::List(items));
                }
                Some(',') => self.i += 1,
                None => return self.fail("a `]` is missing"),
                _ if self.text.starts_with(self.i, "for ") => return Ok(self.comprehension(start)),
                _ => {
                    let value = self.expression()?;
                    items.push(self.plain(value));
                }
            }
        }
    }

    /// `[for …]` and `{for …}`, whose values depend on definitions elsewhere.
    fn comprehension(&mut self, start: usize) -> Kind {
        self.i = start + 1;
        let mut open = 1usize;
        while let Some(c) = self.peek() {
            open = match c {
                '[' | '{' => open + 1,
                ']' | '}' => open - 1,
                _ => open,
            };
            self.i += 1;
            if open == 0 {
                break;
            }
        }
        self.elsewhere(start).kind
    }

    fn map(&mut self) -> Result<Kind, Failure> {
        let start = self.i;
        self.i += 1;
        let mut entries: Vec<(Text, Node)> = Vec::new();
        loop {
            self.blanks(true);
            let key = match self.peek() {
                Some('}') => {
                    self.i += 1;
                    return Ok(Kind::Map(entries));
                }
                Some(',') => {
                    self.i += 1;
                    continue;
                }
                None => return self.fail("a `}` is missing"),
                _ if self.text.starts_with(self.i, "for ") => return Ok(self.comprehension(start)),
                Some('"') => self.template()?,
                Some('(') => {
                    let value = self.primary()?;
                    self.plain(value).as_text().cloned().unwrap_or_default()
                }
                _ => {
                    let start = self.i;
                    if self.identifier().is_empty() {
                        return self.fail("this is not Terraform: a key is expected here");
                    }
                    self.text.slice(start..self.i)
                }
            };
            self.blanks(false);
            if !matches!(self.peek(), Some('=' | ':')) {
                return self.fail("this is not Terraform: `=` is expected here");
            }
            self.i += 1;
            if entries.iter().any(|(known, _)| known.chars() == key.chars()) {
                return self.fail("this key occurs twice in the same object");
            }
            let value = self.expression()?;
            let value = self.plain(value);
            entries.push((key, value));
        }
    }

    /// A quoted string; its interpolations are kept and listed.
    fn template(&mut self) -> Result<Text, Failure> {
        self.i += 1;
        let mut out = self.text.slice(self.i..self.i);
        loop {
            let Some(c) = self.peek() else { return self.fail("a string is not closed") };
            match c {
                '"' => {
                    self.i += 1;
                    return Ok(out);
                }
                '\n' => return self.fail("a string is not closed on its line"),
                '\\' => {
                    let at = self.at();
                    let plain = match self.text.get(self.i + 1) {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some(c) => c,
                        None => return self.fail("a string is not closed"),
                    };
                    out.push(plain, at);
                    self.i += 2;
                }
                _ => self.character(&mut out),
            }
        }
    }

    /// One character of a template, or one interpolation.
    fn character(&mut self, out: &mut Text) {
        let at = self.at();
        for (escaped, plain) in [("$${", "${"), ("%%{", "%{")] {
            if self.text.starts_with(self.i, escaped) {
                out.push_str(plain, at);
                self.i += 3;
                return;
            }
        }
        if self.text.starts_with(self.i, "${") || self.text.starts_with(self.i, "%{") {
            let start = self.i;
            let mut open = 0usize;
            while let Some(c) = self.peek() {
                match c {
                    '{' => open += 1,
                    '}' => open -= 1,
                    _ => {}
                }
                self.i += 1;
                if open == 0 && c == '}' {
                    break;
                }
            }
            let name = self.text.slice(start + 2..self.i.saturating_sub(1)).trimmed().to_string();
            self.unknown.push((name, at));
            out.append(&self.text.slice(start..self.i));
            return;
        }
        out.push(self.peek().unwrap_or_default(), at);
        self.i += 1;
    }

    fn heredoc(&mut self) -> Result<Text, Failure> {
        self.i += 2;
        if self.peek() == Some('-') {
            self.i += 1;
        }
        let quoted = usize::from(self.peek() == Some('"'));
        self.i += quoted;
        let mark = self.identifier();
        self.i += quoted;
        while self.peek().is_some_and(|c| c != '\n') {
            self.i += 1;
        }
        self.i += 1;
        let mut out = self.text.slice(self.i..self.i);
        loop {
            if self.i >= self.text.len() {
                return self.fail("the here-document after `<<` is not closed");
            }
            let mut end = self.i;
            while self.text.get(end).is_some_and(|c| c != '\n') {
                end += 1;
            }
            if self.text.slice(self.i..end).trimmed().to_string() == mark {
                self.i = end;
                return Ok(out);
            }
            while self.i < end {
                self.character(&mut out);
            }
            if self.i < self.text.len() {
                out.push('\n', self.at());
                self.i += 1;
            }
        }
    }
}
