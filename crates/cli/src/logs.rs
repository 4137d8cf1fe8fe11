//! Standard error besides errors: notices, which a person needs to know, and the log, of which there
//! is none unless somebody asks for it.

use std::{
    env::{self, VarError},
    fmt,
    io::Write,
};

use longshore_app::LogWriter;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::failure::Failure;

/// Where a filter may stand, the first that is there counts.
const VARIABLES: [&str; 2] = ["LONGSHORE_LOG", "RUST_LOG"];

/// What is said under this target is no log: the person at the terminal has to know it.
const NOTICE: &str = "longshore::notice";

/// Starts notices, and the log that `--log` or the environment asks for.
///
/// # Errors
/// When the text is no filter.
pub(crate) fn start(option: Option<&str>) -> Result<(), Failure> {
    let is_notice = |metadata: &Metadata<'_>| metadata.target() == NOTICE;
    let notices = tracing_subscriber::registry().with(Notices.with_filter(filter_fn(is_notice)));
    let Some((name, text)) = asked(option, env::var) else {
        notices.init();
        return Ok(());
    };
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        let text = format!(
            "{name} is no log filter: {error}\nWrite a level, such as `debug`, or `longshore=trace`."
        );
        Failure::Usage(text)
    })?;
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(|| LogWriter::new(std::io::stderr()))
        .with_filter(filter);
    notices.with(log).init();
    Ok(())
}

/// Prints notices as errors are printed.
struct Notices;

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        // There is nobody else to tell that standard error is closed.
        let _ = LogWriter::new(std::io::stderr()).write_all(format!("longshore: {}\n", message.0).as_bytes());
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
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
