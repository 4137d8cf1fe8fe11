//! A server with the shapes of IAM Identity Center (botocore's `sso/2019-06-10` and
//! `sso-oidc/2019-06-10`): OIDC for signing in, and the portal.

use std::sync::{Arc, Mutex};

use longshore_tests::counterpart::{Answer, Asked, serve};
use serde_json::{Value, json};

use super::{DEV, PROD};

/// The token that the portal accepts: as long as the longest ones of AWS.
pub(super) fn token() -> String {
    format!("canary-token-{}", "t".repeat(8 * 1024))
}

/// What the server was asked, and how it answers.
#[derive(Default)]
pub(super) struct Told {
    /// The paths, in order.
    pub(super) paths: Vec<String>,
    /// The challenge of the last authorization.
    challenge: String,
    /// How often a device code is still pending.
    pub(super) pending: usize,
    /// What a token request is refused with.
    pub(super) refuse: Option<&'static str>,
    /// The session has ended: no token is accepted until the next sign-in.
    pub(super) ended: bool,
    /// Credentials of roles end as soon as they are given, so that each call needs new ones.
    pub(super) brief: bool,
}

/// Identity Center, until the test ends.
pub(super) struct Center {
    pub(super) address: String,
    pub(super) told: Arc<Mutex<Told>>,
}

impl Center {
    /// `key` is what the portal gives out as the credentials of every role.
    pub(super) fn new(key: (String, String)) -> Self {
        let told = Arc::new(Mutex::new(Told::default()));
        let server = Arc::clone(&told);
        let address = serve(move |asked| answer(asked, &server, &key));
        Self { address, told }
    }
}

fn answer(asked: &Asked, told: &Mutex<Told>, key: &(String, String)) -> Answer {
    let address = format!("http://{}", asked.header("host"));
    let (bearer, query, path) = (asked.header("x-amz-sso_bearer_token"), &asked.query, asked.path.as_str());
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    let mut told = told.lock().unwrap();
    told.paths.push(path.to_owned());
    let refused = |code: &str| (400, json!({"error": code, "error_description": "as the test wants it"}));
    let (status, value) = match path {
        "/client/register" => (200, json!({"clientId": "client", "clientSecret": "client-secret"})),
        "/device_authorization" if body["startUrl"].is_string() => (
            200,
            json!({
                "deviceCode": "device", "userCode": "ABCD-EFGH", "verificationUri": format!("{address}/device"),
                "verificationUriComplete": format!("{address}/device?user_code=ABCD-EFGH"),
                "expiresIn": 600, "interval": 1,
            }),
        ),
        // The person signs in at once, and the browser is sent back.
        "/authorize" => {
            told.challenge.clone_from(&query["code_challenge"]);
            let back = format!("{}?code=the-code&state={}", query["redirect_uri"], query["state"]);
            return Answer::from((302, "text/plain", String::new())).with("location", &back);
        }
        "/token" => match (told.refuse, body["grantType"].as_str().unwrap_or_default()) {
            (Some(code), _) => refused(code),
            (None, "authorization_code") if challenge(&body["codeVerifier"]) != told.challenge => {
                refused("invalid_grant")
            }
            (None, grant) if grant.ends_with("device_code") && told.pending > 0 => {
                told.pending -= 1;
                refused("authorization_pending")
            }
            (None, "refresh_token") if told.ended => refused("invalid_grant"),
            _ => {
                told.ended = false;
                (200, json!({"accessToken": token(), "expiresIn": 28800, "refreshToken": "canary-refresh"}))
            }
        },
        _ if bearer != token() || told.ended => (401, json!({})),
        "/assignment/accounts" => (
            200,
            json!({"accountList": [
                {"accountId": DEV, "accountName": "Acme dev"}, {"accountId": PROD, "accountName": "Acme prod"},
            ]}),
        ),
        "/assignment/roles" => (200, json!({"roleList": [{"roleName": "Deployer"}]})),
        "/federation/credentials" => (
            200,
            json!({"roleCredentials": {
                "accessKeyId": key.0, "secretAccessKey": key.1,
                "expiration": if told.brief { 0 } else { 4_102_444_800_000_u64 },
            }}),
        ),
        _ => (404, json!({})),
    };
    (status, "application/json", value.to_string()).into()
}

/// The challenge of a verifier, by a program that was here before us.
fn challenge(verifier: &Value) -> String {
    let script = "printf %s \"$1\" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '='";
    let mut command = std::process::Command::new("sh");
    let output = command.args(["-c", script, "sh", verifier.as_str().unwrap_or_default()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
