//! Rewrites references by a map of prefixes.

use std::collections::BTreeMap;

use super::{Reference, Written, name::ImageName, name::is_host};
use crate::{Finding, Position, paste::text::Text};

/// More lines than any map has.
const MAX_LINES: usize = 10_000;

/// Prefixes of references and what they are replaced by; the longest that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RewriteMap {
    /// The longest prefix first.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    from: String,
    to: String,
}

/// A change of one line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where the replaced characters begin.
    pub position: Position,
    /// How many characters are replaced.
    pub length: usize,
    /// What they are replaced by.
    pub text: String,
}

/// What a map does with a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// No prefix fits.
    None,
    /// It becomes this image.
    To {
        /// The new reference, with host and tag.
        image: String,
        /// The changes of the file.
        edits: Vec<Edit>,
    },
    /// A prefix fits, but the file cannot be changed for it.
    NotPossible {
        /// Why, as a sentence.
        why: String,
    },
}

impl RewriteMap {
    /// Reads lines of `FROM_PREFIX TO_PREFIX`. Empty lines and what follows a `#` do not count.
    ///
    /// # Errors
    /// A finding for each line that is something else, with its position.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        let mut map = Self::default();
        let mut findings = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = content.split_whitespace().collect();
            let problem = match words.as_slice() {
                [] => continue,
                _ if number >= MAX_LINES => Some(format!("A map has at most {MAX_LINES} lines.")),
                [from, to] => map.add(from, to).err(),
                _ => Some("A line has two prefixes, FROM and TO, with a blank between them.".to_owned()),
            };
            if let Some(problem) = problem {
                findings.push(Finding::error("rewrite-map", problem).in_text(number + 1, 1));
                if number >= MAX_LINES {
                    break;
                }
            }
        }
        // Stable: of equally long prefixes the first counts, and none is twice.
        map.entries.sort_by_key(|entry| std::cmp::Reverse(entry.from.len()));
        if findings.is_empty() { Ok(map) } else { Err(findings) }
    }

    fn add(&mut self, from: &str, to: &str) -> Result<(), String> {
        for text in [from, to] {
            if let Some((scheme, _)) = text.split_once("://") {
                return Err(format!("Leave `{scheme}://` out of `{text}`."));
            }
        }
        let (first, _) = to.split_once('/').unwrap_or((to, ""));
        if !is_host(first) {
            return Err(format!("`{to}` does not begin with a host, such as registry.example.com/."));
        }
        for from in prefixes(from) {
            match self.entries.iter().find(|entry| entry.from == from) {
                Some(known) if known.to != to => return Err(format!("`{from}` is replaced twice.")),
                Some(_) => {}
                None => self.entries.push(Entry { from, to: to.to_owned() }),
            }
        }
        Ok(())
    }

    /// Whether it has no prefix.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What happens to a reference. A tag that is not known stays as it is written.
    pub fn rewrite(&self, reference: &Reference) -> Rewrite {
        let Some((base, suffix)) = &reference.base else { return Rewrite::None };
        // A tag in a field of its own is a part of the reference too.
        let behind = reference.name.as_ref().map_or_else(|| suffix.clone(), ImageName::suffix);
        let whole = format!("{}{behind}", base.full_name());
        let Some(new) = self.entries.iter().find_map(|entry| entry.applied(&whole)) else {
            return Rewrite::None;
        };
        if new == whole {
            return Rewrite::None;
        }
        let not_possible = |why: &str| Rewrite::NotPossible { why: why.to_owned() };
        let is_alone = |name: &ImageName| name.tag.is_none() && name.digest.is_none();
        let kept = new.strip_suffix(behind.as_str()).and_then(ImageName::parse).filter(is_alone);
        let (to, is_kept) = match kept {
            Some(name) => (name, true),
            None => match ImageName::parse(&new) {
                Some(name) => (name, false),
                None => return Rewrite::NotPossible { why: format!("`{new}` would not be a reference.") },
            },
        };
        let edits = match &reference.written {
            // Only the name, so that a tag from a variable stays one.
            Written::Whole(text) if is_kept => {
                let length = text.len() - suffix.chars().count();
                edit(&text.slice(0..length), to.full_name()).map(|edit| vec![edit])
            }
            Written::Whole(text) => edit(text, new.clone()).map(|edit| vec![edit]),
            Written::Fields { .. } if !is_kept => {
                return not_possible("The map changes the tag, and the image is given in several fields.");
            }
            Written::Fields { registry: None, repository } => {
                edit(repository, format!("{}{suffix}", to.full_name())).map(|edit| vec![edit])
            }
            Written::Fields { registry: Some(registry), repository } => {
                let registry = edit(registry, to.registry().to_owned());
                let repository = edit(repository, format!("{}{suffix}", to.full_repository()));
                registry.zip(repository).map(|(one, two)| vec![one, two])
            }
        };
        let Some(edits) = edits else {
            return not_possible("Its name is put together from several places of the file.");
        };
        let image = match (&reference.name, &reference.written) {
            (Some(name), Written::Fields { .. }) => format!("{}{}", to.full_name(), name.suffix()),
            (Some(_), Written::Whole(_)) if suffix.is_empty() => to.to_string(),
            _ => new,
        };
        Rewrite::To { image, edits }
    }
}

