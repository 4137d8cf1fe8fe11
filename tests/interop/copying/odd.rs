//! Copies into ECR and out again, with all of its oddities turned on.

use longshore_tests::{
    aws::Served,
    plain::{Content, Plain},
};

use super::{
    referrers::{attach, referrers},
    world::{World, documented},
};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";
/// Every switch, set to the opposite of its default, except the refusal of referrers. The 307 for
/// layers cannot be turned off.
const ODD: [&str; 9] = [
    "throttling",
    "token-life=3s",
    "blob-mounting=on",
    "multi-patch-broken",
    "referrers-replicate=off",
    "tag-only-put-replicates=off",
    "configuration-delay=1s",
    "principals-rewritten",
    "round-trip=30ms",
];

/// Content that a team pushed: an index, images, a signature with cosign's tag, and referrers of
/// the index and of one of its images.
struct Pushed {
    world: World,
    index: String,
    child: String,
    sbom: String,
    of_child: String,
    content: Content,
}

async fn pushed() -> Pushed {
    longshore_tests::tls();
    let world = World::new();
    let source = world.source("app");
    let (index, images) = world.push_index(&source, "1");
    (2..14).for_each(|tag| {
        world.push(&source, &tag.to_string());
    });
    world.push(&source, &format!("{}.sig", index.replace(':', "-")));
    let content = Plain::new(&world.from.host).walk("app");
    let sbom = attach(&world.from.host, "app", "1", "application/spdx+json").await.to_string();
    let child = images[0].clone();
    let of_child = attach(&world.from.host, "app", &child, "application/vnd.example.signature").await;
    Pushed { world, index, child, sbom, of_child: of_child.to_string(), content }
}

/// Every tag that was pushed exists with all of its content.
fn has_all(there: &Content, pushed: &Content) {
    for (tag, digest) in &pushed.tags {
        assert_eq!(there.tags.get(tag), Some(digest), "{tag}");
    }
    assert!(pushed.manifests.is_subset(&there.manifests));
    assert!(pushed.blobs.keys().all(|blob| there.blobs.contains_key(blob)));
}

#[tokio::test]
async fn an_index_with_referrers_goes_there_and_back_with_everything_turned_on() {
    let Pushed { world, index, child, sbom, of_child, content } = pushed().await;
    let state = world.path("state");
    let sandbox = Served::with(&state, "0ms", &ODD);
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    let ecr = format!("{host}/mirror/app");
    let say = |arguments: &[&str]| {
        let summary = world.longshore.summary(&[arguments, &["--json", "--state", &state]].concat());
        assert!(summary.get("failed").is_none_or(|failed| *failed == 0), "{summary}");
        summary
    };
    say(&["copy", &world.source("app"), &ecr, "--referrers"]);
    let verified = say(&["verify", &ecr, "--referrers", "--deep"]);
    assert_eq!((&verified["missing"], &verified["mismatched"]), (&0.into(), &0.into()));
    let aws = sandbox.aws(DEV, REGION);
    has_all(&Plain::of_ecr(&host, &aws).walk("mirror/app"), &content);

    // A second copy transfers nothing, a copy into another repository uploads nothing; then back.
    assert_eq!(say(&["copy", &world.source("app"), &ecr, "--referrers"])["bytes_moved"], 0);
    let beside = format!("{host}/beside");
    assert_eq!(say(&["copy", &ecr, &beside, "--referrers"])["bytes_moved"], 0);
    let back = world.destination("back");
    say(&["copy", &beside, &back, "--referrers"]);
    has_all(&Plain::new(&world.to.host).walk("back"), &content);
    assert_eq!(referrers(&world.to.host, "back", &index).await, [sbom]);
    assert_eq!(referrers(&world.to.host, "back", &child).await, [of_child]);
    say(&["verify", &format!("{back}:1"), "--referrers", "--deep", "--against", &format!("{ecr}:1")]);
}

const RULE: &str = "
version: 1
rules:
  - name: there
    source:
      registry: FROM
      repositories: [{exact: app}]
      referrers: where-possible
    destinations:
      - registry: ECR
";

#[tokio::test]
async fn where_referrers_are_refused_too_the_images_arrive_and_the_loss_is_told() {
    let Pushed { world, sbom, of_child, content, .. } = pushed().await;
    let state = world.path("state");
    let sandbox = Served::with(&state, "0ms", &[&ODD[..], &["referrers-refused"]].concat());
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    let rules = world.rules(&RULE.replace("registry: ECR", &format!("registry: {host}")));
    let said = world.longshore.say(&["sync", &rules, "--json", "--state", &state]);
    assert_eq!((said.code, &said.summary()["failed"]), (Some(0), &0.into()), "{}{}", said.text, said.error);
    documented("sync", &said);
    let events = said.events();
    let mut refused: Vec<&str> = events
        .iter()
        .filter(|event| event["event"] == "referrer_refused")
        .map(|event| event["digest"].as_str().unwrap())
        .collect();
    refused.sort_unstable();
    let mut expected = [sbom.as_str(), of_child.as_str()];
    expected.sort_unstable();
    assert_eq!(refused, expected);
    let aws = sandbox.aws(DEV, REGION);
    has_all(&Plain::of_ecr(&host, &aws).walk("app"), &content);
    world.longshore.summary(&["verify", &format!("{host}/app"), "--deep", "--json", "--state", &state]);
}
