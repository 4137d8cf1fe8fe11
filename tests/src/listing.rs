//! What is in a folder, to see whether something was written there.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

/// Files by their path, each with its length, the time of its last change, and a hash of its content.
/// Folders have no content.
pub type Listing = BTreeMap<PathBuf, (u64, SystemTime, Vec<u8>)>;

/// Everything under a folder, except what is under `others`.
pub fn listing(folder: &Path, others: &[PathBuf]) -> Listing {
    let mut all = Listing::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if others.contains(&path) {
                continue;
            }
            let data = entry.metadata().unwrap();
            if data.is_dir() {
                // The time of a folder follows from what is in it, which is listed too.
                all.insert(path.clone(), (0, SystemTime::UNIX_EPOCH, Vec::new()));
                open.push(path);
            } else {
                let content = if data.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
                let hash = Sha256::digest(content).to_vec();
                all.insert(path, (data.len(), data.modified().unwrap(), hash));
            }
        }
    }
    all
}

/// The paths that differ between two listings.
pub fn differences(before: &Listing, after: &Listing) -> Vec<PathBuf> {
    let paths = before.keys().chain(after.keys());
    let mut all: Vec<PathBuf> = paths.filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
    all.sort();
    all.dedup();
    all
}
