//! The administrator's journey at moto, a model of ECR that others wrote, with two accounts through
//! AssumeRole. moto replicates no images and checks no permissions.

use longshore_tests::{aws::Aws, moto::Moto};

use super::*;

#[test]
fn an_administrator_sets_replication_up_between_two_accounts_by_their_roles() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), profiles(&moto.endpoint)).unwrap();
    let summary = |arguments: &[&str]| {
        let said = say(&longshore, arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    };
    for (profile, name, account) in [("dev", "Dev", DEV), ("prod", "Prod", PROD)] {
        let added = summary(&["account", "add", "--profile", profile, "--name", name, "--json"]);
        assert_eq!(added["account"]["id"], account);
        assert!(added["account"]["principal"].as_str().unwrap().contains("assumed-role/"), "{added}");
    }
    let (dev, prod) = (moto.aws(&role(DEV), REGION), moto.aws(&role(PROD), REGION));
    // What another team wrote is kept.
    let theirs = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
        "Action": ["ecr:ReplicateImage"], "Resource": [format!("arn:aws:ecr:{REGION}:{PROD}:repository/theirs/*")],
    }]});
    prod.ecr(&["put-registry-policy", "--policy-text", &theirs.to_string()]);

    let add = [
        "replication",
        "add",
        "Dev/us-west-2",
        "--to",
        "Prod/us-west-2",
        "--prefix",
        "prod-microservice",
        "--statement",
    ];
    let with = |more: &[&'static str]| [&add[..], more].concat();
    let planned = summary(&with(&["--plan", "--json"]));
    assert_eq!(
        (&planned["before"], &planned["confirm"]),
        (&serde_json::json!({"rules": []}), &"Prod".into())
    );
    assert_eq!(rules(&dev), serde_json::json!([]), "a plan writes nothing");
    assert_eq!(policy(&prod), theirs);

    let done = summary(&with(&["--confirm", "Prod", "--json"]));
    assert_eq!(done["state"], "done");
    assert_eq!(rules(&dev), planned["after"]["rules"]);
    let statements = policy(&prod)["Statement"].as_array().unwrap().clone();
    assert_eq!((statements.len(), &statements[0]), (2, &theirs["Statement"][0]));
    assert_eq!(statements[1]["Principal"]["AWS"], format!("arn:aws:iam::{DEV}:root"));
    assert_eq!(
        statements[1]["Resource"],
        serde_json::json!([format!("arn:aws:ecr:{REGION}:{PROD}:repository/prod-microservice*")])
    );
    let shown = summary(&["replication", "show", "Dev/us-west-2", "--json"]);
    assert_eq!(shown["document"]["rules"], rules(&dev));
    assert_eq!(summary(&["policy", "show", "Prod/us-west-2", "--json"])["document"], policy(&prod));

    // The 26th destination is refused before it is sent.
    let regions: Vec<String> =
        (0..26).map(|number| format!("{}/us-west-2", 100_000_000_000_u64 + number)).collect();
    let too_many: Vec<&str> = regions.iter().flat_map(|place| ["--to", place]).collect();
    let refused =
        say(&longshore, &[&["replication", "add", "Dev/us-west-2"], &too_many[..], &["--json"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.text);
    assert_eq!(rules(&dev), planned["after"]["rules"]);

    let rule = shown["rules"][0]["id"].as_str().unwrap();
    let removed = summary(&["replication", "remove", "Dev/us-west-2", rule, "--json"]);
    assert_eq!(removed["after"]["rules"], rules(&dev));
    assert_eq!(rules(&dev), serde_json::json!([]));
}

pub(super) fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/replication-administrator")
}

/// A key, and a role in each account that it assumes.
pub(super) fn profiles(endpoint: &str) -> String {
    let of = |name: &str, account: &str| {
        let role = role(account);
        format!(
            "[profile {name}]\nregion = {REGION}\nendpoint_url = {endpoint}\nrole_arn = {role}\nsource_profile = base\n"
        )
    };
    let base = format!(
        "[profile base]\nregion = {REGION}\nendpoint_url = {endpoint}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n"
    );
    base + &of("dev", DEV) + &of("prod", PROD)
}

fn rules(aws: &Aws) -> Value {
    aws.ecr(&["describe-registry"])["replicationConfiguration"]["rules"].clone()
}

fn policy(aws: &Aws) -> Value {
    serde_json::from_str(aws.ecr(&["get-registry-policy"])["policyText"].as_str().unwrap()).unwrap()
}
