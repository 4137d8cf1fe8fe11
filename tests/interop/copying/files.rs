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
    // skopeo reads what is written here.
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
