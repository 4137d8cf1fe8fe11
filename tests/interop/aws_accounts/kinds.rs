//! One profile of every kind: each signs with the credentials that its source gave. One server plays STS, the
//! portal of IAM Identity Center, the metadata of an instance and of a container, in their recorded shapes.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;

use super::{sso::sha1, *};

const EXPIRES: &str = "2099-01-01T00:00:00Z";
const LOGIN: &str = "arn:aws:iam::111122223333:user/login";

/// Who signed which action: `(action, access key)`.
type Signed = Arc<Mutex<Vec<(String, String)>>>;

struct Sources {
    address: String,
    signed: Signed,
}

impl Sources {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let signed = Signed::default();
        let seen = signed.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &seen);
            }
        });
        Self { address, signed }
    }

    /// The keys that signed an action since the last call.
    fn keys_of(&self, action: &str) -> Vec<String> {
        let all = std::mem::take(&mut *self.signed.lock().unwrap());
        all.into_iter().filter(|(name, _)| name == action).map(|(_, key)| key).collect()
    }
}

fn answer(mut stream: TcpStream, signed: &Signed) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let key = headers.get("authorization").and_then(|text| text.split_once("Credential="));
    let key = key.and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default().to_owned();
    let target = headers.get("x-amz-target").and_then(|name| name.rsplit('.').next()).map(str::to_owned);
    let form = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    let action = target.or(form).unwrap_or_default();
    signed.lock().unwrap().push((action.clone(), key));
    let (status, kind, text) = said(&method, &path, &action, &headers);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         x-aws-ec2-metadata-token-ttl-seconds: 21600\r\nconnection: close\r\n\r\n",
        text.len()
    );
    // A caller may have what it needs before the end.
    stream.write_all((head + &text).as_bytes()).ok();
}

fn said(
    method: &str,
    path: &str,
    action: &str,
    headers: &HashMap<String, String>,
) -> (&'static str, &'static str, String) {
    let json = |value: Value| ("200 OK", "application/json", value.to_string());
    let xml = |text: String| ("200 OK", "text/xml", text);
    let assumed = |action: &str, key: &str| {
        xml(format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
             <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>{EXPIRES}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>\
             <Arn>arn:aws:sts::{PROD}:assumed-role/release/x</Arn></AssumedRoleUser></{action}Result>\
             <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
        ))
    };
    match (method, path, action) {
        (_, _, "GetCallerIdentity") => xml(format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::{DEV}:user/x</Arn><UserId>AIDAX</UserId><Account>{DEV}</Account>\
             </GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
             </GetCallerIdentityResponse>"
        )),
        (_, _, "AssumeRole") => assumed("AssumeRole", "ASIAROLE"),
        (_, _, "AssumeRoleWithWebIdentity") => assumed("AssumeRoleWithWebIdentity", "ASIAWEB"),
        (_, _, "DescribeRegistry") => {
            json(json!({"registryId": DEV, "replicationConfiguration": {"rules": []}}))
        }
        (_, path, _) if path.starts_with("/federation/credentials") => {
            let bearer = headers.get("x-amz-sso_bearer_token").map(String::as_str).unwrap_or_default();
            let key = if bearer == "legacy-token" { "ASIALEGACY" } else { "ASIASESSION" };
            json(json!({"roleCredentials": {
                "accessKeyId": key, "secretAccessKey": "s", "sessionToken": "t", "expiration": 4_070_908_800_000_u64,
            }}))
        }
        ("PUT", "/latest/api/token", _) => ("200 OK", "text/plain", "token".into()),
        ("GET", path, _) if path.ends_with("/security-credentials/") => {
            ("200 OK", "text/plain", "node".into())
        }
        ("GET", path, _) if path.ends_with("/security-credentials/node") => json(json!({
            "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
            "AccessKeyId": "ASIAINSTANCE", "SecretAccessKey": "s", "Token": "t", "Expiration": EXPIRES,
        })),
        ("GET", "/container", _) => json(json!({
            "AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "s", "Token": "t", "Expiration": EXPIRES,
        })),
        _ => ("404 Not Found", "application/json", "{}".into()),
    }
}

/// A command whose credentials and calls come from the server.
fn command(longshore: &Longshore, sources: &Sources, arguments: &[&str]) -> std::process::Command {
    let mut command = longshore.command(arguments);
    command
        .env("LONGSHORE_SECRETS", "memory")
        .env("AWS_ENDPOINT_URL", &sources.address)
        .env("AWS_ENDPOINT_URL_SSO", &sources.address)
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &sources.address)
        .env("AWS_EC2_METADATA_DISABLED", "false");
    command
}

