//! Every kind of document as it is exported: its commands are run against the sandbox and moto, its Terraform is parsed
//! and compared, and its template is checked by cfn-lint.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use longshore_tests::{
    aws::{Served, venv},
    longshore::Longshore,
    moto::Moto,
    process::run,
};
use serde_json::{Value, json};

const DEV: &str = "111122223333";
const WEST: &str = "us-west-2";
/// Documents of a registry in the order in which they can be created: kind, name, content.
fn of_ecr() -> Vec<(&'static str, &'static str, Value)> {
    let keep = json!({"rules": [{"rulePriority": 1, "description": "keep 5, and ${nothing} else",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
        "action": {"type": "expire"}}]});
    let pull = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Pull", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]});
    let exclusions = json!([{"filterType": "WILDCARD", "filter": "latest*"}]);
    vec![
        (
            "repository",
            "team/api",
            json!({
                "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": exclusions,
                "imageScanningConfiguration": {"scanOnPush": true},
                "encryptionConfiguration": {"encryptionType": "AES256"},
                "tags": [{"Key": "team", "Value": "it's ours"}], "lifecyclePolicy": keep, "repositoryPolicy": pull,
            }),
        ),
        (
            "repository",
            "team/web",
            json!({
                "imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": false},
                "encryptionConfiguration": {"encryptionType": "AES256"},
            }),
        ),
        ("lifecycle-policy", "team/web", keep.clone()),
        ("repository-policy", "team/web", pull.clone()),
        (
            "template",
            "prod",
            json!({
                "prefix": "prod", "description": "For what arrives", "appliedFor": ["REPLICATION", "CREATE_ON_PUSH"],
                "imageTagMutability": "IMMUTABLE", "encryptionConfiguration": {"encryptionType": "AES256"},
                "lifecyclePolicy": keep.to_string(), "repositoryPolicy": pull.to_string(),
                "resourceTags": [{"Key": "made", "Value": "by ECR"}],
                "customRoleArn": "arn:aws:iam::111122223333:role/ecr-templates",
            }),
        ),
        (
            "pull-through-cache-rule",
            "quay",
            json!({
                "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io", "upstreamRegistry": "quay",
                "upstreamRepositoryPrefix": "ROOT",
            }),
        ),
        (
            "scanning",
            "",
            json!({"scanType": "ENHANCED", "rules": [{"scanFrequency": "CONTINUOUS_SCAN",
            "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD"}]}]}),
        ),
        (
            "signing",
            "",
            json!({"rules": [{
            "signingProfileArn": "arn:aws:signer:us-west-2:111122223333:/signing-profiles/releases",
            "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD_MATCH"}]}]}),
        ),
        (
            "pull-time-exclusion",
            "arn:aws:iam::111122223333:role/scanner",
            json!({"principalArn": "arn:aws:iam::111122223333:role/scanner"}),
        ),
        ("account-setting", "REGISTRY_POLICY_SCOPE", json!({"name": "REGISTRY_POLICY_SCOPE", "value": "V2"})),
        ("account-setting", "BLOB_MOUNTING", json!({"name": "BLOB_MOUNTING", "value": "ENABLED"})),
    ]
}

fn of_iam() -> Vec<(&'static str, &'static str, Value)> {
    let push = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Push", "Effect": "Allow",
        "Action": ["ecr:PutImage"],
        "Resource": ["arn:aws:ecr:us-west-2:111122223333:repository/${aws:username}"]}]});
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}]});
    vec![
        ("user", "johndoe", json!({"Path": "/team/"})),
        ("group", "developers", json!({"Path": "/"})),
        (
            "role",
            "deploy",
            json!({"Path": "/", "Description": "Deploys", "MaxSessionDuration": 7200,
            "AssumeRolePolicyDocument": trust, "Tags": [{"Key": "team", "Value": "shop"}]}),
        ),
        ("managed-policy", "EcrPush", push.clone()),
        ("inline-policy", "user/johndoe/push", push.clone()),
        ("inline-policy", "group/developers/push", push.clone()),
        ("inline-policy", "role/deploy/push", push),
    ]
}

struct Exporting<'a> {
    longshore: &'a Longshore,
    state: &'a str,
    folder: &'a Path,
}

impl Exporting<'_> {
    /// The text, or why the format cannot express it. With `content` it does not exist yet.
    fn text(&self, kind: &str, name: &str, format: &str, content: Option<&Value>) -> Result<String, String> {
        let registry = format!("{DEV}/{WEST}");
        let file = self.folder.join("content");
        let mut arguments = vec!["export", "document", kind, registry.as_str()];
        if !name.is_empty() {
            arguments.push(name);
        }
        arguments.extend(["--format", format, "--sandbox", "--state", self.state, "--json"]);
        let path = file.to_str().unwrap().to_owned();
        if let Some(content) = content {
            fs::write(&file, content.to_string()).unwrap();
            arguments.extend(["--file", path.as_str()]);
        }
        let said = self.longshore.say(&arguments);
        drop(fs::remove_file(&file));
        let summary = said.summary();
        match summary["refusal"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(summary["text"].as_str().unwrap().to_owned()),
        }
    }
}

