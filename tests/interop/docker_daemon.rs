//! J1 with Docker's own daemon: log in, build, tag, push, replicate, pull. Where the daemon cannot
//! start, the tests say that they were skipped, and why.

use std::{fs, process::Command};

use longshore_tests::{
    aws::Served,
    docker::Docker,
    process::{built, run},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

/// The daemon, with its data folder. For `None` the reason was printed.
#[allow(clippy::print_stdout)] // a test that does not run says so
fn docker(test: &str) -> Option<(Docker, TempDir)> {
    let directory = tempfile::tempdir().unwrap();
    match Docker::start(directory.path()) {
        Ok(docker) => Some((docker, directory)),
        Err(reason) => {
            println!("SKIPPED {test}: {reason}");
            None
        }
    }
}

/// Builds an image from scratch with one file, and returns its name.
fn build(docker: &Docker, directory: &TempDir, name: &str) {
    let context = directory.path().join(name);
    fs::create_dir(&context).unwrap();
    fs::write(context.join("Dockerfile"), "FROM scratch\nLABEL git-commit=4f2a\nCOPY hello /hello\n")
        .unwrap();
    fs::write(context.join("hello"), format!("hello from {name}\n")).unwrap();
    docker.run(&["build", "--quiet", "--tag", name, context.to_str().unwrap()]);
}

fn replicate(sandbox: &Served) {
    let statement = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [format!("arn:aws:ecr:{REGION}:{PROD}:repository/prod-microservice*")],
    }]});
    let rule = json!({"rules": [{
        "destinations": [{"region": REGION, "registryId": PROD}],
        "repositoryFilters": [{"filter": "prod-microservice", "filterType": "PREFIX_MATCH"}],
    }]});
    let (dev, prod) = (sandbox.aws(DEV, REGION), sandbox.aws(PROD, REGION));
    for name in ["dev-microservice", "prod-microservice"] {
        dev.ecr(&["create-repository", "--repository-name", name]);
    }
    prod.ecr(&["put-registry-policy", "--policy-text", &statement.to_string()]);
    dev.ecr(&["put-replication-configuration", "--replication-configuration", &rule.to_string()]);
}

/// The replication status of `prod-microservice:21`, once it is no longer in progress.
fn status(sandbox: &Served) -> Value {
    let dev = sandbox.aws(DEV, REGION);
    let ask = [
        "describe-image-replication-status",
        "--repository-name=prod-microservice",
        "--image-id=imageTag=21",
    ];
    loop {
        // The CLI takes most of a second; the sandbox replicates at once.
        let answer = dev.ecr(&ask);
        let status = &answer["replicationStatuses"][0]["status"];
        if status != "IN_PROGRESS" {
            return status.clone();
        }
    }
}

#[test]
fn docker_builds_in_dev_and_pulls_the_replica_from_prod() {
    let Some((docker, directory)) = docker("docker_builds_in_dev_and_pulls_the_replica_from_prod") else {
        return;
    };
    let state = directory.path().join("state");
    let sandbox = Served::new(&state, "0ms");
    replicate(&sandbox);
    let (dev, prod) = (sandbox.host(DEV, REGION), sandbox.host(PROD, REGION));
    for host in [&dev, &prod] {
        let mut login = Command::new(built("longshore"));
        login.args(["login", host, "--client", "docker", "--state"]).arg(&state);
        run(docker.environment(login.env("LONGSHORE_DATA_DIR", directory.path())));
    }

    build(&docker, &directory, "microservice");
    let pushed = format!("{dev}/dev-microservice");
    docker.run(&["tag", "microservice", &format!("{pushed}:42")]);
    docker.run(&["push", "--quiet", &format!("{pushed}:42")]);
    let digest = docker.digest(&pushed, "42");
    docker.run(&["rmi", "microservice", &format!("{pushed}:42")]);
    docker.run(&["pull", "--quiet", &format!("{pushed}:42")]);
    assert_eq!(docker.digest(&pushed, "42"), digest);

    let promoted = format!("{dev}/prod-microservice");
    docker.run(&["tag", &format!("{pushed}:42"), &format!("{promoted}:21")]);
    docker.run(&["push", "--quiet", &format!("{promoted}:21")]);
    assert_eq!(docker.digest(&promoted, "21"), digest, "the same image");
    assert_eq!(status(&sandbox), "COMPLETE");
    // No local copy is left that Prod's layer could be taken from.
    docker.run(&["rmi", &format!("{pushed}:42"), &format!("{promoted}:21")]);
    let replica = format!("{prod}/prod-microservice");
    docker.run(&["pull", "--quiet", &format!("{replica}:21")]);
    assert_eq!(docker.digest(&replica, "21"), digest);
    let label = "{{index .Config.Labels \"git-commit\"}}";
    assert_eq!(docker.run(&["image", "inspect", "--format", label, &format!("{replica}:21")]), "4f2a");
    let said = docker.refused(&["pull", &format!("{prod}/dev-microservice:42")]);
    assert!(said.contains("dev-microservice"), "nothing of it is in Prod: {said}");
}

#[test]
fn docker_by_the_name_localhost_logs_in_pushes_and_pulls() {
    let Some((docker, directory)) = docker("docker_by_the_name_localhost_logs_in_pushes_and_pulls") else {
        return;
    };
    let sandbox = Served::new(&directory.path().join("state"), "0ms");
    let dev = sandbox.aws(DEV, REGION);
    dev.ecr(&["create-repository", "--repository-name=app"]);
    let host = sandbox.host(DEV, REGION).replace("127.0.0.1", "localhost");
    docker.login(&host, &dev.login_password());
    build(&docker, &directory, "app");
    let name = format!("{host}/app:1");
    docker.run(&["tag", "app", &name]);
    docker.run(&["push", "--quiet", &name]);
    let digest = docker.digest(&format!("{host}/app"), "1");
    docker.run(&["rmi", "app", &name]);
    docker.run(&["pull", "--quiet", &name]);
    assert_eq!(docker.digest(&format!("{host}/app"), "1"), digest);
}
