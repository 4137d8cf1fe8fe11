//! Error responses: what a registry, a proxy or a storage says, read as far as possible.

use std::time::Duration;

use chrono::Utc;
use longshore_names::shown;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::{
    Error, RegistryErrorKind,
    net::answer::{About, Asked, bounded, retry_after},
};

/// Longest error document that is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// Characters that are shown of all of it, and of one part.
const MOST_SHOWN: usize = 1_000;
const MOST_OF_ONE: usize = 300;
/// Entries of one document that are shown.
const MOST_ENTRIES: usize = 10;

/// An error response, read once.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The codes of all entries of OCI's error document.
    codes: Vec<String>,
    /// Everything that was said, bounded, in one line.
    pub(crate) message: String,
    /// The response says more than its status and a code.
    has_message: bool,
    pub(crate) retry_after: Option<Duration>,
    /// The host that responded, when it is not the registry itself.
    pub(crate) elsewhere: Option<String>,
}

impl Refusal {
    /// Reads the response; a body that cannot be read counts as empty.
    pub(crate) async fn read(registry: &str, response: Response, stall: Duration) -> Self {
        let status = response.status();
        let retry_after = retry_after(response.headers(), Utc::now());
        let body = bounded(registry, response, "the error", MAX_ERROR_BYTES, stall).await.unwrap_or_default();
        let Said { codes, parts, has_message } = Said::read(&body);
        let mut message = shown(&parts.join("; "), MOST_SHOWN);
        if message.is_empty() {
            message = match status {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    "413 Payload Too Large: the registry, or a proxy in front of it, does not accept a body of this size"
                        .to_owned()
                }
                status => status.to_string(),
            };
        }
        Self { status, codes, message, has_message, retry_after, elsewhere: None }
    }

    /// Whether one of the entries has this code.
    pub(crate) fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// Whether no entry has a code.
    pub(crate) fn has_no_code(&self) -> bool {
        self.codes.is_empty()
    }

    /// The error, if it is transient.
    pub(crate) fn passing(&self, about: About<'_>) -> Option<Error> {
        Some(self.clone().into_error(about)).filter(Error::is_retryable)
    }

    /// Our error for it.
    pub(crate) fn into_error(self, about: About<'_>) -> Error {
        let elsewhere = self.elsewhere.clone();
        let error = self.classified(about);
        match elsewhere {
            Some(host) => error.elsewhere(&host),
            None => error,
        }
    }

    fn classified(self, about: About<'_>) -> Error {
        let has = |code: &str| self.has(code);
        let puts_manifest = about.asked == Asked::PutManifest;
        let unknown = has("MANIFEST_BLOB_UNKNOWN") || has("BLOB_UNKNOWN") || has("MANIFEST_UNKNOWN");
        let status = self.status.as_u16();
        let (registry, repository) = (about.registry.to_owned(), about.repository.to_owned());
        let is_401 = status == 401;
        let with_retry_after = status == 503 && self.retry_after.is_some();
        let throttled = status == 429 || with_retry_after || has("TOOMANYREQUESTS");
        let denied = has("DENIED") || status == 403;
        let no_repository = has("NAME_UNKNOWN");
        let doubted = puts_manifest && has("DIGEST_INVALID");
        let unsupported = has("UNSUPPORTED") || status == 405;
        let Self { message, has_message, retry_after, .. } = self;
        let kind = match status {
            _ if throttled => RegistryErrorKind::Throttled { message, retry_after },
            _ if is_401 => RegistryErrorKind::Unauthorized { message },
            _ if denied => RegistryErrorKind::Denied { message },
            _ if no_repository => RegistryErrorKind::RepositoryNotFound { repository },
            _ if unknown && puts_manifest => {
                RegistryErrorKind::ReferencedContentMissing { repository, message }
            }
            // The digest is computed from the bytes that were sent. docker-registry also responds
            // this way when it reads the entry of a child that another request is writing at that
            // moment.
            _ if doubted => RegistryErrorKind::Server { status, message },
            // What is being written cannot be missing: the repository, the session or the API is.
            404 if about.asked != Asked::Read => {
                let message = format!("{} cannot be written: {message}", about.what);
                RegistryErrorKind::Refused { status, message }
            }
            _ if unknown || status == 404 => {
                let what = about.what;
                let what = if has_message { format!("{what} ({message})") } else { what.to_owned() };
                RegistryErrorKind::NotFound { repository, what }
            }
            _ if unsupported => RegistryErrorKind::Unsupported { message },
            500.. => RegistryErrorKind::Server { status, message },
            _ => RegistryErrorKind::Refused { status, message },
        };
        kind.at(registry)
    }
}

