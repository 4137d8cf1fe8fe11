//! The files inside a tar archive, found once and read where they lie.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use longshore_names::{Algorithm, Digest};
use tar::EntryType;
use tempfile::TempPath;

use crate::{
    Error, Hasher, RegistryErrorKind,
    archive::spool,
    local::{CHUNK, failed},
    model::digest,
};

/// Files in one archive. An image has a few for each layer.
const MAX_MEMBERS: usize = 500_000;
/// Headers and long names that are read to find them.
const MAX_HEADERS: u64 = 1024 * 1024 * 1024;
/// Links to links.
const MAX_LINKS: usize = 16;

/// Where a file's bytes lie in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// An archive and where its files lie. Its methods block.
pub(crate) struct Members {
    /// The endpoint's name, for errors.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    files: HashMap<String, Member>,
    /// The target of each link, as a name inside the archive.
    links: HashMap<String, String>,
    /// The temporary file with unpacked content or standard input, kept while the archive is read.
    _spooled: Option<TempPath>,
}

/// Limits what is read, so that reading a hostile archive ends; `Seek` skips the contents.
struct Bounded {
    file: File,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it has more headers than an archive of images needs"))?;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Members {
    /// Finds the files of an archive. A compressed one is unpacked into a temporary file first.
    pub(crate) fn find(name: String, path: PathBuf) -> Result<Self, Error> {
        let fail = |error: &io::Error| failed(&name, "cannot read", &path, error);
        let mut reader = BufReader::new(File::open(&path).map_err(|error| fail(&error))?);
        match compression(reader.fill_buf().map_err(|error| fail(&error))?) {
            None => Self::of_file(name, path, None),
            Some(_) => Self::of_stream(name, reader),
        }
    }

    /// Finds the files of an archive that is read from a stream and stored in a temporary file.
    pub(crate) fn of_stream(name: String, stream: impl BufRead) -> Result<Self, Error> {
        let spooled = spool::keep(&name, stream)?;
        Self::of_file(name, spooled.to_path_buf(), Some(spooled))
    }

    fn of_file(name: String, path: PathBuf, spooled: Option<TempPath>) -> Result<Self, Error> {
        let (files, links) = (HashMap::new(), HashMap::new());
        let mut members = Self { name, path, files, links, _spooled: spooled };
        let file = members.open()?;
        let length = file.metadata().map_err(|error| members.fail(&error))?.len();
        members.scan(file, length)?;
        Ok(members)
    }

    fn scan(&mut self, file: File, length: u64) -> Result<(), Error> {
        let mut archive = tar::Archive::new(Bounded { file, left: MAX_HEADERS });
        let wrong = |name: &str, error: &io::Error| {
            RegistryErrorKind::Local { message: format!("the file is not a readable tar archive: {error}") }
                .at(name.to_owned())
        };
        let entries = archive.entries_with_seek().map_err(|error| wrong(&self.name, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| wrong(&self.name, &error))?;
            let Some(path) = inside("", &String::from_utf8_lossy(&entry.path_bytes())) else { continue };
            let member = Member { offset: entry.raw_file_position(), size: entry.size() };
            let target = entry.link_name_bytes();
            let target = target.as_deref().map(String::from_utf8_lossy);
            match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => {
                    if member.offset.checked_add(member.size).is_none_or(|end| end > length) {
                        return Err(self.local(format!("the archive is truncated in the middle of `{path}`")));
                    }
                    self.links.remove(&path);
                    self.files.insert(path, member);
                }
                kind @ (EntryType::Symlink | EntryType::Link) => {
                    // A hard link's target is relative to the archive's root, a symbolic link's to
                    // its own folder.
                    let folder = match (kind, path.rsplit_once('/')) {
                        (EntryType::Symlink, Some((folder, _))) => folder,
                        _ => "",
                    };
                    if let Some(target) = target.and_then(|target| inside(folder, &target)) {
                        self.links.insert(path, target);
                    }
                }
                _ => {}
            }
            if self.files.len() + self.links.len() > MAX_MEMBERS {
                return Err(self.local(format!("the archive has more than {MAX_MEMBERS} files")));
            }
        }
        Ok(())
    }

    /// The file of this name, links followed.
    pub(crate) fn get(&self, name: &str) -> Option<Member> {
        let mut name = inside("", name)?;
        for _ in 0..MAX_LINKS {
            if let Some(member) = self.files.get(&name) {
                return Some(*member);
            }
            name = self.links.get(&name)?.clone();
        }
        None
    }

    /// A whole small file; `None` when the archive does not have it.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        let Some(member) = self.get(name) else { return Ok(None) };
        if member.size > limit as u64 {
            let what = longshore_names::shown(name, 200);
            return Err(RegistryErrorKind::TooLarge { what, limit }.at(self.name.clone()));
        }
        let mut bytes = Vec::with_capacity(member.size as usize);
        self.open_at(member)?.read_to_end(&mut bytes).map_err(|error| self.fail(&error))?;
        Ok(Some(bytes))
    }

    /// The first bytes of a file, to see what it is.
    pub(crate) fn magic(&self, member: Member) -> Result<Vec<u8>, Error> {
        let mut magic = [0; 6];
        let mut file = self.open_at(member)?;
        let got = read_up_to(&mut file, &mut magic).map_err(|error| self.fail(&error))?;
        Ok(magic[..got].to_vec())
    }

    /// The digest of a file's bytes.
    pub(crate) fn hash(&self, member: Member) -> Result<Digest, Error> {
        let mut file = self.open_at(member)?;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut buffer = vec![0; CHUNK];
        loop {
            match file.read(&mut buffer).map_err(|error| self.fail(&error))? {
                0 => return Ok(digest::parse(hasher.finish())),
                read => hasher.update(&buffer[..read]),
            }
        }
    }

    fn open_at(&self, member: Member) -> Result<io::Take<File>, Error> {
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(member.offset)).map_err(|error| self.fail(&error))?;
        Ok(file.take(member.size))
    }

    pub(crate) fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|error| self.fail(&error))
    }

    fn fail(&self, error: &io::Error) -> Error {
        failed(&self.name, "cannot read", &self.path, error)
    }

    pub(crate) fn local(&self, message: String) -> Error {
        RegistryErrorKind::Local { message }.at(self.name.clone())
    }
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match from.read(&mut buffer[got..])? {
            0 => break,
            read => got += read,
        }
    }
    Ok(got)
}

/// The program that compressed the bytes, and the one that decompresses them.
pub(crate) fn compression(magic: &[u8]) -> Option<(&'static str, &'static str)> {
    match magic {
        [0x1f, 0x8b, ..] => Some(("gzip", "gunzip")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(("zstd", "unzstd")),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(("xz", "unxz")),
        [b'B', b'Z', b'h', ..] => Some(("bzip2", "bunzip2")),
        _ => None,
    }
}

/// A name relative to the archive's root; `None` when it leads outside.
fn inside(folder: &str, name: &str) -> Option<String> {
    if Path::new(name).is_absolute() {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_archive() {
        for (folder, name, expected) in [
            ("", "./a/layer.tar", Some("a/layer.tar")),
            ("b", "../a/layer.tar", Some("a/layer.tar")),
            ("b", "../../etc/passwd", None),
            ("", "/etc/passwd", None),
            ("", "a/..", None),
            ("", "", None),
        ] {
            assert_eq!(inside(folder, name).as_deref(), expected, "{folder} {name}");
        }
    }
}
