//! JSON as people paste it: with the quotes and spaces of word processors, comments, or an extra
//! comma. A value is accepted only if its meaning is unambiguous.

use std::collections::HashSet;

use super::{
    node::{Kind, Node},
    text::{Text, is_blank, is_double_quote, is_invisible, is_odd_blank, is_single_quote},
};
use crate::{Position, number_text};

const MAX_DEPTH: usize = 64;

/// A deviation from JSON in a text that can be read anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Typographic quotes from a word processor.
    TypographicQuotes,
    /// Single quotes, as in Python or JavaScript.
    SingleQuotes,
    /// No-break and other unusual spaces between tokens.
    OddBlanks,
    /// Zero-width characters between tokens.
    Invisible,
    /// `//`, `#` or `/* */`.
    Comment,
    /// A comma after the last element.
    TrailingComma,
}

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) at: Position,
    pub(crate) problem: String,
    /// Whether the text ended before the value did.
    pub(crate) unfinished: bool,
}

/// A value at the beginning of a text.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) node: Node,
    /// The index after it.
    pub(crate) end: usize,
    /// The deviations, each kind once, with its first position.
    pub(crate) slips: Vec<(Slip, Position)>,
}

/// Reads the value at `from` and ignores what follows.
pub(crate) fn value(text: &Text, from: usize) -> Result<Read, Problem> {
    let mut parser = Parser { text, i: from, slips: Vec::new(), depth: 0 };
    parser.blanks()?;
    let node = parser.value()?;
    Ok(Read { node, end: parser.i, slips: parser.slips })
}

