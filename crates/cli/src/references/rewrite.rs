//! The changes of files by a map.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use longshore_app::{
    api::{ApiError, Side},
    file_diff,
    references::{Edit, Reference, Rewrite, RewriteMap, apply},
    transfer::decode,
};
use serde_json::json;

use crate::{failure::Failure, files, output};

/// The most bytes of a map.
const MOST_OF_MAP: u64 = 1024 * 1024;

/// Reads a map; each wrong line is printed.
pub(super) fn read_map(file: &Path, as_json: bool) -> Result<RewriteMap, Failure> {
    let name = files::shown(file);
    let bytes = files::read(file, MOST_OF_MAP)?;
    let findings = match decode(&bytes).map_err(|finding| vec![finding]) {
        Ok(text) => match RewriteMap::parse(&text) {
            Ok(map) => return Ok(map),
            Err(findings) => findings,
        },
        Err(findings) => findings,
    };
    for finding in &findings {
        let line = finding.position.map(|at| at.line).unwrap_or_default();
        match as_json {
            true => output::json(&json!({
                "event": "finding", "code": finding.code, "severity": "error", "position": finding.position,
                "text": finding.text,
            })),
            false => output::note(&format!("{name}:{line}: {}", finding.text)),
        }
    }
    let lines = if findings.len() == 1 { "1 line".to_owned() } else { format!("{} lines", findings.len()) };
    let text = format!("{name} cannot be used: {lines} cannot be read.");
    Err(ApiError::new("rewrite-map", Side::Input, text).into())
}

/// The changes of all files.
pub(super) struct Changes {
    map: Option<RewriteMap>,
    writes: bool,
    /// Those of the present file.
    edits: Vec<Edit>,
    rewritten: usize,
    reasons: Vec<String>,
    written: Vec<String>,
}

impl Changes {
    pub(super) fn new(map: Option<RewriteMap>, writes: bool) -> Self {
        Self { map, writes, edits: Vec::new(), rewritten: 0, reasons: Vec::new(), written: Vec::new() }
    }

    /// Whether references are rewritten at all.
    pub(super) fn is_asked(&self) -> bool {
        self.map.is_some()
    }

    /// Whether files are changed.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// How many references change.
    pub(super) fn rewritten(&self) -> usize {
        self.rewritten
    }

    /// Why references stay although the map has a prefix of them.
    pub(super) fn reasons(&self) -> impl Iterator<Item = &String> {
        self.reasons.iter()
    }

    /// The files that were changed.
    pub(super) fn written(&self) -> &[String] {
        &self.written
    }

    /// Decides about a reference of the present file.
    pub(super) fn decide(&mut self, reference: &Reference, file: &str) -> Option<Rewrite> {
        let rewrite = self.map.as_ref()?.rewrite(reference);
        match &rewrite {
            Rewrite::To { edits, .. } => {
                self.rewritten += 1;
                self.edits.extend(edits.iter().cloned());
            }
            Rewrite::NotPossible { why } => {
                let line = reference.position.line;
                self.reasons.push(format!("{file}:{line}: `{}` stays as it is. {why}", reference.text));
            }
            Rewrite::None => {}
        }
        Some(rewrite)
    }

    /// Ends the present file: prints its changes, and makes them if asked to. `mark` is its byte order mark.
    pub(super) fn file(
        &mut self,
        path: &Path,
        name: &str,
        mark: &str,
        text: &str,
        as_json: bool,
    ) -> Result<(), Failure> {
        let edits = std::mem::take(&mut self.edits);
        if edits.is_empty() {
            return Ok(());
        }
        let (before, after) = (format!("{mark}{text}"), format!("{mark}{}", apply(text, &edits)));
        let diff = file_diff(name, &before, &after);
        match as_json {
            true => output::json(&json!({"event": "diff", "file": name, "text": diff})),
            false => output::whole(&diff),
        }
        if self.writes {
            write(path, &after).map_err(|error| {
                let text = format!("{} cannot be written: {error}.", path.display());
                ApiError::new("file-unwritable", Side::ThisMachine, text)
            })?;
            self.written.push(name.to_owned());
        }
        Ok(())
    }
}

/// Replaces a file as a whole, with its permissions.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.yaml");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        write(&path, "after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no file is left behind");
    }
}
