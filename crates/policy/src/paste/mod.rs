//! Reads what people paste: a policy in a command, in Terraform, in a template, in output of the
//! AWS CLI, in Markdown, or with the quotes of a word processor.
//!
//! A wrapping is removed, with a note, if nothing is lost. Anything that the text does not contain
//! (the value of a variable, a file that was not pasted) is reported with its position. Pure:
//! nothing is run, looked up or opened.

mod among_words;
mod answer;
mod cloudformation;
mod decode;
mod hcl;
mod hcl_document;
mod hcl_expression;
mod hcl_lifecycle;
mod kind;
pub(crate) mod lenient;
pub(crate) mod node;
mod shell;
mod shell_run;
mod shell_words;
pub(crate) mod text;
mod unwrap;
pub(crate) mod yaml;

use longshore_names::RegistryId;
use serde::Serialize;
use serde_json::Value;

pub use decode::decode;
pub use kind::DocumentKind;

use self::{lenient::Slip, node::Node, text::Text};
use crate::{FieldPath, Finding, Position};

/// More than any document needs, including its wrapping.
pub const MAX_PASTED: usize = 64 * 1024;

/// A wrapping that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrapping {
    /// A byte order mark, or UTF-16.
    Encoding,
    /// Quotes and spaces of a word processor, invisible characters.
    Typography,
    /// Comments in JSON.
    Comments,
    /// A comma after the last element.
    TrailingComma,
    /// A Markdown fence or quotation, or words around the document.
    Markdown,
    /// A JSON string that contains the document, or the inside of one.
    JsonText,
    /// A command line.
    Command,
    /// Terraform.
    Terraform,
    /// CloudFormation.
    CloudFormation,
    /// The response or the input of an API call.
    Answer,
    /// YAML.
    Yaml,
}

/// A document that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// The repository whose policy it is, if the wrapping names it.
    pub repository: Option<String>,
    /// The document.
    pub value: Value,
    /// The kind that the wrapping says it is.
    pub(crate) said: Option<DocumentKind>,
    pub(crate) node: Node,
}

impl Document {
    /// The position of a field of the document in the pasted text.
    pub fn place(&self, field: &FieldPath) -> Position {
        self.node.place(field)
    }

    /// Whether the string of a field has a variable, `${…}`.
    pub(crate) fn has_variable(&self, field: &FieldPath) -> bool {
        self.node.find(field).and_then(Node::as_text).is_some_and(|text| text.find("${", 0).is_some())
    }

    /// The positions of invisible characters and unusual spaces inside strings.
    pub fn odd_characters(&self) -> Vec<(FieldPath, char, Position)> {
        let mut found = Vec::new();
        odd(&self.node, FieldPath::new(""), &mut found);
        found
    }
}

fn odd(node: &Node, at: FieldPath, found: &mut Vec<(FieldPath, char, Position)>) {
    match &node.kind {
        node::Kind::Text(text) => look(text, &at, found),
        node::Kind::List(items) => {
            for (i, item) in items.iter().enumerate() {
                odd(item, at.item(i), found);
            }
        }
        node::Kind::Map(entries) => {
            for (key, value) in entries {
                look(key, &at, found);
                odd(value, at.child(&key.to_string()), found);
            }
        }
        _ => {}
    }
}

fn look(text: &Text, at: &FieldPath, found: &mut Vec<(FieldPath, char, Position)>) {
    for (i, c) in text.chars().iter().enumerate() {
        if text::is_invisible(*c) || text::is_odd_blank(*c) {
            found.push((at.clone(), *c, text.at(i)));
        }
    }
}

/// The content of a pasted text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pasted {
    /// The documents, in the order of the text.
    pub documents: Vec<Document>,
    /// The wrappings that were removed, outermost first.
    pub unwrapped: Vec<Wrapping>,
    /// Problems of the wrapping and notes about it, each with its position.
    pub findings: Vec<Finding>,
}

/// Reads a text that was pasted as a document of the registry `place`.
pub fn read(text: &str, place: &RegistryId) -> Pasted {
    read_for(text, Some(place), MAX_PASTED)
}

/// As [`read`], for a document that no registry is known for, and with another limit in bytes. Accounts
/// and Regions of the text are not compared.
pub fn read_anywhere(text: &str, most: usize) -> Pasted {
    read_for(text, None, most)
}

