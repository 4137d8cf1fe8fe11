//! Helpers that tests of several crates share: third-party programs, in their own folders and
//! processes, and images to push.
#![allow(missing_docs, clippy::unwrap_used)] // test code: a failure is a failed test

pub mod push;

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Debian's docker-registry with its own folder; both are removed when the value is dropped.
pub struct DockerRegistry {
    /// `host:port`.
    pub host: String,
    process: Child,
    folder: tempfile::TempDir,
}

const PROGRAM: &str = "/usr/bin/docker-registry";

impl DockerRegistry {
    /// A registry that allows deletion, and refuses manifests with missing content.
    pub fn start() -> Self {
        Self::with("")
    }

    /// A registry that accepts manifests without checking their content.
    pub fn lenient() -> Self {
        Self::with("validation: {disabled: true}\n")
    }

    /// A registry that represents one on another machine: it uses only idle CPU time of this one.
    pub fn elsewhere() -> Self {
        let mut command = Command::new("nice");
        command.args(["-n", "19", PROGRAM]);
        Self::run(command, "")
    }

    /// A registry with extra lines in its configuration.
    pub fn with(more: &str) -> Self {
        Self::run(Command::new(PROGRAM), more)
    }

    /// A registry that speaks TLS. The lines are those of its `tls` section.
    pub fn with_tls(tls: &str) -> Self {
        Self::serve(Command::new(PROGRAM), "", tls)
    }

    fn run(program: Command, more: &str) -> Self {
        Self::serve(program, more, "")
    }

    fn serve(mut program: Command, more: &str, tls: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let storage = folder.path().join("data");
        let config = format!(
            "version: 0.1\nlog: {{level: info, formatter: text}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  \
             delete: {{enabled: true}}\nhttp:\n  addr: '{host}'\n{tls}{more}",
            storage.display()
        );
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config).unwrap();
        let mut process = program
            .arg("serve")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry is installed by `make setup`");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("listening on"));
        assert!(ready, "docker-registry did not start on {host}");
        // It would stall if nothing read its output.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { host, process, folder }
    }

    /// Deletes a repository in its storage, as an operator does: the API has no such request.
    pub fn forget(&self, repository: &str) {
        std::fs::remove_dir_all(self.repository(repository)).unwrap();
    }

    /// Puts a tag into the storage that the registry would refuse, with the same target as `like`.
    pub fn plant_tag(&self, repository: &str, like: &str, tag: &str) {
        let tags = self.repository(repository).join("_manifests/tags");
        let planted = tags.join(tag).join("current");
        std::fs::create_dir_all(&planted).unwrap();
        std::fs::copy(tags.join(like).join("current/link"), planted.join("link")).unwrap();
    }

    fn repository(&self, name: &str) -> PathBuf {
        self.folder.path().join("data/docker/registry/v2/repositories").join(name)
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
