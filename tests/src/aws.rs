//! The AWS CLI, a third-party client, and a sandbox in a separate process.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::process::{Started, built, run};

/// `longshore sandbox serve`, with its ready line.
pub struct Served {
    /// The ready line.
    pub ready: Value,
    lines: BufReader<ChildStdout>,
    process: Started,
}

impl Served {
    /// Serves a sandbox on free ports, with its state in `directory`.
    pub fn new(directory: &Path, replication_delay: &str) -> Self {
        Self::with(directory, replication_delay, &[])
    }

    /// Like [`new`](Self::new), with the given oddities of ECR turned on.
    pub fn with(directory: &Path, replication_delay: &str, switches: &[&str]) -> Self {
        let mut command = Command::new(built("longshore"));
        command.args(["sandbox", "serve"]);
        for switch in switches {
            command.args(["--switch", switch]);
        }
        command
            .args(["--json", "--port", "0", "--replication-delay", replication_delay])
            .arg("--state")
            .arg(directory)
            .stdout(Stdio::piped());
        let mut process = Started::new(&mut command);
        let mut lines = BufReader::new(process.child.stdout.take().unwrap());
        let ready = next_line(&mut lines);
        let ready: Value = serde_json::from_str(&ready).unwrap_or_else(|e| panic!("not ready: {e}: {ready}"));
        assert_eq!(ready["event"], "ready");
        Self { ready, lines, process }
    }

    /// What it was asked so far, by registry and operation.
    pub fn traffic(&mut self) -> Value {
        run(Command::new("kill").args(["-USR1", &self.process.child.id().to_string()]));
        serde_json::from_str(&next_line(&mut self.lines)).unwrap()
    }

    /// Lets it answer nothing until [`go_on`](Self::go_on); connections are accepted and stay open.
    pub fn pause(&self) {
        run(Command::new("kill").args(["-STOP", &self.process.child.id().to_string()]));
    }

    /// Lets it answer again.
    pub fn go_on(&self) {
        run(Command::new("kill").args(["-CONT", &self.process.child.id().to_string()]));
    }

    /// Kills it, like a power cut.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// The `host:port` of a registry.
    pub fn host(&self, account: &str, region: &str) -> String {
        let registries = self.ready["registries"].as_array().unwrap();
        let registry = registries.iter().find(|r| r["account"] == account && r["region"] == region);
        registry.unwrap()["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    /// The access key of an account's administrator: its id and its secret.
    pub fn key(&self, account: &str) -> (String, String) {
        let credentials = self.ready["credentials"].as_array().unwrap();
        let credentials = credentials.iter().find(|c| c["account"] == account).unwrap();
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        (text("access_key_id"), text("secret_access_key"))
    }

    /// The AWS CLI with the key of a user, as `create-access-key` prints it.
    pub fn aws_of(&self, created: &Value, region: &str) -> Aws {
        let text = |name: &str| created["AccessKey"][name].as_str().unwrap();
        let control = self.ready["control"].as_str().unwrap();
        Aws::new(control, region, text("AccessKeyId"), text("SecretAccessKey"))
    }

    /// The AWS CLI as the administrator of an account in a Region.
    pub fn aws(&self, account: &str, region: &str) -> Aws {
        let (access_key_id, secret_access_key) = self.key(account);
        Aws::new(self.ready["control"].as_str().unwrap(), region, &access_key_id, &secret_access_key)
    }
}

fn next_line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line
}

/// The AWS CLI with its credentials.
pub struct Aws {
    endpoint: String,
    region: String,
    access_key_id: String,
    secret_access_key: String,
}

impl Aws {
    /// With a key, at an address for every service.
    pub fn new(endpoint: &str, region: &str, access_key_id: &str, secret_access_key: &str) -> Self {
        let [endpoint, region, access_key_id, secret_access_key] =
            [endpoint, region, access_key_id, secret_access_key].map(str::to_owned);
        Self { endpoint, region, access_key_id, secret_access_key }
    }

    /// Its access key: the id and the secret.
    pub fn key(&self) -> (&str, &str) {
        (&self.access_key_id, &self.secret_access_key)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(venv().join("bin/aws"));
        command
            .args(["--endpoint-url", &self.endpoint, "--region", &self.region, "--output", "json"])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", &self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_access_key)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE");
        command
    }

    /// Calls ECR; returns the response as JSON.
    pub fn ecr(&self, arguments: &[&str]) -> Value {
        self.call(&[&["ecr"], arguments].concat())
    }

    /// Calls a service; returns the response as JSON.
    pub fn call(&self, arguments: &[&str]) -> Value {
        let output = run(&mut self.command(arguments));
        if output.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&output.stdout).unwrap() }
    }

    /// Assumes a role; returns the response as JSON.
    pub fn assume_role(&self, role: &str) -> Value {
        let arguments = ["sts", "assume-role", "--role-session-name=tests", "--role-arn", role];
        self.call(&arguments)
    }

    /// The resources of the stack to which a resource belongs; returns the response as JSON.
    pub fn stack_resources(&self, physical_id: &str) -> Value {
        let arguments = ["cloudformation", "describe-stack-resources", "--physical-resource-id", physical_id];
        serde_json::from_slice(&run(&mut self.command(&arguments)).stdout).unwrap()
    }

    /// The password that `aws ecr get-login-password` prints.
    pub fn login_password(&self) -> String {
        let output = run(&mut self.command(&["ecr", "get-login-password"]));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The message of a failed call to ECR.
    pub fn ecr_refused(&self, arguments: &[&str]) -> String {
        self.refused(&[&["ecr"], arguments].concat())
    }

    /// The message of a failed call to a service.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?} was accepted");
        String::from_utf8_lossy(&output.stderr).trim().to_owned()
    }
}

/// The Python environment that `make setup` creates.
pub fn venv() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/longshore/venv"));
    let path = std::env::var_os("LONGSHORE_VENV").map(PathBuf::from).or_else(home).unwrap();
    assert!(path.join("bin/aws").exists(), "{} has no AWS CLI; run `make setup`", path.display());
    path
}
