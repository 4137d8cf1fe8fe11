//! A server with the shapes of IAM Identity Center (botocore's `sso/2019-06-10` and
//! `sso-oidc/2019-06-10`): OIDC for signing in, and the portal.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told::default()));
        let server = (address.clone(), Arc::clone(&told));
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &server.0, &server.1, &key);
            }
        });
        Self { address, told }
    }
}

fn answer(mut stream: TcpStream, address: &str, told: &Mutex<Told>, key: &(String, String)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let (mut length, mut bearer) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "x-amz-sso_bearer_token" => bearer = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let target = first.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
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
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {back}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            return;
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
    let body = value.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}

/// The challenge of a verifier, by a program that was here before us.
fn challenge(verifier: &Value) -> String {
    let script = "printf %s \"$1\" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '='";
    let mut command = std::process::Command::new("sh");
    let output = command.args(["-c", script, "sh", verifier.as_str().unwrap_or_default()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
