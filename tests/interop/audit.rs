//! What `make audit` and `.ci/run` say, with stand-ins for git, cargo and npm.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use longshore_tests::aws::venv;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn an_audit_tells_faults_from_advisories_that_are_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, script) in [
        ("git", "exit $UNREACHED"),
        ("cargo", r#"case "$*" in *"check advisories") cat "$5"; exit $FAULTY ;; esac"#),
        ("npm", r#"printf '%s' "$REPORT""#),
    ] {
        program(&at.join("bin").join(name), script);
    }
    fs::create_dir(at.join("ui")).unwrap();
    fs::create_dir(at.join("scripts")).unwrap();
    fs::copy(format!("{ROOT}/scripts/audit.py"), at.join("scripts/audit.py")).unwrap();
    fs::write(at.join("deny.toml"), "[advisories]\n").unwrap();
    let ignores = "RUSTSEC-2000-0001 9999-12-31 why\nGHSA-kept 9999-12-31 why\nGHSA-over 2000-01-01 why\n";
    fs::write(at.join("scripts/audit-ignores.txt"), ignores).unwrap();
    let path = format!("{}:{}", at.join("bin").display(), std::env::var("PATH").unwrap());
    let via = |id: &str| {
        let url = format!("https://github.com/advisories/{id}");
        let via = serde_json::json!([{"title": "Bad", "severity": "high", "url": url}]);
        serde_json::json!({"vulnerabilities": {"pad": {"via": via}}}).to_string()
    };
    let none = || r#"{"vulnerabilities":{}}"#.to_owned();
    for (unreached, faulty, report, code, said) in [
        ("0", "0", none(), 0, "No known vulnerabilities"),
        ("0", "1", none(), 1, r#"ignore = ["RUSTSEC-2000-0001"]"#),
        ("2", "0", none(), 3, "RustSec's advisories could not be fetched"),
        ("0", "0", String::new(), 3, "npm's advisories could not be fetched"),
        ("2", "0", via("GHSA-new"), 1, "pad: Bad (high)"),
        ("0", "0", via("GHSA-kept"), 0, "No known vulnerabilities"),
        ("0", "0", via("GHSA-over"), 1, "GHSA-over was ignored until 2000-01-01 and counts again"),
    ] {
        let mut audit = Command::new(venv().join("bin/python3"));
        audit.arg(at.join("scripts/audit.py")).env("PATH", &path);
        audit.env("UNREACHED", unreached).env("FAULTY", faulty).env("REPORT", report);
        let output = audit.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}: {text}");
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn ci_fails_for_a_fault_and_says_when_it_could_not_look_for_any() {
    for (audit, code, told) in [(0, 0, false), (1, 1, false), (3, 0, true)] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        program(&at.join("scripts/audit.py"), &format!("exit {audit}"));
        fs::write(at.join("scripts/env.sh"), "export LONGSHORE_CACHE=\"$PWD/cache\"\n").unwrap();
        fs::write(at.join("Makefile"), "lint test:\n\t@true\n").unwrap();
        fs::create_dir(at.join(".ci")).unwrap();
        fs::copy(format!("{ROOT}/.ci/run"), at.join(".ci/run")).unwrap();
        let mut ci = Command::new("bash");
        ci.arg(at.join(".ci/run")).env("GIT_DIR", at.join("none")).env_remove("MAKEFLAGS");
        let output = ci.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{audit}: {text}");
        assert_eq!(text.contains("Dependencies were not checked"), told, "{audit}: {text}");
    }
}
