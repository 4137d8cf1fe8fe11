//! The shell commands, run in a shell with a fake `aws`.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use longshore_policy::{
    export::{Change, Format, Target, export},
    registry_policy::{CrossAccountReplication, RegistryPolicy, RepositoryScope},
    replication::{ReplicationConfiguration, RuleDraft},
};
use serde_json::json;
use tempfile::TempDir;

use crate::common::{DEV, PROD, dev, prod};

/// Records every call; answers with the files next to it; a put copies its input file.
const AWS: &str = r#"#!/bin/sh
here=${0%/*}
echo "$*" >> "$here/calls"
case "$1 $2" in
  "sts get-caller-identity") cat "$here/account" ;;
  "ecr describe-registry") cat "$here/now" ;;
  "ecr get-registry-policy")
    if [ -f "$here/now" ]; then cat "$here/now"; else
      echo 'An error occurred (RegistryPolicyNotFoundException)' >&2; exit 254
    fi ;;
  "ecr put-replication-configuration" | "ecr put-registry-policy") cat "${4#file://}" > "$here/written" ;;
  "ecr delete-registry-policy") echo deleted > "$here/written" ;;
  *) exit 1 ;;
esac
"#;

struct Machine {
    bin: TempDir,
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|dir| dir.join(program)).find(|p| p.is_file())?;
    if program == "python3" {
        // A version manager's shim needs its own directory; use the program behind it.
        let output = Command::new(&found).args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
        return Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()));
    }
    Some(found)
}

impl Machine {
    /// A machine with a minimum of tools and, of the two that compare, only `tool`.
    fn with(tool: Option<&Path>, account: &str, now: Option<&str>) -> Self {
        let bin = TempDir::new().unwrap();
        for program in ["sh", "cat", "mktemp", "rm"] {
            symlink(find(program).unwrap(), bin.path().join(program)).unwrap();
        }
        if let Some(tool) = tool {
            // A link would mislead an interpreter that locates its library by its own path.
            let name = if tool.to_string_lossy().contains("python") { "python3" } else { "jq" };
            let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", tool.display());
            Self::program(bin.path(), name, &script);
        }
        Self::program(bin.path(), "aws", AWS);
        fs::write(bin.path().join("account"), account).unwrap();
        if let Some(now) = now {
            fs::write(bin.path().join("now"), now).unwrap();
        }
        Self { bin }
    }

    fn program(bin: &Path, name: &str, script: &str) {
        let path = bin.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, script: &str) -> Output {
        Command::new("/bin/sh").arg("-c").arg(script).env("PATH", self.bin.path()).output().unwrap()
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.bin.path().join(name)).ok()
    }
}

/// Each tool on this machine that can compare documents.
fn tools() -> Vec<PathBuf> {
    let found: Vec<PathBuf> = ["python3", "jq"].iter().filter_map(|t| find(t)).collect();
    assert!(!found.is_empty(), "this test needs python3 or jq");
    found
}

fn script(change: &Change, target: &Target) -> String {
    export(change, target, Format::Cli).unwrap().text
}

fn dev_target() -> Target {
    Target { registry: dev(), endpoint: Some("http://127.0.0.1:4510".into()) }
}

fn replication() -> Change {
    let before = ReplicationConfiguration::from_value(json!({ "odd": "it's $HOME `id` \\ ! é", "rules": [
        { "destinations": [{ "region": "eu-west-1", "registryId": DEV }, { "region": "us-east-2", "registryId": DEV }] } ] }))
    .unwrap();
    let mut after = before.clone();
    after
        .add_rule(&RuleDraft {
            destinations: vec![prod()],
            filters: vec!["prod".parse().unwrap()],
            delete_replication: true,
        })
        .unwrap();
    Change::Replication { before, after }
}

fn documents(change: &Change) -> (&ReplicationConfiguration, &ReplicationConfiguration) {
    match change {
        Change::Replication { before, after } => (before, after),
        Change::RegistryPolicy { .. } | Change::Other { .. } => panic!("not a replication configuration"),
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_writes_the_document_when_everything_fits() {
    let change = replication();
    let (before, after) = documents(&change);
    for tool in tools() {
        let machine = Machine::with(Some(&tool), DEV, Some(&before.pretty()));
        let output = machine.run(&script(&change, &dev_target()));
        assert!(output.status.success(), "{}", told(&output));
        let written = ReplicationConfiguration::parse(&machine.read("written").unwrap()).unwrap();
        assert_eq!(written.to_value(), after.to_value());
        for call in machine.read("calls").unwrap().lines() {
            assert!(call.contains("--region us-west-2 --endpoint-url http://127.0.0.1:4510"), "{call}");
        }
    }
}

#[test]
fn it_does_not_mind_what_aws_rewrites() {
    let change = replication();
    let now = json!({ "odd": "it's $HOME `id` \\ ! é", "rules": [{ "deleteReplication": { "enabled": false }, "destinations": [
        { "registryId": DEV, "region": "us-east-2" }, { "registryId": DEV, "region": "eu-west-1" }] }] });
    for tool in tools() {
        let machine = Machine::with(Some(&tool), DEV, Some(&now.to_string()));
        let output = machine.run(&script(&change, &dev_target()));
        assert!(output.status.success(), "{}: {}", tool.display(), told(&output));
    }
}

#[test]
fn it_stops_in_another_account() {
    let change = replication();
    for tool in tools() {
        let machine = Machine::with(Some(&tool), PROD, Some(&documents(&change).0.pretty()));
        let output = machine.run(&script(&change, &dev_target()));
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            told(&output),
            "Stopped: these commands are for account 111122223333, you are signed in to 444455556666.\n"
        );
        assert_eq!(machine.read("written"), None);
        assert_eq!(machine.read("calls").unwrap().lines().count(), 1, "no call followed");
    }
}

#[test]
fn it_stops_when_the_document_was_changed() {
    let change = replication();
    let changed = [
        json!({ "rules": [] }),
        json!({ "odd": "it's $HOME `id` \\ ! é", "rules": [{ "destinations": [{ "region": "eu-west-1", "registryId": DEV }] }] }),
        documents(&change).1.to_value(),
    ];
    for tool in tools() {
        for now in &changed {
            let machine = Machine::with(Some(&tool), DEV, Some(&now.to_string()));
            let output = machine.run(&script(&change, &dev_target()));
            assert_eq!(output.status.code(), Some(1));
            assert!(told(&output).contains("Nothing was written"), "{}", told(&output));
            assert_eq!(machine.read("written"), None);
        }
    }
}

#[test]
fn it_stops_when_the_answer_is_no_document_or_nothing_can_compare() {
    let change = replication();
    for tool in tools() {
        let machine = Machine::with(Some(&tool), DEV, Some("not json"));
        // As part of a condition, where a shell does not stop at errors on its own.
        let output = machine.run(&format!("{} || exit 7", script(&change, &dev_target()).trim_end()));
        assert_eq!(output.status.code(), Some(7));
        assert_eq!(machine.read("written"), None);
    }
    let machine = Machine::with(None, DEV, Some(&documents(&change).0.pretty()));
    let output = machine.run(&script(&change, &dev_target()));
    assert!(told(&output).contains("python3 or jq is needed"), "{}", told(&output));
    assert_eq!(machine.read("written"), None);
}

fn policy() -> RegistryPolicy {
    let mut policy = RegistryPolicy::empty();
    let statement = CrossAccountReplication {
        sid: "A".into(),
        sources: vec![DEV.parse().unwrap()],
        destination: prod(),
        repositories: RepositoryScope::All,
        create_repository: true,
    };
    policy.add_statement(&statement.statement()).unwrap();
    policy
}

#[test]
fn a_first_policy_is_written_only_where_there_is_none() {
    let change = Change::RegistryPolicy { before: None, after: Some(policy()) };
    let target = Target { registry: prod(), endpoint: None };
    let machine = Machine::with(None, PROD, None);
    let output = machine.run(&script(&change, &target));
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(RegistryPolicy::parse(&machine.read("written").unwrap()).unwrap(), policy());

    let machine = Machine::with(None, PROD, Some(&policy().to_text()));
    let output = machine.run(&script(&change, &target));
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("now has a policy"));
    assert_eq!(machine.read("written"), None);
}

#[test]
fn a_policy_is_deleted_when_it_is_still_the_one_and_the_principal_came_back_rewritten() {
    let change = Change::RegistryPolicy { before: Some(policy()), after: None };
    let target = Target { registry: prod(), endpoint: None };
    let rewritten = policy().to_text().replace("arn:aws:iam::111122223333:root", DEV).replace(
        r#"["arn:aws:ecr:us-west-2:444455556666:repository/*"]"#,
        r#""arn:aws:ecr:us-west-2:444455556666:repository/*""#,
    );
    assert_ne!(rewritten, policy().to_text());
    for tool in tools() {
        let machine = Machine::with(Some(&tool), PROD, Some(&rewritten));
        let output = machine.run(&script(&change, &target));
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(machine.read("written").as_deref(), Some("deleted\n"));
        let machine = Machine::with(Some(&tool), PROD, Some(&rewritten.replace(DEV, "999988887777")));
        assert_eq!(machine.run(&script(&change, &target)).status.code(), Some(1));
        assert_eq!(machine.read("written"), None);
    }
}
