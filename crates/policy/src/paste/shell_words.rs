//! The words of a command line: bash and zsh, PowerShell, cmd.
//!
//! The three quote differently. The text decides: `^` at the end of a line and `""` inside quotes
//! are cmd's, a backtick at the end of a line and `@'` are PowerShell's.

use super::text::{Text, is_odd_blank};
use crate::Position;

/// A word, and the names in it whose values are not in the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) text: Text,
    /// Variables and commands whose values are not in the text, as written.
    pub(super) unknown: Vec<(String, Position)>,
    /// The name, if the word is one variable and nothing else.
    pub(super) variable: Option<String>,
    /// Files whose content the word inserts (`$(cat policy.json)`).
    pub(super) file: Option<(String, Position)>,
}

impl Word {
    pub(super) fn plain(&self) -> String {
        self.text.to_string()
    }
}

/// One command.
#[derive(Debug, Clone, Default)]
pub(super) struct Simple {
    pub(super) words: Vec<Word>,
    /// The content of a here-document.
    pub(super) input: Option<Word>,
    /// The file that its output is written to.
    pub(super) output: Option<String>,
}

/// The shell that a text was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Bash,
    PowerShell,
    Cmd,
}

fn dialect(text: &str) -> Dialect {
    let line_end = |mark: char| text.lines().any(|line| line.trim_end().ends_with(mark));
    let trimmed = text.trim_start();
    let drive = trimmed.as_bytes().get(1..3).is_some_and(|b| b == b":\\");
    if line_end('^') || text.contains("{\"\"") || drive || trimmed.to_ascii_lowercase().starts_with("set ") {
        return Dialect::Cmd;
    }
    let here = text.contains("@'\n")
        || text.contains("@\"\n")
        || text.contains("@'\r\n")
        || text.contains("@\"\r\n");
    let variable = trimmed.starts_with('$')
        && trimmed.lines().next().is_some_and(|line| line.contains(" = ") || line.starts_with("$env:"));
    if line_end('`') || here || variable || trimmed.starts_with("PS ") || trimmed.starts_with("PS>") {
        Dialect::PowerShell
    } else {
        Dialect::Bash
    }
}

