//! Archives that must first be written to a file: compressed ones, and those from standard input.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use flate2::bufread::MultiGzDecoder;
use tempfile::{NamedTempFile, TempPath};

use crate::{Error, archive::members::compression, local::CHUNK};

/// Writes a stream into a temporary file, decompressed. The file is deleted when the path is
/// dropped.
pub(super) fn keep(name: &str, mut stream: impl BufRead) -> Result<TempPath, Error> {
    let unreadable = |error: io::Error| {
        let message = match error.kind() {
            ErrorKind::UnexpectedEof => "the archive is truncated".to_owned(),
            _ => format!("the archive cannot be read: {error}"),
        };
        Error::Local { registry: name.to_owned(), message }
    };
    let packed = compression(stream.fill_buf().map_err(unreadable)?);
    let reader: Box<dyn Read + '_> = match packed {
        None => Box::new(stream),
        Some(("gzip", _)) => Box::new(MultiGzDecoder::new(stream)),
        Some((what, tool)) => {
            let message = format!("the archive is compressed with {what}; decompress it first with `{tool}`");
            return Err(Error::Unsupported { registry: name.to_owned(), message });
        }
    };
    copy(name, reader, unreadable)
}

fn copy(
    name: &str,
    mut reader: impl Read,
    unreadable: impl Fn(io::Error) -> Error,
) -> Result<TempPath, Error> {
    let folder = std::env::temp_dir();
    let full = |error: io::Error| Error::Local {
        registry: name.to_owned(),
        message: format!(
            "the archive cannot be unpacked in `{}`: {error}; set TMPDIR to use another directory",
            folder.display()
        ),
    };
    let builder = tempfile::Builder::new().prefix("longshore-").suffix(".tar").tempfile_in(&folder);
    let mut file: NamedTempFile = builder.map_err(full)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => file.write_all(&buffer[..read]).map_err(full)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(file.into_temp_path())
}
