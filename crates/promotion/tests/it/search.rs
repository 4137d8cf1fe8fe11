//! Where is this commit now?

use std::collections::BTreeMap;

use longshore_promotion::{
    Build,
    search::{FoundBy, commit_of, found_by},
};

use crate::common::{digest, image, place};

const COMMIT: &str = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";

fn labels(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn build(tags: &str) -> Build {
    let listed = [(place("ghcr.io", "api"), image('a', tags, "2026-02-01T08:00:00Z"))];
    Build::gather(listed).remove(&digest('a')).unwrap()
}

#[test]
fn a_build_is_found_by_what_people_paste() {
    let build = build("1.4.2 sha-1a2b3c4");
    let with = labels(&[("git-commit", COMMIT), ("team", "Shop")]);
    let without = labels(&[("git-commit", ""), ("team", "Shop")]);
    let by = |text: &str, labels: &BTreeMap<String, String>| found_by(text, &build, labels);
    assert_eq!(by(COMMIT, &with), Some(FoundBy::CommitLabel("git-commit".into())));
    assert_eq!(by("1A2B3C4D", &with), Some(FoundBy::CommitLabel("git-commit".into())));
    assert_eq!(by(COMMIT, &without), Some(FoundBy::CommitTag("sha-1a2b3c4".into())), "the tag is shorter");
    assert_eq!(by("1.4.2", &with), Some(FoundBy::Tag("1.4.2".into())));
    assert_eq!(by(digest('a').as_str(), &with), Some(FoundBy::Digest));
    assert_eq!(by("aaaaaaaa", &with), Some(FoundBy::Digest));
    assert_eq!(by(" team=shop ", &with), Some(FoundBy::Label("team".into())));
    assert_eq!(by("shop", &with), Some(FoundBy::Label("team".into())));
    for other in ["", "  ", "aaaa", "1a2b3c", "1a2b3c5", "1.4", "latest", "team=web", "team"] {
        assert_eq!(by(other, &with), None, "{other}");
    }
}

#[test]
fn the_commit_is_in_the_first_label_that_is_not_empty() {
    let both = labels(&[("org.opencontainers.image.revision", " "), ("git-commit", COMMIT)]);
    assert_eq!(commit_of(&both), Some(COMMIT));
    assert_eq!(commit_of(&labels(&[("git-commit", "")])), None);
}
