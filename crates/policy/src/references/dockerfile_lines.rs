//! The instructions of a Dockerfile: lines joined, comments and here-documents left out.
//!
//! Source: Dockerfile reference, "Format", "Parser directives", "Here-Documents".

use crate::paste::text::Text;

/// What a Dockerfile has.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The value of the directive `syntax`.
    pub(super) syntax: Option<Text>,
    /// The instructions in their order.
    pub(super) instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Debug)]
pub(super) struct Instruction {
    /// In upper case; the inner one of `ONBUILD`.
    pub(super) keyword: String,
    /// The words after it, without quotes around them.
    pub(super) words: Vec<Text>,
}

/// Reads a Dockerfile.
pub(super) fn read(text: &Text) -> Lines {
    let mut out = Lines::default();
    let mut escape = '\\';
    let lines = text.lines();
    let mut at = 0;
    // Directives are comments before everything else.
    while let Some((name, value)) = lines.get(at).and_then(|line| directive(&text.slice(line.clone()))) {
        match name.as_str() {
            "escape" => escape = value.get(0).unwrap_or(escape),
            "syntax" => out.syntax = out.syntax.or(Some(value)),
            _ => {}
        }
        at += 1;
    }
    while at < lines.len() {
        let mut whole = text.slice(0..0);
        let mut goes_on = true;
        while goes_on && at < lines.len() {
            let line = text.slice(lines[at].clone());
            at += 1;
            let content = line.trimmed();
            // Comments and empty lines do not end an instruction.
            if content.get(0) == Some('#') || content.is_empty() {
                goes_on = !whole.is_empty();
                continue;
            }
            goes_on = content.get(content.len() - 1) == Some(escape);
            whole.append(&content.slice(0..content.len() - usize::from(goes_on)));
            if goes_on {
                whole.push(' ', content.at(content.len() - 1));
            }
        }
        let Some(instruction) = instruction(&whole) else { continue };
        if ["RUN", "COPY", "ADD"].contains(&instruction.keyword.as_str()) {
            for (end, tabs) in here_documents(&instruction.words) {
                while let Some(line) = lines.get(at) {
                    at += 1;
                    let line = text.slice(line.clone()).to_string();
                    let line = if tabs { line.trim_start_matches('\t') } else { &line };
                    if line == end {
                        break;
                    }
                }
            }
        }
        out.instructions.push(instruction);
    }
    out
}

/// `# name=value`
fn directive(line: &Text) -> Option<(String, Text)> {
    let line = line.trimmed();
    let rest = line.slice(1..line.len()).trimmed();
    let equals = rest.find("=", 0).filter(|_| line.get(0) == Some('#'))?;
    let name = rest.slice(0..equals).trimmed().to_string().to_ascii_lowercase();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
    is_name.then(|| (name, rest.slice(equals + 1..rest.len()).trimmed()))
}

fn instruction(whole: &Text) -> Option<Instruction> {
    let mut words = words(whole).into_iter();
    let mut keyword = words.next()?.to_string().to_ascii_uppercase();
    if keyword == "ONBUILD" {
        keyword = words.next()?.to_string().to_ascii_uppercase();
    }
    Some(Instruction { keyword, words: words.collect() })
}

/// The words of a line. Quotes keep blanks together and are removed.
fn words(line: &Text) -> Vec<Text> {
    let mut words = Vec::new();
    let mut word: Option<Text> = None;
    let mut quote = None;
    for i in 0..line.len() {
        let Some(c) = line.get(i) else { break };
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_with(|| line.slice(i + 1..i + 1));
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_with(|| line.slice(i..i)).push(c, line.at(i)),
        }
    }
    words.extend(word);
    words
}

/// The words that end the here-documents of an instruction, and whether tabs before them do not count.
fn here_documents(words: &[Text]) -> Vec<(String, bool)> {
    let begins = words.iter().filter_map(|word| {
        let word = word.to_string();
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?.to_owned();
        let (tabs, name) = match rest.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, rest.as_str()),
        };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then(|| (name.to_owned(), tabs))
    });
    begins.collect()
}
