//! The text of a plan.

use insta::assert_snapshot;

use super::world::{World, documented};

/// The text of a plan, without the parts that change from run to run.
fn shown(world: &World, text: &str) -> String {
    text.replace(&world.from.host, "FROM").replace(&world.to.host, "TO")
}

#[test]
fn a_plan_says_what_would_be_done_and_does_nothing() {
    let world = World::new();
    let (source, to) = (world.source("team/app"), world.destination("mirror/app"));
    world.push(&source, "1");
    world.push(&source, "2");
    world.push(&source, "3");
    world.push(&to, "1");
    world.longshore.summary(&["copy", &format!("{source}:2"), &to, "--json"]);

    let said = world.longshore.say(&["copy", &source, &to, "--plan"]);
    assert_eq!(said.code, Some(3), "a taken tag is not as wanted: {}", said.error);
    assert_snapshot!(shown(&world, &said.text));
    assert_snapshot!(shown(&world, &said.error));
    let json = world.longshore.say(&["copy", &source, &to, "--plan", "--json"]);
    documented("copy", &json);
    assert_eq!(json.summary()["planned"]["copy"], 1);

    let inside = world.longshore.say(&["copy", &format!("{source}:1"), &world.source("other"), "--plan"]);
    assert_snapshot!(shown(&world, &inside.text));
    assert_eq!(
        world.longshore.summary(&["copy", &source, &to, "--plan", "--on-conflict", "skip", "--json"])["copied"],
        0
    );
    let gone = world.longshore.say(&["verify", &format!("{to}:3"), "--json"]);
    assert_eq!(gone.code, Some(1), "nothing was copied");
}
