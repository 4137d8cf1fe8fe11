//! Logs: human-readable on the terminal, and in a file of the data directory that rotates daily.

use std::path::Path;

use longshore_app::{LogWriter, prepare_data_directory};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Log files that are kept.
const KEPT: usize = 7;

/// Starts logging. Keep the guard until the end, so that the last lines are written.
pub(crate) fn start(directory: Option<&Path>) -> Option<WorkerGuard> {
    let filter =
        || EnvFilter::try_from_env("LONGSHORE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,longshore=info"));
    let terminal = fmt::layer()
        .with_writer(|| LogWriter::new(std::io::stderr()))
        .with_ansi(false)
        .with_target(false)
        .with_filter(filter());
    // Why a directory is refused is told when the application is opened.
    let directory = directory.filter(|directory| prepare_data_directory(directory).is_ok());
    let file = directory.and_then(|directory| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("longshore")
            .filename_suffix("log")
            .max_log_files(KEPT)
            .build(directory.join("logs"))
            .ok()
    });
    let (file, guard) = file.map(tracing_appender::non_blocking).unzip();
    let file = file.map(|writer| {
        fmt::layer()
            .with_writer(move || LogWriter::new(writer.clone()))
            .with_ansi(false)
            .with_filter(filter())
    });
    let registry = tracing_subscriber::registry().with(terminal).with(file);
    if registry.try_init().is_err() {
        return None;
    }
    guard
}
