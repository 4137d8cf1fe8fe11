//! `longshore references`

pub(crate) mod arguments;
mod rewrite;

use std::{collections::BTreeSet, path::Path};

use arguments::References;
use longshore_app::{
    folder::{FileText, files, read_text},
    references::{Kind, Reference, Rewrite, find},
};
use rewrite::{Changes, read_map};
use serde_json::{Value, json};

use crate::{failure::Failure, output};

/// What was found.
#[derive(Default)]
struct Totals {
    files: usize,
    references: usize,
    images: BTreeSet<String>,
    unresolved: usize,
    too_large: usize,
    not_text: usize,
    notes: Vec<String>,
}

/// Finds the references in a directory, and rewrites them.
pub(crate) fn run(options: &References) -> Result<(), Failure> {
    let References { directory, rewrite, write, json } = options;
    let map = rewrite.as_deref().map(|file| read_map(file, *json)).transpose()?;
    let found = files(directory)?;
    let mut totals = Totals::default();
    let mut changes = Changes::new(map, *write);
    for (path, name) in &found.files {
        let Some(text) = text_of(path, name, &mut totals) else { continue };
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => ("\u{feff}", rest),
            None => ("", text.as_str()),
        };
        let of_file = find(name, text);
        totals.notes.extend(of_file.note.iter().map(|note| format!("{name}: {note}")));
        if of_file.references.is_empty() {
            continue;
        }
        totals.files += 1;
        for reference in &of_file.references {
            totals.count(reference);
            let rewritten = changes.decide(reference, name);
            report(name, reference, rewritten.as_ref(), &changes, *json);
        }
        changes.file(path, name, mark, text, *json)?;
    }
    totals.notes.extend(found.unreadable);
    if found.is_cut {
        totals.notes.push("The directory has more files, or deeper ones, than are visited.".to_owned());
    }
    summarise(directory, &totals, &changes, found.links, *json);
    match found.is_cut {
        true => Err(Failure::Incomplete("Not all files were visited.".to_owned())),
        false => Ok(()),
    }
}

impl Totals {
    fn count(&mut self, reference: &Reference) {
        self.references += 1;
        match &reference.image {
            Some(image) => {
                self.images.insert(image.clone());
            }
            None => self.unresolved += 1,
        }
    }
}

/// The text of a file; `None` for one that is too large, is not text, or is gone.
fn text_of(path: &Path, name: &str, totals: &mut Totals) -> Option<String> {
    match read_text(path) {
        Ok(FileText::Text(text)) => return Some(text),
        Ok(FileText::TooLarge) => totals.too_large += 1,
        Ok(FileText::NotText) => totals.not_text += 1,
        Err(error) => totals.notes.push(format!("{name} cannot be read: {error}.")),
    }
    None
}

/// The name of a kind for programs.
fn kind_of(kind: Kind) -> Value {
    serde_json::to_value(kind).unwrap_or_default()
}

fn report(file: &str, reference: &Reference, rewritten: Option<&Rewrite>, changes: &Changes, as_json: bool) {
    let at = reference.position;
    if as_json {
        let mut event = json!({
            "event": "reference", "file": file, "line": at.line, "column": at.column, "text": reference.text,
            "image": reference.image, "kind": kind_of(reference.kind),
        });
        if reference.image.is_none() {
            event["unresolved"] = true.into();
        }
        match rewritten {
            Some(Rewrite::To { image, .. }) => event["rewritten"] = image.as_str().into(),
            Some(Rewrite::NotPossible { why }) => event["not_rewritten"] = why.as_str().into(),
            Some(Rewrite::None) | None => {}
        }
        output::json(&event);
        return;
    }
    // The output is then the diff.
    if !changes.is_asked() {
        let image = match &reference.image {
            Some(image) if *image != reference.text => format!(" = {image}"),
            Some(_) => String::new(),
            None => " (not resolved)".to_owned(),
        };
        output::line(&format!("{file}:{}:{}: {}{image}", at.line, at.column, reference.text));
    }
}

fn summarise(directory: &Path, totals: &Totals, changes: &Changes, links: usize, as_json: bool) {
    let Totals { files, references, images, unresolved, too_large, not_text, notes } = totals;
    let images = images.len();
    let skipped = json!({"too_large": too_large, "not_text": not_text, "links": links});
    let notes: Vec<&String> = notes.iter().chain(changes.reasons()).collect();
    if as_json {
        let mut summary = json!({
            "event": "summary", "directory": directory.display().to_string(), "files": files,
            "references": references, "images": images, "unresolved": unresolved, "skipped": skipped,
            "notes": notes,
        });
        if changes.is_asked() {
            summary["rewritten"] = changes.rewritten().into();
            summary["not_rewritten"] = changes.reasons().count().into();
            summary["written"] = json!(changes.written());
        }
        output::summary(&summary);
        return;
    }
    notes.iter().for_each(|note| output::note(note));
    let mut text = format!(
        "{} in {}, of {}; {unresolved} not resolved.",
        counted(*references, "reference"),
        counted(*files, "file"),
        counted(images, "image")
    );
    if changes.is_asked() {
        let verb = if changes.writes() { "rewritten" } else { "to rewrite" };
        text.push_str(&format!(" {} {verb}.", counted(changes.rewritten(), "reference")));
        output::note(&text);
    } else {
        output::line(&text);
    }
}

fn counted(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
