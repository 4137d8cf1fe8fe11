//! The next tag, and the ones that move along.

use longshore_promotion::scheme::{
    CalendarForm, CustomScheme, NextFacts, NoNextTag, Step, TagScheme, VcsLength, moving_tags, next_tag,
};

use crate::common::{at, tag, tags};

fn next(scheme: &TagScheme, step: Step, existing: &str) -> Result<String, NoNextTag> {
    with(scheme, step, existing, None, None)
}

fn with(
    scheme: &TagScheme,
    step: Step,
    existing: &str,
    commit: Option<&str>,
    upstream: Option<&str>,
) -> Result<String, NoNextTag> {
    let existing = tags(existing);
    let facts = NextFacts { existing: &existing, now: at("2026-02-01T23:30:00Z"), commit, upstream };
    next_tag(scheme, step, &facts).map(|tag| tag.to_string())
}

#[test]
fn the_next_tag_raises_the_latest() {
    let semver = TagScheme::SEMVER;
    let own = TagScheme::Custom(CustomScheme::parse("build-([0-9]+)").unwrap());
    let calendar = TagScheme::Calendar(vec![CalendarForm::parse("YYYY.0M.0D[.N]").unwrap()]);
    for (scheme, step, existing, expected) in [
        (&semver, Step::Patch, "1.4.1 1.4.2 1.3.9 latest 1", "1.4.3"),
        (&semver, Step::Minor, "1.4.1 1.10.2 1.9.0", "1.11.0"),
        (&semver, Step::Major, "v1.4.1", "v2.0.0"),
        (&semver, Step::Patch, "1.4.9-alpine 1.4.1 1.4.2 1.4.2-alpine", "1.4.3"),
        (&semver, Step::Patch, "1.4.9-alpine", "1.4.10-alpine"),
        (&semver, Step::Patch, "1.4.9 1.5.0-rc.1", "1.5.0"),
        (&semver, Step::Minor, "1.5.0-rc.1", "1.5.0"),
        (&semver, Step::Minor, "1.5.1-rc.1", "1.6.0"),
        (&semver, Step::Major, "2.0.0-rc.1", "2.0.0"),
        (&semver, Step::Patch, "1.4.2_build.7", "1.4.3"),
        (&TagScheme::Semantic { parts: 2 }, Step::Minor, "16.1 16.2", "16.3"),
        (&TagScheme::UpstreamSuffix, Step::Suffix, "8.0.12-c9 8.0.12-c15", "8.0.12-c16"),
        (&TagScheme::UpstreamSuffix, Step::Patch, "8.0.12-c09", "8.0.12-c10"),
        (&own, Step::Patch, "build-9 build-10", "build-11"),
        (&own, Step::Patch, "build-099", "build-100"),
        (&calendar, Step::Patch, "2026.01.31", "2026.02.01"),
        (&calendar, Step::Patch, "2026.02.01", "2026.02.01.1"),
        (&calendar, Step::Patch, "2026.02.01 2026.02.01.1 2026.02.01.9", "2026.02.01.10"),
        (&TagScheme::any_calendar(), Step::Patch, "20260101-1 20260102", "20260201"),
    ] {
        assert_eq!(next(scheme, step, existing).as_deref(), Ok(expected), "{scheme} {existing}");
    }
    let suffix = TagScheme::UpstreamSuffix;
    assert_eq!(with(&suffix, Step::Suffix, "8.0.12-c15", None, Some("8.0.13")).unwrap(), "8.0.13-c1");
    assert_eq!(
        with(&suffix, Step::Suffix, "8.0.13-c2 8.0.12-c15", None, Some("8.0.12")).unwrap(),
        "8.0.12-c16"
    );
}

#[test]
fn a_commit_names_its_own_tag() {
    let long = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
    let short = TagScheme::Vcs(VcsLength::Short);
    assert_eq!(with(&short, Step::Patch, "sha-0a1b2c3", Some(long), None).unwrap(), "sha-1a2b3c4");
    assert_eq!(with(&TagScheme::Vcs(VcsLength::Long), Step::Patch, "", Some(long), None).unwrap(), long);
    assert_eq!(with(&short, Step::Patch, "", None, None), Err(NoNextTag::NoCommit));
    assert_eq!(with(&short, Step::Patch, "", Some("../../x"), None), Err(NoNextTag::NoCommit));
}

#[test]
fn where_there_is_nothing_to_raise_that_is_said() {
    let error = next(&TagScheme::SEMVER, Step::Patch, "latest main").unwrap_err();
    assert_eq!(error.to_string(), "no tag is a semantic version, so there is no next one");
    assert_eq!(error.code(), "promotion-no-next-tag");
    assert!(matches!(next(&TagScheme::SEMVER, Step::Suffix, "1.4.2"), Err(NoNextTag::NoPart { .. })));
    assert!(next(&TagScheme::SEMVER, Step::Patch, "1.4.18446744073709551615").is_err());
    assert!(next(&TagScheme::UpstreamSuffix, Step::Major, "8.0.12-c15").is_err());
}

#[test]
fn moving_tags_follow_the_newest_of_their_line() {
    let follow = |scheme: &TagScheme, name: &str, existing: &str| -> Vec<String> {
        moving_tags(scheme, &tag(name), &tags(existing)).iter().map(|moving| moving.tag.to_string()).collect()
    };
    let semver = TagScheme::SEMVER;
    assert_eq!(follow(&semver, "1.4.2", "1.4.1 1.4.2"), ["1.4", "1", "latest"]);
    assert_eq!(follow(&semver, "v1.4.2", ""), ["v1.4", "v1", "latest"]);
    assert_eq!(follow(&semver, "1.4.3", "1.4.2 1.5.0"), ["1.4"], "1.5.0 keeps `1` and `latest`");
    assert_eq!(follow(&semver, "1.4.3", "1.4.2 2.0.0"), ["1.4", "1"]);
    assert_eq!(follow(&semver, "1.4.3", "2.0.0-rc.1"), ["1.4", "1", "latest"], "a pre-release keeps nothing");
    assert_eq!(follow(&semver, "1.4.1", "1.4.2"), [""; 0]);
    assert_eq!(follow(&semver, "1.5.0-rc.1", ""), [""; 0]);
    assert_eq!(follow(&semver, "1.4.2-alpine", "1.5.0"), ["1.4-alpine", "1-alpine", "alpine"]);
    assert_eq!(follow(&TagScheme::UpstreamSuffix, "8.0.12-c16", "8.0.12-c15 8.1.0-c1"), ["8.0.12", "8.0"]);
    assert_eq!(follow(&TagScheme::any_calendar(), "2026.02.01", "2026.01.31"), ["latest"]);
    assert_eq!(follow(&TagScheme::Vcs(VcsLength::Any), "0a1b2c3", ""), [""; 0]);
}
