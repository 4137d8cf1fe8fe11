//! `longshore`, the command line of Longshore: parses arguments, calls the application, prints.

#![recursion_limit = "256"] // the futures of a copy are nested deeply

mod arguments;
mod copy;
mod credential_helper;
mod demo;
mod ending;
mod export;
mod failure;
mod files;
mod inspect;
mod keys;
mod lifecycle;
mod login;
mod logs;
mod manage;
mod output;
mod promotion;
mod references;
mod rule;
mod runs;
mod sandbox;
mod sync;
mod tags;
mod values;
mod verify;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use ending::Ending;
use failure::Failure;

/// Maximum number of threads: hashing uses one for each 1.5 GB/s.
const THREADS: usize = 8;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse_from(credential_helper::words(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    let ending = Ending::of(&arguments.command);
    let done = logs::start(arguments.log.as_deref()).and_then(|()| work(arguments.command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(ending) = ending {
                ending.print(&failure);
            }
            output::note(&format!("longshore: {failure}"));
            failure.exit_code()
        }
    }
}

/// Prints requested help, or the error in a command line.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(ending) = Ending::of_words(&words).filter(|_| error.use_stderr()) {
        let text = error.to_string();
        let text = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        let text = match several_values(error, &words) {
            // The first line is the message, and the rest is what to do.
            Some(hint) => format!("{}\n{hint}", text.lines().next().unwrap_or_default()),
            None => text.to_owned(),
        };
        ending.print(&Failure::Usage(text));
    }
    if error.print().is_err() {
        tracing::trace!("standard error is closed");
    }
    if let Some(hint) = several_values(error, &words) {
        output::note(&hint);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// How several values are given to an option, if the words look as if that was meant: `--region A B`.
fn several_values(error: &clap::Error, words: &[String]) -> Option<String> {
    let unexpected = match (error.kind(), error.get(ContextKind::InvalidArg)?) {
        (ErrorKind::UnknownArgument, ContextValue::String(word)) => word,
        _ => return None,
    };
    let at = words.iter().rposition(|word| word == unexpected)?;
    let before = words.get(..at)?;
    let option = before.iter().rposition(|word| word.starts_with('-'))?;
    let is_option = before[option].starts_with("--") && !before[option].contains('=') && option + 1 < at;
    is_option.then(|| {
        let option = &before[option];
        format!("An option has one value. Give it again for each further one: {option} {unexpected}")
    })
}

fn work(command: Command) -> Result<(), Failure> {
    // One TLS provider for the whole process, chosen before anything opens a connection.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is already installed");
    }
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(THREADS))
        .enable_all()
        .build()?;
    let done = runtime.block_on(run(command));
    // Remaining background work, such as a connection that is being closed, ends with the process.
    runtime.shutdown_background();
    done
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(options) => demo::run(options).await,
        Command::Copy(options) => copy::run(options).await,
        Command::Sync(options) => sync::run(options).await,
        Command::Verify(options) => verify::run(options).await,
        Command::Tags(options) => until_interrupted(tags::run(options)).await,
        Command::Inspect(options) => until_interrupted(inspect::run(options)).await,
        Command::Rule { command } => until_interrupted(rule::run(command)).await,
        Command::Export { command } => export::run(command).await,
        Command::Runs(options) => runs::run(options).await,
        Command::Sandbox { command } => sandbox::run(command).await,
        Command::Account(options) => manage::account(options).await,
        Command::Replication(options) => manage::replication(options).await,
        Command::Owner(options) => manage::owner(options).await,
        Command::Guard(options) => manage::guard(options).await,
        Command::Doctor(options) => manage::doctor(options).await,
        Command::Request(options) => manage::request(options).await,
        Command::Expected(options) => manage::expected(options).await,
        Command::Receipt(options) => manage::receipt(options).await,
        Command::Iam(options) => manage::iam(options).await,
        Command::Policy(options) => manage::policy(options).await,
        Command::Cost(options) => manage::cost(options).await,
        Command::Repository(options) => manage::repository(options).await,
        Command::Path(options) => promotion::path(options).await,
        Command::Promote(options) => promotion::promote(*options).await,
        Command::Rollback(options) => promotion::rollback(*options).await,
        Command::Hold(options) => promotion::hold(options).await,
        Command::Resume(options) => promotion::resume(options).await,
        Command::Block(options) => promotion::block(options).await,
        Command::Unblock(options) => promotion::unblock(options).await,
        Command::Approve(options) => promotion::approve(options).await,
        Command::Promotion(options) => promotion::promotion(options).await,
        Command::Lifecycle { command } => lifecycle::run(command).await,
        Command::References(options) => references::run(&options),
        Command::Login(options) => login::login(options).await,
        Command::LoginPassword(options) => login::password(options).await,
        Command::DockerCredential { action } => until_interrupted(credential_helper::run(action)).await,
    }
}

/// Runs a command that leaves nothing behind, to its end or until Ctrl-C.
pub(crate) async fn until_interrupted(
    running: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    tokio::select! {
        done = running => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}
