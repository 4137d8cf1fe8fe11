//! The log on standard error: there is none unless somebody asks for it.

use std::env::{self, VarError};

use longshore_app::LogWriter;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Where a filter may stand, the first that is there counts.
const VARIABLES: [&str; 2] = ["LONGSHORE_LOG", "RUST_LOG"];

/// Starts the log that `--log` or the environment asks for.
///
/// # Errors
/// When the text is no filter.
pub(crate) fn start(option: Option<&str>) -> Result<(), Failure> {
    let Some((name, text)) = asked(option, |name| env::var(name)) else { return Ok(()) };
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        let text = format!(
            "{name} is no log filter: {error}\nWrite a level, such as `debug`, or `longshore=trace`."
        );
        Failure::Usage(text)
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| LogWriter::new(std::io::stderr()))
        .init();
    Ok(())
}

/// The filter that was asked for, and where.
fn asked(
    option: Option<&str>,
    variable: impl Fn(&'static str) -> Result<String, VarError>,
) -> Option<(&'static str, String)> {
    let in_environment = || {
        VARIABLES.into_iter().find_map(|name| {
            let text = variable(name).ok().filter(|text| !text.trim().is_empty())?;
            Some((name, text))
        })
    };
    option.map(|text| ("--log", text.to_owned())).or_else(in_environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_logged_unless_somebody_asks() {
        let unset = |_| Err(VarError::NotPresent);
        assert_eq!(asked(None, unset), None);
        assert_eq!(asked(Some("debug"), unset), Some(("--log", "debug".to_owned())));
        let set = |name: &'static str| match name {
            "RUST_LOG" => Ok("info".to_owned()),
            _ => Ok(String::new()),
        };
        assert_eq!(asked(None, set), Some(("RUST_LOG", "info".to_owned())));
        let both = |name: &'static str| Ok(name.to_owned());
        assert_eq!(asked(None, both), Some(("LONGSHORE_LOG", "LONGSHORE_LOG".to_owned())));
    }
}
