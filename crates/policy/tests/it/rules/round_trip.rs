//! A written rule file is read back unchanged.

use std::collections::BTreeMap;

use longshore_policy::rule::{
    Create, Day, Destination, Encryption, Immutability, Limits, NewestBy, OnConflict, OnExpiry, PrefixChange,
    Prune, Referrers, Rename, RepositoryPattern, RepositorySettings, Rule, RuleFile, Schedule, Source,
    TagFilter, TagNames, TagPattern, Window, parse_rules, to_yaml,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Any string on one line: quotes, colons, emoji, strings that look like numbers.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9 ]{0,20}[a-z]",
        "\\PC{1,40}".prop_filter("not blank", |text| !text.trim().is_empty()),
        select(vec![
            "no",
            "null",
            "~",
            "1.20",
            "0x1f",
            "1e3",
            "- a",
            "a: b",
            "# a",
            "\"",
            "'",
            "@a",
            "*a",
            "&a",
            "é",
            "🚢",
            "true",
            "2026-01-01",
            "a #b",
            "?",
            "<<",
            "=",
            "a:"
        ])
        .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{1,8}(/[a-z][a-z0-9]{0,8})?"
}

fn tag() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_][A-Za-z0-9._-]{0,20}",
        select(vec!["1.20", "007", "no", "null"]).prop_map(str::to_owned)
    ]
}

fn repository_pattern() -> impl Strategy<Value = RepositoryPattern> {
    prop_oneof![
        name().prop_map(RepositoryPattern::Prefix),
        name().prop_map(RepositoryPattern::Exact),
        "[a-z]{1,5}[*?]{1,2}(/[*]{2})?".prop_map(RepositoryPattern::Glob),
        "[a-z]{1,5}(\\.[*+?])?(\\|[a-z]{1,3})?(\\\\d\\{2\\})?".prop_map(RepositoryPattern::Regex),
    ]
}

fn tag_pattern() -> impl Strategy<Value = TagPattern> {
    prop_oneof![
        tag().prop_map(TagPattern::Exact),
        "[*][a-z-]{0,5}".prop_map(TagPattern::Glob),
        "[a-z]{1,5}".prop_map(TagPattern::Regex),
        select(vec![">=1.4, <2", "~1.4", "=1.4.2", "*", "1"])
            .prop_map(|range| TagPattern::Semver(range.into())),
    ]
}

fn pairs() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map(
        text().prop_filter("short", |text| text.chars().count() <= 128),
        text(),
        0..3,
    )
}

fn filter() -> impl Strategy<Value = TagFilter> {
    (
        vec(tag_pattern(), 0..3),
        vec(tag_pattern(), 0..3),
        option::of(1_u32..50),
        option::of(select(vec![NewestBy::Pushed, NewestBy::Version])),
        option::of(select(vec!["2025-01-01", "2025-06-01T08:00:00Z"]).prop_map(str::to_owned)),
        option::of(Just("2026-01-01".to_owned())),
        option::of(select(vec!["7d", "36h", "1w2d"]).prop_map(str::to_owned)),
    )
        .prop_map(|(include, exclude, newest, by, pushed_after, pushed_before, minimum_age)| TagFilter {
            include,
            exclude,
            newest,
            newest_by: newest.and(by),
            pushed_after,
            pushed_before,
            minimum_age,
        })
}

fn source() -> impl Strategy<Value = Source> {
    (
        select(vec!["111122223333/us-west-2", "ghcr.io", "localhost:5000", "oci:/srv/a b"])
            .prop_map(str::to_owned),
        vec(repository_pattern(), 0..4),
        vec(repository_pattern(), 0..2),
        option::of(filter()),
        vec(select(vec!["linux/amd64", "linux/arm64/v8"]).prop_map(str::to_owned), 0..2),
        option::of(select(vec![Referrers::With, Referrers::Without, Referrers::WherePossible])),
        pairs(),
        pairs(),
    )
        .prop_map(
            |(registry, repositories, exclude, tags, platforms, referrers, labels, annotations)| Source {
                registry,
                repositories,
                exclude,
                tags,
                platforms,
                referrers,
                labels,
                annotations,
            },
        )
}

