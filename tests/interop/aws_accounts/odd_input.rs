//! Odd but legal input: each command says what is wrong and what to do, or that there is nothing to do.

use longshore_tests::image;

use super::*;

const A: &str = "111122223333/us-west-2";
const B: &str = "444455556666/us-west-2";

/// A command line on a running sandbox and a data directory that was never used.
struct Fresh {
    sandbox: Served,
    state: std::path::PathBuf,
    home: tempfile::TempDir,
}

impl Fresh {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        Self { sandbox: Served::new(&state, "0ms"), state, home }
    }

    /// Runs a command on the sandbox.
    fn say(&self, arguments: &[&str]) -> Said {
        let here = ["--sandbox", "--state", self.state.to_str().unwrap()];
        say(&Longshore::new(self.home.path()), &[arguments, &here].concat())
    }

    /// Runs a command on AWS, to which nothing is connected.
    fn say_aws(&self, arguments: &[&str]) -> Said {
        say(&Longshore::new(self.home.path()), arguments)
    }

    fn file(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }
}

/// The exit code and what a person reads.
fn told(said: &Said) -> (Option<i32>, String) {
    (said.code, format!("{}{}", said.text, said.error))
}

fn assert_says(said: &Said, code: i32, texts: &[&str]) {
    let (exit, text) = told(said);
    assert_eq!(exit, Some(code), "{text}");
    for wanted in texts {
        assert!(text.contains(wanted), "`{wanted}` is not in {text}");
    }
    assert!(text.lines().all(|line| line == line.trim_end()), "trailing blanks: {text:?}");
}

#[test]
fn the_accounts_of_a_sandbox_are_listed_in_a_data_directory_that_was_never_used() {
    let fresh = Fresh::new();
    let listed = fresh.say(&["account", "list", "--json"]);
    let names: Vec<Value> = events(&listed, "account").iter().map(|one| one["name"].clone()).collect();
    assert_eq!((names, &listed.summary()["accounts"]), (vec!["Dev".into(), "Prod".into()], &2.into()));
    assert_says(&fresh.say(&["account", "check"]), 0, &[DEV, PROD]);
    assert_says(&fresh.say(&["account", "regions", "Dev"]), 0, &["us-west-2  enabled"]);
    // Their names work like their numbers.
    assert_says(
        &fresh.say(&["replication", "show", "Dev/us-west-2"]),
        0,
        &["There are no replication rules."],
    );
    let nothing = "Nothing is stored here about account 111122223333 of the sandbox.";
    assert_says(&fresh.say(&["account", "remove", "Dev"]), 1, &[nothing, "Other commands take"]);

    // No sandbox runs in the data directory's own state, and nothing is connected in AWS.
    let idle = fresh.say_aws(&["account", "list", "--sandbox"]);
    assert_says(&idle, 0, &["does not run", "longshore sandbox serve", "--state"]);
    let none = fresh.say_aws(&["account", "check"]);
    assert_says(&none, 0, &["No account is connected.", "account add", "--sandbox"]);
    fresh.sandbox.kill();
}

#[test]
fn a_policy_that_aws_refuses_is_not_generated() {
    let fresh = Fresh::new();
    let numbers: Vec<String> = (0..500).map(|number| (100_000_000_000_u64 + number).to_string()).collect();
    let many = |option: &'static str| numbers.iter().flat_map(move |number| [option, number.as_str()]);
    let both = ["policy", "generate", "--destination", B].into_iter().chain(many("--source"));
    let long = fresh.say_aws(&both.collect::<Vec<_>>());
    assert_says(&long, 2, &["characters; ECR allows 10240.", "Use fewer"]);
    for kind in ["repository-pull", "registry-pull-through-cache"] {
        let line = ["policy", "generate", kind, "--registry", B].into_iter().chain(many("--principal"));
        let long = fresh.say_aws(&line.collect::<Vec<_>>());
        assert_says(&long, 2, &["may have 10240.", "one statement"]);
        assert_eq!(long.text, "", "no document that would be refused");
    }
    // One for a role's inline policy, but not for a managed policy.
    let prefixes: Vec<String> = (0..100).map(|number| format!("prefix-that-is-long-{number}-")).collect();
    let line = ["policy", "generate", "push", "--registry", B];
    let line: Vec<&str> =
        line.into_iter().chain(prefixes.iter().flat_map(|one| ["--prefix", one.as_str()])).collect();
    assert_says(&fresh.say_aws(&line), 0, &["a managed policy may have 6144.", "\"ecr:PutImage\""]);

    let own = fresh.say_aws(&["policy", "generate", "--source", DEV, "--source", PROD, "--destination", B]);
    assert_says(&own, 2, &["444455556666 is the registry's own account.", "leave it out"]);
    let file = fresh.file("ask.json");
    let own = fresh.say(&["request", "write", &file, "--source", PROD, "--destination", B]);
    assert_says(&own, 2, &["444455556666 is the registry's own account."]);
    assert!(!exists(Path::new(&file)), "no request is written");
    fresh.sandbox.kill();
}

