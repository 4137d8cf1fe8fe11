//! Everything that gives credentials, in recorded shapes: STS, the portal of IAM Identity Center, AWS
//! Sign-In, the metadata service of an instance, and that of a container. Each gives keys whose id says where
//! they are from, and STS says by which key it was asked.

use std::sync::{Arc, Mutex};

use longshore_tests::counterpart::{Answer, Asked, serve};
use serde_json::{Value, json};

use super::DEV;

pub(super) const PORTAL_TOKEN: &str = "portal-token";
pub(super) const CONTAINER_TOKEN: &str = "container-token";
pub(super) const WEB_TOKEN: &str = "canary-web-identity";
const INSTANCE_TOKEN: &str = "instance-token";

/// The servers, until the test ends.
pub(super) struct Givers {
    pub(super) address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// An operation, and the id of the key that signed it.
pub(super) type Call = (String, Option<String>);

impl Givers {
    pub(super) fn new() -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        Self { address: serve(move |asked| answer(asked, &seen)), calls }
    }

    /// The calls of STS and ECR since the last time.
    pub(super) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

/// The id of the key that a giver gives.
pub(super) fn key_of(giver: &str) -> String {
    let letters: String = giver.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("ASIA{:0<16}", letters.to_uppercase())
}

/// The secret of that key; that of the session begins with it.
pub(super) fn secret_of(giver: &str) -> String {
    format!("canary-secret-of-{giver}")
}

fn session_of(giver: &str) -> String {
    format!("{}-session", secret_of(giver))
}

fn answer(asked: &Asked, calls: &Mutex<Vec<Call>>) -> Answer {
    let kind = "application/json";
    let told = |value: Value| Answer::from((200, kind, value.to_string()));
    match asked.path.as_str() {
        "/federation/credentials" if asked.header("x-amz-sso_bearer_token") == PORTAL_TOKEN => {
            let role = &asked.query["role_name"];
            told(json!({"roleCredentials": {
                "accessKeyId": key_of(role), "secretAccessKey": secret_of(role), "sessionToken": session_of(role),
                "expiration": 4_102_444_800_000_u64,
            }}))
        }
        "/v1/token" if asked.header("dpop").split('.').count() == 3 => told(json!({
            "accessToken": {
                "accessKeyId": key_of("renewed"), "secretAccessKey": secret_of("renewed"),
                "sessionToken": session_of("renewed"),
            },
            "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": secret_of("refresh"),
        })),
        "/container" if asked.header("authorization") == CONTAINER_TOKEN => told(of_metadata("container")),
        "/latest/api/token" if asked.method == "PUT" => {
            let answer = Answer::from((200, "text/plain", INSTANCE_TOKEN.to_owned()));
            answer.with("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        }
        path if path.starts_with("/latest/")
            && asked.header("x-aws-ec2-metadata-token") != INSTANCE_TOKEN =>
        {
            (401, "text/plain", String::new()).into()
        }
        "/latest/meta-data/iam/security-credentials/" => (200, "text/plain", "of-instance".to_owned()).into(),
        "/latest/meta-data/iam/security-credentials/of-instance" => told(of_metadata("instance")),
        "/" => service(asked, calls),
        _ => (404, kind, "{}".to_owned()).into(),
    }
}

fn of_metadata(giver: &str) -> Value {
    json!({
        "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key_of(giver), "SecretAccessKey": secret_of(giver),
        "Token": session_of(giver), "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "2099-01-01T00:00:00Z",
    })
}

/// STS, and what an empty registry answers.
fn service(asked: &Asked, calls: &Mutex<Vec<Call>>) -> Answer {
    let form = asked.form();
    let signer = asked.signer().map(str::to_owned);
    let target = asked.header("x-amz-target");
    let operation = match target.rsplit_once('.') {
        Some((_, operation)) => operation.to_owned(),
        None => form.get("Action").cloned().unwrap_or_default(),
    };
    calls.lock().unwrap().push((operation.clone(), signer.clone()));
    let role = || form["RoleArn"].rsplit('/').next().unwrap().to_owned();
    match operation.as_str() {
        "GetCallerIdentity" => {
            let arn = format!("arn:aws:sts::{DEV}:assumed-role/any/{}", signer.unwrap_or_default());
            let text = format!("<Arn>{arn}</Arn><UserId>AROAEXAMPLE:any</UserId><Account>{DEV}</Account>");
            xml(&operation, &text)
        }
        "AssumeRole" if signer.is_some() => xml(&operation, &session(&role())),
        "AssumeRoleWithWebIdentity" if form["WebIdentityToken"] == WEB_TOKEN => {
            xml(&operation, &session(&role()))
        }
        "DescribeRegistry" => {
            let answer = json!({"registryId": DEV, "replicationConfiguration": {"rules": []}});
            (200, "application/x-amz-json-1.1", answer.to_string()).into()
        }
        _ => {
            let refusal = json!({"__type": "AccessDeniedException", "message": "Not in this test."});
            (400, "application/x-amz-json-1.1", refusal.to_string()).into()
        }
    }
}

fn session(role: &str) -> String {
    let user = format!("arn:aws:sts::{DEV}:assumed-role/{role}/any");
    format!(
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:any</AssumedRoleId><Arn>{user}</Arn></AssumedRoleUser>",
        key_of(role),
        secret_of(role),
        session_of(role)
    )
}

/// An answer of STS to an operation, with its result.
pub(super) fn xml(operation: &str, text: &str) -> Answer {
    let body = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{text}</{operation}Result><ResponseMetadata><RequestId>any</RequestId></ResponseMetadata></{operation}Response>"
    );
    (200, "text/xml", body).into()
}
