//! `longshore`, the headless face of Longshore: parses arguments, calls the application, prints.

#![recursion_limit = "256"] // the futures of a copy are nested deeply

mod arguments;
mod copy;
mod demo;
mod export;
mod failure;
mod keys;
mod login;
mod output;
mod rule;
mod runs;
mod sandbox;
mod sync;
mod values;
mod verify;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use longshore_app::LogWriter;
use tracing_subscriber::EnvFilter;

/// Threads for work at most: hashing takes one for each 1.5 GB/s.
const THREADS: usize = 8;

fn main() -> ExitCode {
    // One TLS provider for the whole process, chosen before anything opens a connection.
    let tls = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let filter = EnvFilter::try_from_env("LONGSHORE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| LogWriter::new(std::io::stderr()))
        .init();
    if tls.is_err() {
        tracing::debug!("a TLS provider was installed already");
    }
    let command = Arguments::parse().command;
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(cores.min(THREADS)).enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(command));
            // Whatever is still under way, such as a connection that is being closed, ends with us.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&format!("longshore: {failure}"));
            failure.exit_code()
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(options) => demo::run(options).await,
        Command::Copy(options) => copy::run(options).await,
        Command::Sync(options) => sync::run(options).await,
        Command::Verify(options) => verify::run(options).await,
        Command::Rule { command } => rule::run(command).await,
        Command::Export { command } => export::run(command),
        Command::Runs(options) => runs::run(options).await,
        Command::Sandbox { command } => sandbox::run(command).await,
        Command::Login(options) => login::login(options).await,
        Command::LoginPassword(options) => login::password(options).await,
    }
}