#[test]
fn a_removal_is_planned_and_an_account_in_use_stays() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let planned = world.summary(&["account", "remove", "Dev", "--plan", "--json"]);
    assert_eq!((&planned["plan"], &planned["account"]["id"]), (&true.into(), &DEV.into()));
    assert_says(
        &world.say(&["account", "remove", "Dev", "--plan"]),
        0,
        &["would be removed here", "Nothing in the account"],
    );
    assert_eq!(world.summary(&["account", "list", "--json"])["accounts"], 2, "a plan removes nothing");

    world.summary(&["account", "remove", "Prod", "--json"]);
    let role = format!("arn:aws:iam::{PROD}:role/release");
    world.summary(&["account", "add", "--role-arn", &role, "--via", "Dev", "--name", "Prod", "--json"]);
    for more in [&["--plan", "--json"][..], &["--json"]] {
        let refused = world.say(&[&["account", "remove", "Dev"], more].concat());
        assert_eq!((refused.code, &refused.summary()["error"]["code"]), (Some(1), &"account-in-use".into()));
    }
}

#[test]
fn a_confirmation_of_something_else_is_refused_also_where_none_is_needed() {
    let fresh = Fresh::new();
    let add = |more: &[&str]| {
        fresh.say(&[&["replication", "add", A, "--to", B, "--prefix", "prod-"], more].concat())
    };
    let wrong = ["`Prdo` is not what this change asks for.", "leave --confirm out"];
    assert_says(&add(&["--confirm", "Prdo"]), 2, &wrong);
    assert_says(&add(&["--plan", "--confirm", "Prdo"]), 2, &wrong);
    assert_says(&fresh.say(&["replication", "show", A]), 0, &["There are no replication rules."]);
    // The account that is changed may be named.
    assert_says(&add(&["--confirm", "dev"]), 0, &["written and read back"]);
    let layout = fresh.file("layout");
    let from = format!("oci:{layout}:1");
    let to = format!("{}/prod-app:1", fresh.sandbox.host(DEV, REGION));
    let copied = fresh.say_aws(&["copy", &from, &to, "--confirm", "Prdo"]);
    assert_says(&copied, 2, &["`Prdo` is not the name of a connected account."]);
    fresh.sandbox.kill();

    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let change = world.say(&["account", "change", "Dev", "--name", "Team", "--confirm", "Prod"]);
    assert_says(&change, 2, &["`Prod` is not the account that is changed.", "--confirm 'Dev'"]);
}

#[test]
fn a_request_of_the_other_space_says_where_it_belongs() {
    let fresh = Fresh::new();
    let (file, receipt) = (fresh.file("ask.json"), fresh.file("receipt.json"));
    assert_says(&fresh.say(&["request", "write", &file, "--source", DEV, "--destination", B]), 0, &[]);
    assert_says(&fresh.say(&["request", "apply", &file, "--receipt", &receipt]), 0, &["Send"]);
    let again = fresh.say(&["request", "apply", &file, "--plan"]);
    assert_says(&again, 0, &["has it already; nothing has to be written."]);
    let sandbox = "in the sandbox (`--sandbox` on the command line)";
    assert_says(
        &fresh.say_aws(&["receipt", "check", &receipt]),
        1,
        &["was written for the sandbox.", sandbox],
    );
    assert_says(
        &fresh.say_aws(&["request", "apply", &file]),
        1,
        &["The request was written for the sandbox", sandbox],
    );
    assert_says(&fresh.say_aws(&["request", "show", &file]), 0, &["could not be asked", sandbox]);
    assert_says(&fresh.say(&["receipt", "check", &receipt]), 0, &["applied"]);
    fresh.sandbox.kill();
}

