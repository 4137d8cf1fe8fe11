//! All services as they are in one stage, as one plan.

use longshore_promotion::{
    ReleaseSet, SetSource,
    board::Cell,
    hold::Holds,
    record::{Entry, Event},
    release_set,
};

use crate::common::{at, digest, person, shop, tag};

fn cell(digit: Option<char>) -> Cell {
    Cell {
        digest: digit.map(digest),
        tag: Some(tag("1.4.2")),
        since: None,
        by: None,
        behind: None,
        drift: vec![],
        hold: None,
        block: None,
        differing: vec![],
    }
}

fn set(sources: &[(&str, Option<char>, Option<char>)], entries: &[Entry]) -> ReleaseSet {
    let path = shop();
    let source = |(service, from, to): &(&str, Option<char>, Option<char>)| SetSource {
        service: service.parse().unwrap(),
        from: cell(*from),
        to: cell(*to),
    };
    release_set(
        &path,
        &path.stages[0],
        &path.stages[1],
        sources.iter().map(source).collect(),
        &Holds::of(entries),
    )
}

#[test]
fn a_set_says_what_it_leaves_out() {
    let held = Entry::new(Event::Held, person("bob"), at("2026-02-01T08:00:00Z"))
        .about("shop".parse().unwrap(), "production".parse().unwrap(), "held".parse().unwrap())
        .because("audit");
    let blocked = Entry::new(Event::Blocked, person("bob"), at("2026-02-01T09:00:00Z"))
        .build(digest('f'))
        .because("CVE");
    let set = set(
        &[
            ("web", Some('b'), Some('a')),
            ("api", Some('c'), None),
            ("held", Some('b'), None),
            ("bad", Some('f'), None),
            ("same", Some('a'), Some('a')),
            ("none", None, Some('a')),
        ],
        &[held, blocked],
    );
    let members: Vec<&str> = set.members.iter().map(|member| member.service.as_str()).collect();
    assert_eq!(members, ["api", "web"]);
    let skipped: Vec<String> =
        set.skipped.iter().map(|(service, reason)| format!("{service}: {reason}")).collect();
    assert_eq!(
        skipped,
        [
            "bad: sha256:ffffffffffff is blocked by bob since 2026-02-01 09:00 UTC: CVE",
            "held: Held by bob since 2026-02-01 08:00 UTC: audit",
            "none: `dev` has no build.",
            "same: `production` has this build already.",
        ]
    );
    assert_eq!(set.stopped.map(|service| service.to_string()).as_deref(), Some("bad"));
}

#[test]
fn the_hash_is_of_the_members_in_any_order() {
    let one = set(&[("web", Some('b'), None), ("api", Some('c'), None)], &[]);
    let two = set(&[("api", Some('c'), None), ("web", Some('b'), None)], &[]);
    let other = set(&[("api", Some('d'), None), ("web", Some('b'), None)], &[]);
    assert_eq!(one, two);
    assert_ne!(one.hash, other.hash);
    assert_eq!(one.digest().unwrap().hex(), one.hash, "an approval of the set signs this");
}
