//! Copies from one docker-registry to another.

use super::world::{World, documented};

#[test]
fn every_tag_of_a_repository_arrives_with_its_digest_and_the_second_time_costs_almost_nothing() {
    let world = World::new();
    let source = world.source("team/app");
    let digests: Vec<String> = ["1", "2", "3"].iter().map(|tag| world.push(&source, tag)).collect();

    let to = world.destination("mirror/app");
    let said = world.longshore.say(&["copy", &source, &to, "--json"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    documented("copy", &said);
    let summary = said.summary();
    assert_eq!(summary["copied"], 3);
    assert_eq!(summary["images"].as_array().unwrap().len(), 3);
    for (tag, digest) in ["1", "2", "3"].iter().zip(&digests) {
        assert_eq!(&world.skopeo.digest(&format!("{to}:{tag}")), digest);
    }
    assert_eq!(
        summary["proof"]["acknowledged"],
        3 * 5,
        "configuration, two layers, manifest and tag of each"
    );

    let again = world.longshore.summary(&["copy", &source, &to, "--json"]);
    assert_eq!(
        (&again["copied"], &again["skipped"], &again["bytes_moved"]),
        (&0.into(), &3.into(), &0.into())
    );
    // A list on each side, and one HEAD for each tag on each side.
    assert!(again["requests"].as_u64().unwrap() <= 2 + 2 * 3 + 1, "{again}");
}

#[test]
fn a_copy_between_plain_registries_opens_nothing_of_the_app() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app:1"));
    world.longshore.summary(&["copy", &source, &to, "--json"]);
    let files: Vec<String> = std::fs::read_dir(world.longshore.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(files.iter().all(|name| name.starts_with("journal.db")), "{files:?}");

    std::fs::remove_dir_all(world.longshore.data()).unwrap();
    let again = world.longshore.summary(&["copy", &source, &to, "--json"]);
    assert_eq!(again["skipped"], 1);
    assert!(!world.longshore.data().exists(), "nothing to do leaves no trace");
}

#[test]
fn an_index_is_copied_whole_and_one_platform_is_taken_out_of_it() {
    let world = World::new();
    let (index, images) = world.push_index(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    world.longshore.summary(&["copy", &source, &to, "--json"]);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), index);

    let one = format!("{to}:arm");
    let summary = world.longshore.summary(&["copy", &source, &one, "--platform", "linux/arm64", "--json"]);
    assert_eq!(world.skopeo.digest(&one), images[1]);
    assert_eq!(summary["images"][0]["digest"], images[1].as_str());

    let none = world.longshore.say(&["copy", &source, &one, "--platform", "linux/s390x"]);
    assert_eq!(none.code, Some(1), "{}", none.text);
    assert!(none.text.contains("linux/amd64") && none.text.contains("linux/arm64"), "{}", none.text);
}

#[test]
fn by_digest_and_into_another_repository_of_the_same_registry() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let by_digest = world.source(&format!("app@{digest}"));
    let summary = world.longshore.summary(&["copy", &by_digest, &world.destination("other"), "--json"]);
    assert_eq!(summary["copied"], 1);
    assert_eq!(world.skopeo.digest(&world.destination(&format!("other@{digest}"))), digest);

    let inside = world.source("elsewhere:new");
    let summary = world.longshore.summary(&["copy", &world.source("app:1"), &inside, "--json"]);
    assert_eq!((&summary["mounted"], &summary["bytes_moved"]), (&1.into(), &0.into()), "{summary}");
    let retagged = world.longshore.summary(&["copy", &inside, &world.source("elsewhere:newer"), "--json"]);
    assert_eq!(retagged["retagged"], 1);
    assert_eq!(world.skopeo.digest(&world.source("elsewhere:newer")), digest);
}

#[test]
fn verify_finds_nothing_wrong_and_then_what_was_taken_away() {
    let world = World::new();
    let (source, to) = (world.source("app"), world.destination("app"));
    for tag in ["1", "2"] {
        world.push(&source, tag);
    }
    let report = world.path("report.json").display().to_string();
    world.longshore.summary(&["copy", &source, &to, "--json", "--report", &report]);

    let said = world.longshore.say(&["verify", &to, "--against", &source, "--deep", "--json"]);
    documented("verify", &said);
    let summary = said.summary();
    assert_eq!((said.code, &summary["missing"], &summary["mismatched"]), (Some(0), &0.into(), &0.into()));
    assert_eq!(summary["images"], 2);
    assert!(summary["bytes"].as_u64().unwrap() > 0);
    assert_eq!(world.longshore.summary(&["verify", "--report", &report, "--json"])["images"], 2);

    // Another client moves a tag.
    world.push_layers(&to, "2", &[b"something else"]);
    for arguments in
        [&["verify", &to, "--against", &source, "--json"][..], &["verify", "--report", &report, "--json"]]
    {
        let said = world.longshore.say(arguments);
        documented("verify", &said);
        assert_eq!(said.code, Some(1));
        let summary = said.summary();
        assert_eq!(summary["mismatched"], 1, "{summary}");
        assert_eq!(summary["problems"][0]["code"], "differs");
    }
    let gone = world.longshore.say(&["verify", &format!("{to}:3"), "--json"]);
    assert_eq!((gone.code, &gone.summary()["missing"]), (Some(1), &1.into()));
}
