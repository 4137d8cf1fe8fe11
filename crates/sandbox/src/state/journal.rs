//! A file of lines that only grows, for what must survive a kill.
//!
//! A line counts when its newline is there. What a crash left after the last newline was never
//! acknowledged and is cut off when the file is opened.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    error::{IoContext, SandboxError, StorageError},
    files,
};

/// Whether a line must survive a power cut before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk before the response.
    Synced,
    /// Handed to the system (survives a kill, not a power cut): for what can be lost or repeated.
    Written,
}

/// A file of lines, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// Set when a failed write could not be undone.
    broken: bool,
}

impl Journal {
    /// Makes a file with this text, which ends in a newline.
    pub(super) fn create(path: &Path, text: &[u8]) -> Result<Self, StorageError> {
        files::replace(path, text)?;
        Self::append_to(path, text.len() as u64)
    }

    /// Reads a file line by line, counted from 1, and leaves it open. A line that `read` does not
    /// understand is an error, and nothing is changed.
    pub(super) fn open(
        path: &Path,
        mut read: impl FnMut(usize, &[u8]) -> Result<(), String>,
    ) -> Result<Self, SandboxError> {
        let mut text = Vec::new();
        File::open(path).and_then(|mut f| f.read_to_end(&mut text)).at("read", path)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        for (at, line) in text[..whole].split(|b| *b == b'\n').filter(|l| !l.is_empty()).enumerate() {
            read(at + 1, line).map_err(|problem| SandboxError::Corrupt { path: path.to_owned(), problem })?;
        }
        let journal = Self::append_to(path, whole as u64)?;
        if (1..text.len()).contains(&whole) {
            journal.file.set_len(whole as u64).and_then(|()| journal.file.sync_all()).at("repair", path)?;
        }
        Ok(journal)
    }

    pub(super) fn append_to(path: &Path, length: u64) -> Result<Self, StorageError> {
        let file = OpenOptions::new().append(true).mode(0o600).open(path).at("open", path)?;
        Ok(Self { path: path.to_owned(), file, length, broken: false })
    }

    /// Appends one value as a line. On failure the file is unchanged.
    pub(super) fn append(
        &mut self,
        value: &(impl Serialize + ?Sized),
        durability: Durability,
    ) -> Result<(), StorageError> {
        if self.broken {
            return Err(StorageError::new("write", &self.path, io::Error::other("an earlier write failed")));
        }
        let mut line = serde_json::to_vec(value).map_err(io::Error::other).at("serialise", &self.path)?;
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
        Ok(())
    }

    /// Puts another text in the file's place.
    pub(super) fn replace(&mut self, text: &[u8]) -> Result<(), StorageError> {
        let replaced = Self::create(&self.path, text);
        match replaced {
            Ok(journal) => *self = journal,
            Err(error) => {
                // Anything appended to a file that no longer exists would be lost.
                self.broken |= !self.is_in_place();
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the open file is the one that the next start reads.
    pub(super) fn is_in_place(&self) -> bool {
        let number = |metadata: io::Result<fs::Metadata>| metadata.map(|m| (m.dev(), m.ino())).ok();
        let there = number(fs::metadata(&self.path));
        there.is_some() && there == number(self.file.metadata())
    }

    /// Removes the file.
    pub(super) fn remove(&mut self) -> Result<(), StorageError> {
        fs::remove_file(&self.path).at("remove", &self.path)?;
        files::sync_dir(self.path.parent().unwrap_or(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_and_stops_further_writing() {
        let mut journal = Journal::append_to(Path::new("/dev/full"), 0).unwrap();
        let error = journal.append("a", Durability::Synced).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        assert!(journal.append("a", Durability::Synced).is_err());
    }

    #[test]
    fn a_line_without_its_end_is_cut_off_and_the_rest_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let mut journal = Journal::create(&path, b"1\n").unwrap();
        journal.append(&2, Durability::Written).unwrap();
        fs::write(&path, [&fs::read(&path).unwrap()[..], b"3"].concat()).unwrap();
        let lines = || {
            let mut lines = Vec::new();
            let journal = Journal::open(&path, |number, line| {
                lines.push((number, line.to_vec()));
                Ok(())
            });
            (journal.unwrap(), lines)
        };
        let (mut journal, found) = lines();
        assert_eq!(found, [(1, b"1".to_vec()), (2, b"2".to_vec())]);
        journal.append(&4, Durability::Synced).unwrap();
        assert_eq!(lines().1.last().unwrap(), &(3, b"4".to_vec()), "and it goes on from there");
        let refused = Journal::open(&path, |number, _| Err(format!("line {number}"))).unwrap_err();
        assert_eq!(refused.code(), "sandbox-corrupt");
    }

    #[test]
    fn a_file_that_was_replaced_is_not_in_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        let journal = Journal::create(&path, b"1\n").unwrap();
        assert!(journal.is_in_place());
        Journal::create(&path, b"1\n").unwrap();
        assert!(!journal.is_in_place());
    }
}
