//! ministack, a third party's AWS with a registry; it answers under any name and checks no signature.

use std::{path::Path, process::Command};

use crate::{
    aws::venv,
    process::{Started, free_port},
};

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "us-west-2";

/// ministack for one account and Region, until this is dropped.
pub struct Ministack {
    /// `host:port` of everything: its API, and its registry without a password.
    pub host: String,
    _process: Started,
}

impl Ministack {
    /// Starts it on a free port, with its files in `home`.
    pub fn start(home: &Path) -> Self {
        let port = free_port().to_string();
        let mut command = Command::new(venv().join("ministack/bin/ministack"));
        command
            .env("GATEWAY_PORT", &port)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("MINISTACK_REGION", REGION)
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("PYTHONUNBUFFERED", "1");
        let process = Started::announced(&mut command, "Running on http");
        Self { host: format!("127.0.0.1:{port}"), _process: process }
    }
}
