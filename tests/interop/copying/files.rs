//! Directories in OCI layout, and archives of docker save.

use std::{fs, process::Command};

use longshore_tests::{image, longshore::Said};

use super::world::World;

#[test]
fn a_repository_goes_into_a_directory_and_comes_out_again_with_its_digests() {
    let world = World::new();
    let source = world.source("team/app");
    let one = world.push(&source, "1");
    let (index, _) = world.push_index(&source, "2");
    let layout = format!("oci:{}", world.path("layout").display());

    let summary = world.longshore.summary(&["copy", &source, &layout, "--json"]);
    assert_eq!(summary["copied"], 2);
    assert_eq!(summary["images"][0]["destination"], format!("{layout}:1"));
    // skopeo reads the layout that Longshore writes.
    world.skopeo.copy(&format!("{layout}:2"), &format!("docker://{}", world.destination("by-skopeo:2")));
    assert_eq!(world.skopeo.digest(&world.destination("by-skopeo:2")), index);

    let to = world.destination("mirror/app");
    world.longshore.summary(&["copy", &layout, &to, "--json"]);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), one);
    assert_eq!(world.skopeo.digest(&format!("{to}:2")), index);
    let again = world.longshore.summary(&["copy", &layout, &to, "--json"]);
    assert_eq!(again["skipped"], 2);
    let verified = world.longshore.summary(&["verify", &layout, "--deep", "--json"]);
    assert_eq!((&verified["images"], &verified["missing"]), (&2.into(), &0.into()));
}

#[test]
fn what_skopeo_writes_into_a_directory_is_read() {
    let world = World::new();
    let pushed = image::simple(&world.path("in"));
    let layout = format!("oci:{}:42", world.path("in").display());
    let to = world.destination("app:new");
    world.longshore.summary(&["copy", &layout, &to, "--json"]);
    assert_eq!(world.skopeo.digest(&to), pushed);
    let nowhere = format!("oci:{}:42", world.path("none").display());
    let none = world.longshore.say(&["copy", &nowhere, &to]);
    assert_eq!(none.code, Some(1), "{}", none.error);
}

#[test]
fn an_archive_of_docker_save_is_a_source() {
    let world = World::new();
    image::simple(&world.path("in"));
    let archive = world.path("app.tar").display().to_string();
    let from = format!("oci:{}:42", world.path("in").display());
    world.skopeo.copy_as("v2s2", &from, &format!("docker-archive:{archive}:registry.example.com/team/app:7"));

    let to = world.destination("app");
    let summary = world.longshore.summary(&["copy", &format!("docker-archive:{archive}"), &to, "--json"]);
    assert_eq!(summary["copied"], 1);
    let digest = world.skopeo.digest(&format!("{to}:7"));
    assert_eq!(summary["images"][0]["digest"], digest.as_str());
    let named = format!("docker-archive:{archive}:team/app:7");
    let again = world.longshore.summary(&["copy", &named, &format!("{to}:other"), "--json"]);
    assert_eq!(again["images"][0]["digest"], digest.as_str(), "the same archive is the same image");
    assert_eq!(again["bytes_moved"], 0);
    let none = world.longshore.say(&["copy", &format!("docker-archive:{archive}:team/app:8"), &to]);
    assert_eq!(none.code, Some(1));
    assert!(none.error.contains("team/app:7"), "{}", none.error);
}

#[test]
fn an_archive_comes_by_standard_input_packed_or_not() {
    let world = World::new();
    image::simple(&world.path("in"));
    let archive = world.path("app.tar");
    let from = format!("oci:{}:42", world.path("in").display());
    world.skopeo.copy(&from, &format!("oci-archive:{}:7", archive.display()));
    let packed = world.path("app.tar.gz");
    let gzip = Command::new("gzip").arg("-c").arg(&archive).output().unwrap();
    fs::write(&packed, gzip.stdout).unwrap();
    for (number, (file, place)) in [
        (&archive, "-"),
        (&archive, "oci-archive:-"),
        (&packed, "docker-archive:-"),
        (&packed, "oci-archive:-:7"),
    ]
    .into_iter()
    .enumerate()
    {
        let to = world.destination(&format!("app{number}"));
        let mut command = world.longshore.command(&["copy", place, &to, "--json"]);
        let output = command.stdin(fs::File::open(file).unwrap()).output().unwrap();
        let said = Said::of(&output);
        assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{place}: {}", said.error);
        world.skopeo.digest(&format!("{to}:7"));
    }
    let by_file = format!("oci-archive:{}", packed.display());
    world.longshore.summary(&["copy", &by_file, &world.destination("by-file"), "--json"]);
    world.skopeo.digest(&world.destination("by-file:7"));
}

#[test]
fn a_tag_with_a_digest_is_read_by_digest_and_put_under_the_tag() {
    let world = World::new();
    let source = world.source("app");
    let old = world.push(&source, "1");
    let new = world.push_layers(&source, "1", &[b"newer"]);
    assert_ne!(old, new);
    let to = world.destination("app");
    world.longshore.summary(&["copy", &format!("{source}:1@{old}"), &to, "--json"]);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), old);
}