/// The commands of a text. `known` has the values of variables that the text itself sets.
pub(super) struct Words<'t> {
    text: &'t Text,
    i: usize,
    dialect: Dialect,
    /// Variables that are set so far.
    pub(super) known: Vec<(String, Word)>,
    /// Here-documents that begin on this line: delimiter, whether variables in it are expanded,
    /// whether leading tabs are removed.
    pending: Vec<(String, bool, bool)>,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Self { text, i: 0, dialect: dialect(&text.to_string()), known: Vec::new(), pending: Vec::new() }
    }

    pub(super) fn is_powershell(&self) -> bool {
        self.dialect == Dialect::PowerShell
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.i + ahead)
    }

    fn at(&self) -> Position {
        self.text.at(self.i)
    }

    /// The length of the line end at `i + ahead`.
    fn newline(&self, ahead: usize) -> usize {
        match (self.peek(ahead), self.peek(ahead + 1)) {
            (Some('\r'), Some('\n')) => 2,
            (Some('\n'), _) => 1,
            _ => 0,
        }
    }

    /// A continuation mark at the end of a line, including the whitespace after it.
    fn continuation(&self) -> Option<usize> {
        let mark = self.peek(0)?;
        let goes_on = mark == '\\'
            || (mark == '^' && self.dialect == Dialect::Cmd)
            || (mark == '`' && self.dialect == Dialect::PowerShell);
        if !goes_on {
            return None;
        }
        let mut ahead = 1;
        while matches!(self.peek(ahead), Some(' ' | '\t')) {
            ahead += 1;
        }
        let end = self.newline(ahead);
        (end > 0).then_some(ahead + end)
    }

    /// Skips the prompt at the beginning of a line.
    fn skip_prompt(&mut self) {
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.i += 1;
        }
        let line: String = self.text.chars()[self.i..].iter().take_while(|c| **c != '\n').take(200).collect();
        let length = prompt(&line);
        self.i += length;
    }

    /// The next command; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Simple> {
        loop {
            self.skip_prompt();
            if self.i >= self.text.len() {
                return None;
            }
            let command = self.command();
            if !command.words.is_empty() || command.input.is_some() {
                return Some(command);
            }
        }
    }

    fn command(&mut self) -> Simple {
        let mut command = Simple::default();
        while let Some(c) = self.peek(0) {
            if let Some(skip) = self.continuation() {
                self.i += skip;
                self.continued();
                continue;
            }
            if self.newline(0) > 0 {
                self.i += self.newline(0);
                if let Some(input) = self.here_documents() {
                    command.input = Some(input);
                }
                break;
            }
            match c {
                c if c.is_whitespace() || is_odd_blank(c) => self.i += 1,
                '#' => self.skip_line(),
                '|' | '&' | ';' => {
                    let piped = c == '|' && self.peek(1) != Some('|');
                    while matches!(self.peek(0), Some('|' | '&' | ';')) {
                        self.i += 1;
                    }
                    // `cat <<EOF | tee policy.json`: the second half names the file.
                    if !piped {
                        break;
                    }
                    let rest = self.command();
                    let tee = rest.words.first().is_some_and(|w| {
                        w.plain() == "tee" || w.plain() == "Out-File" || w.plain() == "Set-Content"
                    });
                    let file = rest.words.iter().skip(1).map(Word::plain).find(|word| !word.starts_with('-'));
                    if tee {
                        command.output = file;
                    } else if rest.words.iter().any(|w| w.plain() == "aws") {
                        command.words = rest.words;
                    }
                    command.input = command.input.or(rest.input);
                    break;
                }
                '<' if self.text.starts_with(self.i, "<<") && !self.text.starts_with(self.i, "<<<") => {
                    self.here()
                }
                '<' => self.i += 1,
                '>' => {
                    while matches!(self.peek(0), Some('>' | ' ' | '|')) {
                        self.i += 1;
                    }
                    let file = self.word();
                    if !file.text.is_empty() {
                        command.output = Some(file.plain());
                    }
                }
                _ => {
                    let before = self.i;
                    let word = self.word();
                    if self.i == before {
                        self.i += 1;
                    } else {
                        command.words.push(word);
                    }
                }
            }
        }
        command
    }

    /// After a continued line a shell may have printed its second prompt.
    fn continued(&mut self) {
        let start = self.i;
        while self.peek(0) == Some('>') {
            self.i += 1;
        }
        if self.i > start && self.peek(0) != Some(' ') {
            self.i = start;
        }
    }

    fn skip_line(&mut self) {
        while self.i < self.text.len() && self.newline(0) == 0 {
            self.i += 1;
        }
    }

    fn here(&mut self) {
        self.i += 2;
        let tabs = self.peek(0) == Some('-');
        self.i += usize::from(tabs);
        while self.peek(0) == Some(' ') {
            self.i += 1;
        }
        let quoted = matches!(self.peek(0), Some('\'' | '"' | '\\'));
        let mark = self.word().plain();
        if !mark.is_empty() {
            self.pending.push((mark, !quoted, tabs));
        }
    }

    /// Reads the here-documents whose operators were on the line that ended.
    fn here_documents(&mut self) -> Option<Word> {
        let mut input = None;
        for (mark, expanded, tabs) in std::mem::take(&mut self.pending) {
            let mut body = self.text.slice(self.i..self.i);
            while self.i < self.text.len() {
                let start = self.i;
                self.skip_line();
                let end = self.i;
                let mut from = start;
                while tabs && self.text.get(from) == Some('\t') {
                    from += 1;
                }
                let line = self.text.slice(from..end);
                self.i += self.newline(0).max(usize::from(self.i >= self.text.len()));
                if line.trimmed().to_string() == mark {
                    break;
                }
                body.append(&line);
                body.push('\n', self.text.at(end));
            }
            input =
                Some(if expanded { self.expanded(&body) } else { Word { text: body, ..Word::default() } });
        }
        self.i = self.i.min(self.text.len());
        input
    }

    /// A here-document whose variables the shell expands.
    fn expanded(&mut self, body: &Text) -> Word {
        let mut inner =
            Words { text: body, i: 0, dialect: self.dialect, known: self.known.clone(), pending: Vec::new() };
        let mut word = Word { text: body.slice(0..0), ..Word::default() };
        while let Some(c) = inner.peek(0) {
            match c {
                '\\' if matches!(inner.peek(1), Some('$' | '`' | '\\')) => {
                    inner.i += 1;
                    word.text.push(inner.peek(0).unwrap_or(c), inner.at());
                    inner.i += 1;
                }
                '$' => inner.dollar(&mut word),
                _ => {
                    word.text.push(c, inner.at());
                    inner.i += 1;
                }
            }
        }
        word
    }

    fn word(&mut self) -> Word {
        let start = self.i;
        let mut word = Word { text: self.text.slice(start..start), ..Word::default() };
        while let Some(c) = self.peek(0) {
            if self.continuation().is_some() {
                break;
            }
            match c {
                '\'' if self.dialect != Dialect::Cmd || self.i == start => self.single(&mut word),
                '"' => self.double(&mut word),
                '@' if self.i == start
                    && self.dialect == Dialect::PowerShell
                    && self.here_string(&mut word) => {}
                '$' if self.peek(1) == Some('\'') => self.ansi(&mut word),
                '$' => self.dollar(&mut word),
                '%' if self.dialect == Dialect::Cmd => self.percent(&mut word),
                '`' if self.dialect == Dialect::Bash => self.backquoted(&mut word),
                '\\' if self.dialect == Dialect::Bash || matches!(self.peek(1), Some('"')) => {
                    self.i += 1;
                    if let Some(c) = self.peek(0) {
                        word.text.push(c, self.at());
                        self.i += 1;
                    }
                }
                c if c.is_whitespace() || is_odd_blank(c) || "|&;<>".contains(c) => break,
                // A subshell's parentheses are not part of its words.
                '(' | ')' if self.dialect == Dialect::Bash => {
                    if self.i == start {
                        self.i += 1;
                    }
                    break;
                }
                c => {
                    word.text.push(c, self.at());
                    self.i += 1;
                }
            }
        }
        word
    }

    fn single(&mut self, word: &mut Word) {
        self.i += 1;
        while let Some(c) = self.peek(0) {
            if c == '\'' {
                if self.dialect == Dialect::PowerShell && self.peek(1) == Some('\'') {
                    self.i += 1;
                } else {
                    self.i += 1;
                    return;
                }
            }
            word.text.push(c, self.at());
            self.i += 1;
        }
    }

    fn double(&mut self, word: &mut Word) {
        self.i += 1;
        while let Some(c) = self.peek(0) {
            let next = self.peek(1);
            match c {
                '"' if next == Some('"') && self.dialect != Dialect::Bash => {
                    word.text.push('"', self.at());
                    self.i += 2;
                }
                '"' => {
                    self.i += 1;
                    return;
                }
                '\\' if next == Some('"')
                    || (self.dialect == Dialect::Bash && matches!(next, Some('\\' | '$' | '`'))) =>
                {
                    word.text.push(next.unwrap_or(c), self.at());
                    self.i += 2;
                }
                '\\' if self.continuation().is_some() => self.i += self.continuation().unwrap_or(1),
                '`' if self.dialect == Dialect::PowerShell && next.is_some() => {
                    word.text.push(next.unwrap_or(c), self.at());
                    self.i += 2;
                }
                '`' if self.dialect == Dialect::Bash => self.backquoted(word),
                '$' if self.dialect != Dialect::Cmd => self.dollar(word),
                '%' if self.dialect == Dialect::Cmd => self.percent(word),
                c => {
                    word.text.push(c, self.at());
                    self.i += 1;
                }
            }
        }
    }

    /// `$'…'`, with the escapes of C.
    fn ansi(&mut self, word: &mut Word) {
        self.i += 2;
        while let Some(c) = self.peek(0) {
            let at = self.at();
            self.i += 1;
            match c {
                '\'' => return,
                '\\' => {
                    let plain = match self.peek(0) {
                        Some('n') => '\n',
                        Some('t') => '\t',
                        Some('r') => '\r',
                        Some(c) => c,
                        None => return,
                    };
                    word.text.push(plain, at);
                    self.i += 1;
                }
                c => word.text.push(c, at),
            }
        }
    }

    /// PowerShell's `@'` … `'@`.
    fn here_string(&mut self, word: &mut Word) -> bool {
        let Some(quote @ ('\'' | '"')) = self.peek(1) else { return false };
        let skip = self.newline(2);
        if skip == 0 {
            return false;
        }
        let from = self.i + 2 + skip;
        let end = self.text.find(&format!("\n{quote}@"), from.saturating_sub(1)).unwrap_or(self.text.len());
        word.text.append(&self.text.slice(from..end.max(from)));
        self.i = (end + 3).min(self.text.len());
        true
    }

    fn percent(&mut self, word: &mut Word) {
        let start = self.i;
        let mut end = start + 1;
        while self.text.get(end).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            end += 1;
        }
        if end == start + 1 || self.text.get(end) != Some('%') {
            word.text.push('%', self.at());
            self.i += 1;
            return;
        }
        let name = self.text.slice(start + 1..end).to_string();
        self.i = end + 1;
        self.variable(word, &name, start, self.i);
    }

    fn dollar(&mut self, word: &mut Word) {
        let start = self.i;
        if self.peek(1) == Some('(') {
            return self.substitution(word);
        }
        let braced = self.peek(1) == Some('{');
        let mut end = start + 1 + usize::from(braced);
        let first = end;
        while self.text.get(end).is_some_and(|c| {
            c.is_ascii_alphanumeric() || c == '_' || (c == ':' && self.dialect == Dialect::PowerShell)
        }) {
            end += 1;
        }
        let name = self.text.slice(first..end).to_string();
        if braced {
            end = self.text.find("}", end).map_or(self.text.len(), |close| close + 1);
        }
        if name.is_empty() {
            word.text.push('$', self.at());
            self.i += 1;
            return;
        }
        self.i = end;
        self.variable(word, &name, start, end);
    }

    fn variable(&mut self, word: &mut Word, name: &str, start: usize, end: usize) {
        let whole = word.text.is_empty() && word.unknown.is_empty();
        let known = self.known.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).cloned();
        match known {
            Some((_, value)) => {
                word.text.append(&value.text);
                word.unknown.extend(value.unknown);
                word.file = value.file;
            }
            None => {
                word.unknown.push((self.text.slice(start..end).to_string(), self.text.at(start)));
                word.text.append(&self.text.slice(start..end));
            }
        }
        word.variable = whole.then(|| name.to_owned());
    }

    /// `$(…)`.
    fn substitution(&mut self, word: &mut Word) {
        let start = self.i;
        let (mut depth, mut i) = (0, start + 1);
        let mut quote: Option<char> = None;
        while let Some(c) = self.text.get(i) {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            i += 1;
        }
        let inside = self.text.slice(start + 2..i);
        self.i = (i + 1).min(self.text.len());
        self.output_of(word, &inside, start);
    }

    fn backquoted(&mut self, word: &mut Word) {
        let start = self.i;
        let end = self.text.find("`", start + 1).unwrap_or(self.text.len());
        let inside = self.text.slice(start + 1..end);
        self.i = (end + 1).min(self.text.len());
        self.output_of(word, &inside, start);
    }

    /// The output of a command in a word, if it is clear: `cat` of a file or a here-document.
    fn output_of(&mut self, word: &mut Word, inside: &Text, start: usize) {
        let at = self.text.at(start);
        let mut inner = Words {
            text: inside,
            i: 0,
            dialect: self.dialect,
            known: self.known.clone(),
            pending: Vec::new(),
        };
        let reads = inside.trimmed().to_string().starts_with('<');
        if let Some(command) = inner.next() {
            let words: Vec<String> = command.words.iter().map(Word::plain).collect();
            let cat = matches!(
                words.first().map(String::as_str),
                Some("cat" | "Get-Content" | "gc" | "type" | "jq")
            );
            if let (Some(input), true) = (command.input, cat) {
                word.text.append(&input.text);
                word.unknown.extend(input.unknown);
                return;
            }
            let file = words
                .iter()
                .skip(usize::from(!reads))
                .rfind(|w| !w.starts_with('-') && w.as_str() != ".")
                .cloned();
            if let (Some(file), true) = (file, cat || reads) {
                word.file = Some((file, at));
                return;
            }
        }
        let written = self.text.slice(start..self.i);
        word.unknown.push((written.to_string(), at));
        word.text.append(&written);
    }
}

/// The length of a shell's prompt at the beginning of a line.
fn prompt(line: &str) -> usize {
    for mark in ["$ ", "% ", "> ", ">> ", "❯ ", "➜ "] {
        if line.starts_with(mark) {
            return mark.chars().count();
        }
    }
    if let Some(rest) = line.strip_prefix("# ")
        && ["aws ", "sudo ", "cat ", "docker "].iter().any(|word| rest.starts_with(word))
    {
        return 2;
    }
    let windows = line.starts_with("PS ")
        || line.starts_with("PS>")
        || (line.as_bytes().get(1..3).is_some_and(|b| b == b":\\"));
    if windows && let Some(end) = line.find('>') {
        let blanks = line[end + 1..].chars().take_while(|c| *c == ' ').count();
        return line[..=end].chars().count() + blanks;
    }
    // user@host:~$ and [user@host ~]$
    if let Some(end) = line.find(['$', '#', '%'])
        && line[..end].contains('@')
        && line[end + 1..].starts_with(' ')
        && !line[..end].contains(['\'', '"', '=', '{'])
    {
        return line[..end].chars().count() + 2;
    }
    0
}
