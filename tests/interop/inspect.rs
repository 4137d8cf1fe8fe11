//! `longshore tags` and `longshore inspect`, and the referrers that a copy leaves behind.

use longshore_tests::{
    aws::Served,
    image::{self, Layout},
};
use serde_json::{Value, json};

use crate::copying::{
    referrers::attach,
    world::{World, documented},
};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

fn events(world: &World, part: &str, arguments: &[&str]) -> (Vec<Value>, Value) {
    let said = world.longshore.say(&[&[part][..], arguments, &["--json"][..]].concat());
    assert_eq!(said.code, Some(0), "{part} {arguments:?}: {}{}", said.text, said.error);
    documented(part, &said);
    let mut events = said.events();
    let summary = events.pop().unwrap();
    (events, summary)
}

#[test]
fn tags_are_listed_in_every_kind_of_place() {
    let world = World::new();
    let source = world.source("team/app");
    let digests: Vec<String> = ["2", "1"].map(|tag| world.push(&source, tag)).to_vec();
    let (tags, summary) = events(&world, "tags", &[&source]);
    assert_eq!(tags, [json!({"tag": "1", "event": "tag"}), json!({"tag": "2", "event": "tag"})]);
    assert_eq!((&summary["repository"], &summary["tags"]), (&source.as_str().into(), &2.into()));

    // One tag, and the tags with one digest; digests are shown even if the list has none.
    let (tags, _) = events(&world, "tags", &[&format!("{source}:2")]);
    assert_eq!(tags, [json!({"tag": "2", "digest": digests[0], "event": "tag"})]);
    let (tags, _) = events(&world, "tags", &[&format!("{source}@{}", digests[1])]);
    assert_eq!(tags, [json!({"tag": "1", "digest": digests[1], "event": "tag"})]);

    let layout = format!("oci:{}", world.path("layout").display());
    world.longshore.summary(&["copy", &source, &layout, "--json"]);
    let (tags, summary) = events(&world, "tags", &[&layout]);
    assert_eq!(tags[0], json!({"tag": "1", "digest": digests[1], "event": "tag"}));
    assert_eq!((&summary["repository"], &summary["tags"]), (&layout.as_str().into(), &2.into()));

    image::simple(&world.path("in"));
    let archive = world.path("app.tar").display().to_string();
    let from = format!("oci:{}:42", world.path("in").display());
    world.skopeo.copy_as("v2s2", &from, &format!("docker-archive:{archive}:registry.example.com/team/app:7"));
    let (tags, _) = events(&world, "tags", &[&format!("docker-archive:{archive}")]);
    assert_eq!((&tags[0]["repository"], &tags[0]["tag"]), (&"team/app".into(), &"7".into()), "{tags:?}");

    let text = world.longshore.say(&["tags", &layout]).text;
    assert_eq!(text, format!("1  {}\n2  {}\n", digests[1], digests[0]));
    let gone = world.longshore.say(&["tags", &format!("{source}:gone"), "--json"]);
    documented("tags", &gone);
    assert_eq!((gone.code, &gone.summary()["error"]["code"]), (Some(1), &"source-missing".into()));
    let nothing = world.longshore.say(&["tags", &world.source("none")]);
    assert_eq!(nothing.code, Some(1), "{}", nothing.error);
}

#[test]
fn names_that_a_list_holds_and_no_registry_may_have_are_named() {
    let world = World::new();
    let source = world.source("team/app");
    world.push(&source, "1");
    world.from.plant_tag("team/app", "1", "-odd name");
    for part in ["tags", "inspect", "verify"] {
        let (events, _) = events(&world, part, &[&source]);
        let notes: Vec<_> = events.iter().filter(|event| event["event"] == "note").collect();
        assert!(
            notes.len() == 1 && notes[0]["message"].to_string().contains("-odd name"),
            "{part}: {events:?}"
        );
        let said = world.longshore.say(&[part, &source]);
        assert!(said.error.contains("-odd name"), "{part}: {}", said.error);
    }
}

