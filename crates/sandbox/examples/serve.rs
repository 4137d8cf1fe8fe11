//! A sandbox on its own: prints the ready line and serves until standard input ends.
//!
//! `cargo run -p longshore-sandbox --example serve -- DIRECTORY`
#![allow(clippy::print_stdout)]

use std::{io::Read, path::PathBuf, time::Duration};

use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: serve DIRECTORY")?;
    let mut options = SandboxOptions::new(directory);
    options.port = PortChoice::Any;
    options.replication_delay = Duration::from_millis(200);
    let sandbox = Sandbox::start(options).await?;
    println!("{}", serde_json::to_string(&sandbox.ready())?);
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    sandbox.shutdown().await;
    Ok(())
}