/// Runs commands as a person would paste them, with a key.
fn shell(script: &str, id: &str, secret: &str) -> Output {
    let path = format!("{}:{}", venv().join("bin").display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .arg("-c")
        .arg(script)
        .env("PATH", path)
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the commands of a document that does not exist yet write is exported again as it was.
#[test]
fn exported_commands_create_every_kind_of_document_once() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let state = home.path().join("sandbox");
    let served = Served::new(&state, "0ms");
    let (id, secret) = served.key(DEV);
    let exporting = Exporting { longshore: &longshore, state: state.to_str().unwrap(), folder: home.path() };
    for (kind, name, content) in of_ecr().into_iter().chain(of_iam()) {
        let what = format!("{kind} {name}");
        let exists_always = matches!(kind, "scanning" | "account-setting");
        if !exists_always {
            let script = exporting.text(kind, name, "cli", Some(&content)).unwrap();
            let made = shell(&script, &id, &secret);
            assert!(made.status.success(), "{what}: {}\n{script}", told(&made));
            if ["team/api", "johndoe"].contains(&name) {
                let again = shell(&script, &id, &secret);
                let stopped = !again.status.success() && told(&again).contains("it exists now");
                assert!(stopped, "{what}: {}", told(&again));
            }
        }
        let now = exporting.text(kind, name, "cli", None).unwrap();
        let so = shell(&now, &id, &secret);
        assert!(
            so.status.success() && told(&so).contains("It is so already"),
            "{what}: {}\n{now}",
            told(&so)
        );
        if !exists_always {
            let json = exporting.text(kind, name, "json", None).unwrap();
            let found: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(normal(&found), normal(&content), "{what}");
        }
        if name == "team/api" {
            let (id, secret) = served.key("444455556666");
            let foreign = shell(&now, &id, &secret);
            assert!(told(&foreign).contains("these commands are for account"), "{}", told(&foreign));
        }
    }
}

/// Documents that are texts become values, and what AWS adds by itself is left out.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let known = members.iter().map(|(name, value)| match (name.as_str(), value) {
                ("lifecyclePolicy" | "repositoryPolicy", Value::String(text)) => {
                    (name.clone(), normal(&serde_json::from_str(text).unwrap()))
                }
                _ => (name.clone(), normal(value)),
            });
            Value::Object(known.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            if items.len() == 1 && items[0].is_string() { items.remove(0) } else { Value::Array(items) }
        }
        other => other.clone(),
    }
}

#[test]
fn exported_terraform_and_templates_are_accepted_by_their_tools_and_say_the_same() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let state = home.path().join("sandbox");
    let _served = Served::new(&state, "0ms");
    let exporting = Exporting { longshore: &longshore, state: state.to_str().unwrap(), folder: home.path() };
    let folder = home.path().join("files");
    fs::create_dir(&folder).unwrap();
    let mut refused = Vec::new();
    let all: Vec<_> = of_ecr().into_iter().chain(of_iam()).collect();
    for (at, (kind, name, content)) in all.iter().enumerate() {
        for (format, end) in [("terraform", "tf"), ("cloudformation", "template.json")] {
            match exporting.text(kind, name, format, Some(content)) {
                Ok(text) => fs::write(folder.join(format!("{at}.{end}")), text).unwrap(),
                Err(why) => refused.push(format!("{kind} {name}: {why}")),
            }
        }
    }
    insta::assert_snapshot!("inexpressible", refused.join("\n"));
    let python = venv().join("bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/exports.py");
    let output = run(Command::new(python).arg(script).arg(&folder));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_snapshot!("resources", serde_json::to_string_pretty(&read).unwrap());
    // Documents in Terraform are the same values.
    let of = |at: usize, kind: &str| read[format!("{at}.tf")]["resources"][kind].clone();
    for (at, (kind, _, content)) in all.iter().enumerate() {
        match *kind {
            "lifecycle-policy" => assert_eq!(of(at, "aws_ecr_lifecycle_policy")["policy"], *content),
            "repository-policy" => assert_eq!(of(at, "aws_ecr_repository_policy")["policy"], *content),
            "managed-policy" => assert_eq!(of(at, "aws_iam_policy")["policy"], *content),
            "role" => {
                assert_eq!(of(at, "aws_iam_role")["assume_role_policy"], content["AssumeRolePolicyDocument"])
            }
            _ => {}
        }
    }
}

/// moto's IAM is another one than the sandbox's.
#[test]
fn exported_commands_of_iam_run_on_moto_too() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let state = home.path().join("sandbox");
    let served = Served::new(&state, "0ms");
    let moto = Moto::start();
    let role = moto.aws(&format!("arn:aws:iam::{DEV}:role/admin"), WEST);
    let exporting = Exporting { longshore: &longshore, state: state.to_str().unwrap(), folder: home.path() };
    let control = served.ready["control"].as_str().unwrap().to_owned();
    for (kind, name, content) in of_iam() {
        let script = exporting.text(kind, name, "cli", Some(&content)).unwrap();
        let script = script.replace(&control, &moto.endpoint);
        let (id, secret) = role.key();
        let made = shell(&script, id, secret);
        assert!(made.status.success(), "{kind} {name}: {}\n{script}", told(&made));
    }
}
