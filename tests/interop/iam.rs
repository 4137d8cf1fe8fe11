//! IAM in the sandbox: what a group of developers may push and pull, with the AWS CLI and skopeo.

use longshore_tests::{
    aws::{Aws, Served},
    image,
    skopeo::Skopeo,
};
use serde_json::json;
use tempfile::TempDir;

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";
const GROUP: &str = "randserver-developers";
const POLICY: &str = "EcrPushPullRandserverDevelopers";

struct Bench {
    directory: TempDir,
    sandbox: Served,
    administrator: Aws,
    johndoe: Aws,
}

/// Two repositories, and johndoe, whose group pushes to and pulls from the first.
fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Served::new(&directory.path().join("state"), "0ms");
    let administrator = sandbox.aws(DEV, REGION);
    for name in ["randserver", "other"] {
        administrator.ecr(&["create-repository", "--repository-name", name]);
    }
    let iam = |arguments: &[&str]| administrator.call(&[&["iam"], arguments].concat());
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "PushPull", "Effect": "Allow", "Action": [
            "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
            "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:ListImages", "ecr:PutImage",
            "ecr:UploadLayerPart",
        ], "Resource": format!("arn:aws:ecr:{REGION}:{DEV}:repository/randserver")},
        {"Sid": "SignIn", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]});
    let created = iam(&["create-policy", "--policy-name", POLICY, "--policy-document", &policy.to_string()]);
    let arn = created["Policy"]["Arn"].as_str().unwrap();
    assert_eq!(arn, format!("arn:aws:iam::{DEV}:policy/{POLICY}"));
    iam(&["create-group", "--group-name", GROUP]);
    iam(&["attach-group-policy", "--group-name", GROUP, "--policy-arn", arn]);
    iam(&["create-user", "--user-name", "johndoe"]);
    iam(&["add-user-to-group", "--group-name", GROUP, "--user-name", "johndoe"]);
    let key = iam(&["create-access-key", "--user-name", "johndoe"]);
    let johndoe = sandbox.aws_of(&key, REGION);
    Bench { directory, sandbox, administrator, johndoe }
}

#[test]
fn johndoe_pushes_and_pulls_what_his_group_may_and_nothing_else() {
    let bench = bench();
    let path = |name: &str| bench.directory.path().join(name).display().to_string();
    let host = bench.sandbox.host(DEV, REGION);
    let at = |repository: &str| format!("docker://{host}/{repository}:1");
    let pushed = image::simple(&bench.directory.path().join("in"));
    let source = format!("oci:{}:42", path("in"));
    let skopeo = Skopeo::new(bench.directory.path());
    skopeo.login(&host, &bench.johndoe.login_password());
    skopeo.copy(&source, &at("randserver"));
    skopeo.copy(&at("randserver"), &format!("oci:{}:1", path("out")));
    assert_eq!(skopeo.digest(&format!("{host}/randserver:1")), pushed);
    // It asks for a layer with HEAD, whose answer has no words.
    let said = skopeo.copy_refused(&source, &at("other"));
    assert!(said.contains("destination repository other: 403 (Forbidden)"), "{said}");

    // The administrator pushes there, and johndoe does not pull it.
    let own = bench.directory.path().join("administrator");
    std::fs::create_dir(&own).unwrap();
    let administrator = Skopeo::new(&own);
    administrator.login(&host, &bench.administrator.login_password());
    administrator.copy(&source, &at("other"));
    let said = skopeo.copy_refused(&at("other"), &format!("oci:{}:2", path("none")));
    let words = "User: arn:aws:iam::111122223333:user/johndoe is not authorized to perform: ecr:BatchGetImage on \
                 resource: arn:aws:ecr:us-west-2:111122223333:repository/other because no identity-based policy \
                 allows the ecr:BatchGetImage action";
    assert!(said.contains(words), "{said}");

    // Out of the group, even his present password opens nothing.
    let leave = ["iam", "remove-user-from-group", "--group-name", GROUP, "--user-name", "johndoe"];
    bench.administrator.call(&leave);
    let said = skopeo.copy_refused(&at("randserver"), &format!("oci:{}:3", path("none")));
    assert!(said.contains("not authorized to perform: ecr:BatchGetImage"), "{said}");
}

#[test]
fn the_aws_cli_with_his_key_reads_what_his_group_may_and_nothing_else() {
    let bench = bench();
    let me = bench.johndoe.call(&["sts", "get-caller-identity"]);
    assert_eq!(me["Arn"], format!("arn:aws:iam::{DEV}:user/johndoe"));
    let images = |name| ["list-images", "--repository-name", name];
    assert_eq!(bench.johndoe.ecr(&images("randserver"))["imageIds"], json!([]));
    let said = bench.johndoe.ecr_refused(&images("other"));
    let words = "(AccessDeniedException) when calling the ListImages operation: User: \
                 arn:aws:iam::111122223333:user/johndoe is not authorized to perform: ecr:ListImages on resource: \
                 arn:aws:ecr:us-west-2:111122223333:repository/other because no identity-based policy allows \
                 the ecr:ListImages action";
    assert!(said.contains(words), "{said}");
    let said = bench.johndoe.ecr_refused(&["create-repository", "--repository-name", "new"]);
    assert!(said.contains("perform: ecr:CreateRepository"), "{said}");
    let said = bench.johndoe.refused(&["iam", "list-users"]);
    assert!(said.contains("(AccessDenied)") && said.contains("perform: iam:ListUsers"), "{said}");

    let simulated = bench.administrator.call(&[
        "iam",
        "simulate-principal-policy",
        "--policy-source-arn",
        me["Arn"].as_str().unwrap(),
        "--action-names",
        "ecr:PutImage",
        "ecr:DeleteRepository",
        "--resource-arns",
        "arn:aws:ecr:us-west-2:111122223333:repository/randserver",
    ]);
    let decisions: Vec<_> = simulated["EvaluationResults"].as_array().unwrap().iter().collect();
    assert_eq!(decisions[0]["EvalDecision"], "allowed");
    assert_eq!(decisions[0]["MatchedStatements"][0]["SourcePolicyId"], POLICY);
    assert_eq!(decisions[1]["EvalDecision"], "implicitDeny");
}