impl Entry {
    /// The reference with its beginning replaced. A prefix that ends within a name has to say so by its
    /// last character: `team/app` is not the beginning of `team/apples`, `team/app-` is that of
    /// `team/app-web`.
    fn applied(&self, whole: &str) -> Option<String> {
        let rest = whole.strip_prefix(&self.from)?;
        let ends = self.from.ends_with(['/', '-', '_', '.', ':']) || rest.is_empty();
        if !ends && !rest.starts_with(['/', ':', '@']) {
            return None;
        }
        let (from_slash, to_slash) = (self.from.ends_with('/'), self.to.ends_with('/'));
        let between = if from_slash && !to_slash && !rest.is_empty() { "/" } else { "" };
        let rest = if to_slash { rest.strip_prefix('/').unwrap_or(rest) } else { rest };
        Some(format!("{}{between}{rest}", self.to))
    }
}

/// A prefix as whole references begin. A name of one part may be an official image of docker's hub, or an
/// organisation there.
fn prefixes(from: &str) -> Vec<String> {
    let (first, rest) = match from.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (from, None),
    };
    let is_registry = match (rest, first.split_once(':')) {
        // `nginx:1.27` is an image; `localhost:5000` is not.
        (None, Some((_, port))) => {
            !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) && is_host(first)
        }
        _ => is_host(first),
    };
    let hub = |name: &str| match name.contains('/') {
        true => vec![format!("docker.io/{name}")],
        false => vec![format!("docker.io/library/{name}"), format!("docker.io/{name}")],
    };
    match (is_registry, rest) {
        (false, _) => hub(from),
        (true, Some(rest)) if ["docker.io", "index.docker.io", "registry-1.docker.io"].contains(&first) => {
            if rest.is_empty() {
                vec!["docker.io/".to_owned()]
            } else {
                hub(rest)
            }
        }
        (true, _) => vec![from.to_owned()],
    }
}

/// The change of a text that is in one piece in its file.
fn edit(text: &Text, to: String) -> Option<Edit> {
    let first = text.at(0);
    let in_one_piece = (0..text.len()).all(|i| {
        let at = text.at(i);
        at.line == first.line && at.column == first.column + i
    });
    let is_plain = in_one_piece && !text.is_empty();
    is_plain.then(|| Edit { position: first, length: text.len(), text: to })
}

/// The text of a file after changes. Changes of the same characters are made once.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut by_line: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_line.entry(edit.position.line).or_default().push(edit);
    }
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let Some(mut edits) = by_line.remove(&(number + 1)) else {
            out.push_str(line);
            continue;
        };
        edits.sort_by_key(|edit| edit.position.column);
        edits.dedup_by_key(|edit| edit.position.column);
        let mut chars = line.chars();
        let mut column = 1;
        for edit in edits {
            out.extend(chars.by_ref().take(edit.position.column.saturating_sub(column)));
            out.push_str(&edit.text);
            chars.by_ref().take(edit.length).for_each(drop);
            column = edit.position.column + edit.length;
        }
        out.extend(chars);
    }
    out
}
