//! Standard error, in addition to errors: notices, which a person needs to know, and the log, which
//! is off by default.

use std::{
    env::{self, VarError},
    fmt,
    io::Write,
};

use longshore_app::{LogWriter, may_be_logged};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::failure::Failure;

/// The variables that may contain a filter; the first one that is set counts.
const VARIABLES: [&str; 2] = ["LONGSHORE_LOG", "RUST_LOG"];

/// Messages with this target are not log lines: the person at the terminal must see them.
const NOTICE: &str = "longshore::notice";

/// Starts notices, and the log if `--log` or the environment asks for it.
///
/// # Errors
/// When the text is not a filter.
pub(crate) fn start(option: Option<&str>) -> Result<(), Failure> {
    let is_notice = |metadata: &Metadata<'_>| metadata.target() == NOTICE;
    let notices = tracing_subscriber::registry().with(Notices.with_filter(filter_fn(is_notice)));
    let Some((name, text)) = asked(option, env::var) else {
        notices.init();
        return Ok(());
    };
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        let text = format!(
            "{name} is not a log filter: {error}\nUse a level, such as `debug`, or `longshore=trace`."
        );
        Failure::Usage(text)
    })?;
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(|| LogWriter::new(std::io::stderr()))
        .with_filter(filter.and(filter_fn(may_be_logged)));
    notices.with(log).init();
    Ok(())
}

/// Prints notices in the same way as errors.
struct Notices;

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        // If standard error is closed, there is no other place to report that.
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

/// The requested filter, and where it was set.
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
