//! skopeo, a program that we did not write.

use std::{path::Path, process::Command};

/// Runs skopeo to its end; a failure shows what it said.
pub(crate) fn skopeo(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("skopeo")
        .args(arguments)
        .env("REGISTRY_AUTH_FILE", folder.path().join("auth.json"))
        .output()
        .expect("skopeo is installed by `make setup`");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "skopeo {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Copies everything in an index without changing any byte.
pub(crate) fn skopeo_copy(source: &str, destination: &str) {
    let same = ["copy", "--quiet", "--all", "--preserve-digests"];
    let tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    skopeo(&[&same[..], &tls[..], &[source, destination]].concat());
}

/// A local path as skopeo names it.
pub(crate) fn at(kind: &str, path: &Path, reference: &str) -> String {
    let separator = if reference.is_empty() { "" } else { ":" };
    format!("{kind}:{}{separator}{reference}", path.display())
}
