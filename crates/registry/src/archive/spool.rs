//! Archives that must first be written to a file: compressed ones, and those from standard input.

use std::{
    io::{self, BufRead, ErrorKind, Read, Write},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use tempfile::{NamedTempFile, TempPath};

use crate::{Error, RegistryErrorKind, archive::members::compression, local::CHUNK};

/// Space that unpacking leaves free on the disk, in bytes: a few kB of gzip can unpack to gigabytes.
const LEFT_FREE: u64 = 64 * 1024 * 1024;
/// Bytes that are written between two checks of the free space.
const CHECKED_EVERY: u64 = 16 * 1024 * 1024;

/// Writes a stream into a temporary file, decompressed. The file is deleted when the path is
/// dropped.
pub(super) fn keep(name: &str, mut stream: impl BufRead) -> Result<TempPath, Error> {
    let unreadable = |error: io::Error| {
        let message = match error.kind() {
            ErrorKind::UnexpectedEof => "the archive is truncated".to_owned(),
            _ => format!("the archive cannot be read: {error}"),
        };
        RegistryErrorKind::Local { message }.at(name.to_owned())
    };
    let packed = compression(stream.fill_buf().map_err(unreadable)?);
    let reader: Box<dyn Read + '_> = match packed {
        None => Box::new(stream),
        Some(("gzip", _)) => Box::new(MultiGzDecoder::new(stream)),
        Some((what, tool)) => {
            let message = format!("the archive is compressed with {what}; decompress it first with `{tool}`");
            return Err(RegistryErrorKind::Unsupported { message }.at(name.to_owned()));
        }
    };
    copy(name, reader, unreadable, |folder| fs2::available_space(folder))
}

fn copy(
    name: &str,
    mut reader: impl Read,
    unreadable: impl Fn(io::Error) -> Error,
    free: impl Fn(&Path) -> io::Result<u64>,
) -> Result<TempPath, Error> {
    let folder = std::env::temp_dir();
    let full = |error: io::Error| {
        RegistryErrorKind::Local {
            message: format!(
                "the archive cannot be unpacked in `{}`: {error}; set TMPDIR to use another directory",
                folder.display()
            ),
        }
        .at(name.to_owned())
    };
    let builder = tempfile::Builder::new().prefix("longshore-").suffix(".tar").tempfile_in(&folder);
    let mut file: NamedTempFile = builder.map_err(full)?;
    let mut buffer = vec![0; CHUNK];
    let mut unchecked = CHECKED_EVERY;
    loop {
        if unchecked >= CHECKED_EVERY {
            unchecked = 0;
            if free(&folder).map_err(full)? < LEFT_FREE + CHECKED_EVERY {
                return Err(full(io::Error::other("less than 64 MiB of the disk would be left free")));
            }
        }
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                file.write_all(&buffer[..read]).map_err(full)?;
                unchecked += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn unpacking_stops_before_the_disk_is_full() {
        let unreadable = |error: io::Error| panic!("{error}");
        let start = LEFT_FREE + 3 * CHECKED_EVERY;
        let (asked, left) = (Cell::new(0), Cell::new(start));
        let free = |_: &Path| {
            asked.set(asked.get() + 1);
            Ok(left.replace(left.get() - CHECKED_EVERY))
        };
        let error = copy("docker-archive:x", io::repeat(0), unreadable, free).unwrap_err();
        assert!(error.to_string().contains("left free"), "{error}");
        assert_eq!(asked.get(), 4, "checked once for each 16 MiB");
        let whole = copy("docker-archive:x", &b"a tar"[..], unreadable, |_| Ok(start)).unwrap();
        assert_eq!(std::fs::read(&whole).unwrap(), b"a tar");
    }
}
