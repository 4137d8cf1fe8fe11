//! The programs that are measured, and how each is told to do the same.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::aims::{Case, Kind};

/// Who copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// The minimal copier without any check.
    Limit,
    /// The same, every byte hashed.
    LimitSha256,
    /// `longshore copy`.
    Longshore,
    /// `skopeo copy` and `skopeo sync`.
    Skopeo,
}

impl Contender {
    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::LimitSha256 => "limit --sha256",
            Self::Longshore => "longshore",
            Self::Skopeo => "skopeo",
        }
    }
}

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The limit copier.
    pub limit: PathBuf,
    /// A release build of `longshore`.
    pub longshore: PathBuf,
    /// Debian's skopeo.
    pub skopeo: PathBuf,
}

/// One run's surroundings.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What is measured.
    pub case: &'a Case,
    /// The limit's plan.
    pub plan: &'a Path,
    /// `host:port` read from.
    pub source: &'a str,
    /// `host:port` written to.
    pub destination: &'a str,
    /// The repository written to.
    pub to: &'a str,
    /// A folder that is empty when the run begins: the program's home.
    pub home: &'a Path,
}

impl Programs {
    /// The command line of a run.
    pub fn command(&self, contender: Contender, run: &Run<'_>) -> Command {
        let tag = run.case.tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let from = format!("{}/{}{tag}", run.source, run.case.repository);
        let to = format!("{}/{}{tag}", run.destination, run.to);
        match contender {
            Contender::Limit | Contender::LimitSha256 => {
                let mut command = alone(&self.limit, run.home);
                command.arg(run.plan).args([run.source, run.destination]);
                if contender == Contender::LimitSha256 {
                    command.arg("--sha256");
                }
                command
            }
            Contender::Longshore => {
                let mut command = alone(&self.longshore, run.home);
                command.args(["copy", &from, &to, "--json"]);
                command
            }
            Contender::Skopeo => {
                let mut command = alone(&self.skopeo, run.home);
                let plain = ["--all", "--src-tls-verify=false", "--dest-tls-verify=false"];
                command.arg("--insecure-policy");
                // As an ordinary user it remembers in its home where blobs are, so it begins knowing
                // nothing; as root it would use what this machine's skopeo has seen before.
                command.env("_CONTAINERS_ROOTLESS_UID", "1000");
                if run.case.tag.is_some() || run.case.kind == Kind::Mount {
                    let (from, to) = (format!("docker://{from}"), format!("docker://{to}"));
                    command.arg("copy").args(plain).args([from, to]);
                } else {
                    // It adds the repository's name by itself.
                    command.args(["sync", "--src", "docker", "--dest", "docker"]).args(plain);
                    command.args([from.as_str(), run.destination]);
                }
                command
            }
        }
    }
}

/// A program that sees nothing of this user's settings and proxies.
pub fn alone(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for name in ["PATH", "LANG"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("HOME", home).env("TMPDIR", home);
    command
}
