//! A repository's file: a header and then one line per committed group of changes.
//!
//! A line counts when its newline is there. What a crash left after the last newline was never
//! acknowledged and is cut off at the next start.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};

use super::repository::{Mutation, RepositorySettings, RepositoryState};
use crate::{
    error::{IoContext, SandboxError, StorageError},
    files,
};

const FORMAT: u32 = 1;
/// A log with fewer lines than this is not worth rewriting.
const COMPACT_LINES: usize = 2_000;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    repository: RepositoryName,
}

/// Whether a commit must survive a power cut before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk before the response.
    Synced,
    /// Handed to the system (survives a kill, not a power cut): for pull times.
    Written,
}

/// An open log.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    length: u64,
    lines: usize,
    /// Set when a failed write could not be undone.
    broken: bool,
}

impl Log {
    /// Makes a new log with its first settings.
    pub(crate) fn create(
        path: &Path,
        name: &RepositoryName,
        settings: &RepositorySettings,
    ) -> Result<Self, StorageError> {
        let first = [Mutation::Settings { settings: settings.clone() }];
        let text = content(path, name, &first)?;
        files::replace(path, &text)?;
        Self::append_to(path, text.len() as u64, 2)
    }

    /// Reads a log and leaves it open for appending.
    pub(crate) fn open(path: &Path) -> Result<(Self, RepositoryName, RepositoryState), SandboxError> {
        let corrupt = |problem: String| SandboxError::Corrupt { path: path.to_owned(), problem };
        let mut text = Vec::new();
        File::open(path).and_then(|mut f| f.read_to_end(&mut text)).at("read", path)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let header: Header = match lines.next() {
            Some(line) => serde_json::from_slice(line).map_err(|e| corrupt(format!("line 1: {e}")))?,
            None => return Err(corrupt("it has no header".to_owned())),
        };
        if header.format != FORMAT {
            return Err(corrupt(format!("format {} is not {FORMAT}", header.format)));
        }
        let mut state: Option<RepositoryState> = None;
        let mut count = 1;
        for line in lines {
            count += 1;
            let group: Vec<Mutation> =
                serde_json::from_slice(line).map_err(|e| corrupt(format!("line {count}: {e}")))?;
            for mutation in &group {
                match (&mut state, mutation) {
                    (Some(state), mutation) => state.apply(mutation),
                    (none, Mutation::Settings { settings }) => {
                        *none = Some(RepositoryState::new(settings.clone()));
                    }
                    _ => return Err(corrupt(format!("line {count}: settings come first"))),
                }
            }
        }
        let state = state.ok_or_else(|| corrupt("it has no settings".to_owned()))?;
        let log = Self::append_to(path, whole as u64, count)?;
        if whole < text.len() {
            log.file.set_len(whole as u64).and_then(|()| log.file.sync_all()).at("repair", path)?;
        }
        Ok((log, header.repository, state))
    }

    fn append_to(path: &Path, length: u64, lines: usize) -> Result<Self, StorageError> {
        let file = OpenOptions::new().append(true).mode(0o600).open(path).at("open", path)?;
        Ok(Self { path: path.to_owned(), file, length, lines, broken: false })
    }

    /// Appends one group of changes. On failure the log is unchanged.
    pub(crate) fn append(&mut self, group: &[Mutation], durability: Durability) -> Result<(), StorageError> {
        if self.broken {
            return Err(StorageError::new("write", &self.path, io::Error::other("an earlier write failed")));
        }
        let mut line = serde_json::to_vec(group).map_err(io::Error::other).at("serialise", &self.path)?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| match durability {
            Durability::Synced => self.file.sync_data(),
            Durability::Written => Ok(()),
        });
        if let Err(source) = written {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(StorageError::new("write", &self.path, source));
        }
        self.length += line.len() as u64;
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
        if self.broken || self.lines < COMPACT_LINES.max(4 * live) {
            return Ok(());
        }
        let text = content(&self.path, name, &state.snapshot())?;
        let replaced = files::replace(&self.path, &text)
            .and_then(|()| Self::append_to(&self.path, text.len() as u64, 2 + live / SNAPSHOT_GROUP));
        match replaced {
            Ok(log) => *self = log,
            Err(error) => {
                // Anything appended to a file that no longer exists would be lost.
                self.broken |= !self.is_in_place();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the open file is the one that the next start reads.
    fn is_in_place(&self) -> bool {
        let number = |metadata: io::Result<fs::Metadata>| metadata.map(|m| (m.dev(), m.ino())).ok();
        let there = number(fs::metadata(&self.path));
        there.is_some() && there == number(self.file.metadata())
    }

    /// Removes the file.
    pub(crate) fn remove(&mut self) -> Result<(), StorageError> {
        fs::remove_file(&self.path).at("remove", &self.path)?;
        files::sync_dir(self.path.parent().unwrap_or(&self.path))
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
    fn a_full_disk_is_an_error_and_stops_further_writing() {
        let mut log = Log::append_to(Path::new("/dev/full"), 0, 0).unwrap();
        let error = log.append(&[tag("1")], Durability::Synced).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        assert!(log.append(&[tag("1")], Durability::Synced).is_err());
    }

    #[test]
    fn a_log_that_was_replaced_is_not_written_any_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let name: RepositoryName = "dev-microservice".parse().unwrap();
        let log = Log::create(&path, &name, &settings()).unwrap();
        assert!(log.is_in_place());
        Log::create(&path, &name, &settings()).unwrap();
        assert!(!log.is_in_place());
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
