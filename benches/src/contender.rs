//! The programs to measure, and the command line with which each does the same.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::aims::{Case, Kind};

/// A program that copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// The minimal copier without any check.
    Limit,
    /// The same, with every byte hashed.
    LimitSha256,
    /// `longshore copy`.
    Longshore,
    /// `skopeo copy` and `skopeo sync`.
    Skopeo,
}

impl Contender {
    /// The name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::LimitSha256 => "limit --sha256",
            Self::Longshore => "longshore",
            Self::Skopeo => "skopeo",
        }
    }
}

/// The paths of the programs.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The limit copier.
    pub limit: PathBuf,
    /// A release build of `longshore`.
    pub longshore: PathBuf,
    /// Debian's skopeo.
    pub skopeo: PathBuf,
}

/// The environment of one run.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The case.
    pub case: &'a Case,
    /// The limit's plan.
    pub plan: &'a Path,
    /// `host:port` of the source.
    pub source: &'a str,
    /// `host:port` of the destination.
    pub destination: &'a str,
    /// The destination repository.
    pub to: &'a str,
    /// The program's home, which is empty when the run starts.
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
                // As an ordinary user it remembers in its home where blobs are, so it starts
                // without any knowledge; as root it would use the cache of this machine's skopeo.
                command.env("_CONTAINERS_ROOTLESS_UID", "1000");
                if run.case.tag.is_some() || run.case.kind == Kind::Mount {
                    let (from, to) = (format!("docker://{from}"), format!("docker://{to}"));
                    command.arg("copy").args(plain).args([from, to]);
                } else {
                    // It adds the repository's name itself.
                    command.args(["sync", "--src", "docker", "--dest", "docker"]).args(plain);
                    command.args([from.as_str(), run.destination]);
                }
                command
            }
        }
    }
}

/// A program without this user's settings and proxies.
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
