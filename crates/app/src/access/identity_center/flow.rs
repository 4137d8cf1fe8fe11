//! The OIDC flows of IAM Identity Center (botocore's `sso-oidc/2019-06-10`): authorization code with PKCE,
//! device code, refresh.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    SsoSession,
    call::{Caller, unexpected},
    callback::Callback,
    tokens::{Place, Token},
};
use crate::api::{ApiError, Side};

/// What a token may do: list the accounts of the person, and get credentials of their roles.
const SCOPE: &str = "sso:account:access";
/// The longest time between two looks at a device code.
const LONGEST_INTERVAL: u64 = 60;

/// This program, as it is registered for one sign-in.
pub(super) struct Client {
    caller: Caller,
    session: SsoSession,
    id: String,
    secret: String,
}

/// A sign-in that waits for a person.
pub(super) enum Waiting {
    /// For the browser to come back.
    Browser { callback: Callback, verifier: String },
    /// For the code to be entered somewhere.
    Device { code: String, interval: Duration, until: DateTime<Utc> },
}

/// What the person needs.
pub(super) struct Invitation {
    pub(super) url: String,
    pub(super) user_code: Option<String>,
}

impl Client {
    /// Registers this program.
    pub(super) async fn register(
        network: &longshore_registry::Network,
        session: &SsoSession,
        redirect: Option<&str>,
    ) -> Result<Self, ApiError> {
        let caller = Caller::new(network)?;
        let mut body = json!({"clientName": "longshore", "clientType": "public", "scopes": [SCOPE]});
        if let Some(redirect) = redirect {
            body["grantTypes"] = json!(["authorization_code", "refresh_token"]);
            body["redirectUris"] = json!([redirect]);
            body["issuerUrl"] = session.start_url.as_str().into();
        }
        let (status, answer) = caller.post(session.oidc("client/register")?, &body).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match (status, text("clientId"), text("clientSecret")) {
            (200..300, Some(id), Some(secret)) => Ok(Self { caller, session: session.clone(), id, secret }),
            _ => Err(refused(status, &answer)),
        }
    }

    /// Begins a sign-in in the browser of this computer.
    pub(super) fn browser(&self, callback: Callback) -> Result<(Waiting, Invitation), ApiError> {
        let verifier = random();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let mut url: Url = self.session.oidc("authorize")?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", callback.address())
            .append_pair("state", callback.state())
            .append_pair("code_challenge_method", "S256")
            .append_pair("scopes", SCOPE)
            .append_pair("code_challenge", &challenge);
        let invitation = Invitation { url: url.to_string(), user_code: None };
        Ok((Waiting::Browser { callback, verifier }, invitation))
    }

    /// Begins a sign-in with a code that is entered on any device.
    pub(super) async fn device(&self, now: DateTime<Utc>) -> Result<(Waiting, Invitation), ApiError> {
        let body = json!({
            "clientId": self.id, "clientSecret": self.secret, "startUrl": self.session.start_url,
        });
        let (status, answer) = self.caller.post(self.session.oidc("device_authorization")?, &body).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| answer.get(name).and_then(Value::as_u64);
        let url = text("verificationUriComplete").or_else(|| text("verificationUri"));
        match (status, text("deviceCode"), url) {
            (200..300, Some(code), Some(url)) => {
                let interval =
                    Duration::from_secs(number("interval").unwrap_or(5).clamp(1, LONGEST_INTERVAL));
                let lasts = i64::try_from(number("expiresIn").unwrap_or(600)).unwrap_or(600).clamp(1, 3_600);
                let until = now + TimeDelta::seconds(lasts);
                let invitation = Invitation { url: web(&url)?, user_code: text("userCode") };
                Ok((Waiting::Device { code, interval, until }, invitation))
            }
            _ => Err(refused(status, &answer)),
        }
    }

