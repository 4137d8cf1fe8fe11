//! What every listener refuses before anything else: requests that a web page caused.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};

/// Refuses a browser's `Origin` and a `Host` that is neither this listener's loopback address nor
/// `localhost`, under which layers are served: any other name that an attacker's server resolves to
/// 127.0.0.1 (DNS rebinding) does not pass.
pub(crate) fn check(headers: &HeaderMap, port: u16) -> Result<(), Box<Response>> {
    let refuse = |reason: &'static str| {
        let body = Body::from(format!("{{\"errors\":[{{\"code\":\"DENIED\",\"message\":\"{reason}\"}}]}}"));
        let mut response = (StatusCode::FORBIDDEN, body).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        Err(Box::new(response))
    };
    if headers.contains_key(header::ORIGIN) {
        return refuse("requests from web pages are refused");
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse("exactly one Host header is needed");
    };
    let host = host.to_str().unwrap_or_default().to_ascii_lowercase();
    let known = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        host.strip_prefix(name)
            .is_some_and(|rest| rest == format!(":{port}") || (rest.is_empty() && port == 80))
    });
    if known { Ok(()) } else { refuse("the Host header names another host") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, header::HeaderValue::from_static(value));
        }
        check(&headers, 4511).is_ok()
    }

    #[test]
    fn only_the_listeners_own_loopback_names_pass() {
        assert!(passes(&[("host", "127.0.0.1:4511")]));
        assert!(passes(&[("host", "LocalHost:4511")]));
        assert!(passes(&[("host", "[::1]:4511")]));
        for host in ["127.0.0.1", "127.0.0.1:4512", "evil.example:4511", "127.0.0.1.evil.example:4511", ""] {
            assert!(!passes(&[("host", host)]), "{host}");
        }
        assert!(!passes(&[]));
        assert!(!passes(&[("host", "127.0.0.1:4511"), ("host", "127.0.0.1:4511")]));
    }

    #[test]
    fn an_origin_never_passes() {
        assert!(!passes(&[("host", "127.0.0.1:4511"), ("origin", "http://127.0.0.1:4511")]));
        assert!(!passes(&[("host", "127.0.0.1:4511"), ("origin", "null")]));
    }
}