#[test]
fn a_rule_that_is_there_already_leaves_nothing_to_do() {
    let fresh = Fresh::new();
    let add = |more: &[&str]| {
        fresh.say(&[&["replication", "add", A, "--to", B, "--prefix", "prod-"], more].concat())
    };
    assert_says(&add(&[]), 0, &["written and read back"]);
    assert_says(&add(&[]), 0, &["The registry has this rule already. There is nothing to do."]);
    for more in [&["--json"][..], &["--plan", "--json"]] {
        let again = add(more);
        let summary = again.summary();
        assert_eq!((again.code, &summary["steps"], &summary["error"]), (Some(0), &0.into(), &Value::Null));
        assert_eq!(events(&again, "finding")[0]["code"], "nothing-to-do");
    }
    // The statement that it lacks is still written, and the same rule does not overlap itself.
    let with_statement = add(&["--statement"]);
    assert_says(&with_statement, 0, &["Allow account 111122223333 to replicate", "written and read back"]);
    assert!(!told(&with_statement).1.contains("already sends"), "{}", told(&with_statement).1);
    let done = add(&["--statement"]);
    assert_says(&done, 0, &["already allows this."]);
    let unknown = fresh.say(&["replication", "remove", A, "nope"]);
    assert_says(&unknown, 1, &["has no rule `nope`", "`longshore replication show 111122223333/us-west-2`"]);
    fresh.sandbox.kill();
}

#[test]
fn images_are_named_by_tag_or_by_digest_and_options_have_one_value_each() {
    let fresh = Fresh::new();
    let layout = fresh.home.path().join("layout");
    let digest = image::simple(&layout);
    let to = format!("{}/prod-app:1", fresh.sandbox.host(DEV, REGION));
    let state = fresh.state.to_str().unwrap();
    let from = format!("oci:{}:42", layout.display());
    assert_says(&fresh.say_aws(&["copy", &from, &to, "--state", state]), 0, &["1 copied"]);
    let status = |text: &str| fresh.say(&["replication", "status", &format!("{A}/{text}")]);
    assert_says(&status("prod-app:1"), 3, &[&digest, "replicates it nowhere"]);
    assert_says(&status(&format!("prod-app@{digest}")), 3, &[&digest, "replicates it nowhere"]);
    let forms = "ACCOUNT/REGION/REPOSITORY@sha256:…";
    for text in ["prod-app@sha256:12", "prod-app:1:2", "prod-app:", "Prod", "prod-app@1"] {
        assert_says(&status(text), 2, &[forms, "64 digits"]);
    }
    let none = format!("prod-app@sha256:{}", "0".repeat(64));
    assert_eq!(status(&none).code, Some(1));

    let two = fresh.say_aws(&["account", "add", "--profile", "dev", "--region", "us-west-2", "us-east-2"]);
    assert_says(&two, 2, &["Give it again for each further one: --region us-east-2"]);
    let region = fresh.say(&["replication", "show", "111122223333/US-WEST-2"]);
    assert_says(&region, 2, &["is not ACCOUNT/REGION, such as 111122223333/us-west-2."]);
    let unknown =
        fresh.say(&["replication", "add", A, "--to", "444455556666/us-west-9", "--prefix", "x-", "--plan"]);
    assert_says(&unknown, 2, &["did you mean `us-west-1`?"]);
    assert!(!told(&unknown).1.contains("?."), "{}", told(&unknown).1);
    fresh.sandbox.kill();
}

#[test]
fn a_file_of_certificates_that_cannot_be_used_is_named_and_not_called_an_endpoint_out_of_reach() {
    let world = World::new(&[("dev", DEV)]);
    let missing = world.home.path().join("missing.pem");
    let missing = missing.to_str().unwrap();
    let no_certificate = world.home.path().join("notes.pem");
    fs::write(&no_certificate, "notes").unwrap();
    let text = fs::read_to_string(world.home.path().join(".aws/config")).unwrap();
    for (file, problem) in [(missing, "no such file"), (no_certificate.to_str().unwrap(), "no certificate")] {
        world.configure(&format!("{text}ca_bundle = {file}\n"));
        let said = world.say(&["account", "add", "--profile", "dev", "--json"]);
        let error = &said.summary()["error"];
        assert_eq!((&error["code"], &error["side"]), (&"ca-file".into(), &"this_machine".into()), "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(file) && message.contains(problem), "{message}");
    }
    world.configure(&text);
    world.summary(&["account", "add", "--profile", "dev", "--json"]);
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let mut command = world.longshore.command(&["account", "check", "--json"]);
        command.env("LONGSHORE_SECRETS", "memory").env_remove("SSL_CERT_DIR").env(variable, missing);
        let said = Said::of(&command.output().unwrap());
        let account = &events(&said, "account")[0];
        assert_eq!((said.code, &account["problem"]["code"]), (Some(1), &"ca-file".into()), "{account}");
    }
}