#[test]
fn a_profile_of_every_kind_signs_with_what_its_source_gave() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let sources = Sources::start();
    let folder = home.path().join(".aws");
    let cache = folder.join("sso/cache");
    fs::create_dir_all(&cache).unwrap();
    fs::create_dir_all(folder.join("login/cache")).unwrap();
    let web = home.path().join("web-token");
    fs::write(&web, "eyJ.eyJ.x").unwrap();
    let start = "https://acme.awsapps.com/start";
    let role = format!("arn:aws:iam::{PROD}:role/release");
    let program = r#"sh -c 'echo {\"Version\":1,\"AccessKeyId\":\"ASIAPROGRAM\",\"SecretAccessKey\":\"s\"}'"#;
    let profiles = [
        (
            "static",
            "static",
            "AKIASTATIC",
            "aws_access_key_id = AKIASTATIC\naws_secret_access_key = s".into(),
        ),
        ("program", "credentialProcess", "ASIAPROGRAM", format!("credential_process = {program}")),
        (
            "session",
            "ssoSession",
            "ASIASESSION",
            format!("sso_session = acme\nsso_account_id = {DEV}\nsso_role_name = Deployer"),
        ),
        (
            "legacy",
            "ssoLegacy",
            "ASIALEGACY",
            format!(
                "sso_start_url = {start}\nsso_region = {REGION}\nsso_account_id = {DEV}\nsso_role_name = Deployer"
            ),
        ),
        (
            "web",
            "webIdentity",
            "ASIAWEB",
            format!("role_arn = {role}\nweb_identity_token_file = {}", web.display()),
        ),
        ("login", "loginSession", "ASIALOGIN", format!("login_session = {LOGIN}")),
        ("role", "roleFromProfile", "ASIAROLE", format!("role_arn = {role}\nsource_profile = static")),
        (
            "instance",
            "roleFromEnvironment",
            "ASIAROLE",
            format!("role_arn = {role}\ncredential_source = Ec2InstanceMetadata"),
        ),
        (
            "container",
            "roleFromEnvironment",
            "ASIAROLE",
            format!("role_arn = {role}\ncredential_source = EcsContainer"),
        ),
        (
            "environment",
            "roleFromEnvironment",
            "ASIAROLE",
            format!("role_arn = {role}\ncredential_source = Environment"),
        ),
    ];
    let mut text = format!("[sso-session acme]\nsso_start_url = {start}\nsso_region = {REGION}\n");
    for (name, _, _, more) in &profiles {
        text += &format!("[profile {name}]\nregion = {REGION}\n{more}\n");
    }
    fs::write(folder.join("config"), text).unwrap();

    // Nobody is signed in, and each says what to run.
    for (name, run) in [
        ("session", "aws sso login --sso-session acme"),
        ("legacy", "aws sso login --profile legacy"),
        ("login", "aws login --profile login"),
    ] {
        let add = ["account", "add", "--profile", name, "--plan", "--json"];
        let nobody = Said::of(&command(&longshore, &sources, &add).output().unwrap());
        let error = nobody.summary()["error"].clone();
        assert_eq!((nobody.code, &error["code"]), (Some(1), &"sso-sign-in-needed".into()), "{name}: {error}");
        assert!(error["hint"].as_str().unwrap().contains(run), "{name}: {error}");
        assert!(!error.to_string().contains("000000000000"), "{name}: {error}");
    }
    for (of, token) in [("acme", "session-token"), (start, "legacy-token")] {
        let text = json!({"accessToken": token, "expiresAt": EXPIRES, "region": REGION, "startUrl": start});
        fs::write(cache.join(sha1(of) + ".json"), text.to_string()).unwrap();
    }
    let key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n";
    let login = json!({
        "accessToken": {
            "accessKeyId": "ASIALOGIN", "secretAccessKey": "s", "sessionToken": "t", "accountId": DEV,
            "expiresAt": EXPIRES,
        },
        "tokenType": "aws_sigv4", "refreshToken": "r", "idToken": "e.e.e",
        "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": key,
    });
    let name = sha256(LOGIN) + ".json";
    fs::write(folder.join("login/cache").join(name), login.to_string()).unwrap();

    for (name, kind, wanted, _) in &profiles {
        sources.keys_of("");
        let add = ["account", "add", "--profile", name, "--plan", "--json"];
        let mut command = command(&longshore, &sources, &add);
        command
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container", sources.address))
            .envs((*name == "environment").then_some(("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")))
            .envs((*name == "environment").then_some(("AWS_SECRET_ACCESS_KEY", "s")));
        let proved = Said::of(&command.output().unwrap());
        assert_eq!(proved.code, Some(0), "{name}: {}{}", proved.text, proved.error);
        let all = sources.signed.lock().unwrap().clone();
        assert_eq!(sources.keys_of("GetCallerIdentity"), [*wanted], "{name} ({kind}): {all:?}");
        let through = match *name {
            "role" => Some("AKIASTATIC"),
            "instance" => Some("ASIAINSTANCE"),
            "container" => Some("ASIACONTAINER"),
            "environment" => Some("AKIAENVIRONMENT"),
            _ => None,
        };
        let roles: Vec<&str> =
            all.iter().filter(|(action, _)| action == "AssumeRole").map(|(_, key)| key.as_str()).collect();
        assert_eq!(roles, through.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_command_line_acts_with_the_environment_a_container_and_an_instance() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let sources = Sources::start();
    let container = format!("{}/container", sources.address);
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&keys, "AKIAENVIRONMENT"),
        (&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str())], "ASIACONTAINER"),
        (&[], "ASIAINSTANCE"),
    ];
    for (environment, wanted) in cases {
        sources.keys_of("");
        let show = ["replication", "show", "111122223333/us-west-2", "--account", "environment", "--json"];
        let mut command = command(&longshore, &sources, &show);
        let shown = Said::of(&command.envs(environment.iter().copied()).output().unwrap());
        assert_eq!(shown.code, Some(0), "{wanted}: {}{}", shown.text, shown.error);
        assert_eq!(shown.summary()["account"], DEV);
        let keys = sources.keys_of("DescribeRegistry");
        assert!(!keys.is_empty() && keys.iter().all(|key| key == wanted), "{wanted}: {keys:?}");
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
