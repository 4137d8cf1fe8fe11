//! Printing. Many lines contain names and messages from others; hidden characters in them do not
//! reach the terminal. The reader may be gone: `longshore … | head -1` ends quietly, like other
//! tools.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind, IsTerminal, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use longshore_names::{shown_json, shown_lines};
use serde::Serialize;
use serde_json::Value;

/// The exit code of a program whose reader is gone (128 and the number of SIGPIPE).
const READER_GONE: i32 = 141;

/// Whether the summary of `--json` was printed. Global for the process, like standard output.
static SUMMARY: AtomicBool = AtomicBool::new(false);

/// The custom endpoints of the accounts that this command works with, by account number.
static ENDPOINTS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Prints a line to standard output.
pub(crate) fn line(text: &str) {
    let mut output = io::stdout().lock();
    let written = output.write_all(shown_lines(text).as_bytes()).and_then(|()| output.write_all(b"\n"));
    if let Err(error) = written.and_then(|()| output.flush()) {
        drop(output);
        failed(&error);
    }
}

/// Prints a text that has its own line ends, such as a diff: to a program as it is, so that it can be
/// applied, and to a terminal with nothing hidden in it.
pub(crate) fn whole(text: &str) {
    let shown = if io::stdout().is_terminal() { shown_lines(text) } else { text.into() };
    let mut output = io::stdout().lock();
    let written = output.write_all(shown.as_bytes());
    if let Err(error) = written.and_then(|()| output.flush()) {
        drop(output);
        failed(&error);
    }
}

/// Prints a value as one line of JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    match in_json(value) {
        Ok(text) => line(&text),
        Err(error) => failed(&error.into()),
    }
}

/// A value as one line of JSON, with hidden characters escaped.
pub(crate) fn in_json<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(shown_json(&serde_json::to_string(value)?))
}

/// Prints the summary, the last line of `--json`, with the custom endpoints of the accounts in it.
pub(crate) fn summary<T: Serialize>(value: &T) {
    SUMMARY.store(true, Relaxed);
    let endpoints = ENDPOINTS.lock().unwrap_or_else(PoisonError::into_inner);
    match serde_json::to_value(value) {
        Ok(Value::Object(mut members)) if !endpoints.is_empty() => {
            members.insert("custom_endpoints".into(), serde_json::json!(*endpoints));
            json(&members);
        }
        _ => json(value),
    }
}

/// Says that an account is at a custom endpoint and not in AWS: in the summary of `--json`, else at once.
/// Each account is named once.
pub(crate) fn custom_endpoint(name: &str, account: &str, endpoint: &str, as_json: bool) {
    let mut known = ENDPOINTS.lock().unwrap_or_else(PoisonError::into_inner);
    if known.insert(account.to_owned(), endpoint.to_owned()).is_none() && !as_json {
        note(&format!("{name} is at the custom endpoint {endpoint}, not in AWS."));
    }
}

/// Whether the summary was printed.
pub(crate) fn has_summary() -> bool {
    SUMMARY.load(Relaxed)
}

/// Prints a value as one line of JSON if standard output is open: for output that is only
/// incidental, so that a closed reader does not end the work.
pub(crate) fn offer<T: Serialize>(value: &T) {
    let mut output = io::stdout().lock();
    let written = in_json(value).map_err(io::Error::from).and_then(|text| writeln!(output, "{text}"));
    if let Err(error) = written.and_then(|()| output.flush()) {
        tracing::debug!(%error, "standard output is closed");
    }
}

/// Prints a line to standard error; a closed one is no reason to stop.
pub(crate) fn note(text: &str) {
    let mut output = io::stderr().lock();
    if writeln!(output, "{}", shown_lines(text)).is_err() {
        tracing::trace!("standard error is closed");
    }
}

/// Prints notes that accompany the result, such as names that a list left out.
pub(crate) fn notes(notes: &[String], as_json: bool) {
    for text in notes {
        match as_json {
            true => json(&serde_json::json!({"event": "note", "message": text})),
            false => note(text),
        }
    }
}

fn failed(error: &io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(READER_GONE);
    }
    note(&format!("longshore: standard output cannot be written: {error}"));
    std::process::exit(1);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use longshore_names::is_hidden;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_for_programs_keeps_its_value_and_hides_nothing() {
        let value = json!({"source": "\u{202e}a\u{9b}2J\u{e0041}", "line": "1\n2"});
        let text = in_json(&value).unwrap();
        assert!(!text.contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
