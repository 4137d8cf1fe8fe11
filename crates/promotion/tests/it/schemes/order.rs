//! What tags look like, and which is later.

use std::cmp::Ordering;

use longshore_promotion::scheme::{
    CalendarForm, CustomScheme, SchemeText, SemanticTag, TagMutability, TagScheme, VcsLength,
};
use proptest::prelude::*;
use semver::Version;

fn ascending(scheme: &TagScheme, tags: &[&str]) {
    for (i, one) in tags.iter().enumerate() {
        for (k, two) in tags.iter().enumerate() {
            assert_eq!(scheme.compare(one, two), Some(i.cmp(&k)), "{one} {two}");
        }
    }
}

#[test]
fn semantic_versions_have_the_order_of_the_specification() {
    // semver.org, section 11.
    ascending(
        &TagScheme::SEMVER,
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.9.0",
            "1.10.0",
            "2.0.0-0",
            "v2.0.0",
        ],
    );
    assert_eq!(TagScheme::SEMVER.compare("1.0.0_build.1", "1.0.0_build.2"), Some(Ordering::Equal));
    assert_eq!(TagScheme::SEMVER.compare("1.0.0-alpine", "1.0.0"), None, "variants have no order");
    assert_eq!(TagScheme::SEMVER.compare("1.0.0-alpine3.19", "1.0.1-alpine3.19"), Some(Ordering::Less));
    for wrong in [
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.2.3-",
        "1.2.3_",
        "latest",
        "1.2.3-01",
        "1.2.x",
        "",
        "v",
        "1.2.3-a..b",
        "99999999999999999999.0.0",
    ] {
        assert!(!TagScheme::SEMVER.fits(wrong), "{wrong}");
    }
}

#[test]
fn upstream_versions_count_their_suffix() {
    let scheme = TagScheme::UpstreamSuffix;
    ascending(
        &scheme,
        &["8.0.9-c99", "8.0.12-c2", "8.0.12-c15", "8.0.12-c16", "8.0.13-c1", "8.1-c1", "10-c1"],
    );
    ascending(&scheme, &["3.2.1-r0", "3.2.1-r1", "3.2.1-r10"]);
    assert_eq!(scheme.compare("8.0.12-c15", "8.0.12-r15"), None, "other letters have no order");
    for wrong in ["8.0.12", "8.0.12-rc1", "8.0.12-beta2", "8.0.12-c", "a-c1", "1.2.3.4.5-c1", "8.0.12-c1x"] {
        assert!(!scheme.fits(wrong), "{wrong}");
    }
}

