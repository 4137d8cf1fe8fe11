//! skopeo, a third-party client.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::process::{built, run};

/// skopeo with its own logins.
pub struct Skopeo {
    auth_file: PathBuf,
}

impl Skopeo {
    /// Keeps its logins in `directory`.
    pub fn new(directory: &Path) -> Self {
        Self { auth_file: directory.join("auth.json") }
    }

    /// The path of the logins, for `REGISTRY_AUTH_FILE`.
    pub fn auth_file(&self) -> &Path {
        &self.auth_file
    }

    /// skopeo with these arguments and its logins.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("skopeo");
        command.args(arguments).env("REGISTRY_AUTH_FILE", &self.auth_file);
        command
    }

    /// Copies everything in an index; the sandbox speaks plain HTTP on loopback.
    pub fn copy(&self, source: &str, destination: &str) {
        let mut arguments = vec![
            "copy",
            "--quiet",
            "--all",
            "--preserve-digests",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
        ];
        arguments.extend([source, destination]);
        run(&mut self.command(&arguments));
    }

    /// Copies one image, converted to a manifest format: `oci` or `v2s2`.
    pub fn copy_as(&self, format: &str, source: &str, destination: &str) {
        run(&mut self.command(&["copy", "--quiet", "--format", format, source, destination]));
    }

    /// The digest of a reference in the registry.
    pub fn digest(&self, reference: &str) -> String {
        let reference = format!("docker://{reference}");
        let arguments = ["inspect", "--no-tags", "--tls-verify=false", "--format", "{{.Digest}}", &reference];
        let output = run(&mut self.command(&arguments));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Whether the registry knows a reference.
    pub fn has(&self, reference: &str) -> bool {
        let reference = format!("docker://{reference}");
        let mut command = self.command(&["inspect", "--raw", "--tls-verify=false", &reference]);
        command.stdin(Stdio::null()).output().unwrap().status.success()
    }

    /// The tags of a repository in the registry.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let reference = format!("docker://{repository}");
        let output = run(&mut self.command(&["list-tags", "--tls-verify=false", &reference]));
        let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut tags: Vec<String> = serde_json::from_value(listed["Tags"].clone()).unwrap();
        // docker-registry lists them in the order of its file system.
        tags.sort();
        tags
    }

    /// Logs in with a password on standard input.
    pub fn login(&self, host: &str, password: &str) {
        let mut command =
            self.command(&["login", "--tls-verify=false", "-u", "AWS", "--password-stdin", host]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "skopeo does not log in to {host}");
    }

    /// The message of a failed copy.
    pub fn copy_refused(&self, source: &str, destination: &str) -> String {
        let arguments = ["copy", "--src-tls-verify=false", "--dest-tls-verify=false", source, destination];
        let output = self.command(&arguments).stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{source} to {destination} was accepted");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs a command line as the app shows it, with the app's data directory and our programs.
    pub fn shell(&self, line: &str, data_directory: &Path) {
        let programs = built("longshore");
        let path = format!("{}:{}", programs.parent().unwrap().display(), std::env::var("PATH").unwrap());
        run(Command::new("sh")
            .args(["-ec", line])
            .env("REGISTRY_AUTH_FILE", &self.auth_file)
            .env("LONGSHORE_DATA_DIR", data_directory)
            .env("PATH", path));
    }
}
