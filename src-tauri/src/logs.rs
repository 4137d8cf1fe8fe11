//! Logs: in a file of the data directory that rotates daily, and on standard error if the
//! environment asks for them.

use std::path::Path;

use longshore_app::{LogWriter, may_be_logged, prepare_data_directory};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// The number of log files that are retained.
const KEPT: usize = 7;

/// Variables that ask for a log; the first one that is set counts.
const VARIABLES: [&str; 2] = ["LONGSHORE_LOG", "RUST_LOG"];

/// Starts logging. Keep the guard until the end, so that the last lines are written.
pub(crate) fn start(directory: Option<&Path>) -> Option<WorkerGuard> {
    let asked = asked(|name| std::env::var(name).ok());
    let terminal = asked.as_deref().and_then(|text| EnvFilter::try_new(text).ok()).map(|filter| {
        fmt::layer()
            .with_writer(|| LogWriter::new(std::io::stderr()))
            .with_ansi(false)
            .with_target(false)
            .with_filter(filter.and(filter_fn(may_be_logged)))
    });
    // The reason why a directory is refused is reported when the application is opened.
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
    let filter = || {
        let usual = || EnvFilter::new("warn,longshore=info");
        asked.as_deref().map_or_else(usual, |text| EnvFilter::try_new(text).unwrap_or_else(|_| usual()))
    };
    let (file, guard) = file.map(tracing_appender::non_blocking).unzip();
    let file = file.map(|writer| {
        fmt::layer()
            .with_writer(move || LogWriter::new(writer.clone()))
            .with_ansi(false)
            .with_filter(filter().and(filter_fn(may_be_logged)))
    });
    let registry = tracing_subscriber::registry().with(terminal).with(file);
    if registry.try_init().is_err() {
        return None;
    }
    guard
}

/// The filter that the environment asks for.
fn asked(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    VARIABLES.iter().find_map(|name| variable(name).filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_error_has_no_log_unless_the_environment_asks() {
        assert_eq!(asked(|_| None), None);
        assert_eq!(asked(|_| Some(String::new())), None);
        let rust = |name: &str| (name == "RUST_LOG").then(|| "debug".to_owned());
        assert_eq!(asked(rust).as_deref(), Some("debug"));
        assert_eq!(asked(|name| Some(name.to_owned())).as_deref(), Some("LONGSHORE_LOG"));
    }
}
