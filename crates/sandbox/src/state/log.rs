//! A repository's file: a header and then one line per committed group of changes.

use std::{io, path::Path};

use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};

use super::{
    journal::{Durability, Journal},
    repository::{Mutation, RepositorySettings, RepositoryState},
};
use crate::error::{IoContext, SandboxError, StorageError};

const FORMAT: u32 = 1;
/// A log with fewer lines than this is not worth rewriting.
const COMPACT_LINES: usize = 2_000;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    repository: RepositoryName,
}

/// An open log.
#[derive(Debug)]
pub(crate) struct Log {
    journal: Journal,
    lines: usize,
}

impl Log {
    /// Makes a new log with its first settings.
    pub(crate) fn create(
        path: &Path,
        name: &RepositoryName,
        settings: &RepositorySettings,
    ) -> Result<Self, StorageError> {
        let first = [Mutation::Settings { settings: settings.clone() }];
        Ok(Self { journal: Journal::create(path, &content(path, name, &first)?)?, lines: 2 })
    }

    /// Reads a log and leaves it open for appending.
    pub(crate) fn open(path: &Path) -> Result<(Self, RepositoryName, RepositoryState), SandboxError> {
        let (mut header, mut state): (Option<Header>, Option<RepositoryState>) = (None, None);
        let mut lines = 0;
        let journal = Journal::open(path, |number, line| {
            lines = number;
            let wrong = |error: serde_json::Error| format!("line {number}: {error}");
            if number == 1 {
                let read: Header = serde_json::from_slice(line).map_err(wrong)?;
                if read.format != FORMAT {
                    return Err(format!("format {} is not {FORMAT}", read.format));
                }
                header = Some(read);
                return Ok(());
            }
            let group: Vec<Mutation> = serde_json::from_slice(line).map_err(wrong)?;
            for mutation in &group {
                match (&mut state, mutation) {
                    (Some(state), mutation) => state.apply(mutation),
                    (none, Mutation::Settings { settings }) => {
                        *none = Some(RepositoryState::new(settings.clone()));
                    }
                    _ => return Err(format!("line {number}: settings come first")),
                }
            }
            Ok(())
        })?;
        let lacks = |what: &str| SandboxError::Corrupt {
            path: path.to_owned(),
            problem: format!("it has no {what}"),
        };
        let header = header.ok_or_else(|| lacks("header"))?;
        let state = state.ok_or_else(|| lacks("settings"))?;
        Ok((Self { journal, lines }, header.repository, state))
    }

    /// Appends one group of changes. On failure the log is unchanged.
    pub(crate) fn append(&mut self, group: &[Mutation], durability: Durability) -> Result<(), StorageError> {
        self.journal.append(group, durability)?;
        self.lines += 1;
        Ok(())
    }

    /// Rewrites the log as a snapshot when most of its lines are history.
    pub(crate) fn compact(
        &mut self,
        name: &RepositoryName,
        state: &RepositoryState,
    ) -> Result<(), StorageError> {
        let live = state.images.len() + state.layers.len() + state.tags.len() + state.pending.len();
        if self.journal.is_broken() || self.lines < COMPACT_LINES.max(4 * live) {
            return Ok(());
        }
        let text = content(self.journal.path(), name, &state.snapshot())?;
        self.journal.replace(&text)?;
        self.lines = 2 + live / SNAPSHOT_GROUP;
        Ok(())
    }

    /// Removes the file.
    pub(crate) fn remove(&mut self) -> Result<(), StorageError> {
        self.journal.remove()
    }
}

const SNAPSHOT_GROUP: usize = 500;

fn content(path: &Path, name: &RepositoryName, mutations: &[Mutation]) -> Result<Vec<u8>, StorageError> {
    let write = || -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&Header { format: FORMAT, repository: name.clone() })?;
        text.push(b'\n');
        for group in mutations.chunks(SNAPSHOT_GROUP) {
            serde_json::to_writer(&mut text, group)?;
            text.push(b'\n');
        }
        Ok(text)
    };
    write().map_err(io::Error::other).at("serialise", path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use longshore_names::{Digest, Tag};

    use super::*;

    fn settings() -> RepositorySettings {
        RepositorySettings::defaults(chrono::DateTime::UNIX_EPOCH)
    }

    fn tag(name: &str) -> Mutation {
        let tag: Tag = name.parse().unwrap();
        let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
        Mutation::Tag { tag, digest }
    }

    #[test]
    fn a_torn_line_is_cut_off_and_the_rest_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let name: RepositoryName = "dev-microservice".parse().unwrap();
        let mut log = Log::create(&path, &name, &settings()).unwrap();
        log.append(&[tag("1")], Durability::Synced).unwrap();
        drop(log);
        let whole = fs::read(&path).unwrap();
        for torn in [&b"["[..], b"[{\"op\":\"untag\",\"tag\":\"1\"}]", b"\xff\xfe"] {
            fs::write(&path, [&whole[..], torn].concat()).unwrap();
            let (mut log, found, state) = Log::open(&path).unwrap();
            assert_eq!((found, state.tags.len()), (name.clone(), 1));
            log.append(&[tag("2")], Durability::Synced).unwrap();
            assert_eq!(Log::open(&path).unwrap().2.tags.len(), 2, "and it goes on from there");
        }
    }

    #[test]
    fn a_long_history_is_rewritten_as_what_is_left_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let name: RepositoryName = "dev-microservice".parse().unwrap();
        let mut log = Log::create(&path, &name, &settings()).unwrap();
        let mut state = RepositoryState::new(settings());
        for _ in 0..COMPACT_LINES {
            state.apply(&tag("1"));
            log.append(&[tag("1")], Durability::Written).unwrap();
        }
        let long = fs::metadata(&path).unwrap().len();
        log.compact(&name, &state).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < long / 100);
        log.append(&[tag("2")], Durability::Synced).unwrap();
        let (_, _, found) = Log::open(&path).unwrap();
        assert_eq!(found.tags.keys().map(Tag::as_str).collect::<Vec<_>>(), ["1", "2"]);
    }
}
