//! A profile of each kind, and what a command finds in its environment: each is listed as what it is, and
//! STS is asked with the key that it gives.

use std::process::Command;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    givers::{CONTAINER_TOKEN, Call, Givers, PORTAL_TOKEN, WEB_TOKEN, key_of, secret_of},
    sso::sha1,
    *,
};

const LEGACY: &str = "https://legacy.awsapps.com/start";
/// A key of the documentation of `aws login`, which signs nothing but proofs of possession.
const DPOP: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n";

/// A person with profiles of every kind.
pub(super) struct Person {
    pub(super) givers: Givers,
    pub(super) longshore: Longshore,
    pub(super) home: tempfile::TempDir,
}

impl Person {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let longshore = Longshore::new(home.path());
        let person = Self { givers: Givers::new(), longshore, home };
        let token = person.write("web-token", WEB_TOKEN);
        let process = json!({
            "Version": 1, "AccessKeyId": "AKIAPROCESS000000000", "SecretAccessKey": secret_of("process"),
        });
        let process = person.write("process.json", &process.to_string());
        let role = |name: &str| format!("role_arn = arn:aws:iam::{DEV}:role/{name}");
        let profiles = [
            (
                "static",
                format!(
                    "aws_access_key_id = AKIASTATIC0000000000\naws_secret_access_key = {}",
                    secret_of("static")
                ),
            ),
            ("session", format!("sso_session = acme\nsso_account_id = {DEV}\nsso_role_name = of-session")),
            (
                "legacy",
                format!(
                    "sso_start_url = {LEGACY}\nsso_region = {REGION}\nsso_account_id = {DEV}\nsso_role_name = of-legacy"
                ),
            ),
            ("process", format!("credential_process = sh -c 'cat {process}'")),
            ("role", format!("{}\nsource_profile = static", role("of-profile"))),
            ("environment", format!("{}\ncredential_source = Environment", role("of-environment"))),
            ("instance", format!("{}\ncredential_source = Ec2InstanceMetadata", role("of-instance"))),
            ("container", format!("{}\ncredential_source = EcsContainer", role("of-container"))),
            ("web", format!("{}\nweb_identity_token_file = {token}", role("of-web"))),
            ("login", format!("login_session = {}", login("fresh"))),
            ("renewed", format!("login_session = {}", login("old"))),
            ("nothing", String::new()),
        ];
        let mut text = format!(
            "[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
        );
        for (name, lines) in profiles {
            text += &format!("\n[profile {name}]\nregion = {REGION}\n{lines}\n");
        }
        person.write(".aws/config", &text);
        let token = |url: &str| json!({"accessToken": PORTAL_TOKEN, "expiresAt": "2099-01-01T00:00:00Z", "region": REGION, "startUrl": url});
        for (name, url) in [("acme", "https://acme.awsapps.com/start"), (LEGACY, LEGACY)] {
            person.write(&format!(".aws/sso/cache/{}.json", sha1(name)), &token(url).to_string());
        }
        for (name, until) in [("fresh", "2099-01-01T00:00:00Z"), ("old", "2020-01-01T00:00:00Z")] {
            let cached = json!({
                "accessToken": {
                    "accessKeyId": key_of(name), "secretAccessKey": secret_of(name), "sessionToken": "any",
                    "accountId": DEV, "expiresAt": until,
                },
                "tokenType": "aws_sigv4", "refreshToken": "first", "idToken": "any",
                "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": DPOP,
            });
            let file = hex::encode(Sha256::digest(login(name)));
            person.write(&format!(".aws/login/cache/{file}.json"), &cached.to_string());
        }
        person
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A command whose every service is at the givers' address.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.longshore.command(arguments);
        command.env("LONGSHORE_SECRETS", "memory").env("AWS_ENDPOINT_URL", &self.givers.address);
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn with_environment(&self, command: &mut Command) {
        command
            .env("AWS_ACCESS_KEY_ID", key_of("environment"))
            .env("AWS_SECRET_ACCESS_KEY", secret_of("environment"));
    }

    fn in_container(&self, command: &mut Command) {
        command
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container", self.givers.address))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN);
    }

    fn on_instance(&self, command: &mut Command) {
        command
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &self.givers.address)
            .env_remove("AWS_EC2_METADATA_DISABLED");
    }
}

fn login(name: &str) -> String {
    format!("arn:aws:iam::{DEV}:user/{name}")
}

pub(super) fn by(operation: &str, key: &str) -> Call {
    (operation.into(), Some(key.into()))
}

