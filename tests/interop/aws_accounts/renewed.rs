//! Sessions of a role that end by themselves in mid-run: they are renewed, and nobody is asked.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use chrono::Utc;
use longshore_tests::{
    counterpart::{Answer, Asked, serve},
    image,
    intercept::Interceptor,
    ministack::{ACCOUNT, Ministack},
};

use super::{givers::xml, *};

/// Sessions are renewed so long before their end.
const AHEAD: Duration = Duration::from_secs(300);
/// A session need not be renewed for so long, and is refused after a time that is much shorter than it says.
const FRESH: Duration = Duration::from_secs(2);
const ACCEPTED: Duration = Duration::from_secs(10);
const REPOSITORIES: usize = 12;
/// How long it takes to create a repository of the run.
const SLOW: Duration = Duration::from_secs(5);
const REGISTRY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";

/// An STS whose sessions are short, before an ECR that is slow.
#[derive(Clone, Default)]
struct Brief {
    /// When each session began, by the id of its key.
    sessions: Arc<Mutex<HashMap<String, Instant>>>,
    /// Calls after the end of their session.
    refused: Arc<Mutex<Vec<String>>>,
}

impl Brief {
    fn before(&self, ecr: &str) -> String {
        let (this, ecr) = (self.clone(), ecr.to_owned());
        serve(move |asked| match asked.header("x-amz-target") {
            "" => this.sts(asked),
            target => this.ecr(&ecr, target, asked),
        })
    }

    fn sts(&self, asked: &Asked) -> Answer {
        let action = asked.form()["Action"].clone();
        let result = match (action.as_str(), asked.signer().unwrap()) {
            ("AssumeRole", _) => {
                let mut sessions = self.sessions.lock().unwrap();
                let key = format!("ASIA{:016}", sessions.len());
                sessions.insert(key.clone(), Instant::now());
                let end = (Utc::now() + AHEAD + FRESH).format("%Y-%m-%dT%H:%M:%SZ");
                format!(
                    "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>any</SecretAccessKey><SessionToken>any</SessionToken><Expiration>{end}</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/release/s</Arn><AssumedRoleId>R</AssumedRoleId></AssumedRoleUser>"
                )
            }
            ("GetCallerIdentity", key) => {
                let account = if key.starts_with("ASIA") { ACCOUNT } else { PROD };
                format!(
                    "<Arn>arn:aws:iam::{account}:user/a</Arn><UserId>A</UserId><Account>{account}</Account>"
                )
            }
            (action, _) => panic!("STS was asked for {action}"),
        };
        xml(&action, &result)
    }

    fn ecr(&self, to: &str, target: &str, asked: &Asked) -> Answer {
        let began = asked.signer().and_then(|key| self.sessions.lock().unwrap().get(key).copied());
        if began.is_none_or(|began| began.elapsed() > ACCEPTED) {
            self.refused.lock().unwrap().push(target.to_owned());
            let text = r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#;
            return Answer::from((400, "application/x-amz-json-1.1", text.to_owned()));
        }
        if target.ends_with(".CreateRepository") && String::from_utf8_lossy(&asked.body).contains("mirror/") {
            thread::sleep(SLOW);
        }
        forward(to, asked)
    }
}

/// Passes a request on as it is.
fn forward(to: &str, asked: &Asked) -> Answer {
    let mut stream = TcpStream::connect(to).unwrap();
    let kept = asked.headers.iter().filter(|(name, _)| name.as_str() != "connection");
    let headers: String = kept.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("{} {} HTTP/1.1\r\n{headers}connection: close\r\n\r\n", asked.method, asked.path);
    stream.write_all(&[head.as_bytes(), &asked.body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer::from((status, "application/x-amz-json-1.1", body.to_owned()))
}

#[test]
fn a_run_outlives_the_sessions_of_its_role_and_asks_nobody() {
    let home = tempfile::tempdir().unwrap();
    let aws = Ministack::start(home.path());
    let brief = Brief::default();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let profile = format!(
        "[profile base]\nregion = {REGION}\nendpoint_url = {}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n",
        brief.before(&aws.host)
    );
    fs::write(home.path().join(".aws/config"), profile).unwrap();
    let proxy = Interceptor::new(&home.path().join("proxy"), &[(REGISTRY, &aws.host)]);
    let longshore = Longshore::new(home.path());
    let say = |arguments: &[&str]| {
        let mut command = longshore.command(arguments);
        proxy.lead(&mut command).env("LONGSHORE_SECRETS", "memory");
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said
    };
    say(&["account", "add", "--profile", "base", "--name", "Base", "--json"]);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/release");
    say(&["account", "add", "--role-arn", &role, "--via", "Base", "--name", "Release", "--json"]);

    let layout = home.path().join("layout");
    image::simple(&layout);
    let from = format!("oci:{}:42", layout.display());
    for n in 0..REPOSITORIES {
        say(&["copy", &from, &format!("{REGISTRY}/service-{n}:1"), "--json"]);
    }
    let rules = format!(
        "version: 1\nrules:\n  - name: all\n    source:\n      registry: {REGISTRY}\n      repositories:\n        - prefix: service-\n    destinations:\n      - registry: {REGISTRY}\n        rename:\n          template: mirror/{{repository}}\n"
    );
    let file = home.path().join("rules.yaml");
    fs::write(&file, rules).unwrap();
    let before = brief.sessions.lock().unwrap().len();
    let began = Instant::now();
    let said = say(&["sync", file.to_str().unwrap(), "--json"]);
    assert!(began.elapsed() > ACCEPTED, "no session ended in {:?}", began.elapsed());
    let sessions = brief.sessions.lock().unwrap().len() - before;
    assert!(sessions > 1, "{sessions} session of the role: {}", said.text);
    assert_eq!(*brief.refused.lock().unwrap(), Vec::<String>::new(), "calls with a session that had ended");
    for n in 0..REPOSITORIES {
        let tags = say(&["tags", &format!("{REGISTRY}/mirror/service-{n}"), "--json"]);
        assert_eq!(events(&tags, "tag")[0]["tag"], "1", "{}", tags.text);
    }
}
