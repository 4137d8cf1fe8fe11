//! Plans of commands, which no window has read anything for.

use longshore_tests::{image, skopeo::Skopeo};

use super::*;

/// `team-api` in Dev, with one image that was pushed before anything was connected.
fn pushed() -> World {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    let dev = world.aws.aws(DEV, REGION);
    dev.ecr(&["create-repository", "--repository-name", "team-api"]);
    let layout = world.home.path().join("layout");
    image::simple(&layout);
    let host = world.aws.host(DEV, REGION);
    let skopeo = Skopeo::new(world.home.path());
    skopeo.login(&host, &dev.login_password());
    skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/team-api:1"));
    world.connect();
    world
}

const ADD: [&str; 6] = ["replication", "add", "Dev/us-west-2", "--to", "Prod/us-west-2", "--prefix"];

fn planned(world: &World, more: &[&str]) -> String {
    let said = world.say(&[&ADD[..], more, &["--statement", "--plan"]].concat());
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    said.text + &said.error
}

#[test]
fn a_new_rule_is_judged_by_the_repositories_that_are_there() {
    let world = pushed();
    let text = planned(&world, &["team-"]);
    assert!(!text.contains("No repository begins with"), "{text}");
    assert!(text.contains("already exist"), "existing images are not copied: {text}");
    let text = planned(&world, &["other-"]);
    assert!(text.contains("No repository begins with `other-`"), "{text}");
}

#[test]
fn a_backfill_counts_the_images_that_are_there() {
    let world = pushed();
    world.summary(&[&ADD[..], &["team-", "--statement", "--confirm", "Prod", "--json"]].concat());
    let backfill = ["replication", "backfill", "Dev/us-west-2", "--to", "Prod/us-west-2", "--plan"];
    let said = world.say(&backfill);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let text = said.text + &said.error;
    assert!(text.contains("in 1 of its repositories") && !text.contains(" 0 images"), "{text}");
}
