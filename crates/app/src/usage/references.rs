//! References in files of this computer, and lists that a person gives.

use std::path::PathBuf;

use super::Seen;
use crate::{
    api::{ApiError, RepositoryKey, Side, UsageList},
    folder::{FileText, files, read_text},
    lifecycle::{UsedReferences, read_in_use, read_references},
    plans::counted,
};

/// The most directories, files and lists of one search.
const MOST: usize = 100;
/// The most bytes of a list.
const MOST_OF_LIST: usize = 16 * 1024 * 1024;
/// The most files that are named as unreadable.
const MOST_NAMED: usize = 5;

/// What directories and files say is in use.
pub(super) async fn of_files(key: &RepositoryKey, paths: &[String]) -> Result<Seen, ApiError> {
    too_many(paths.len(), "references")?;
    let (key, paths): (_, Vec<PathBuf>) = (key.clone(), paths.iter().map(PathBuf::from).collect());
    tokio::task::spawn_blocking(move || read(&key, &paths))
        .await
        .map_err(|_| ApiError::internal("Reading the references ended without a result."))?
}

fn too_many(number: usize, field: &str) -> Result<(), ApiError> {
    if number <= MOST {
        return Ok(());
    }
    Err(ApiError::input("in-use-unreadable", field, format!("At most {MOST} can be given.")))
}

fn read(key: &RepositoryKey, paths: &[PathBuf]) -> Result<Seen, ApiError> {
    let registry = &key.registry;
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    let mut sum = Sum::default();
    for path in paths {
        let found = files(path)?;
        let (mut unreadable, mut left_out) = (found.unreadable, found.links);
        for (file, name) in &found.files {
            match read_text(file) {
                Ok(FileText::Text(text)) => {
                    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                    let (repository, account) = (Some(&*key.repository), Some(&*account));
                    sum.add(read_references(name, text, repository, account, Some(&region)));
                }
                Ok(FileText::TooLarge | FileText::NotText) => left_out += 1,
                Err(error) => unreadable.push(format!("{name} cannot be read: {error}.")),
            }
        }
        // What is in them is not known, so nothing is known to be unused.
        if found.is_cut {
            let text = format!("{} has more files, or deeper ones, than are visited.", path.display());
            return Err(ApiError::new("file-unreadable", Side::ThisMachine, text));
        }
        if !unreadable.is_empty() {
            unreadable.truncate(MOST_NAMED);
            return Err(ApiError::new("file-unreadable", Side::ThisMachine, unreadable.join(" ")));
        }
        if left_out > 0 {
            let files = counted(left_out, "link, large or binary file");
            sum.seen.unseen.push(format!("{files} of {} not read.", path.display()));
        }
    }
    Ok(sum.seen())
}

/// What lists say is in use.
pub(super) fn of_lists(key: &RepositoryKey, lists: &[UsageList]) -> Result<Seen, ApiError> {
    too_many(lists.len(), "lists")?;
    let registry = &key.registry;
    let (account, region) = (registry.account.to_string(), registry.region.to_string());
    let mut sum = Sum::default();
    for UsageList { name, text } in lists {
        if text.len() > MOST_OF_LIST {
            let text = format!("{name} is longer than 16 MB.");
            return Err(ApiError::input("in-use-unreadable", "lists", text));
        }
        let found = read_in_use(name, text, Some(&key.repository), Some(&account), Some(&region));
        sum.add(found.map_err(|findings| {
            let first = findings.into_iter().next();
            let at = first.as_ref().and_then(|first| first.position).map_or(1, |at| at.line);
            let text = first.map_or_else(|| "It cannot be read.".to_owned(), |first| first.text);
            ApiError::input("in-use-unreadable", "lists", format!("{name}:{at}: {text}"))
        })?);
    }
    Ok(sum.seen())
}

#[derive(Default)]
struct Sum {
    seen: Seen,
    unresolved: usize,
}

impl Sum {
    fn add(&mut self, found: UsedReferences) {
        self.seen.used.merge(found.used);
        self.unresolved += found.unresolved;
    }

    fn seen(mut self) -> Seen {
        if self.unresolved > 0 {
            let (verb, references) = match self.unresolved {
                1 => ("depends", counted(1, "reference")),
                many => ("depend", counted(many, "reference")),
            };
            let text = format!("{references} {verb} on variables, so what they use is not known.");
            self.seen.unseen.push(text);
        }
        self.seen
    }
}
