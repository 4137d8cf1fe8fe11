//! Copies into ECR: the sandbox in a separate process.

use longshore_tests::aws::Served;

use super::world::World;

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

#[test]
fn into_ecr_with_all_that_is_odd_about_it() {
    let world = World::new();
    let source = world.source("team/app");
    let digests: Vec<String> = (0..12).map(|tag| world.push(&source, &tag.to_string())).collect();
    let (index, _) = world.push_index(&source, "index");
    let state = world.path("state");
    let switches =
        ["throttling", "multi-patch-broken", "referrers-refused", "principals-rewritten", "token-life=2s"];
    let sandbox = Served::with(&state, "0ms", &switches);
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    let to = format!("{host}/mirror/app");

    let summary = world.longshore.summary(&["copy", &source, &to, "--json", "--state", &state]);
    assert_eq!((&summary["copied"], &summary["failed"]), (&13.into(), &0.into()));
    let aws = sandbox.aws(DEV, REGION);
    let images = aws.ecr(&["describe-images", "--repository-name=mirror/app"]);
    let images = images["imageDetails"].as_array().unwrap();
    for digest in digests.iter().chain([&index]) {
        assert!(images.iter().any(|image| image["imageDigest"] == digest.as_str()), "{digest} is missing");
    }
    world.skopeo.login(&host, &aws.login_password());
    assert_eq!(world.skopeo.digest(&format!("{to}:index")), index);

    let again = world.longshore.summary(&["copy", &source, &to, "--json", "--state", &state]);
    assert_eq!((&again["skipped"], &again["bytes_moved"]), (&13.into(), &0.into()));
    let verified = world.longshore.summary(&[
        "verify",
        &to,
        "--against",
        &source,
        "--deep",
        "--json",
        "--state",
        &state,
    ]);
    assert_eq!((&verified["images"], &verified["missing"]), (&13.into(), &0.into()), "{verified}");
}

#[test]
fn from_one_account_to_another_and_out_again() {
    let world = World::new();
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let (dev, prod) = (sandbox.host(DEV, REGION), sandbox.host(PROD, REGION));
    let digest = world.push(&world.source("app"), "1");
    let hop = |from: &str, to: &str| {
        world.longshore.summary(&["copy", from, to, "--json", "--state", &state]);
    };
    hop(&world.source("app:1"), &format!("{dev}/dev/app:1"));
    hop(&format!("{dev}/dev/app:1"), &format!("{prod}/prod/app:2"));
    hop(&format!("{prod}/prod/app:2"), &world.destination("back:3"));
    assert_eq!(world.skopeo.digest(&world.destination("back:3")), digest);
}

#[test]
fn an_ecr_registry_whose_account_nobody_connected_is_told() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let to = "999988887777.dkr.ecr.us-west-2.amazonaws.com/app";
    let said = world.longshore.say(&["copy", &world.source("app:1"), to]);
    assert_eq!(said.code, Some(1), "{}", said.error);
    assert!(said.error.contains("999988887777/us-west-2"), "{}", said.error);
}
