//! Detects the wrapping of a text, and handles the wrappings of plain text: Markdown, quoted and
//! escaped strings, words around a document.

use super::{
    From, NotFound, Reader, Wrapping, among_words, hcl, lenient, shell,
    text::{Text, is_blank, is_double_quote, is_single_quote},
};
use crate::Finding;

/// More nested wrappings than any real text has.
const MAX_DEPTH: usize = 8;

impl Reader<'_> {
    /// Finds the documents in `text`.
    ///
    /// # Errors
    /// If there is none, with the position at which the text stops being one if that is clear.
    pub(super) fn any(&mut self, text: &Text, from: &From) -> Result<(), NotFound> {
        if self.depth >= MAX_DEPTH {
            return Err(None);
        }
        self.depth += 1;
        let found = self.one(&text.trimmed(), from);
        self.depth -= 1;
        found
    }

    fn one(&mut self, text: &Text, from: &From) -> Result<(), NotFound> {
        let Some(first) = text.get(0) else { return Err(None) };
        if let Some(inner) = escaped(text) {
            self.wrapping(Wrapping::JsonText);
            self.note(
                "unwrapped-text",
                "The document is escaped inside a string; it is extracted.",
                Some(text.at(0)),
            );
            return self.any(&inner, from);
        }
        if first == '>'
            && text.lines().iter().all(|line| line.is_empty() || text.get(line.start) == Some('>'))
        {
            self.wrapping(Wrapping::Markdown);
            let mut inner = Text::default();
            for line in text.lines() {
                let skip = usize::from(!line.is_empty()) + usize::from(text.get(line.start + 1) == Some(' '));
                inner.append(&text.slice((line.start + skip).min(line.end)..line.end));
                inner.push('\n', text.at(line.end));
            }
            return self.any(&inner, from);
        }
        let opens =
            "{[\"'".contains(first) || is_double_quote(first) || (is_single_quote(first) && first != '`');
        let comment = text.starts_with(0, "//") || text.starts_with(0, "/*");
        if opens || comment {
            match lenient::value(text, 0) {
                Ok(read) => return self.after_json(text, read, from),
                Err(problem) if opens => {
                    return self.not_json(text, from).map_err(|error| error.or(Some(problem)));
                }
                Err(_) => {}
            }
        }
        self.not_json(text, from)
    }

    /// A text that is not JSON from its first character on.
    fn not_json(&mut self, text: &Text, from: &From) -> Result<(), NotFound> {
        if let Some(fences) = fences(text) {
            self.wrapping(Wrapping::Markdown);
            let before = self.out.documents.len();
            let (mut error, mut broken) = (None, None);
            for fence in fences {
                if let Err(Some(problem)) = self.any(&fence, from) {
                    if matches!(fence.trimmed().get(0), Some('{' | '[')) {
                        broken = broken.or(Some(problem.clone()));
                    }
                    error = error.or(Some(problem));
                }
            }
            if self.out.documents.len() > before {
                if let Some(problem) = broken {
                    let text =
                        format!("A block of the text cannot be read and is ignored: {}.", problem.problem);
                    self.push(Finding::warning("block-unreadable", text), Some(problem.at));
                }
                self.note("unwrapped-markdown", "The document is extracted from Markdown.", None);
                return Ok(());
            }
            return Err(error);
        }
        if shell::looks_like_one(text) {
            return self.shell(text);
        }
        if hcl::looks_like_one(text) {
            return self.hcl(text);
        }
        if let Some(inner) = from_html(text) {
            self.wrapping(Wrapping::JsonText);
            return self.any(&inner, from);
        }
        let mut problem = None;
        if super::yaml::looks_like_one(text) {
            let before = self.out.documents.len();
            let found = self.yaml(text, from);
            if self.out.documents.len() > before || self.out.findings.iter().any(Finding::is_error) {
                return found;
            }
            // A text that begins like JSON is reported as JSON.
            if !matches!(text.get(0), Some('{' | '[' | '"')) {
                problem = found.err().flatten();
            }
            // One statement of an unreadable policy is not that policy.
            if problem.is_some() && super::yaml::has_statements(text) {
                return Err(among_words::values(text).err().or(problem));
            }
        }
        self.embedded(text, from).map_err(|error| error.or(problem))
    }

    /// Documents with words around them, or in a table cell.
    fn embedded(&mut self, text: &Text, from: &From) -> Result<(), NotFound> {
        let plain = text.to_string();
        let before = self.out.documents.len();
        for (start, read) in among_words::values(text).map_err(Some)? {
            let found_before = self.out.documents.len();
            let mut around = from.clone();
            if plain.contains("repositoryName") && around.repository.is_none() {
                around.repository = cell(&plain, "repositoryName");
            }
            if let Some(registry) = cell(&plain, "registryId") {
                self.compare_account(&registry, Some(text.at(0)));
            }
            self.slips(&read.slips);
            // A value without a document is just another word.
            drop(self.node(read.node, &around));
            if self.out.documents.len() > found_before {
                self.wrapping(Wrapping::Markdown);
                self.note(
                    "unwrapped-markdown",
                    "The document is extracted from the words around it.",
                    Some(text.at(start)),
                );
            }
        }
        if self.out.documents.len() > before { Ok(()) } else { Err(None) }
    }

    /// A value, and the text after it.
    fn after_json(&mut self, text: &Text, read: lenient::Read, from: &From) -> Result<(), NotFound> {
        let rest = text.slice(read.end..text.len()).trimmed();
        let mut from = from.clone();
        if !rest.is_empty() {
            let words: Vec<String> = rest.to_string().split_whitespace().map(str::to_owned).collect();
            let account = words.first().filter(|word| is_account(word));
            if let (Some(account), true) = (account, words.len() <= 2) {
                // `--output text` writes the members of the response next to each other.
                self.wrapping(Wrapping::Answer);
                self.compare_account(account, Some(rest.at(0)));
                from.repository = words.get(1).cloned().or(from.repository);
            } else if words.len() == 1 && [";", ",", ")", "EOF", "'", "\""].contains(&words[0].as_str()) {
                self.wrapping(Wrapping::Markdown);
            } else {
                let finding = Finding::error(
                    "json-invalid",
                    format!(
                        "line {}, column {}: the document ends before this",
                        rest.at(0).line,
                        rest.at(0).column
                    ),
                );
                self.push(finding.hint("Paste one document."), Some(rest.at(0)));
                return Err(None);
            }
        }
        let empty = read
            .node
            .get("Statement")
            .is_some_and(|s| matches!(&s.kind, super::node::Kind::List(l) if l.is_empty()));
        if empty && read.slips.iter().any(|(slip, _)| *slip == lenient::Slip::TrailingComma) {
            return Err(None);
        }
        self.slips(&read.slips);
        self.node(read.node, &from)
    }
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The cell after `name` in a table that the AWS CLI prints.
fn cell(text: &str, name: &str) -> Option<String> {
    let rest = &text[text.find(name)? + name.len()..];
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "|\":=".contains(c));
    let word: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "._-/".contains(*c)).collect();
    (!word.is_empty()).then_some(word)
}

