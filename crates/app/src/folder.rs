//! The files of a directory that can have references to images, and the images that they refer to.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use longshore_policy::references::{find, may_have_references};

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

/// The images that the files of a directory refer to.
#[derive(Debug, Default)]
pub(crate) struct Referred {
    /// With their hosts, in the order of the files.
    pub(crate) images: Vec<String>,
    /// What could not be read or resolved, with its place.
    pub(crate) unusable: Vec<String>,
}

/// Reads the files of a directory. Blocks.
///
/// # Errors
/// When there is no such directory.
pub(crate) fn references_in(root: &Path) -> Result<Referred, ApiError> {
    let found = files(root)?;
    let mut referred = Referred { images: Vec::new(), unusable: found.unreadable };
    for (path, name) in &found.files {
        let text = match read_text(path) {
            Ok(FileText::Text(text)) => text,
            // A file that is not text has no references.
            Ok(FileText::NotText) => continue,
            Ok(FileText::TooLarge) => {
                referred.unusable.push(format!("{name} is too large to be read."));
                continue;
            }
            Err(error) => {
                referred.unusable.push(format!("{name} cannot be read: {error}."));
                continue;
            }
        };
        let of_file = find(name, text.trim_start_matches('\u{feff}'));
        referred.unusable.extend(of_file.note.iter().map(|note| format!("{name}: {note}")));
        for reference in of_file.references {
            match reference.image {
                Some(image) => referred.images.push(image),
                None => {
                    let (line, text) =
                        (reference.position.line, longshore_names::shown(&reference.text, 200));
                    referred.unusable.push(format!(
                        "{name}:{line}: `{text}` depends on something that is not in the file."
                    ));
                }
            }
        }
    }
    if found.is_cut {
        referred.unusable.push("The directory has more files, or deeper ones, than are visited.".to_owned());
    }
    Ok(referred)
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

    #[test]
    fn the_images_of_a_folder_are_found_and_what_is_open_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("values.yaml"), "image: host.example/a:1\n").unwrap();
        fs::write(folder.path().join("Dockerfile"), "FROM nginx:1.27\nFROM ${BASE}\n").unwrap();
        fs::write(folder.path().join("picture.json"), [0xff, 0xfe, 0x00]).unwrap();
        let found = references_in(folder.path()).unwrap();
        assert_eq!(found.images, ["docker.io/library/nginx:1.27", "host.example/a:1"]);
        assert_eq!(found.unusable.len(), 1, "{:?}", found.unusable);
        assert!(found.unusable[0].contains("Dockerfile:2"), "{:?}", found.unusable);
    }
}
