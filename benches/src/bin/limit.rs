//! `limit PLAN SOURCE DESTINATION [--sha256] [--connections N]`: the best that this machine can do.
#![allow(clippy::print_stderr)] // a program's message

use std::{env, path::Path, process::ExitCode};

use longshore_benches::{
    Failure,
    copier::{Settings, copy},
    plan::Plan,
};

/// The default, which every measurement uses.
const CONNECTIONS: usize = 32;

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("limit: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Failure> {
    let usage = || Failure::Usage("limit PLAN SOURCE DESTINATION [--sha256] [--connections N]".into());
    let mut take = || arguments.next().ok_or_else(usage);
    let plan = Plan::read(Path::new(&take()?))?;
    let (source, destination) = (take()?, take()?);
    let mut settings = Settings { source, destination, connections: CONNECTIONS, sha256: false };
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--sha256" => settings.sha256 = true,
            "--connections" => {
                let number = arguments.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
                settings.connections = number.ok_or_else(usage)?;
            }
            _ => return Err(usage()),
        }
    }
    copy(&plan, &settings)
}