#[tokio::test]
async fn an_image_is_shown_with_its_platforms_layers_labels_and_referrers() {
    longshore_tests::tls();
    let world = World::new();
    let (index, images) = world.push_index(&world.source("app"), "1");
    let sbom = attach(&world.from.host, "app", "1", "application/spdx+json").await;
    let reference = world.source("app:1");
    let (shown, summary) = events(&world, "inspect", &[&reference]);
    assert_eq!((&summary["images"], &summary["counts_as_pull"]), (&3.into(), &false.into()));
    assert_eq!(
        (&shown[0]["digest"], &shown[0]["reference"]),
        (&index.as_str().into(), &reference.as_str().into())
    );
    assert_eq!(shown[0]["platforms"], json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(shown[0]["manifests"].as_array().unwrap().len(), 2);
    let referrers = &shown[0]["referrers"][0];
    assert_eq!(
        (&referrers["digest"], &referrers["artifact_type"]),
        (&sbom.to_string().into(), &"application/spdx+json".into())
    );
    for (event, (digest, platform)) in
        shown[1..].iter().zip(images.iter().zip(["linux/amd64", "linux/arm64"]))
    {
        assert_eq!((&event["digest"], &event["index"]), (&digest.as_str().into(), &index.as_str().into()));
        assert_eq!(event["platforms"], json!([platform]));
        assert_eq!(event["created"], "2026-01-02T03:04:05Z");
        let layers = event["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 2);
        assert!(layers.iter().all(|layer| layer["size"].as_u64() > Some(0)), "{layers:?}");
    }
    let text = world.longshore.say(&["inspect", &reference]).text;
    for expected in
        [reference.as_str(), &index, &images[0], "linux/arm64", " kB", "referrers", "application/spdx+json"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }

    // The same from a directory and from an archive.
    let layout = format!("oci:{}", world.path("layout").display());
    world.longshore.summary(&["copy", &reference, &layout, "--json"]);
    let (from_layout, _) = events(&world, "inspect", &[&format!("{layout}:1")]);
    assert_eq!((&from_layout[0]["digest"], from_layout.len()), (&index.as_str().into(), 3));
    image::simple(&world.path("in"));
    let archive = world.path("app.tar").display().to_string();
    let from = format!("oci:{}:42", world.path("in").display());
    world.skopeo.copy_as("v2s2", &from, &format!("docker-archive:{archive}:team/app:7"));
    let (from_archive, _) = events(&world, "inspect", &[&format!("docker-archive:{archive}")]);
    assert_eq!(from_archive[0]["platforms"], json!(["linux/amd64"]), "{from_archive:?}");

    let gone = world.longshore.say(&["inspect", &world.source("app:gone"), "--json"]);
    documented("inspect", &gone);
    assert_eq!((gone.code, &gone.summary()["not_looked_at"]), (Some(1), &1.into()));
}

#[test]
fn what_a_label_says_stays_on_its_line() {
    let world = World::new();
    let directory = world.path("in");
    let mut layout = Layout::new(&directory);
    let labels = json!({"title": "one\ntwo\u{1b}[2J\u{202e}x", "long": "x".repeat(5_000)});
    let image = layout.image("amd64", &[b"content"], labels.clone());
    layout.tag(image, "1");
    let reference = format!("oci:{}:1", directory.display());
    let said = world.longshore.say(&["inspect", &reference]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    assert!(!said.text.contains(['\u{1b}', '\u{202e}']), "{:?}", said.text);
    assert!(said.text.lines().all(|line| line.chars().count() < 300), "{}", said.text);
    let title = said.text.lines().find(|line| line.contains("title=")).unwrap();
    assert!(title.contains("two"), "{title}");
    let (shown, _) = events(&world, "inspect", &[&reference]);
    assert_eq!(shown[0]["labels"], labels, "programs get the exact text");
}

#[test]
fn on_ecr_a_list_is_no_pull_and_a_look_says_that_it_is_one() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let to = format!("{}/app", sandbox.host(DEV, REGION));
    world.longshore.summary(&["copy", &world.source("app:1"), &to, "--json", "--state", &state]);
    let aws = sandbox.aws(DEV, REGION);
    let pulled = || {
        let images = aws.ecr(&["describe-images", "--repository-name=app"]);
        images["imageDetails"][0]["lastRecordedPullTime"].clone()
    };
    let before = pulled();
    let (tags, summary) = events(&world, "tags", &[&to, "--state", &state]);
    assert_eq!(tags, [json!({"tag": "1", "digest": digest, "event": "tag"})]);
    assert_eq!(summary["counts_as_pull"], false);
    assert_eq!(pulled(), before, "a list is not a pull");

    let reference = format!("{to}:1");
    let (shown, summary) = events(&world, "inspect", &[&reference, "--state", &state]);
    assert_eq!((&shown[0]["digest"], &summary["counts_as_pull"]), (&digest.as_str().into(), &true.into()));
    assert_ne!(pulled(), before, "reading an image is one");
    let said = world.longshore.say(&["inspect", &reference, "--state", &state]);
    assert!(said.error.contains("as pulls"), "{}", said.error);
    let help = world.longshore.say(&["inspect", "--help"]).text;
    assert!(help.contains("counts as a pull"), "{help}");
}

#[tokio::test]
async fn a_copy_says_how_many_referrers_stay_behind() {
    longshore_tests::tls();
    let world = World::new();
    world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let none = world.longshore.say(&["copy", &source, &world.destination("first")]);
    assert!(!none.text.contains("referrer"), "{}", none.text);

    attach(&world.from.host, "app", "1", "application/spdx+json").await;
    attach(&world.from.host, "app", "1", "application/vnd.example.signature").await;
    let planned = world.longshore.say(&["copy", &source, &to, "--plan"]);
    assert!(planned.text.contains("2 referrers"), "{}", planned.text);
    let said = world.longshore.say(&["copy", &source, &to]);
    assert!(said.text.contains("2 referrers") && said.text.contains("--referrers"), "{}", said.text);
    let other = world.destination("other");
    let said = world.longshore.say(&["copy", &source, &other, "--json"]);
    documented("copy", &said);
    assert_eq!(said.summary()["referrers_not_copied"], 2);
    let with =
        world.longshore.summary(&["copy", &source, &world.destination("with"), "--referrers", "--json"]);
    assert_eq!(with["referrers_not_copied"], 0);
    // A whole repository without the referrers API: the index that lists referrers is a tag, and is
    // copied.
    let whole = world.longshore.summary(&["copy", &world.source("app"), &world.destination("all"), "--json"]);
    assert_eq!(whole["referrers_not_copied"], 0);
}

#[test]
fn a_name_that_ecr_does_not_take_is_told_with_the_character_and_one_that_would_do() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    for (name, problem, near) in [
        ("Team/App", "`T` is upper case", "`team/app`"),
        ("team/app_", "`app_` must begin and end", "`team/app`"),
        ("a..b/c", "`a..b` must", "`a-b/c`"),
    ] {
        let to = format!("{host}/{name}");
        for plan in [&["--plan"][..], &[]] {
            let source = world.source("app:1");
            let copy = ["copy", source.as_str(), &to, "--json", "--state", &state];
            let said = world.longshore.say(&[&copy[..], plan].concat());
            documented("copy", &said);
            assert_eq!(said.code, Some(2), "{name}: {}{}", said.text, said.error);
            let error = said.summary()["error"].clone();
            assert_eq!(error["code"], "invalid-repository-name");
            let message = error["message"].as_str().unwrap();
            for expected in [name, problem, near] {
                assert!(message.contains(expected), "{expected}: {message}");
            }
            assert!(!message.contains("regular expression"), "{message}");
        }
    }
    let tag = format!("{host}/app:a+b");
    let said = world.longshore.say(&["copy", &world.source("app:1"), &tag, "--state", &state]);
    assert_eq!(said.code, Some(2), "{}", said.error);
    assert!(said.error.contains("`+` cannot be in a tag") && said.error.contains("`a-b`"), "{}", said.error);
    // Other registries have their own rules, and report violations themselves.
    let other = world.longshore.say(&["copy", &world.source("app:1"), &world.destination("a__b")]);
    assert_eq!(other.code, Some(0), "{}", other.error);
}
