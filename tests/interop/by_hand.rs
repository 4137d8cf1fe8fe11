//! J1 by hand: `longshore sandbox serve`, the AWS CLI and skopeo.

use std::time::{Duration, Instant};

use longshore_tests::{aws::Served, image, skopeo::Skopeo};
use serde_json::{Value, json};

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

fn statement() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [format!("arn:aws:ecr:{REGION}:{PROD}:repository/prod-microservice*")],
    }]})
}

fn rule() -> Value {
    json!({"rules": [{
        "destinations": [{"region": REGION, "registryId": PROD}],
        "repositoryFilters": [{"filter": "prod-microservice", "filterType": "PREFIX_MATCH"}],
    }]})
}

/// The replication status of `prod-microservice:21`, once it is no longer in progress.
fn status(dev: &longshore_tests::aws::Aws) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = dev.ecr(&[
            "describe-image-replication-status",
            "--repository-name=prod-microservice",
            "--image-id=imageTag=21",
        ]);
        let status = answer["replicationStatuses"][0]["status"].as_str().unwrap_or("none").to_owned();
        if !["IN_PROGRESS", "none"].contains(&status.as_str()) || Instant::now() > deadline {
            return status;
        }
    }
}

#[test]
fn a_build_is_promoted_in_dev_and_arrives_in_prod() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("image");
    let pushed = image::simple(&layout);
    let sandbox = Served::new(&directory.path().join("state"), "300ms");
    let (dev, prod) = (sandbox.aws(DEV, REGION), sandbox.aws(PROD, REGION));
    let (dev_host, prod_host) = (sandbox.host(DEV, REGION), sandbox.host(PROD, REGION));

    for name in ["dev-microservice", "prod-microservice"] {
        dev.ecr(&["create-repository", "--repository-name", name]);
    }
    prod.ecr(&["put-registry-policy", "--policy-text", &statement().to_string()]);
    dev.ecr(&["put-replication-configuration", "--replication-configuration", &rule().to_string()]);

    let skopeo = Skopeo::new(directory.path());
    skopeo.login(&dev_host, &dev.login_password());
    skopeo.login(&prod_host, &prod.login_password());
    skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{dev_host}/dev-microservice:42"));
    skopeo.copy(
        &format!("docker://{dev_host}/dev-microservice:42"),
        &format!("docker://{dev_host}/prod-microservice:21"),
    );

    assert_eq!(status(&dev), "COMPLETE");
    assert_eq!(skopeo.digest(&format!("{prod_host}/prod-microservice:21")), pushed);
    let names = prod.ecr(&["describe-repositories", "--query", "repositories[].repositoryName"]);
    assert_eq!(names, json!(["prod-microservice"]), "nothing of dev-microservice is in Prod");
}

#[test]
fn without_the_statement_it_fails_and_mending_the_policy_heals_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("image");
    image::simple(&layout);
    let sandbox = Served::new(&directory.path().join("state"), "50ms");
    let (dev, prod) = (sandbox.aws(DEV, REGION), sandbox.aws(PROD, REGION));
    let dev_host = sandbox.host(DEV, REGION);
    dev.ecr(&["create-repository", "--repository-name=prod-microservice"]);
    dev.ecr(&["put-replication-configuration", "--replication-configuration", &rule().to_string()]);
    let skopeo = Skopeo::new(directory.path());
    skopeo.login(&dev_host, &dev.login_password());
    skopeo
        .copy(&format!("oci:{}:42", layout.display()), &format!("docker://{dev_host}/prod-microservice:21"));

    assert_eq!(status(&dev), "FAILED");
    prod.ecr(&["put-registry-policy", "--policy-text", &statement().to_string()]);
    assert_eq!(status(&dev), "FAILED");
}

#[test]
fn everything_acknowledged_survives_a_kill_and_replication_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("image");
    let pushed = image::simple(&layout);
    let state = directory.path().join("state");
    let sandbox = Served::new(&state, "2s");
    let (dev, prod) = (sandbox.aws(DEV, REGION), sandbox.aws(PROD, REGION));
    let dev_host = sandbox.host(DEV, REGION);
    dev.ecr(&["create-repository", "--repository-name=prod-microservice"]);
    prod.ecr(&["put-registry-policy", "--policy-text", &statement().to_string()]);
    dev.ecr(&["put-replication-configuration", "--replication-configuration", &rule().to_string()]);
    let skopeo = Skopeo::new(directory.path());
    skopeo.login(&dev_host, &dev.login_password());
    skopeo
        .copy(&format!("oci:{}:42", layout.display()), &format!("docker://{dev_host}/prod-microservice:21"));
    sandbox.kill();

    let sandbox = Served::new(&state, "2s");
    assert_eq!(sandbox.host(DEV, REGION), dev_host, "pushed references stay valid");
    let dev = sandbox.aws(DEV, REGION);
    assert_eq!(skopeo.digest(&format!("{dev_host}/prod-microservice:21")), pushed);
    assert_eq!(status(&dev), "COMPLETE");
}
