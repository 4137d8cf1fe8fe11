//! Accounts of AWS on the command line, with a sandbox as AWS and the AWS CLI as a witness.

mod accounts;
mod acting;
mod again;
mod canary;
mod canary_sources;
mod chains;
mod chosen;
mod clean;
mod cost;
mod givers;
mod guarded;
mod heard;
mod iam;
mod identity_center;
mod intercepted;
mod kinds;
mod moto;
mod odd_input;
mod organization;
mod own_addresses;
mod owners;
mod policy_scope;
mod profiles;
mod regions;
mod renewed;
mod replication;
mod services;
mod sign_in;
mod sso;
mod two_teams;
mod unread;

use std::{fs, path::Path};

use longshore_tests::{
    aws::Served,
    longshore::{Longshore, Said},
};
use serde_json::Value;

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

/// A sandbox that plays AWS, and a person whose configuration files have profiles for it.
struct World {
    aws: Served,
    home: tempfile::TempDir,
    longshore: Longshore,
}

impl World {
    fn new(profiles: &[(&str, &str)]) -> Self {
        Self::with(profiles, &[])
    }

    /// With oddities of ECR turned on.
    fn with(profiles: &[(&str, &str)], switches: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let aws = Served::with(&home.path().join("aws"), "100ms", switches);
        let longshore = Longshore::new(home.path());
        let world = Self { aws, home, longshore };
        let text: String = profiles.iter().map(|(name, account)| world.profile(name, account)).collect();
        world.configure(&text);
        world
    }

    /// A profile with a key of an account.
    fn profile(&self, name: &str, account: &str) -> String {
        let (id, secret) = self.key(account);
        let endpoint = self.endpoint();
        format!(
            "[profile {name}]\nregion = {REGION}\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nendpoint_url = {endpoint}\n"
        )
    }

    fn endpoint(&self) -> String {
        self.aws.ready["control"].as_str().unwrap().to_owned()
    }

    fn key(&self, account: &str) -> (String, String) {
        let all = self.aws.ready["credentials"].as_array().unwrap();
        let known = all.iter().find(|known| known["account"] == account).unwrap();
        let text = |name: &str| known[name].as_str().unwrap().to_owned();
        (text("access_key_id"), text("secret_access_key"))
    }

    fn configure(&self, text: &str) {
        fs::create_dir_all(self.home.path().join(".aws")).unwrap();
        fs::write(self.home.path().join(".aws/config"), text).unwrap();
    }

    /// Runs a command without a keychain.
    fn say(&self, arguments: &[&str]) -> Said {
        say(&self.longshore, arguments)
    }

    /// Runs a command that must succeed; returns its summary.
    fn summary(&self, arguments: &[&str]) -> Value {
        let said = self.say(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    }

    /// Connects Dev and Prod by their profiles.
    fn connect(&self) {
        self.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
        self.summary(&["account", "add", "--profile", "prod", "--name", "Prod", "--json"]);
    }
}

fn say(longshore: &Longshore, arguments: &[&str]) -> Said {
    let mut command = longshore.command(arguments);
    command.env("LONGSHORE_SECRETS", "memory");
    Said::of(&command.output().unwrap())
}

/// The events of a kind.
fn events(said: &Said, kind: &str) -> Vec<Value> {
    let lines = said.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|event| event["event"] == kind).collect()
}

fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}
