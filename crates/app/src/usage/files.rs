//! The files of a directory that can have references to images.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use longshore_policy::references::may_have_references;

use crate::api::{ApiError, Side};

/// The most bytes of a file that is read.
const MOST_BYTES: u64 = 1024 * 1024;
/// Bytes at the beginning of a file among which a text has no NUL.
const LOOKED_AT: usize = 8 * 1024;
/// The most entries of directories that are visited.
const MOST_ENTRIES: usize = 200_000;
/// Directories deeper than this are left out.
const DEEPEST: usize = 64;
/// Directories whose files are those of others.
const SKIPPED: [&str; 4] = [".git", "node_modules", ".hg", ".svn"];

/// The files of a directory, and what was left out.
#[derive(Debug, Default)]
pub struct Files {
    /// The path of each, and its name below the directory with `/`, by name.
    pub files: Vec<(PathBuf, String)>,
    /// Symbolic links, which are not followed.
    pub links: usize,
    /// Directories that cannot be read, with the reason.
    pub unreadable: Vec<String>,
    /// Whether there are more entries than are visited.
    pub is_cut: bool,
}

/// Lists the files of `root`, or the file itself. Nothing outside of it is visited.
///
/// # Errors
/// When there is no such directory.
pub fn files(root: &Path) -> Result<Files, ApiError> {
    let cannot = |error: std::io::Error| {
        let text = format!("{} cannot be read: {error}.", root.display());
        ApiError::new("file-unreadable", Side::ThisMachine, text)
    };
    let mut out = Files::default();
    if fs::metadata(root).map_err(cannot)?.is_file() {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        out.files.push((root.to_owned(), name));
        return Ok(out);
    }
    fs::read_dir(root).map_err(cannot)?;
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    let mut seen = 0;
    while let Some((directory, name, depth)) = open.pop() {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) => {
                out.unreadable.push(format!("{} cannot be read: {error}.", directory.display()));
                continue;
            }
        };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_ENTRIES {
                out.is_cut = true;
                break;
            }
            let of_entry = entry.file_name().to_string_lossy().into_owned();
            let below = if name.is_empty() { of_entry.clone() } else { format!("{name}/{of_entry}") };
            // The type of the entry itself: a link is not followed.
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => out.links += 1,
                Ok(kind) if kind.is_dir() => {
                    if SKIPPED.contains(&of_entry.as_str()) {
                    } else if depth >= DEEPEST {
                        out.is_cut = true;
                    } else {
                        open.push((entry.path(), below, depth + 1));
                    }
                }
                Ok(kind) if kind.is_file() && may_have_references(&of_entry) => {
                    out.files.push((entry.path(), below));
                }
                _ => {}
            }
        }
    }
    out.files.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(out)
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileText {
    /// Its text.
    Text(String),
    /// It has more than 1 MiB.
    TooLarge,
    /// It is not text.
    NotText,
}

/// Reads a file as text.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(path: &Path) -> io::Result<FileText> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Ok(FileText::TooLarge);
    }
    if bytes[..bytes.len().min(LOOKED_AT)].contains(&0) {
        return Ok(FileText::NotText);
    }
    Ok(String::from_utf8(bytes).map_or(FileText::NotText, FileText::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_not_followed_and_the_files_of_others_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for below in ["", "b/c", ".git", "node_modules/x", ".github/workflows"] {
            fs::create_dir_all(root.join(below)).unwrap();
            fs::write(root.join(below).join("values.yaml"), "image: a:1\n").unwrap();
        }
        fs::write(folder.path().join("outside.yaml"), "image: a:1\n").unwrap();
        fs::write(root.join("main.go"), "").unwrap();
        std::os::unix::fs::symlink(folder.path().join("outside.yaml"), root.join("link.yaml")).unwrap();
        std::os::unix::fs::symlink(folder.path(), root.join("loop")).unwrap();
        let found = files(&root).unwrap();
        let names: Vec<&str> = found.files.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, [".github/workflows/values.yaml", "b/c/values.yaml", "values.yaml"]);
        assert_eq!((found.links, found.is_cut, found.unreadable.len()), (2, false, 0));
        assert_eq!(files(&root.join("values.yaml")).unwrap().files.len(), 1);
        assert!(files(&root.join("missing")).is_err());
    }
}