/// The code blocks of a Markdown text.
fn fences(text: &Text) -> Option<Vec<Text>> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for line in text.lines() {
        let start = (line.start..line.end)
            .find(|i| text.get(*i).is_some_and(|c| !is_blank(c) && c != '>'))
            .unwrap_or(line.end);
        let mark: String =
            (start..line.end).filter_map(|i| text.get(i)).take_while(|c| *c == '`' || *c == '~').collect();
        match &open {
            None if mark.len() >= 3 => {
                // ```{"Version": …}``` on one line.
                let rest = text.slice(start + mark.len()..line.end);
                if let Some(end) = rest.find(&mark, 0) {
                    blocks.push(rest.slice(0..end));
                } else {
                    open = Some((mark, (line.end + 1).min(text.len())));
                }
            }
            Some((opened, from)) if mark.len() >= opened.len() && mark.starts_with(opened.as_str()) => {
                blocks.push(text.slice(*from..line.start));
                open = None;
            }
            _ => {}
        }
    }
    if let Some((_, from)) = open {
        blocks.push(text.slice(from..text.len()));
    }
    let blocks: Vec<Text> = blocks.into_iter().filter(|block| !block.trimmed().is_empty()).collect();
    (!blocks.is_empty()).then_some(blocks)
}

/// The inside of a JSON string without its quotes (`{\"Version\": …`), or of a URL's query.
fn escaped(text: &Text) -> Option<Text> {
    let head: String = text.chars().iter().filter(|c| !is_blank(**c)).take(24).collect();
    if head.starts_with("%7B%22") || head.starts_with("%7b%22") || head.starts_with("%7B%0A") {
        return Some(percent_decoded(text));
    }
    let inside = head
        .trim_start_matches("{")
        .trim_start_matches("\\r")
        .trim_start_matches("\\n")
        .trim_start_matches("\\t");
    if !(head.starts_with('{') && inside.trim_start().starts_with("\\\"")) {
        return None;
    }
    let mut out = Text::default();
    let mut i = 0;
    while let Some(c) = text.get(i) {
        let at = text.at(i);
        match (c, text.get(i + 1)) {
            ('\\', Some('n')) => out.push('\n', at),
            ('\\', Some('r')) => out.push('\r', at),
            ('\\', Some('t')) => out.push('\t', at),
            ('\\', Some(next @ ('"' | '\\' | '/'))) => out.push(next, at),
            _ => {
                out.push(c, at);
                i += 1;
                continue;
            }
        }
        i += 2;
    }
    Some(out)
}

fn percent_decoded(text: &Text) -> Text {
    let mut bytes: Vec<u8> = Vec::new();
    let mut i = 0;
    while let Some(c) = text.get(i) {
        let digits: String = (i + 1..i + 3).filter_map(|k| text.get(k)).collect();
        match (c, u8::from_str_radix(&digits, 16)) {
            ('%', Ok(byte)) if digits.len() == 2 => {
                bytes.push(byte);
                i += 3;
            }
            _ => {
                bytes.extend(c.to_string().as_bytes());
                i += 1;
            }
        }
    }
    let mut out = Text::default();
    out.push_str(&String::from_utf8_lossy(&bytes), text.at(0));
    out
}

/// A text with HTML-escaped quotes.
fn from_html(text: &Text) -> Option<Text> {
    let plain = text.to_string();
    if !plain.contains("&quot;") && !plain.contains("&#34;") {
        return None;
    }
    let mut out = Text::default();
    let mut i = 0;
    while let Some(c) = text.get(i) {
        let entity = [
            ("&quot;", '"'),
            ("&#34;", '"'),
            ("&#39;", '\''),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&nbsp;", ' '),
            ("&amp;", '&'),
        ]
        .into_iter()
        .find(|(entity, _)| text.starts_with(i, entity));
        match entity {
            Some((entity, plain)) => {
                out.push(plain, text.at(i));
                i += entity.len();
            }
            None => {
                out.push(c, text.at(i));
                i += 1;
            }
        }
    }
    Some(out)
}
