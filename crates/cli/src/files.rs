//! Files that commands read and create.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use longshore_app::api::{ApiError, Side};

use crate::failure::Failure;

/// Whether a name means standard input.
pub(crate) fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The name of a file in messages.
pub(crate) fn shown(file: &Path) -> String {
    if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() }
}

/// Writes a file that does not exist yet.
///
/// # Errors
/// When it exists, or cannot be written.
pub(crate) fn create(file: &Path, text: &str) -> Result<(), ApiError> {
    let create = || File::create_new(file)?.write_all(text.as_bytes());
    create().map_err(|error| unwritable(file, &error))
}

/// The error of a file that cannot be written.
pub(crate) fn unwritable(file: &Path, error: &io::Error) -> ApiError {
    ApiError::input("file-unwritable", "file", format!("{} cannot be written: {error}.", file.display()))
}

/// The content of a file, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read or has more than `most` bytes.
pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match is_standard_input(file) {
            true => io::stdin().lock().take(most + 1).read_to_end(&mut bytes)?,
            false => File::open(file)?.take(most + 1).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    };
    let unreadable = |text: String| ApiError::new("file-unreadable", Side::ThisMachine, text);
    match read() {
        Ok(bytes) if bytes.len() as u64 > most => {
            let text = format!("{} has more than {}.", shown(file), longshore_app::bytes_in_words(most));
            Err(unreadable(text).hint("Use a smaller file.").into())
        }
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(unreadable(format!("{} cannot be read: {error}.", shown(file))).into()),
    }
}