#[test]
fn calendar_tags_are_dates_that_exist() {
    let scheme = TagScheme::any_calendar();
    ascending(
        &scheme,
        &["2025.12.31", "2026.01.01", "2026.01.01.1", "2026.01.01.2", "2026.01.01.10", "2026.02.28"],
    );
    for wrong in ["2026.02.30", "2026.13.01", "1.2.3", "20261301", "1999.01.01", "2026", "2026.01.01.x"] {
        assert!(!scheme.fits(wrong), "{wrong}");
    }
    let form = CalendarForm::parse("YYYY0M0D-hhmm").unwrap();
    assert_eq!(form.compare("20260101-0900", "20260101-1000"), Some(Ordering::Less));
    assert!(form.read("20260101-2460").is_none() && form.read("20260101-090").is_none());
    for wrong in ["", "YYYY", "MM.DD", "YYYY.MM.YY", "YYYY.MM[x]", "YYYY.MM.DD.DD", "YYYY MM", "YYYY.MM[.N"] {
        assert!(CalendarForm::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn commits_have_no_order() {
    let any = TagScheme::Vcs(VcsLength::Any);
    let long = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
    for good in ["1a2b3c4", "sha-1a2b3c4", "g1a2b3c4", long, "1234567"] {
        assert!(any.fits(good), "{good}");
        assert_eq!(any.compare(good, good), None);
    }
    for wrong in ["1a2b3c", "1A2B3C4", "main", "1a2b3cg", &long[..30]] {
        assert!(!any.fits(wrong), "{wrong}");
    }
    assert!(!TagScheme::Vcs(VcsLength::Short).fits(long) && !TagScheme::Vcs(VcsLength::Long).fits("1a2b3c4"));
    assert_eq!(VcsLength::Any.commit("sha-1a2b3c4"), Some("1a2b3c4"));
}

#[test]
fn an_own_expression_orders_by_its_groups() {
    let scheme = |text: &str| TagScheme::Custom(CustomScheme::parse(text).unwrap());
    ascending(&scheme("r([0-9]+)-([0-9]+)"), &["r1-1", "r1-2", "r1-10", "r2-0"]);
    assert_eq!(scheme("([a-z]+)-([0-9]+)").compare("a-1", "b-2"), None);
    assert_eq!(scheme("[0-9]+").compare("1", "2"), None, "no groups, no order");
    assert!(!scheme("a|b").fits("ab") && scheme("a|b").fits("b"), "the whole tag must match");
    for wrong in ["", "(", "a)|(b", "(?=a)", &"a".repeat(513), "(a{1000}){1000}"] {
        assert!(CustomScheme::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_scheme_is_written_as_it_was_read() {
    for text in [
        SchemeText::Semver,
        SchemeText::TwoNumbers,
        SchemeText::Vcs,
        SchemeText::VcsShort,
        SchemeText::VcsLong,
        SchemeText::UpstreamSuffix,
        SchemeText::Calendar,
        SchemeText::CalendarForm("YYYY.0M".into()),
        SchemeText::Regex("r([0-9]+)".into()),
    ] {
        assert_eq!(SchemeText::from(&text.scheme().unwrap()), text);
    }
}

#[test]
fn immutability_has_exclusions() {
    let filters = ["latest".to_owned(), "dev-*".to_owned()];
    let mutability = |mode: &str| TagMutability::from_ecr(mode, &filters).unwrap();
    for (mode, latest, dev, version) in [
        ("MUTABLE", true, true, true),
        ("IMMUTABLE", false, false, false),
        ("IMMUTABLE_WITH_EXCLUSION", true, true, false),
        ("MUTABLE_WITH_EXCLUSION", false, false, true),
    ] {
        let can = |tag: &str| mutability(mode).can_move(tag);
        assert_eq!((can("latest"), can("dev-7"), can("1.4.2")), (latest, dev, version), "{mode}");
    }
    assert_eq!(TagMutability::from_ecr("SOMETHING", &[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_is_the_one_of_the_semver_crate(
        one in "(0|[1-9][0-9]{0,2})\\.(0|[1-9])\\.(0|[1-9])(-(rc|beta|0|[1-9][0-9])(\\.(x|[1-9]))?)?(\\+[a-z0-9]{1,4})?",
        two in "(0|[1-9][0-9]{0,2})\\.(0|[1-9])\\.(0|[1-9])(-(rc|beta|0|[1-9][0-9])(\\.(x|[1-9]))?)?(\\+[a-z0-9]{1,4})?",
    ) {
        let (one, two): (Version, Version) = (one.parse().unwrap(), two.parse().unwrap());
        let safe = |version: &Version| SemanticTag::of(version.clone()).to_string();
        prop_assert!(longshore_names::Tag::for_input(&safe(&one)).is_ok(), "build metadata is tag-safe");
        prop_assert_eq!(SemanticTag::parse(&safe(&one), 3).unwrap().version, one.clone());
        prop_assert_eq!(TagScheme::SEMVER.compare(&safe(&one), &safe(&two)), Some(one.cmp_precedence(&two)));
    }

    #[test]
    fn no_text_makes_a_scheme_fail(text in "\\PC{0,40}", other in "[0-9a-cv._-]{0,20}") {
        let schemes = [
            TagScheme::SEMVER, TagScheme::Semantic { parts: 2 }, TagScheme::UpstreamSuffix,
            TagScheme::any_calendar(), TagScheme::Vcs(VcsLength::Any),
        ];
        for scheme in schemes {
            for (a, b) in [(&text, &other), (&other, &text)] {
                let order = scheme.compare(a, b);
                prop_assert_eq!(order.map(Ordering::reverse), scheme.compare(b, a));
                prop_assert!(order.is_none() || (scheme.fits(a) && scheme.fits(b)));
            }
        }
        let _ = (CustomScheme::parse(&text), CalendarForm::parse(&text));
    }

    #[test]
    fn a_date_is_read_as_it_was_written(days in 0i64..30_000, counter in 0u64..100, form in 0usize..14) {
        let form = CalendarForm::parse(CalendarForm::KNOWN[form]).unwrap();
        let moment = chrono::DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::days(12_784 + days % 20_000);
        let counter = if form.counts() { counter } else { 0 };
        let written = form.write(moment, counter);
        prop_assert_eq!(form.read(&written).map(|tag| tag.counter), Some(counter), "{} {}", form, written);
    }
}