    /// Waits for the person, and gets the token.
    pub(super) async fn finish(
        self,
        waiting: Waiting,
        clock: impl Fn() -> DateTime<Utc>,
    ) -> Result<Token, ApiError> {
        match waiting {
            Waiting::Browser { callback, verifier } => {
                let address = callback.address().to_owned();
                let code = callback.code().await?;
                let grant = json!({
                    "grantType": "authorization_code", "code": code, "codeVerifier": verifier,
                    "redirectUri": address,
                });
                self.token(grant, clock()).await?.map_err(|(status, answer)| refused(status, &answer))
            }
            Waiting::Device { code, mut interval, until } => loop {
                tokio::time::sleep(interval).await;
                let grant = json!({
                    "grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": code,
                });
                let (status, answer) = match self.token(grant, clock()).await? {
                    Ok(token) => return Ok(token),
                    Err(refusal) => refusal,
                };
                match answer.get("error").and_then(Value::as_str) {
                    Some("authorization_pending") => {}
                    // RFC 8628, section 3.5.
                    Some("slow_down") => interval += Duration::from_secs(5),
                    _ => return Err(refused(status, &answer)),
                }
                if clock() > until {
                    return Err(too_late());
                }
            },
        }
    }

    async fn token(
        &self,
        mut grant: Value,
        now: DateTime<Utc>,
    ) -> Result<Result<Token, (u16, Value)>, ApiError> {
        grant["clientId"] = self.id.as_str().into();
        grant["clientSecret"] = self.secret.as_str().into();
        let (status, answer) = self.caller.post(self.session.oidc("token")?, &grant).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(access_token) = text("accessToken").filter(|_| status < 300) else {
            return Ok(Err((status, answer)));
        };
        let lasts = answer.get("expiresIn").and_then(Value::as_i64).unwrap_or(3_600).clamp(0, 30 * 86_400);
        Ok(Ok(Token {
            access_token,
            expires_at: now + TimeDelta::seconds(lasts),
            refresh_token: text("refreshToken"),
            client_id: self.id.clone(),
            client_secret: self.secret.clone(),
            remembered: false,
        }))
    }
}

/// Another token for one that expires soon; `None` when the person has to sign in again.
pub(super) async fn refreshed(
    place: Place<'_>,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<Token>, ApiError> {
    let Some(refresh) = &token.refresh_token else { return Ok(None) };
    let client = Client {
        caller: Caller::new(place.network)?,
        session: place.session.clone(),
        id: token.client_id.clone(),
        secret: token.client_secret.clone(),
    };
    let grant = json!({"grantType": "refresh_token", "refreshToken": refresh});
    match client.token(grant, now).await? {
        Ok(mut fresh) => {
            if fresh.refresh_token.is_none() {
                fresh.refresh_token = Some(refresh.clone());
            }
            Ok(Some(fresh))
        }
        Err((400..500, _)) => Ok(None),
        Err((status, _)) => Err(unexpected(status)),
    }
}

/// 43 characters that nobody can guess (RFC 7636, section 4.1).
pub(super) fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// An address that a browser may be sent to.
fn web(text: &str) -> Result<String, ApiError> {
    let url = text.parse::<Url>().ok();
    match url {
        Some(url) if matches!(url.scheme(), "https" | "http") => Ok(url.to_string()),
        _ => Err(ApiError::new("protocol", Side::Service, "The address for the sign-in is not a web page.")
            .hint("Check the start URL and the Region of the SSO session.")),
    }
}

fn too_late() -> ApiError {
    ApiError::new("sign-in-expired", Side::ThisMachine, "Nobody signed in before the code expired.")
}

/// What a refusal means, by its OAuth code (RFC 6749, section 5.2; RFC 8628, section 3.5).
fn refused(status: u16, answer: &Value) -> ApiError {
    let code = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    let said = answer.get("error_description").and_then(Value::as_str).unwrap_or_default();
    let said = longshore_names::shown(said, 300);
    let error = |code: &str, text: &str| {
        let text = if said.is_empty() { text.to_owned() } else { format!("{text} It said: {said}") };
        ApiError::new(code, Side::Service, text)
    };
    match code {
        "expired_token" => too_late(),
        "access_denied" => error("sign-in-refused", "The sign-in was refused.")
            .hint("Sign in with a person who is assigned to an account, and allow the access."),
        "invalid_request" | "invalid_client_metadata" | "invalid_redirect_uri" | "invalid_scope" => {
            error("sign-in-refused", "IAM Identity Center does not accept this sign-in.")
                .hint("Check the start URL and the Region of the SSO session, or use a device code.")
        }
        "invalid_grant" | "invalid_client" | "unauthorized_client" => {
            error("sign-in-refused", "IAM Identity Center does not accept the code of this sign-in.")
                .hint("Start the sign-in again.")
        }
        _ => unexpected(status),
    }
}
