//! Writes down calls, one of each shape, so that another program can compare them with a service model.
//! Only for tests: it is off unless `LONGSHORE_SANDBOX_RECORD` names a folder.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{File, OpenOptions},
    io::Write,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::{Map, Value, json};

const FOLDER: &str = "LONGSHORE_SANDBOX_RECORD";

struct Recorder {
    file: File,
    seen: HashSet<String>,
}

/// One file for each process.
fn recorder() -> Option<&'static Mutex<Recorder>> {
    static RECORDER: OnceLock<Option<Mutex<Recorder>>> = OnceLock::new();
    let open = || {
        let folder = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty())?;
        let name = format!("{}-{}.jsonl", std::process::id(), uuid::Uuid::now_v7().simple());
        let path = std::path::Path::new(&folder).join(name);
        let file = OpenOptions::new().create_new(true).append(true).open(path).ok()?;
        Some(Mutex::new(Recorder { file, seen: HashSet::new() }))
    };
    RECORDER.get_or_init(open).as_ref()
}

/// Notes a call whose members have not been seen in this process.
pub(crate) fn record(operation: &str, input: &Map<String, Value>, output: Result<&Value, &str>, agent: &str) {
    let Some(recorder) = recorder() else { return };
    let mut paths = BTreeSet::new();
    for (name, value) in input {
        members(value, name, &mut paths);
    }
    match output {
        Ok(output) => members(output, "out", &mut paths),
        Err(code) => drop(paths.insert(code.to_owned())),
    }
    let shape = format!("{operation} {paths:?}");
    let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
    if !recorder.seen.insert(shape) {
        return;
    }
    let line = json!({
        "operation": operation, "agent": agent, "input": input, "output": output.ok(), "error": output.err(),
    });
    // A call is answered whether or not it can be noted.
    if let Err(error) = writeln!(recorder.file, "{line}") {
        tracing::warn!(%error, "a call could not be recorded");
    }
}

/// The paths of all members; items of a list count as one.
fn members(value: &Value, place: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                members(value, &format!("{place}.{name}"), paths);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, &format!("{place}[]"), paths)),
        _ => drop(paths.insert(place.to_owned())),
    }
}
