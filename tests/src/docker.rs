//! Docker's own daemon, with all of its data in a separate folder.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::process::run;

/// How long the daemon may take to start listening.
const PATIENCE: Duration = Duration::from_secs(60);
const READY: &str = "API listen on";

/// A running `dockerd`, and a client for it with its own logins.
pub struct Docker {
    directory: PathBuf,
    process: Child,
}

impl Docker {
    /// Starts a daemon that keeps all of its data in `directory`.
    ///
    /// # Errors
    /// Why this machine cannot run one, as a sentence: it needs root, and kernel features that
    /// containers often lack.
    pub fn start(directory: &Path) -> Result<Self, String> {
        if fs::metadata("/proc/self").map(|process| process.uid()).unwrap_or(u32::MAX) != 0 {
            return Err("Docker's daemon runs as root only, and this test does not.".to_owned());
        }
        for program in ["dockerd", "docker"] {
            if Command::new(program).arg("--version").output().is_err() {
                return Err(format!("`{program}` is not installed; `make setup` installs it."));
            }
        }
        fs::write(directory.join("daemon.json"), "{}").map_err(|error| error.to_string())?;
        let mut command = Command::new("dockerd");
        command
            .arg("--data-root")
            .arg(directory.join("data"))
            .arg("--exec-root")
            .arg(directory.join("exec"))
            .arg("--pidfile")
            .arg(directory.join("pid"))
            .arg("--config-file")
            .arg(directory.join("daemon.json"))
            .args(["-H", &socket(directory)])
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"])
            .args(["--ip-masq=false", "-s", "vfs"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("`dockerd` does not start: {error}."))?;
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (told, said) = mpsc::channel();
        // It would stall if nothing read its output.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        let mut docker = Self { directory: directory.to_owned(), process };
        let mut last = String::new();
        loop {
            match said.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(READY) => return Ok(docker),
                Ok(line) => last = line,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(format!("`dockerd` did not listen within {PATIENCE:?}; it said: {last}"));
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let status = docker.process.wait().unwrap();
                    return Err(format!("`dockerd` ended with {status}; it said: {last}"));
                }
            }
        }
    }

    /// A command of the client that has not been started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments);
        self.environment(&mut command);
        command
    }

    /// Makes a command that starts `docker` use this daemon and its logins.
    pub fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DOCKER_HOST", socket(&self.directory))
            .env("DOCKER_CONFIG", self.directory.join("config"))
            // The classic builder is part of the daemon.
            .env("DOCKER_BUILDKIT", "0")
    }

    /// Runs a command that must succeed, and returns its output.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = run(&mut self.command(arguments));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The message of a failed command.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?} was accepted");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Logs in with a password on standard input.
    pub fn login(&self, host: &str, password: &str) {
        let mut command = self.command(&["login", "-u", "AWS", "--password-stdin", host]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "docker does not log in to {host}");
    }

    /// The digest of a pulled or pushed image in a repository.
    pub fn digest(&self, repository: &str, tag: &str) -> String {
        let format = "{{range .RepoDigests}}{{println .}}{{end}}";
        let digests = self.run(&["image", "inspect", "--format", format, &format!("{repository}:{tag}")]);
        let prefix = format!("{repository}@");
        let found = digests.lines().find_map(|line| line.strip_prefix(&prefix));
        found.unwrap_or_else(|| panic!("no digest of {repository} in {digests}")).to_owned()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // On SIGTERM it also ends its containerd and removes its mounts.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
        // It mounts its data folder on itself. With that mount left, the folder could not be
        // removed.
        for mount in mounts_below(&self.directory) {
            let _ = Command::new("umount").arg("--lazy").arg(mount).status();
        }
    }
}

/// The mount points in `directory`, the innermost first.
fn mounts_below(directory: &Path) -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    let mut below: Vec<_> = points.filter(|point| point.starts_with(directory)).collect();
    below.reverse();
    below
}

fn socket(directory: &Path) -> String {
    format!("unix://{}", directory.join("docker.sock").display())
}