#[test]
fn a_profile_of_each_kind_is_listed_as_what_it_is() {
    let person = Person::new();
    let said = Said::of(&person.command(&["account", "profiles", "--json"]).output().unwrap());
    assert_eq!(
        (said.code, &said.summary()["profiles"]),
        (Some(0), &12.into()),
        "{}{}",
        said.text,
        said.error
    );
    let listed = events(&said, "profile");
    let kinds: Vec<(&str, &str)> = listed
        .iter()
        .map(|event| (event["profile"].as_str().unwrap(), event["kind"].as_str().unwrap()))
        .collect();
    let expected = [
        ("container", "role-from-environment"),
        ("environment", "role-from-environment"),
        ("instance", "role-from-environment"),
        ("legacy", "sso-legacy"),
        ("login", "login-session"),
        ("nothing", "none"),
        ("process", "credential-process"),
        ("renewed", "login-session"),
        ("role", "role-from-profile"),
        ("session", "sso-session"),
        ("static", "static"),
        ("web", "web-identity"),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(person.givers.take(), [], "a list asks nobody");
    let plain = Said::of(&person.command(&["account", "profiles"]).output().unwrap());
    assert!(plain.text.contains("web  web identity  not connected"), "{}", plain.text);
}

/// What a command needs in its environment.
type Around = fn(&Person, &mut Command);

/// Each kind of profile, and the calls that it makes to sign with the key that it gives.
pub(super) fn kinds() -> [(&'static str, Around, Vec<Call>); 11] {
    let nothing: Around = |_, _| {};
    let assumed =
        |role: &str, signer: &str| vec![by("AssumeRole", signer), by("GetCallerIdentity", &key_of(role))];
    let alone = |key: &str| vec![by("GetCallerIdentity", key)];
    [
        ("static", nothing, alone("AKIASTATIC0000000000")),
        ("session", nothing, alone(&key_of("of-session"))),
        ("legacy", nothing, alone(&key_of("of-legacy"))),
        ("process", nothing, alone("AKIAPROCESS000000000")),
        ("role", nothing, assumed("of-profile", "AKIASTATIC0000000000")),
        ("environment", Person::with_environment, assumed("of-environment", &key_of("environment"))),
        ("instance", Person::on_instance, assumed("of-instance", &key_of("instance"))),
        ("container", Person::in_container, assumed("of-container", &key_of("container"))),
        (
            "web",
            nothing,
            vec![("AssumeRoleWithWebIdentity".into(), None), by("GetCallerIdentity", &key_of("of-web"))],
        ),
        ("login", nothing, alone(&key_of("fresh"))),
        ("renewed", nothing, alone(&key_of("renewed"))),
    ]
}

#[test]
fn a_profile_of_each_kind_signs_with_the_key_that_it_gives() {
    let person = Person::new();
    for (profile, around, expected) in kinds() {
        let mut command = person.command(&["account", "add", "--profile", profile, "--plan", "--json"]);
        around(&person, &mut command);
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, Some(0), "{profile}: {}{}", said.text, said.error);
        assert_eq!(person.givers.take(), expected, "{profile}");
        let account = said.summary()["account"].clone();
        assert_eq!(account["id"], DEV, "{profile}");
        let key = expected.last().unwrap().1.clone().unwrap();
        assert!(account["principal"].as_str().unwrap().ends_with(&key), "{profile}: {account}");
    }
    let nothing =
        Said::of(&person.command(&["account", "add", "--profile", "nothing", "--json"]).output().unwrap());
    assert_ne!(nothing.code, Some(0), "{}", nothing.text);
    assert_eq!(person.givers.take(), [], "nothing is sent without a key");
}

#[test]
fn a_profile_to_which_nobody_is_signed_in_says_what_to_run() {
    let person = Person::new();
    for cache in [".aws/sso", ".aws/login"] {
        fs::remove_dir_all(person.home.path().join(cache)).unwrap();
    }
    for (profile, run) in [
        ("session", "aws sso login --sso-session acme"),
        ("legacy", "aws sso login --profile legacy"),
        ("login", "aws login --profile login"),
    ] {
        let said = Said::of(
            &person.command(&["account", "add", "--profile", profile, "--plan", "--json"]).output().unwrap(),
        );
        let error = said.summary()["error"].clone();
        assert_eq!(
            (said.code, &error["code"]),
            (Some(1), &"sso-sign-in-needed".into()),
            "{profile}: {error}"
        );
        assert!(error["hint"].as_str().unwrap().contains(run), "{profile}: {error}");
        assert!(!error.to_string().contains("000000000000"), "{profile}: {error}");
    }
    assert_eq!(person.givers.take(), []);
}

#[test]
fn a_command_acts_with_what_its_environment_gives() {
    let person = Person::new();
    let read = ["replication", "show", "111122223333/us-west-2", "--json"];
    let cases: [(&str, Around, String); 5] = [
        ("variables", Person::with_environment, key_of("environment")),
        ("a profile", |_, command| _ = command.env("AWS_PROFILE", "static"), "AKIASTATIC0000000000".into()),
        (
            "a web identity",
            |person, command| {
                command
                    .env("AWS_WEB_IDENTITY_TOKEN_FILE", person.home.path().join("web-token"))
                    .env("AWS_ROLE_ARN", format!("arn:aws:iam::{DEV}:role/of-pod"));
            },
            key_of("of-pod"),
        ),
        ("a container", Person::in_container, key_of("container")),
        ("an instance", Person::on_instance, key_of("instance")),
    ];
    for (what, around, key) in cases {
        let mut command = person.command(&read);
        // An instance is only asked on request: elsewhere its address does not answer.
        if what == "an instance" {
            command.args(["--account", "environment"]);
        }
        around(&person, &mut command);
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, Some(0), "{what}: {}{}", said.text, said.error);
        let calls = person.givers.take();
        assert!(calls.contains(&by("DescribeRegistry", &key)), "{what}: {calls:?}");
        let strangers: Vec<&Call> =
            calls.iter().filter(|(_, signer)| signer.as_ref().is_some_and(|s| *s != key)).collect();
        assert!(strangers.is_empty(), "{what}: {strangers:?}");
    }
    let nothing = Said::of(&person.command(&read).output().unwrap());
    assert_ne!(nothing.code, Some(0), "{}", nothing.text);
    let mut command = person.command(&read);
    command.env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token").env("AWS_ROLE_ARN", "arn:aws:iam::1:role/x");
    let unread = Said::of(&command.output().unwrap());
    assert!(unread.error.contains("The web identity token `/nowhere/token`"), "{}", unread.error);
    assert_eq!(person.givers.take(), []);
}
