//! The content-addressed store: every blob and manifest once, however many registries have it.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use longshore_names::{Algorithm, Digest};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{IoContext, StorageError},
    files,
};

/// Blobs under `blobs/sha256/<two digits>/<digits>`.
#[derive(Debug)]
pub(crate) struct BlobStore {
    root: PathBuf,
    temporary: PathBuf,
}

impl BlobStore {
    pub(crate) fn open(directory: &Path) -> Result<Self, StorageError> {
        let store = Self { root: directory.join("blobs/sha256"), temporary: directory.join("blobs/tmp") };
        if store.temporary.exists() {
            fs::remove_dir_all(&store.temporary).at("clear", &store.temporary)?;
        }
        files::create_dirs(&store.temporary)?;
        files::create_dirs(&store.root)?;
        Ok(store)
    }

    /// The path of a blob. A digest of a type that the store does not compute has no file there.
    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join(&hex[..2]).join(hex)
    }

    /// A blob's size in bytes, if it exists.
    pub(crate) fn size(&self, digest: &Digest) -> Option<u64> {
        if digest.algorithm() != Algorithm::Sha256 {
            return None;
        }
        fs::metadata(self.path(digest)).ok().map(|m| m.len())
    }

    /// Takes over a complete, hashed file of the same file system.
    pub(crate) fn adopt(&self, file: &Path, digest: &Digest) -> Result<u64, StorageError> {
        let path = self.path(digest);
        let directory = path.parent().unwrap_or(&self.root);
        if !directory.exists() {
            files::create_dirs(directory)?;
            files::sync_dir(&self.root)?;
        }
        let size = File::open(file).and_then(|f| f.sync_all().and(f.metadata())).at("sync", file)?.len();
        fs::rename(file, &path).at("move", &path)?;
        files::sync_dir(directory)?;
        Ok(size)
    }

    /// Stores bytes that are in memory, a manifest for example.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<Digest, StorageError> {
        let digest = digest_of(bytes);
        if self.size(&digest) == Some(bytes.len() as u64) {
            return Ok(digest);
        }
        let temporary = self.temporary.join(uuid::Uuid::now_v7().simple().to_string());
        let written = File::create_new(&temporary).and_then(|mut f| f.write_all(bytes));
        let stored = written.at("write", &temporary).and_then(|()| self.adopt(&temporary, &digest));
        if let Err(error) = stored {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        Ok(digest)
    }

    /// A small blob's bytes.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Vec<u8>, StorageError> {
        let path = self.path(digest);
        fs::read(&path).at("read", path)
    }

    /// Removes every blob that nothing refers to. Only at start, when there is no other writer.
    pub(crate) fn sweep(&self, used: &HashSet<Digest>) -> Result<usize, StorageError> {
        let mut removed = 0;
        for directory in fs::read_dir(&self.root).at("list", &self.root)? {
            let directory = directory.at("list", &self.root)?.path();
            for entry in fs::read_dir(&directory).at("list", &directory)? {
                let path = entry.at("list", &directory)?.path();
                let hex = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
                let known = Digest::from_hex(Algorithm::Sha256, hex).is_ok_and(|d| used.contains(&d));
                if !known {
                    fs::remove_file(&path).at("remove", &path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// The SHA-256 digest of bytes in memory.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    finish(Sha256::new_with_prefix(bytes))
}

/// The digest that a hasher ended with.
pub(crate) fn finish(hasher: Sha256) -> Digest {
    let hex = hex::encode(hasher.finalize());
    match Digest::from_hex(Algorithm::Sha256, &hex) {
        Ok(digest) => digest,
        Err(_) => unreachable!("SHA-256 has 64 lower-case hexadecimal digits"),
    }
}

/// Hashes a file from the beginning.
pub(crate) fn hash_file(path: &Path) -> Result<Sha256, StorageError> {
    let hash = || -> io::Result<Sha256> {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hasher),
                n => hasher.update(&buffer[..n]),
            }
        }
    };
    hash().at("read", path)
}
