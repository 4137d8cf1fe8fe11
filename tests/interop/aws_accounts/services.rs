//! IAM and KMS, which the doctor asks: the AWS CLI as a witness of the sandbox, and where they answer.

use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/administrator";
const ADD: [&str; 8] = [
    "replication",
    "add",
    "111122223333/us-west-2",
    "--to",
    "444455556666/us-west-2",
    "--prefix",
    "prod-",
    "--statement",
];

#[test]
fn the_aws_cli_reads_the_answers_of_iam_and_kms() {
    let world = World::new(&[("dev", DEV)]);
    let dev = world.aws.aws(DEV, REGION);
    dev.assume_role("arn:aws:iam::111122223333:role/team/deployer");
    let role = dev.call(&["iam", "get-role", "--role-name", "deployer"]);
    assert_eq!(role["Role"]["Arn"], "arn:aws:iam::111122223333:role/team/deployer");
    let simulated = dev.call(&[
        "iam",
        "simulate-principal-policy",
        "--policy-source-arn",
        USER,
        "--action-names",
        "ecr:PutImage",
        "ecr:PutRegistryPolicy",
    ]);
    let results = simulated["EvaluationResults"].as_array().unwrap();
    let decisions: Vec<_> =
        results.iter().map(|one| (&one["EvalActionName"], &one["EvalDecision"])).collect();
    let allowed = Value::from("allowed");
    assert_eq!(decisions, [(&"ecr:PutImage".into(), &allowed), (&"ecr:PutRegistryPolicy".into(), &allowed)]);
    let key = "arn:aws:kms:us-west-2:111122223333:key/abc";
    let described = dev.call(&["kms", "describe-key", "--key-id", key]);
    assert_eq!(
        (&described["KeyMetadata"]["Arn"], &described["KeyMetadata"]["KeyState"]),
        (&key.into(), &"Enabled".into())
    );
}

#[test]
fn the_doctor_asks_iam_where_the_profile_says() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    world.summary(&[ADD.as_slice(), &["--confirm", "Prod", "--json"]].concat());
    let doctor = |id: &str| {
        let said = world.say(&["doctor", "Dev/us-west-2", "--json"]);
        let found = events(&said, "check").into_iter().find(|check| check["id"] == id);
        found.unwrap_or_else(|| panic!("no {id}: {} {}", said.text, said.error))
    };
    let asked = doctor("permission");
    assert_eq!(asked["state"], "ok", "{asked}");
    assert!(asked["evidence"].to_string().contains("simulated by IAM"), "{asked}");
    assert_eq!(doctor("service-role")["state"], "ok");

    // IAM of the profile is where nothing listens; ECR and STS stay where they are.
    let services = "services = elsewhere\n";
    let iam = "[services elsewhere]\niam =\n  endpoint_url = http://127.0.0.1:9\n";
    let dev = world.profile("dev", DEV);
    world.configure(&format!("{dev}{services}{}{iam}", world.profile("prod", PROD)));
    let unknown = doctor("service-role");
    assert_eq!(unknown["state"], "unknown", "{unknown}");
    assert!(unknown["text"].as_str().unwrap().contains("cannot be reached"), "{unknown}");
}