/// What an error's body says.
#[derive(Default)]
struct Said {
    codes: Vec<String>,
    parts: Vec<String>,
    has_message: bool,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let mut said = Self::default();
        // Some registries put a byte order mark before it.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        match serde_json::from_slice::<Value>(body) {
            Ok(document) => said.document(&document),
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = marked_up(&text).unwrap_or_else(|| text.trim().to_owned());
                said.has_message = !text.is_empty();
                said.parts.extend(Some(shown(&text, MOST_OF_ONE)).filter(|text| !text.is_empty()));
            }
        }
        said
    }

    fn document(&mut self, document: &Value) {
        match (document.get("errors"), document.get("error")) {
            (Some(Value::Array(entries)), _) => {
                entries.iter().take(MOST_ENTRIES).for_each(|entry| self.entry(entry));
                if entries.len() > MOST_ENTRIES {
                    self.parts.push(format!("and {} more", entries.len() - MOST_ENTRIES));
                }
            }
            (Some(other), _) if !other.is_null() => self.entry(other),
            (_, Some(Value::String(code))) => {
                let described = ["error_description", "message", "detail", "details"];
                let more = described.iter().find_map(|name| text(document.get(*name)));
                self.has_message = true;
                self.parts.push(match more {
                    Some(more) => format!("{}: {}", shown(code, MOST_OF_ONE), shown(&more, MOST_OF_ONE)),
                    None => shown(code, MOST_OF_ONE),
                });
            }
            (_, Some(error)) if !error.is_null() => self.entry(error),
            _ => self.entry(document),
        }
    }

    fn entry(&mut self, entry: &Value) {
        if let Some(text) = text(Some(entry)).filter(|_| !entry.is_object()) {
            self.has_message = true;
            self.parts.push(shown(&text, MOST_OF_ONE));
            return;
        }
        let get = |names: &[&str]| names.iter().find_map(|name| text(entry.get(*name)));
        let code = get(&["code", "Code", "status"]);
        let message = get(&["message", "Message", "description"]);
        let detail = get(&["detail", "details"]);
        self.has_message |= detail.is_some() || (code.is_none() && message.is_some());
        let code = code.map(|code| shown(&code, 60));
        let message = message.map(|message| shown(&message, MOST_OF_ONE));
        let mut part = match (&code, message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.clone(),
            (None, message) => message.unwrap_or_default(),
        };
        if let Some(detail) = detail {
            let detail = shown(&detail, MOST_OF_ONE);
            part = if part.is_empty() { detail } else { format!("{part} ({detail})") };
        }
        self.codes.extend(code);
        self.parts.extend(Some(part).filter(|part| !part.is_empty()));
    }
}

/// A value as text, unless it says nothing.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::Null => return None,
        Value::String(text) => text.trim().to_owned(),
        Value::Object(map) if map.is_empty() => return None,
        Value::Array(list) if list.is_empty() => return None,
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// The part of a storage's XML or a proxy's page that says what happened. The rest may quote a
/// signed address.
fn marked_up(body: &str) -> Option<String> {
    let body = body.trim();
    if !body.starts_with('<') {
        return None;
    }
    let inside = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once("</")?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Some(match (inside("Code"), inside("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => inside("title").or_else(|| inside("h1")).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(status: u16, body: &str) -> Refusal {
        let response = http::Response::builder().status(status).body(body.to_owned()).unwrap();
        Refusal::read("r", response.into(), Duration::from_secs(1)).await
    }

    fn about(asked: Asked) -> About<'static> {
        About { asked, ..About::new("r", "team/app", "blob x") }
    }

    #[tokio::test]
    async fn everything_that_was_said_is_kept() {
        for (body, expected) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"no","detail":{"user":"ann"}},{"code":"UNKNOWN","message":"quota"}]}"#,
                r#"DENIED: no ({"user":"ann"}); UNKNOWN: quota"#,
            ),
            (r#"{"errors":[{"status":403,"message":"no such thing"}]}"#, "403: no such thing"),
            (r#"{"error":"insufficient_scope"}"#, "insufficient_scope"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, "invalid_grant: expired"),
            (r#"{"error":{"code":"X","message":"y"}}"#, "X: y"),
            (r#"{"message":"forbidden by policy"}"#, "forbidden by policy"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"errors":["one","two"]}"#, "one; two"),
            (r#"{"errors":null}"#, "403 Forbidden"),
            (r#""just text""#, "just text"),
            ("upstream said no\r\n", "upstream said no"),
            (
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message><Signature>S</Signature></Error>",
                "AccessDenied: Access Denied",
            ),
            ("<html><head><title>403 blocked by proxy</title></head></html>", "403 blocked by proxy"),
            ("", "403 Forbidden"),
        ] {
            let refusal = refusal(403, body).await;
            assert_eq!(refusal.message, expected, "{body}");
        }
    }

    #[tokio::test]
    async fn what_was_said_is_bounded_and_its_control_characters_are_seen() {
        let entry = format!(r#"{{"message":"{}"}}"#, "x".repeat(900));
        let long = refusal(500, &format!(r#"{{"errors":[{}]}}"#, vec![entry; 50].join(","))).await;
        let red = refusal(500, "\u{1b}[31mred\u{202e}").await;
        assert!(long.message.chars().count() <= MOST_SHOWN + 1, "{}", long.message.len());
        assert!(
            !red.message.contains(['\u{1b}', '\u{202e}']) && red.message.contains("red"),
            "{}",
            red.message
        );
    }

    #[tokio::test]
    async fn a_404_is_about_the_operation() {
        let read = refusal(404, "").await.into_error(about(Asked::Read));
        let write = refusal(404, "").await.into_error(about(Asked::Upload));
        let unknown = r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#;
        let lost = refusal(404, unknown).await.into_error(about(Asked::Upload));
        assert!(matches!(read, Error { kind: RegistryErrorKind::NotFound { .. }, .. }), "{read:?}");
        assert!(
            matches!(write, Error { kind: RegistryErrorKind::Refused { status: 404, .. }, .. }),
            "{write:?}"
        );
        assert!(matches!(lost, Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }), "{lost:?}");
    }
}
