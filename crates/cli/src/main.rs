//! `longshore`, the headless face of Longshore: parses arguments, calls the application, prints.
#![allow(clippy::print_stdout, clippy::print_stderr)] // printing is what a command line does

mod arguments;
mod demo;
mod failure;
mod login;
mod sandbox;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    // One TLS provider for the whole process, chosen before anything opens a connection.
    let tls = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let filter = EnvFilter::try_from_env("LONGSHORE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if tls.is_err() {
        tracing::debug!("a TLS provider was installed already");
    }
    let done = match Arguments::parse().command {
        Command::Demo(options) => demo::run(options).await,
        Command::Sandbox { command } => sandbox::run(command).await,
        Command::Login(options) => login::login(options).await,
        Command::LoginPassword(options) => login::password(options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("longshore: {failure}");
            failure.exit_code()
        }
    }
}
