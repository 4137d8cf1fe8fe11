//! Text for places outside of the window: desktop notifications and logs.

use std::io::{self, Write};

use longshore_names::{ForeignText, shown_lines};

use crate::api::AppEvent;

/// Maximum length of a notification in characters; desktops show a few lines.
const MOST: usize = 300;

/// A notice for windows and the desktop. Titles and texts may quote names and errors from others.
pub(crate) fn notice(title: impl AsRef<str>, text: impl AsRef<str>) -> AppEvent {
    let shown = |text: &str| ForeignText::bounded(text, MOST).into();
    AppEvent::Notice { title: shown(title.as_ref()), text: shown(text.as_ref()) }
}

/// The body of a desktop notification. Linux desktops read it as markup (Desktop Notifications
/// Specification, "Markup"), others as text.
pub fn notification_body(text: &str) -> String {
    let text = ForeignText::bounded(text, MOST);
    if cfg!(target_os = "linux") { text.in_markup() } else { text.into() }
}

/// Writes log lines, one call a line, with hidden characters escaped: text from a registry can
/// neither forge a line nor move the cursor.
#[derive(Debug)]
pub struct LogWriter<W>(W);

/// Whether an event may be in a log. At its finest level, AWS's SDK writes whole answers, with the keys
/// of sessions in them.
pub fn may_be_logged(event: &tracing::Metadata<'_>) -> bool {
    *event.level() < tracing::Level::TRACE || !event.target().starts_with("aws_")
}

impl<W: Write> LogWriter<W> {
    /// Wraps the writer that receives the lines.
    pub fn new(inner: W) -> Self {
        Self(inner)
    }
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        let line = shown_lines(line).replace('\n', "\\n");
        self.0.write_all(format!("{line}{end}").as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_no_markup_and_hides_nothing() {
        let text = "Failed: <img src='http://host/'> & \u{202e}gpj\u{200b}\n";
        let AppEvent::Notice { title, text } = notice("Run <b>x</b>\u{7}", text) else { panic!() };
        assert_eq!(title, r"Run <b>x</b>\u{7}");
        assert_eq!(text, r"Failed: <img src='http://host/'> & \u{202e}gpj\u{200b}\n");
        if cfg!(target_os = "linux") {
            assert_eq!(
                notification_body(&text),
                r"Failed: &lt;img src='http://host/'&gt; &amp; \u{202e}gpj\u{200b}\n"
            );
        }
        assert!(notification_body(&"x".repeat(10_000)).chars().count() <= MOST);
    }

    #[test]
    fn a_message_forges_no_line_of_the_log() {
        let mut written = Vec::new();
        let line = "WARN a registry said: x\n2026-01-01 INFO all is well\r\u{1b}[2J\u{202e}\n";
        LogWriter::new(&mut written).write_all(line.as_bytes()).unwrap();
        let expected = "WARN a registry said: x\\n2026-01-01 INFO all is well\\r\\u{1b}[2J\\u{202e}\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