/// Rewrites the entries of a layout's index.
fn entries(world: &World, change: impl Fn(&mut Vec<serde_json::Value>)) {
    let path = world.path("layout").join("index.json");
    let mut index: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(index["manifests"].as_array_mut().unwrap());
    std::fs::write(&path, index.to_string()).unwrap();
}

const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A layout of three images with the tags `1`, `2` and `3`; returns their digests.
fn layout(world: &World) -> (String, [String; 3]) {
    let source = world.source("app");
    let digests = ["1", "2", "3"].map(|tag| world.push(&source, tag));
    let layout = format!("oci:{}", world.path("layout").display());
    world.longshore.summary(&["copy", &source, &layout, "--json"]);
    (layout, digests)
}

#[test]
fn every_entry_of_a_layout_can_be_chosen_whatever_its_name_and_none_hides_another() {
    let world = World::new();
    let (layout, [one, two, three]) = layout(&world);
    entries(&world, |entries| {
        for entry in entries {
            let digest = entry["digest"].as_str().unwrap().to_owned();
            if digest == one {
                entry["annotations"][REF_NAME] = "docker.io/library/x:1".into();
            } else if digest == two {
                entry["annotations"][REF_NAME] = "quay.io/x:1".into();
            } else {
                entry.as_object_mut().unwrap().remove("annotations");
            }
        }
    });
    let to = world.destination("chosen");
    for (name, tag, digest) in [
        (":docker.io/library/x:1", "a", &one),
        (":quay.io/x:1", "b", &two),
        (&format!("@{three}"), "c", &three),
    ] {
        let to = format!("{to}:{tag}");
        let summary = world.longshore.summary(&["copy", &format!("{layout}{name}"), &to, "--json"]);
        assert_eq!(summary["copied"], 1, "{name}: {summary}");
        assert_eq!(world.skopeo.digest(&to), *digest, "{name}");
    }
    // Without their hosts both are `x:1`: they must not be confused.
    for name in ["", ":x:1", ":1"] {
        let said = world.longshore.say(&["copy", &format!("{layout}{name}"), &world.destination("both")]);
        assert!(said.code != Some(0) && said.error.contains("Two images"), "{name}: {}", said.error);
    }
    let verified = world.longshore.summary(&["verify", &layout, "--json"]);
    assert_eq!((&verified["images"], &verified["missing"]), (&3.into(), &0.into()), "{verified}");
}

#[test]
fn a_layout_whose_images_have_no_name_is_copied_by_digest() {
    let world = World::new();
    let (layout, digests) = layout(&world);
    entries(&world, |entries| {
        for entry in entries {
            entry.as_object_mut().unwrap().remove("annotations");
        }
    });
    let to = world.destination("app");
    let summary = world.longshore.summary(&["copy", &layout, &to, "--json"]);
    assert_eq!(summary["copied"], 3, "{summary}");
    for digest in digests {
        assert_eq!(world.skopeo.digest(&format!("{to}@{digest}")), digest);
    }
}

#[test]
fn nothing_that_is_looked_at_is_no_success() {
    let world = World::new();
    let (layout, _) = layout(&world);
    entries(&world, Vec::clear);
    let to = world.destination("app");
    let said = world.longshore.say(&["copy", &layout, &to]);
    assert_eq!(said.code, Some(3), "{}", said.error);
    assert!(said.error.contains("contains no images"), "{}", said.error);
    let said = world.longshore.say(&["verify", &layout]);
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);

    let source = world.source("app");
    for repositories in ["glob: nothing/*", "exact: nothing"] {
        let rules = world.path("rules.yaml");
        let text = format!(
            "version: 1\nrules:\n  - name: nothing\n    source:\n      registry: {}\n      repositories:\n        - {repositories}\n    destinations:\n      - registry: {}\n",
            world.from.host, world.to.host
        );
        std::fs::write(&rules, text).unwrap();
        let rules = rules.display().to_string();
        for more in [&["sync", &rules][..], &["sync", &rules, "--plan"]] {
            let said = world.longshore.say(more);
            assert_eq!(said.code, Some(3), "{repositories}: {}{}", said.text, said.error);
            assert!(said.error.contains("selects no image"), "{}", said.error);
        }
    }
    drop(source);
}

#[test]
fn places_are_compared_in_both_directions() {
    let world = World::new();
    let (source, to) = (world.source("app"), world.destination("app"));
    for tag in ["1", "2"] {
        world.push(&source, tag);
    }
    world.longshore.summary(&["copy", &source, &to, "--json"]);
    assert_eq!(world.longshore.say(&["verify", &to, "--against", &source]).code, Some(0));
    world.push(&source, "3");
    for (one, other) in [(&to, &source), (&source, &to)] {
        let said = world.longshore.say(&["verify", one, "--against", other]);
        assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
        assert!(said.text.contains("app:3"), "{}", said.text);
    }
}
