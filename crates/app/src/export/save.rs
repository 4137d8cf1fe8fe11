//! Saving a text as a file where the person finds it.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{
    App,
    api::{ApiError, SaveText, SavedText, Side},
};

/// The largest text.
const LARGEST: usize = 16 * 1024 * 1024;
/// The longest name.
const LONGEST_NAME: usize = 120;
/// How many files of the same name are kept side by side.
const MOST: usize = 999;

impl App {
    /// Saves a text in the downloads folder, or in the home folder. A file that exists is never replaced:
    /// the new one gets a number.
    ///
    /// # Errors
    /// `file-name`; `file-too-large`; `file-unwritable`.
    pub async fn save_text(&self, request: SaveText) -> Result<SavedText, ApiError> {
        let SaveText { name, text } = request;
        let name = checked(&name)?;
        if text.len() > LARGEST {
            return Err(ApiError::input("file-too-large", "text", "The text is too large for a file."));
        }
        let folder = dirs::download_dir().filter(|folder| folder.is_dir()).or_else(dirs::home_dir);
        let folder = folder.ok_or_else(|| unwritable("There is no home folder."))?;
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &text)).await;
        let path = written.map_err(|_| ApiError::internal("Writing a file ended without a result."))??;
        Ok(SavedText { path: path.display().to_string() })
    }
}

/// A name without folders.
fn checked(name: &str) -> Result<String, ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.len() > LONGEST_NAME || name.starts_with('.') || !name.chars().all(allowed) {
        let text = "A file name has letters, digits, `.`, `-` and `_`, and does not begin with a dot.";
        return Err(ApiError::input("file-name", "name", text));
    }
    Ok(name.to_owned())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, ApiError> {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let end = if end.is_empty() { String::new() } else { format!(".{end}") };
    for number in 0..MOST {
        let name = if number == 0 { name.to_owned() } else { format!("{stem}-{}{end}", number + 1) };
        let path = folder.join(name);
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(unwritable(&format!("{error}."))),
        };
        return match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
            Ok(()) => Ok(path),
            Err(error) => {
                // Nothing half-written stays.
                drop(std::fs::remove_file(&path));
                Err(unwritable(&format!("{error}.")))
            }
        };
    }
    Err(unwritable("There are too many files of this name."))
}

fn unwritable(reason: &str) -> ApiError {
    ApiError::new("file-unwritable", Side::ThisMachine, format!("The file cannot be written: {reason}"))
        .hint("Copy the text instead, or free space in the downloads folder.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let saved = |text: &str| write(folder.path(), "request.json", text).unwrap();
        let (one, two, three) = (saved("1"), saved("2"), saved("3"));
        assert!(one.ends_with("request.json") && two.ends_with("request-2.json"), "{two:?}");
        assert!(three.ends_with("request-3.json"), "{three:?}");
        assert_eq!(std::fs::read_to_string(one).unwrap(), "1");
    }

    #[test]
    fn a_name_never_leads_to_another_folder() {
        for wrong in ["", "../a", "a/b", "a\\b", ".bashrc", "a b", "ä", &"a".repeat(121)] {
            assert_eq!(checked(wrong).unwrap_err().code, "file-name", "{wrong}");
        }
        assert!(checked("request-111122223333_us-west-2.json").is_ok());
        let missing = Path::new("/nowhere/at/all");
        assert_eq!(write(missing, "a.json", "").unwrap_err().code, "file-unwritable");
    }
}
