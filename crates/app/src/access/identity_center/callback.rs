//! Where the browser comes back to after a sign-in: a listener on this computer for one request.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::flow::random;
use crate::api::{ApiError, Side};

/// The path of the redirect, as AWS's own tools use it.
const PATH: &str = "/oauth/callback";
/// How long a person may take to sign in.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long a request may take to arrive.
const REQUEST: Duration = Duration::from_secs(5);
/// The longest request.
const LONGEST: u64 = 16 * 1024;

/// A listener that has not been answered yet.
pub(super) struct Callback {
    listener: TcpListener,
    address: String,
    state: String,
}

impl Callback {
    /// The redirect URI to register: any port of this computer (RFC 8252, section 7.3).
    pub(super) const REGISTERED: &'static str = "http://127.0.0.1/oauth/callback";

    pub(super) async fn listen() -> Result<Self, ApiError> {
        let failed = |error: std::io::Error| {
            let text = format!("No connection from the browser can be accepted: {error}.");
            ApiError::new("sign-in-listener", Side::ThisMachine, text)
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, address: format!("http://127.0.0.1:{port}{PATH}"), state: random() })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Waits for the browser. Requests that do not belong to this sign-in are refused and change nothing.
    ///
    /// # Errors
    /// `sign-in-refused`; `sign-in-expired`.
    pub(super) async fn code(self) -> Result<String, ApiError> {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else { continue };
                if let Ok(Some(answer)) = tokio::time::timeout(REQUEST, self.answered(stream)).await {
                    return answer;
                }
            }
        });
        waited.await.unwrap_or_else(|_| {
            Err(ApiError::new("sign-in-expired", Side::ThisMachine, "Nobody signed in within ten minutes."))
        })
    }

    async fn answered(&self, stream: TcpStream) -> Option<Result<String, ApiError>> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading.take(LONGEST)).lines();
        let first = lines.next_line().await.ok()??;
        let found = self.found(&first);
        let (status, text) = match &found {
            Some(Ok(_)) => ("200 OK", "You are signed in. You can close this page and return to Longshore."),
            Some(Err(_)) => ("200 OK", "The sign-in was refused. Return to Longshore to see why."),
            None => ("404 Not Found", "Nothing is here."),
        };
        let page = format!("<!doctype html><meta charset=utf-8><title>Longshore</title><p>{text}</p>");
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\ncontent-security-policy: default-src 'none'\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n",
            page.len()
        );
        // The code counts, whether or not the browser reads the page.
        drop(writing.write_all((head + &page).as_bytes()).await);
        drop(writing.shutdown().await);
        found
    }

    /// The code in the first line of a request of this sign-in.
    fn found(&self, line: &str) -> Option<Result<String, ApiError>> {
        let mut words = line.split(' ');
        let (Some("GET"), Some(target)) = (words.next(), words.next()) else { return None };
        let url: Url = Url::parse("http://127.0.0.1/").ok()?.join(target).ok()?;
        let value = |name: &str| {
            url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        // Another page of the browser could send the code of another person.
        if url.path() != PATH || value("state").as_deref() != Some(self.state.as_str()) {
            return None;
        }
        match (value("code"), value("error")) {
            (Some(code), None) => Some(Ok(code)),
            (_, error) => {
                let said = longshore_names::shown(&error.unwrap_or_default(), 200);
                let text = format!("The sign-in was refused: {said}.");
                Some(Err(ApiError::new("sign-in-refused", Side::Service, text)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_answer_to_this_sign_in_counts() {
        let callback = Callback::listen().await.unwrap();
        let state = callback.state().to_owned();
        let asked = |line: &str| callback.found(line).map(|found| found.map_err(|error| error.code));
        assert_eq!(asked(&format!("GET {PATH}?code=a%2Bb&state={state} HTTP/1.1")), Some(Ok("a+b".into())));
        let refused = asked(&format!("GET {PATH}?error=access_denied&state={state} HTTP/1.1"));
        assert_eq!(refused, Some(Err("sign-in-refused".into())));
        assert_eq!(asked(&format!("GET {PATH}?code=a&state=other HTTP/1.1")), None);
        assert_eq!(asked(&format!("GET {PATH}?code=a HTTP/1.1")), None);
        assert_eq!(asked(&format!("POST {PATH}?code=a&state={state} HTTP/1.1")), None);
        assert_eq!(asked(&format!("GET /favicon.ico?code=a&state={state} HTTP/1.1")), None);
        assert_eq!(asked("nonsense"), None);
    }
}
