//! The command line, with its own home directory.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
};

use serde_json::Value;

use crate::process::built;

/// `longshore` with its own data directory, and no docker configuration.
pub struct Longshore {
    home: PathBuf,
}

/// What the environment of the tests may say about AWS and the network.
pub const OF_THE_MACHINE: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "https_proxy",
    "http_proxy",
];

/// The output of a command, and how it ended.
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
            .env_remove("LONGSHORE_SECRETS")
            .env_remove("LONGSHORE_LOG")
            .env_remove("RUST_LOG");
        for name in OF_THE_MACHINE {
            command.env_remove(name);
        }
        command
    }

    /// Starts a command that prints JSON.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::new(&mut self.command(arguments))
    }

    /// Runs a command to its end.
    pub fn say(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command that must succeed; returns its last JSON line.
    pub fn summary(&self, arguments: &[&str]) -> Value {
        let said = self.say(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    }
}

/// A running command, whose JSON lines are read as they arrive.
pub struct Running {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    /// Starts a command that prints JSON.
    pub fn new(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// Reads up to an event and returns it; the event must arrive.
    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                let mut error = String::new();
                self.process.stderr.take().unwrap().read_to_string(&mut error).unwrap();
                panic!("it ended before: {error}");
            }
            let event: Value = serde_json::from_str(&line).unwrap();
            if wanted(&event) {
                return event;
            }
        }
    }

    /// Reads until more than this many bytes are transferred.
    pub fn until_moved(&mut self, bytes: u64) {
        self.until(|event| event["event"] == "progress" && event["bytes_moved"].as_u64() > Some(bytes));
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Kills it, like a power cut.
    pub fn kill(mut self) -> ExitStatus {
        self.process.kill().unwrap();
        self.process.wait().unwrap()
    }

    /// Waits for its end; the text is the output that was not read before.
    pub fn end(mut self) -> Said {
        let mut text = String::new();
        self.lines.read_to_string(&mut text).unwrap();
        Said { text, ..Said::of(&self.process.wait_with_output().unwrap()) }
    }
}

impl Said {
    /// The output of a finished process.
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
