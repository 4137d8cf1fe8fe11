//! What a pasted command line would send: the document, its target, and the parts of it that are
//! elsewhere. Nothing is run.

use super::{
    DocumentKind, From, NotFound, Reader, Wrapping,
    shell_words::{Simple, Word, Words},
    text::Text,
};
use crate::{Finding, Position};

/// Options that contain a document, and its kind.
const OPTIONS: [(&str, Option<DocumentKind>); 9] = [
    ("policy-text", None),
    ("lifecycle-policy-text", Some(DocumentKind::LifecyclePolicy)),
    ("replication-configuration", Some(DocumentKind::ReplicationConfiguration)),
    ("assume-role-policy-document", Some(DocumentKind::TrustPolicy)),
    ("policy-document", Some(DocumentKind::IdentityPolicy)),
    ("cli-input-json", None),
    ("cli-input-yaml", None),
    ("policy", None),
    ("content", Some(DocumentKind::IdentityPolicy)),
];

/// A call of the AWS CLI.
#[derive(Debug, Default)]
struct Call {
    operation: String,
    options: Vec<(String, Option<Word>, Position)>,
}

impl Call {
    fn option(&self, name: &str) -> Option<(String, Position)> {
        let (_, value, at) = self.options.iter().find(|(known, ..)| known == name)?;
        let value = value.as_ref()?;
        value.unknown.is_empty().then(|| (value.plain(), *at))
    }
}