/// As [`read`], of at most `limit` bytes, for a registry that need not be known.
pub(crate) fn read_for(text: &str, place: Option<&RegistryId>, limit: usize) -> Pasted {
    let mut reader = Reader { place, out: Pasted::default(), depth: 0, inside: 0 };
    if text.len() > limit {
        let finding = Finding::error("text-too-long", format!("The text has more than {limit} bytes."));
        reader.out.findings.push(finding);
        return reader.out;
    }
    let (clean, decoded) = decode::clean(text);
    if decoded != decode::Decoded::Plain {
        reader.wrapping(Wrapping::Encoding);
        let what =
            if decoded == decode::Decoded::Utf16 { "is UTF-16" } else { "begins with a byte order mark" };
        reader.note("text-encoding", format!("The text {what}; it is read anyway."), None);
    }
    if let Err(problem) = reader.any(&Text::new(&clean), &From::default())
        && reader.out.documents.is_empty()
    {
        let finding = match crate::json::parse(&clean) {
            // The strict parser has the better message, unless it stops at something that the
            // lenient one can read.
            Err(error)
                if problem
                    .as_ref()
                    .is_none_or(|p| (p.at.line, p.at.column) <= (error.line, error.column)) =>
            {
                crate::DocumentError::Json(error).finding()
            }
            _ => match problem {
                Some(problem) => {
                    let (line, column) = (problem.at.line, problem.at.column);
                    let text = format!("line {line}, column {column}: {}", problem.problem);
                    Finding::error("json-invalid", text).in_text(line, column)
                }
                None => Finding::error("document-shape", "document: this is not a policy")
                    .at(FieldPath::new("document")),
            },
        };
        let command = reader.out.unwrapped.contains(&Wrapping::Command);
        if !command && !reader.out.findings.iter().any(Finding::is_error) {
            reader.out.findings.push(finding);
        }
    }
    reader.out
}

/// The value at the beginning of a text, also with the slips that people make in JSON.
pub(crate) fn lenient_value(text: &str) -> Option<Node> {
    lenient::value(&Text::new(text).trimmed(), 0).ok().map(|read| read.node)
}

/// Removes the byte order mark of a text, and restores UTF-16 that was decoded byte by byte.
pub(crate) fn clean(text: &str) -> String {
    decode::clean(text).0
}

/// What the wrapping says about its content.
#[derive(Debug, Clone, Default)]
struct From {
    kind: Option<DocumentKind>,
    repository: Option<String>,
}

impl From {
    fn of(kind: Option<DocumentKind>) -> Self {
        Self { kind, repository: None }
    }
}

/// A text without a document, with the position at which it stops being one if that is clear.
type NotFound = Option<lenient::Problem>;

struct Reader<'a> {
    /// The registry that the document is for, if that is known.
    place: Option<&'a RegistryId>,
    out: Pasted,
    /// Wrappings removed around the current value.
    depth: usize,
    /// The nesting depth of the current value.
    inside: usize,
}

impl Reader<'_> {
    fn wrapping(&mut self, wrapping: Wrapping) {
        if !self.out.unwrapped.contains(&wrapping) {
            self.out.unwrapped.push(wrapping);
        }
    }

    fn push(&mut self, finding: Finding, at: Option<Position>) {
        let finding = match at {
            Some(at) => finding.in_text(at.line, at.column),
            None => finding,
        };
        if !self.out.findings.contains(&finding) {
            self.out.findings.push(finding);
        }
    }

    fn note(&mut self, code: &'static str, text: impl Into<String>, at: Option<Position>) {
        self.push(Finding::note(code, text), at);
    }

    fn document(&mut self, node: Node, from: &From) {
        let value = node.value();
        let kind = kind::kind_of(&value, from.kind, from.repository.is_some());
        let said = from.kind.or(from.repository.is_some().then_some(DocumentKind::RepositoryPolicy));
        self.out.documents.push(Document { kind, repository: from.repository.clone(), value, said, node });
    }

    /// A value that is not in the text.
    fn unreadable(&mut self, what: &str, name: &str, at: Position) {
        let finding = Finding::error(
            "variable-unreadable",
            format!("{what} `{name}` is not in the text, so its value is unknown."),
        )
        .hint("Replace it with the value.");
        self.push(finding, Some(at));
    }

    fn file_missing(&mut self, file: &str, at: Position) {
        let finding = Finding::error(
            "document-in-file",
            format!("The document is in the file `{file}`, which was not pasted."),
        )
        .hint(format!("Paste the content of `{file}`."));
        self.push(finding, Some(at));
    }

    fn slips(&mut self, slips: &[(Slip, Position)]) {
        for (slip, at) in slips {
            let warn = |code, text: &str, hint: &str| Finding::warning(code, text).hint(hint);
            let (wrapping, finding) = match slip {
                Slip::TypographicQuotes | Slip::OddBlanks => (
                    Wrapping::Typography,
                    warn(
                        "typographic-quotes",
                        "The text has typographic quotes or spaces.",
                        "They are replaced by plain ones in the fixed document.",
                    ),
                ),
                Slip::SingleQuotes => (
                    Wrapping::Typography,
                    warn(
                        "single-quotes",
                        "The strings are in single quotes.",
                        "JSON needs double quotes; the fixed document has them.",
                    ),
                ),
                Slip::Invisible => (
                    Wrapping::Typography,
                    warn(
                        "typographic-quotes",
                        "There are invisible characters between the words.",
                        "They are removed in the fixed document.",
                    ),
                ),
                Slip::Comment => (
                    Wrapping::Comments,
                    warn(
                        "comments",
                        "The text has comments, which JSON does not allow.",
                        "They are removed in the fixed document.",
                    ),
                ),
                Slip::TrailingComma => {
                    let text = format!(
                        "line {}, column {}: there is a comma after the last element",
                        at.line, at.column
                    );
                    (Wrapping::TrailingComma, Finding::error("json-invalid", text).hint("Remove this comma."))
                }
            };
            self.wrapping(wrapping);
            if !self.out.findings.iter().any(|known| known.code == finding.code && known.text == finding.text)
            {
                self.push(finding, Some(*at));
            }
        }
    }
}
