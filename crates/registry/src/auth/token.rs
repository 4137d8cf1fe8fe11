//! Bearer tokens from a registry's token server (distribution, "Token Authentication").

use std::time::Duration;

use longshore_names::shown;
use reqwest::{StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    Credentials, Error, RegistryErrorKind, Secret,
    auth::authorize::basic,
    model::reference::is_loopback,
    net::answer::{self, About},
    net::clients::Clients,
    net::reach::OutOfReach,
    net::refusal::Refusal,
};

const MAX_TOKEN_BYTES: usize = 1024 * 1024;
const TIME: Duration = Duration::from_secs(30);

/// Where a token server may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealmRules {
    /// The registry is this machine, so the token server may be too, over plain HTTP.
    pub(crate) loopback: bool,
    /// The user allowed plain HTTP for this registry.
    pub(crate) insecure: bool,
}

/// What is requested from a token server.
pub(crate) struct TokenRequest<'a> {
    pub(crate) registry: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) service: Option<&'a str>,
    pub(crate) scopes: &'a [String],
    pub(crate) credentials: &'a Credentials,
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<Value>,
}

/// Gets a token: the `Authorization` value and how long it is valid.
pub(crate) async fn fetch(
    clients: &Clients,
    rules: RealmRules,
    request: TokenRequest<'_>,
) -> Result<(Secret, Duration), Error> {
    let about = About::new(request.registry, "", "token");
    let mut url = realm(request.realm, rules).map_err(|problem| about.protocol(problem))?;
    clients.reach.check(&url).map_err(|problem: OutOfReach| {
        RegistryErrorKind::OutOfReach { message: format!("the token realm: {problem}") }
            .at(request.registry.to_owned())
    })?;
    let elsewhere = answer::host_of(&url).filter(|host| host != request.registry);
    let at = |error: Error| match &elsewhere {
        Some(host) => error.elsewhere(host),
        None => error,
    };
    let client = clients.to(&url)?;
    let builder = match request.credentials {
        Credentials::IdentityToken(token) => {
            let scope = request.scopes.join(" ");
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", "longshore"),
                ("service", request.service.unwrap_or_default()),
                ("scope", &scope),
                ("refresh_token", token.expose()),
            ];
            client.post(url).form(&form)
        }
        credentials => {
            {
                let mut query = url.query_pairs_mut();
                if let Some(service) = request.service {
                    query.append_pair("service", service);
                }
                for scope in request.scopes {
                    query.append_pair("scope", scope);
                }
            }
            match credentials {
                Credentials::Basic { user, password } => {
                    client.get(url).header(AUTHORIZATION, basic(user, password).expose())
                }
                _ => client.get(url),
            }
        }
    };
    let response = match tokio::time::timeout(TIME, builder.send()).await {
        Err(_) => return Err(at(answer::stalled(request.registry, TIME))),
        Ok(Err(error)) => return Err(at(answer::network(request.registry, error))),
        Ok(Ok(response)) => response,
    };
    if response.status() != StatusCode::OK {
        let mut refusal = Refusal::read(request.registry, response, TIME).await;
        let server = elsewhere.as_deref().map_or(String::new(), |host| format!(" {host}"));
        refusal.message = format!("the token server{server} said {}", refusal.message);
        refusal.elsewhere.clone_from(&elsewhere);
        return Err(match refusal.status.as_u16() {
            // Token servers answer 400 to 404 for wrong credentials, whatever they mean by it.
            400..=404 => {
                RegistryErrorKind::Unauthorized { message: refusal.message }.at(request.registry.to_owned())
            }
            _ => refusal.into_error(about),
        });
    }
    let body =
        answer::bounded(request.registry, response, "the token", MAX_TOKEN_BYTES, TIME).await.map_err(&at)?;
    // The parser's error text could quote the token.
    let answer: Answer = serde_json::from_slice(&body)
        .map_err(|_| at(about.protocol("the token server did not return the expected JSON")))?;
    let token = answer.token.filter(|t| !t.is_empty()).or(answer.access_token.filter(|t| !t.is_empty()));
    let Some(token) = token.map(Secret::new) else {
        return Err(at(about.protocol("the token server's response has no token")));
    };
    // The specification's default is 60 s. A fifth is reserved as a margin.
    let seconds = seconds(answer.expires_in.as_ref()).unwrap_or(60.0).clamp(10.0, 24.0 * 3600.0);
    Ok((Secret::new(format!("Bearer {}", token.expose())), Duration::from_secs_f64(seconds * 0.8)))
}

/// A number of seconds, possibly as text, as some token servers write it.
fn seconds(value: Option<&Value>) -> Option<f64> {
    let seconds = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds| !seconds.is_nan())
}

/// Credentials go to a realm only over TLS, or to this machine when the registry is on it.
fn realm(text: &str, rules: RealmRules) -> Result<Url, String> {
    let shown = shown(text, 200);
    let url = Url::parse(text).map_err(|_| format!("the token realm `{shown}` is not an address"))?;
    let host = url.host_str().unwrap_or_default();
    let allowed = match url.scheme() {
        "https" => !is_loopback(host) || rules.loopback,
        "http" => (is_loopback(host) && rules.loopback) || (rules.insecure && !is_loopback(host)),
        _ => false,
    };
    if allowed && !host.is_empty() {
        return Ok(url);
    }
    Err(format!("credentials may not be sent to the token realm `{shown}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokens_life_is_a_number_however_it_is_written() {
        for (text, expected) in [
            ("300", Some(300.0)),
            ("\"300\"", Some(300.0)),
            ("299.5", Some(299.5)),
            ("-1", Some(-1.0)),
            ("\"-1.5\"", Some(-1.5)),
            ("1e30", Some(1e30)),
            ("null", None),
            ("\"NaN\"", None),
            ("\"soon\"", None),
            ("{}", None),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(seconds(Some(&value)), expected, "{text}");
        }
    }

    #[test]
    fn realms_are_encrypted_or_on_this_machine() {
        let remote = RealmRules { loopback: false, insecure: false };
        let local = RealmRules { loopback: true, insecure: false };
        assert!(realm("https://auth.docker.io/token", remote).is_ok());
        assert!(realm("http://127.0.0.1:5001/token", local).is_ok());
        for bad in
            ["http://auth.docker.io/token", "http://127.0.0.1/", "https://localhost/", "file:///etc", "x"]
        {
            assert!(realm(bad, remote).is_err(), "{bad}");
        }
        assert!(realm("http://auth.example.com/", local).is_err());
    }
}