struct Parser<'a> {
    text: &'a Text,
    i: usize,
    slips: Vec<(Slip, Position)>,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.i)
    }

    fn slip(&mut self, slip: Slip, at: usize) {
        if !self.slips.iter().any(|(known, _)| *known == slip) {
            self.slips.push((slip, self.text.at(at)));
        }
    }

    fn problem<T>(&self, problem: impl Into<String>) -> Result<T, Problem> {
        let unfinished = self.i >= self.text.len();
        Err(Problem { at: self.text.at(self.i), problem: problem.into(), unfinished })
    }

    fn blanks(&mut self) -> Result<(), Problem> {
        while let Some(c) = self.peek() {
            if is_odd_blank(c) {
                self.slip(Slip::OddBlanks, self.i);
            } else if c.is_whitespace() {
            } else if is_invisible(c) {
                self.slip(Slip::Invisible, self.i);
            } else if c == '#' || self.text.starts_with(self.i, "//") {
                self.slip(Slip::Comment, self.i);
                while self.peek().is_some_and(|c| c != '\n') {
                    self.i += 1;
                }
                continue;
            } else if self.text.starts_with(self.i, "/*") {
                self.slip(Slip::Comment, self.i);
                match self.text.find("*/", self.i + 2) {
                    Some(end) => self.i = end + 2,
                    None => return self.problem("a comment is not closed"),
                }
                continue;
            } else {
                break;
            }
            self.i += 1;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, Problem> {
        let start = self.i;
        let at = self.text.at(start);
        if self.depth >= MAX_DEPTH {
            return self.problem("this is nested too deeply");
        }
        self.depth += 1;
        let kind = match self.peek() {
            Some('{') => self.map()?,
            Some('[') => self.list()?,
            Some(c) if c == '"' || c == '\'' || is_double_quote(c) || is_single_quote(c) => {
                Kind::Text(self.string(c)?)
            }
            Some(c) if c == '-' || c.is_ascii_alphanumeric() => self.word()?,
            Some(_) => return self.problem("a value is expected here"),
            None => return self.problem("the text ends before the document is complete"),
        };
        self.depth -= 1;
        Ok(Node::new(at, kind))
    }

    fn word(&mut self) -> Result<Kind, Problem> {
        let start = self.i;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
            self.i += 1;
        }
        let word = self.text.slice(start..self.i).to_string();
        match word.as_str() {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            number if number_text::is_number(number) => Ok(Kind::Number(number.to_owned())),
            _ => {
                self.i = start;
                self.problem(format!("`{word}` is neither a number nor a quoted string"))
            }
        }
    }

    fn list(&mut self) -> Result<Kind, Problem> {
        self.i += 1;
        let mut items = Vec::new();
        let mut comma = None;
        loop {
            self.blanks()?;
            match self.peek() {
                Some(']') => {
                    if let Some(comma) = comma {
                        self.slip(Slip::TrailingComma, comma);
                    }
                    self.i += 1;
                    return Ok(Kind::List(items));
                }
                _ if comma.is_none() && !items.is_empty() => {
                    return self.problem("a comma or `]` is expected here");
                }
                _ => items.push(self.value()?),
            }
            comma = self.comma()?;
        }
    }

    fn comma(&mut self) -> Result<Option<usize>, Problem> {
        self.blanks()?;
        if self.peek() != Some(',') {
            return Ok(None);
        }
        self.i += 1;
        Ok(Some(self.i - 1))
    }

    fn map(&mut self) -> Result<Kind, Problem> {
        self.i += 1;
        let mut entries: Vec<(Text, Node)> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut comma = None;
        loop {
            self.blanks()?;
            let start = self.i;
            let key = match self.peek() {
                Some('}') => {
                    if let Some(comma) = comma {
                        self.slip(Slip::TrailingComma, comma);
                    }
                    self.i += 1;
                    return Ok(Kind::Map(entries));
                }
                _ if comma.is_none() && !entries.is_empty() => {
                    return self.problem("a comma or `}` is expected here");
                }
                Some(c) if c == '"' || c == '\'' || is_double_quote(c) || is_single_quote(c) => {
                    self.string(c)?
                }
                _ => return self.problem("a key in quotes is expected here"),
            };
            if !known.insert(key.to_string()) {
                self.i = start + 1;
                return self.problem(format!("`{key}` occurs twice in the same object"));
            }
            self.blanks()?;
            if self.peek() != Some(':') {
                return self.problem("a colon is expected here");
            }
            self.i += 1;
            self.blanks()?;
            entries.push((key, self.value()?));
            comma = self.comma()?;
        }
    }

    /// Whether the quote at `i` closes a string: the text after it continues the document.
    fn closes(&self, i: usize) -> bool {
        let behind = |c: char| is_blank(c) || is_invisible(c);
        let next = self.text.chars()[i + 1..].iter().copied().find(|c| !behind(*c));
        next.is_none_or(|c| ",:]}/#;)".contains(c))
    }

    fn string(&mut self, open: char) -> Result<Text, Problem> {
        let plain = open == '"';
        if is_double_quote(open) || is_single_quote(open) {
            self.slip(Slip::TypographicQuotes, self.i);
        } else if open == '\'' {
            self.slip(Slip::SingleQuotes, self.i);
        }
        let double = plain || is_double_quote(open);
        let start = self.i;
        self.i += 1;
        let mut out = self.text.slice(self.i..self.i);
        loop {
            let Some(c) = self.peek() else {
                self.i = self.text.len();
                return self.problem("the text ends before the document is complete");
            };
            let same = if double { c == '"' || is_double_quote(c) } else { c == '\'' || is_single_quote(c) };
            // A plain quote always closes a string that a plain quote opened. Other quotes are
            // characters of it, unless it could not be read otherwise.
            if (plain && c == '"') || (same && !(plain && self.plain_closes_first()) && self.closes(self.i)) {
                if c != '"' && c != '\'' {
                    self.slip(Slip::TypographicQuotes, self.i);
                }
                self.i += 1;
                return Ok(out);
            }
            if c == '\\' {
                self.escape(&mut out)?;
                continue;
            }
            if c == '\n' || (u32::from(c) < 0x20 && c != '\t') {
                self.i = start;
                return self.problem("a string is not closed on its line");
            }
            out.push(c, self.text.at(self.i));
            self.i += 1;
        }
    }

    /// Whether a plain quote later on this line closes the string that a plain quote opened.
    fn plain_closes_first(&self) -> bool {
        let rest = &self.text.chars()[self.i..];
        let line = rest.iter().take_while(|c| **c != '\n');
        let mut escaped = false;
        for (offset, c) in line.enumerate() {
            if *c == '"' && !escaped {
                return self.closes(self.i + offset);
            }
            escaped = *c == '\\' && !escaped;
        }
        false
    }

    fn escape(&mut self, out: &mut Text) -> Result<(), Problem> {
        let at = self.text.at(self.i);
        let c = self.text.get(self.i + 1);
        let plain = match c {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => return self.unicode(out, at),
            Some(c @ ('"' | '\'' | '\\' | '/')) => c,
            _ => return self.problem("this backslash does not begin a JSON escape"),
        };
        out.push(plain, at);
        self.i += 2;
        Ok(())
    }

    fn unicode(&mut self, out: &mut Text, at: Position) -> Result<(), Problem> {
        let unit = |i: usize| -> Option<u32> {
            let digits: String = (i + 2..i + 6).filter_map(|k| self.text.get(k)).collect();
            (self.text.starts_with(i, "\\u") && digits.len() == 4)
                .then(|| u32::from_str_radix(&digits, 16).ok())
                .flatten()
        };
        let Some(first) = unit(self.i) else { return self.problem("`\\u` needs four hexadecimal digits") };
        let (code, used) = match (first, unit(self.i + 6)) {
            (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
            }
            _ => (first, 6),
        };
        let Some(c) = char::from_u32(code) else { return self.problem("this is only half of a character") };
        out.push(c, at);
        self.i += used;
        Ok(())
    }
}