fn create() -> impl Strategy<Value = Create> {
    let settings = (
        option::of(select(vec![Immutability::Mutable, Immutability::Immutable])),
        vec("[a-z*]{1,10}", 0..5),
        option::of(any::<bool>()),
        option::of(prop_oneof![
            Just(Encryption::Aes256),
            "[a-z/:0-9-]{1,30}".prop_map(Encryption::Kms),
            "[a-z]{1,30}".prop_map(Encryption::KmsDsse)
        ]),
        proptest::collection::btree_map("[a-zA-Z:/ ]{0,20}[a-zA-Z]", text(), 0..3),
    )
        .prop_map(|(immutability, immutability_exceptions, scan_on_push, encryption, tags)| {
            RepositorySettings {
                immutability,
                immutability_exceptions,
                scan_on_push,
                encryption,
                tags: tags.into_iter().filter(|(key, _)| !key.to_lowercase().starts_with("aws:")).collect(),
            }
        });
    prop_oneof![Just(Create::Never), Just(Create::Template), settings.prop_map(Create::Settings)]
}

/// Destination number `i`; the number makes it unique.
fn destination(i: usize) -> impl Strategy<Value = Destination> {
    (
        option::of(prop_oneof![
            (name(), name())
                .prop_map(|(from, to)| Rename::Prefix(PrefixChange { from, to: format!("{to}x") })),
            select(vec!["mirror/{repository}", "{namespace}/x/{basename}"])
                .prop_map(|t| Rename::Template(t.into())),
        ]),
        option::of((proptest::collection::btree_map(tag(), 0..9_usize, 0..3), any::<bool>())),
        option::of(create()),
        option::of(select(vec![OnConflict::Fail, OnConflict::Skip, OnConflict::Overwrite])),
        option::of(select(vec![OnExpiry::Fail, OnExpiry::Accept])),
    )
        .prop_map(move |(rename, tags, create, on_conflict, on_expiry)| Destination {
            registry: format!("mirror{i}.example.com"),
            rename,
            tags: tags.map(|(map, with_template)| TagNames {
                map: map.into_keys().enumerate().map(|(n, from)| (from, format!("t{n}"))).collect(),
                template: Some(if with_template { "{tag}-x" } else { "{tag}" }.into()),
            }),
            create,
            on_conflict,
            on_expiry,
        })
}

fn window() -> impl Strategy<Value = Window> {
    (
        vec(select(vec![Day::Mon, Day::Sat, Day::Sun]), 0..3),
        0_u32..24,
        option::of(Just("Europe/Berlin".to_owned())),
    )
        .prop_map(|(days, hour, time_zone)| Window {
            days,
            from: format!("{hour:02}:00"),
            to: format!("{hour:02}:30"),
            time_zone,
        })
}

fn rule() -> impl Strategy<Value = Rule> {
    (
        source(),
        (destination(0), option::of(destination(1))),
        option::of((any::<bool>(), 1_u32..1000).prop_map(|(enabled, max)| Prune { enabled, max })),
        option::of(prop_oneof![
            Just(Schedule {
                cron: Some("0 3 * * *".into()),
                time_zone: Some("Asia/Tokyo".into()),
                watch: None
            }),
            Just(Schedule { cron: None, time_zone: None, watch: Some("5m".into()) }),
        ]),
        option::of((option::of(1_u32..256), vec(window(), 0..3)).prop_map(|(concurrency, windows)| Limits {
            bandwidth: concurrency.map(|n| format!("{n}MB/s")),
            concurrency,
            windows,
        })),
        text(),
    )
        .prop_map(|(source, (first, second), prune, schedule, limits, name)| Rule {
            name,
            source,
            destinations: [Some(first), second].into_iter().flatten().collect(),
            prune,
            schedule,
            limits,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_file_is_read_as_it_was_written(rules in vec(rule(), 0..4)) {
        let mut file = RuleFile::new(rules);
        for (i, rule) in file.rules.iter_mut().enumerate() {
            rule.name.push_str(&format!(" {i}"));
        }
        let yaml = to_yaml(&file);
        let read = parse_rules(&yaml).map_err(|findings| TestCaseError::fail(format!("{findings:?}\n{yaml}")))?;
        prop_assert_eq!(&read, &file, "{}", yaml);
        prop_assert_eq!(to_yaml(&read), yaml);
    }

    /// No input makes the parser panic.
    #[test]
    fn any_text_is_answered(text in "(\\PC|[\n:{}\\[\\]\"'&*!|>-]){0,200}") {
        let _ = parse_rules(&text);
    }
}
