//! Printing. Whoever reads may have gone: `longshore … | head -1` ends quietly, as other tools do.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

/// The exit code of a program whose reader has gone (128 and the number of SIGPIPE).
const READER_GONE: i32 = 141;

/// Prints a line to standard output.
pub(crate) fn line(text: &str) {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.write_all(b"\n"));
    if let Err(error) = written.and_then(|()| output.flush()) {
        drop(output);
        failed(&error);
    }
}

/// Prints a value as one line of JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => failed(&error.into()),
    }
}

/// Prints a value as one line of JSON if anybody still reads: for what is told beside the work, so
/// that a reader who has gone does not end it.
pub(crate) fn offer<T: Serialize>(value: &T) {
    let mut output = io::stdout().lock();
    let written = serde_json::to_writer(&mut output, value).map_err(io::Error::from);
    if let Err(error) = written.and_then(|()| output.write_all(b"\n")).and_then(|()| output.flush()) {
        tracing::debug!(%error, "nobody reads standard output");
    }
}

/// Prints a line to standard error; that nobody reads it is no reason to stop.
pub(crate) fn note(text: &str) {
    let mut output = io::stderr().lock();
    if writeln!(output, "{text}").is_err() {
        tracing::trace!("standard error is closed");
    }
}

fn failed(error: &io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(READER_GONE);
    }
    note(&format!("longshore: standard output cannot be written: {error}"));
    std::process::exit(1);
}
