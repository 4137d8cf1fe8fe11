//! The command line, with a home of its own.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::process::built;

/// `longshore` with a data directory of its own, and nobody's docker configuration.
pub struct Longshore {
    home: PathBuf,
}

/// What a command printed, and how it ended.
pub struct Said {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub text: String,
    /// Standard error.
    pub error: String,
}

impl Longshore {
    /// Keeps everything in `home`.
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned() }
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// A command that has not been started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(built("longshore"));
        command
            .args(arguments)
            .stdin(Stdio::null())
            .env("LONGSHORE_DATA_DIR", self.data())
            .env("HOME", &self.home)
            .env("DOCKER_CONFIG", self.home.join("docker"))
            .env_remove("REGISTRY_AUTH_FILE")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("LONGSHORE_LOG");
        command
    }

    /// Runs a command to its end.
    pub fn say(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command that must end well; its last JSON line comes back.
    pub fn summary(&self, arguments: &[&str]) -> Value {
        let said = self.say(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    }
}

impl Said {
    /// What an ended process printed.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            text: String::from_utf8(output.stdout.clone()).unwrap(),
            error: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Its lines of JSON.
    pub fn events(&self) -> Vec<Value> {
        self.text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}\n{}", self.error)))
            .collect()
    }

    /// Its last line.
    pub fn summary(&self) -> Value {
        let last = self.events().pop().unwrap_or_else(|| panic!("nothing was printed: {}", self.error));
        assert_eq!(last["event"], "summary", "{last}");
        last
    }
}
