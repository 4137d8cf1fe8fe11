//! The scheme of realistic repositories.

use longshore_promotion::scheme::{Recognition, TagScheme, is_moving, recognise};

use crate::common::tags;

fn of(text: &str) -> Recognition {
    recognise(&tags(text))
}

#[test]
fn realistic_repositories_are_recognised() {
    for (name, text, scheme, least) in [
        (
            "node",
            "20.11.0 20.11.1 20.11.1-alpine3.19 20.11.1-bookworm-slim 21.6.2 21.6.2-alpine 20 20-alpine 21 lts latest slim",
            "semantic version",
            80,
        ),
        (
            "postgres",
            "16.1 16.2 16.2-alpine3.19 15.6 15.6-bookworm 14.11 13.14 16 15 latest 16-alpine alpine bullseye",
            "version of two numbers",
            80,
        ),
        (
            "mysql with own builds",
            "8.0.12-c14 8.0.12-c15 8.0.12-c16 8.0.13-c1 8.0 latest",
            "upstream version with suffix",
            75,
        ),
        ("alpine packages", "3.2.1-r0 3.2.1-r1 3.2.2-r0 3.3.0-r4", "upstream version with suffix", 75),
        ("calendar", "2026.01.30 2026.01.31 2026.02.01 2026.02.01.1 latest", "calendar YYYY.0M.0D[.N]", 75),
        ("compact dates", "20260130 20260131 20260201-1 20260201-2 edge", "calendar YYYY0M0D[-N]", 75),
        ("ubuntu", "22.04 22.10 23.04 23.10 24.04 jammy noble latest", "calendar YY.0M[.N]", 75),
        ("sha only", "0a1b2c3 1b2c3d4 9f8e7d6 a0b1c2d latest main", "short commit id", 75),
        (
            "full sha",
            "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b 2a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b main",
            "full commit id",
            60,
        ),
        ("metadata action", "sha-0a1b2c3 sha-1234567 sha-9f8e7d6 sha-1b2c3d4 main", "short commit id", 75),
        ("v versions", "v1.4.0 v1.4.1 v1.5.0-rc.1 v1.5.0 v1 v1.5", "semantic version", 75),
        ("helm", "1.4.0_build.7 1.4.1_build.9 1.5.0", "semantic version", 70),
        ("counter", "build-7 build-8 build-9 build-100 latest", "`build\\-([0-9]{1,9})`", 75),
        ("a few strangers", "1.4.0 1.4.1 1.4.2 1.5.0 test-bob my-branch", "semantic version", 50),
    ] {
        let found = of(text);
        let scheme_found = found.scheme.as_ref().map(ToString::to_string).unwrap_or_default();
        assert_eq!(scheme_found, scheme, "{name}: {}", found.sentence());
        assert!(found.confidence >= least && found.confidence < 100, "{name}: {}", found.sentence());
    }
}

#[test]
fn what_is_not_clear_is_not_recognised() {
    for text in ["", "latest", "main latest stable", "one two three", "1.0.0 one two three four"] {
        assert_eq!(of(text).scheme, None, "{text}");
        assert_eq!(of(text).confidence, 0);
    }
    assert!(of("1.4.0").confidence <= 50, "one tag proves little");
    let signed = format!("1.4.0 1.4.1 sha256-{}.sig", "a".repeat(64));
    assert_eq!((of(&signed).fitting, of(&signed).others.len()), (2, 0), "signatures do not count");
    let found = of("1.4.0 1.4.1 1.5.0 1.4 1 latest hot-fix");
    assert_eq!(found.moving, tags("1.4 1 latest"));
    assert_eq!(found.others, tags("hot-fix"));
    assert_eq!(found.sentence(), "3 of 4 tags are of the scheme semantic version (60 % sure).");
}

#[test]
fn moving_tags_are_names_and_beginnings() {
    for moving in ["latest", "1", "1.4", "v1.4", "1.4-alpine", "lts-alpine", "slim", "stable"] {
        assert!(is_moving(&TagScheme::SEMVER, moving), "{moving}");
    }
    for other in ["1.4.2", "1.4.2-alpine", "hot-fix", "1.4-bob", "1.4.2.5", ""] {
        assert!(!is_moving(&TagScheme::SEMVER, other), "{other}");
    }
}