impl Reader<'_> {
    /// The documents in a command line.
    pub(super) fn shell(&mut self, text: &Text) -> Result<(), NotFound> {
        let mut words = Words::new(text);
        let mut files: Vec<(String, Word)> = Vec::new();
        let mut found = Err(None);
        let mut calls = 0;
        let before = self.out.documents.len();
        while let Some(mut command) = words.next() {
            if set_variables(&mut command, &mut words) {
                continue;
            }
            if let (Some(file), Some(input)) = (&command.output, &command.input) {
                files.push((file.clone(), input.clone()));
                continue;
            }
            let Some(call) = call(&command) else { continue };
            calls += 1;
            self.compare_place(&call, &words);
            if self.document_of(&call, command.input.as_ref(), &files).is_ok() {
                found = Ok(());
            }
        }
        if self.out.documents.len() == before {
            // A here-document or variable without its call, or the response of a call.
            let mut left: Vec<Word> = files.into_iter().map(|(_, word)| word).collect();
            left.extend(words.known.iter().map(|(_, word)| word.clone()));
            for word in left.into_iter().filter(|word| word.text.trimmed().get(0) == Some('{')) {
                if self.word_document(&word, &From::default()).is_ok() {
                    found = Ok(());
                }
            }
            if let (Err(_), Some(answer)) = (&found, answer(text)) {
                found = self.any(&answer, &From::default());
            }
        }
        if self.out.documents.len() > before {
            self.wrapping(Wrapping::Command);
            self.note(
                "unwrapped-command",
                "The document is extracted from the command; nothing is run.",
                Some(text.at(0)),
            );
        }
        if calls > 0 && found.is_err() {
            self.wrapping(Wrapping::Command);
        }
        found
    }

    /// Checks that the call is for the registry that the document is checked for.
    fn compare_place(&mut self, call: &Call, words: &Words<'_>) {
        let variable = |name: &str| {
            let known = words.known.iter().rev().find(|(known, _)| known.trim_start_matches("env:") == name);
            known.filter(|(_, word)| word.unknown.is_empty()).map(|(_, word)| (word.plain(), word.text.at(0)))
        };
        let region = call
            .option("region")
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"));
        if let Some((region, at)) = region {
            self.compare_region(&region, Some(at));
        }
        if let Some((account, at)) = call.option("registry-id") {
            self.compare_account(&account, Some(at));
        }
        let profile = call.option("profile").or_else(|| variable("AWS_PROFILE"));
        if let (Some((profile, at)), Some(place)) = (profile, self.place) {
            let text = format!(
                "The command uses the profile `{profile}`, whose account the text does not say; this is registry {}.",
                place.account
            );
            self.note("command-profile", text, Some(at));
        }
    }

    fn document_of(
        &mut self,
        call: &Call,
        input: Option<&Word>,
        files: &[(String, Word)],
    ) -> Result<(), NotFound> {
        for (option, kind) in OPTIONS {
            let Some((_, value, at)) = call.options.iter().find(|(known, ..)| known == option) else {
                continue;
            };
            let mut from = From::of(kind.or(match call.operation.as_str() {
                "set-repository-policy" => Some(DocumentKind::RepositoryPolicy),
                "put-registry-policy" => Some(DocumentKind::RegistryPolicy),
                _ => None,
            }));
            from.repository = match from.kind {
                Some(DocumentKind::RepositoryPolicy) => call.option("repository-name").map(|(name, _)| name),
                _ => None,
            };
            let Some(value) = value else { continue };
            let file = value.plain();
            let file = file.strip_prefix("file://").or(file.strip_prefix("fileb://"));
            let file = file.map(str::to_owned).or(value.file.as_ref().map(|(file, _)| file.clone()));
            let Some(file) = file else { return self.word_document(value, &from) };
            let same = |written: &str| {
                let plain = |path: &str| path.trim_start_matches("./").trim_start_matches("$PWD/").to_owned();
                plain(written) == plain(&file) || plain(&file).ends_with(&format!("/{}", plain(written)))
            };
            if let Some((_, content)) = files.iter().rev().find(|(written, _)| same(written)) {
                return self.word_document(content, &from);
            }
            if let (Some(input), true) = (input, file.contains("/dev/stdin") || file == "-") {
                return self.word_document(input, &from);
            }
            self.file_missing(&file, value.file.as_ref().map_or(*at, |(_, at)| *at));
            return Err(None);
        }
        Err(None)
    }

    /// The document in a word.
    fn word_document(&mut self, word: &Word, from: &From) -> Result<(), NotFound> {
        for (name, at) in &word.unknown {
            self.unreadable("The value of", name, *at);
        }
        let whole = word.variable.is_some() && word.unknown.len() == 1;
        if whole && word.text.len() == word.unknown[0].0.chars().count() {
            return Err(None);
        }
        match self.any(&word.text, from) {
            Err(Some(problem)) => {
                let (line, column) = (problem.at.line, problem.at.column);
                let text = format!("line {line}, column {column}: {}", problem.problem);
                self.push(Finding::error("json-invalid", text), Some(problem.at));
                Err(None)
            }
            Err(None) => {
                self.push(
                    Finding::error("json-invalid", "The command's document cannot be read."),
                    Some(word.text.at(0)),
                );
                Err(None)
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Reads `NAME=value` before a command, `export NAME=value`, `set NAME=value`, `$name = value`.
/// Returns whether there was nothing else.
fn set_variables(command: &mut Simple, words: &mut Words<'_>) -> bool {
    let first = command.words.first().map(Word::plain).unwrap_or_default();
    if words.is_powershell()
        && let [name, equals, value, ..] = command.words.as_slice()
        && equals.plain() == "="
        && let Some(name) = &name.variable
    {
        words.known.push((name.clone(), value.clone()));
        return true;
    }
    let declares = ["export", "set", "declare", "local", "readonly", "env"].contains(&first.as_str());
    if declares {
        command.words.remove(0);
    }
    while let Some((name, length)) = command.words.first().and_then(|word| assignment(&word.plain())) {
        let word = command.words.remove(0);
        let value = Word { text: word.text.slice(length..word.text.len()), variable: None, ..word };
        words.known.push((name, value));
    }
    command.words.is_empty()
}

/// The name in `NAME=…`, and the length up to the value.
fn assignment(word: &str) -> Option<(String, usize)> {
    let (name, _) = word.split_once('=')?;
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (begins && rest).then(|| (name.to_owned(), name.chars().count() + 1))
}

/// The call of the AWS CLI in a command, whatever precedes it (`sudo`, `aws-vault exec`, a
/// container).
fn call(command: &Simple) -> Option<Call> {
    let is_cli = |word: &Word| {
        let word = word.plain();
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        ["aws", "aws.exe", "aws-cli", "awslocal"].contains(&name.split(':').next().unwrap_or_default())
    };
    let start = command.words.iter().position(is_cli)? + 1;
    let mut call = Call::default();
    let mut plain = Vec::new();
    let mut rest = command.words[start..].iter().peekable();
    while let Some(word) = rest.next() {
        let text = word.plain();
        let dashes = ['-', '\u{2013}', '\u{2014}', '\u{2212}'];
        let Some(option) = text.strip_prefix("--").or(text.strip_prefix(&dashes[1..])) else {
            plain.push(text);
            continue;
        };
        let at = word.text.at(0);
        if let Some((name, _)) = option.split_once('=') {
            let skip = text.chars().count() - option.chars().count() + name.chars().count() + 1;
            let value = Word { text: word.text.slice(skip..word.text.len()), ..word.clone() };
            call.options.push((name.to_owned(), Some(value), at));
            continue;
        }
        let value = rest.next_if(|next| !next.plain().starts_with("--")).cloned();
        let at = value.as_ref().map_or(at, |value| value.text.at(0));
        call.options.push((option.to_owned(), value, at));
    }
    call.operation = plain.get(1).cloned().unwrap_or_default();
    Some(call)
}

/// Output of a call that was pasted with it: the lines from the first that opens a document.
fn answer(text: &Text) -> Option<Text> {
    let line =
        text.lines().into_iter().find(|line| matches!(text.get(line.start), Some('{' | '"' | '+' | '|')))?;
    (line.start > 0).then(|| text.slice(line.start..text.len()))
}
