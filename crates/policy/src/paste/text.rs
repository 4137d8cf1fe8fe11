//! A text whose every character keeps its position in the pasted text through every unwrapping.

use std::ops::Range;

use crate::Position;

/// Characters with their positions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Text {
    chars: Vec<char>,
    at: Vec<Position>,
    /// The position after the last character.
    end: Option<Position>,
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let (mut line, mut column) = (1, 1);
        let mut out = Self::default();
        for c in text.chars() {
            out.push(c, Position { line, column });
            if c == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        out.end = Some(Position { line, column });
        out
    }

    pub(crate) fn push(&mut self, c: char, at: Position) {
        self.chars.push(c);
        self.at.push(at);
    }

    /// Adds `text`, all of it at one position.
    pub(crate) fn push_str(&mut self, text: &str, at: Position) {
        text.chars().for_each(|c| self.push(c, at));
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.chars.extend(&other.chars);
        self.at.extend(&other.at);
        self.end = other.end.or(self.end);
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    pub(crate) fn get(&self, index: usize) -> Option<char> {
        self.chars.get(index).copied()
    }

    pub(crate) fn chars(&self) -> &[char] {
        &self.chars
    }

    /// The position of a character, or the one after the last.
    pub(crate) fn at(&self, index: usize) -> Position {
        let last = self.at.last().map(|p| Position { line: p.line, column: p.column + 1 });
        self.at.get(index).copied().or(self.end).or(last).unwrap_or(Position { line: 1, column: 1 })
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let range = range.start.min(self.len())..range.end.min(self.len());
        Self {
            chars: self.chars[range.clone()].to_vec(),
            at: self.at[range.clone()].to_vec(),
            end: Some(self.at(range.end)),
        }
    }

    pub(crate) fn trimmed(&self) -> Self {
        let blank = |c: &char| is_blank(*c) || is_invisible(*c);
        let from = self.chars.iter().take_while(|c| blank(c)).count();
        let behind = self.chars[from..].iter().rev().take_while(|c| blank(c)).count();
        self.slice(from..self.len() - behind)
    }

    /// The index of `wanted` at or after `from`.
    pub(crate) fn find(&self, wanted: &str, from: usize) -> Option<usize> {
        let wanted: Vec<char> = wanted.chars().collect();
        (from..self.len()).find(|i| self.chars[*i..].starts_with(&wanted))
    }

    pub(crate) fn starts_with(&self, from: usize, wanted: &str) -> bool {
        wanted.chars().enumerate().all(|(i, c)| self.get(from + i) == Some(c))
    }

    /// The lines as ranges, without their ends.
    pub(crate) fn lines(&self) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let mut from = 0;
        for i in 0..=self.len() {
            if i == self.len() || self.chars[i] == '\n' {
                let to = if i > from && self.chars[i - 1] == '\r' { i - 1 } else { i };
                lines.push(from..to);
                from = i + 1;
            }
        }
        lines
    }

    /// The text with some characters removed or replaced.
    pub(crate) fn map(&self, change: impl Fn(char) -> Option<char>) -> Self {
        let mut out = Self { end: self.end, ..Self::default() };
        for (c, at) in self.chars.iter().zip(&self.at) {
            if let Some(c) = change(*c) {
                out.push(c, *at);
            }
        }
        out
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.chars.iter().try_for_each(|c| std::fmt::Write::write_char(f, *c))
    }
}

/// Whitespace of any kind: plain, and the wide, thin and no-break spaces of word processors.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_odd_blank(c)
}

/// A space that JSON, YAML and shells do not accept as whitespace.
pub(crate) fn is_odd_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// An invisible character: zero-width, soft hyphen, direction mark, byte order mark.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
        || (c.is_control() && !c.is_whitespace())
}

/// Whether a character is a double quote other than the plain one.
pub(crate) fn is_double_quote(c: char) -> bool {
    matches!(
        c,
        '\u{201c}'
            | '\u{201d}'
            | '\u{201e}'
            | '\u{201f}'
            | '\u{2033}'
            | '\u{2036}'
            | '\u{ab}'
            | '\u{bb}'
            | '\u{ff02}'
            | '\u{301d}'
            | '\u{301e}'
    )
}

/// Whether a character is a single quote other than the plain one.
pub(crate) fn is_single_quote(c: char) -> bool {
    matches!(
        c,
        '\u{2018}'
            | '\u{2019}'
            | '\u{201a}'
            | '\u{201b}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{2039}'
            | '\u{203a}'
            | '\u{ff07}'
            | '`'
            | '\u{b4}'
    )
}
