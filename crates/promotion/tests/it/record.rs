//! The record: every change is found, and at which entry.

use std::time::Instant;

use longshore_promotion::{
    Place,
    gate::Override,
    record::{
        Anchor, Chain, ChainProblem, Entry, Event, HistoryQuery, RecordedDestination, in_stage_at,
        in_stages_at, in_toto_statement, verify_rows,
    },
};

use proptest::prelude::*;

use crate::common::{at, digest, person, place, tag};

pub(crate) fn promoted(service: &str, digit: char, when: &str) -> Entry {
    let mut entry = Entry::new(Event::Promoted { holds: false }, person("alice@example.com"), at(when))
        .about("shop".parse().unwrap(), "production".parse().unwrap(), service.parse().unwrap())
        .build(digest(digit));
    entry.destinations.push(RecordedDestination {
        place: there(service),
        tag: Some(tag("1.4.2")),
        before: None,
    });
    entry
}

fn there(service: &str) -> Place {
    place("444455556666/us-west-2", &format!("prod-{service}"))
}

fn chain_of(entries: impl IntoIterator<Item = Entry>) -> (Chain, Vec<String>) {
    let mut chain = Chain::default();
    let rows = entries.into_iter().map(|entry| chain.append(entry)).collect();
    (chain, rows)
}

fn rows_of(rows: &[String], anchor: Option<&Anchor>) -> Result<Chain, (u64, ChainProblem)> {
    verify_rows(rows.iter().map(String::as_str), anchor).map_err(|broken| (broken.at, broken.problem))
}

fn five() -> (Chain, Vec<String>) {
    let mut third = promoted("web", 'c', "2026-02-03T08:00:00Z").because("a \"quoted\" reason\nof two lines");
    third.overridden = Some(Override {
        by: person("alice@example.com"),
        reason: "hot fix".into(),
        at: at("2026-02-03T07:59:00Z"),
    });
    chain_of([
        promoted("api", 'a', "2026-02-01T08:00:00Z"),
        promoted("api", 'b', "2026-02-02T08:00:00Z"),
        third,
        Entry::new(Event::Blocked, person("bob@example.com"), at("2026-02-04T08:00:00Z"))
            .build(digest('a'))
            .because("CVE"),
        promoted("api", 'd', "2026-02-05T08:00:00Z"),
    ])
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let (chain, rows) = five();
    let read = rows_of(&rows, Some(&chain.head())).unwrap();
    assert_eq!(read, chain);
    assert_eq!(rows_of(&[], None).unwrap().head(), Anchor::empty());
    assert!(
        rows[0].starts_with("{\"at\":\"2026-02-01T08:00:00Z\",\"by\":\"alice@example.com\","),
        "{}",
        rows[0]
    );
}

#[test]
fn every_byte_that_is_changed_is_found_at_its_entry() {
    let (chain, rows) = five();
    let head = chain.head();
    for (i, row) in rows.iter().enumerate() {
        for at in 0..row.len() {
            for mask in [0x01, 0x02, 0x20] {
                let mut bytes = row.clone().into_bytes();
                bytes[at] ^= mask;
                let mut altered = rows.clone();
                // A database could hold bytes that are no text; the caller could not read the row then.
                let Ok(text) = String::from_utf8(bytes) else { continue };
                altered[i] = text;
                let (found, _) = rows_of(&altered, Some(&head)).expect_err("a changed byte");
                assert_eq!(found, i as u64 + 1, "byte {at} of row {i}");
            }
        }
        for blank in [format!(" {row}"), format!("{row}\n"), row.replacen(',', ", ", 1)] {
            let mut altered = rows.clone();
            altered[i] = blank;
            assert_eq!(rows_of(&altered, None).unwrap_err().0, i as u64 + 1);
        }
    }
}

#[test]
fn every_row_that_is_removed_repeated_or_moved_is_found() {
    let (chain, rows) = five();
    let head = chain.head();
    for i in 0..rows.len() {
        let mut removed = rows.clone();
        removed.remove(i);
        let (found, problem) = rows_of(&removed, Some(&head)).unwrap_err();
        assert_eq!(found, i as u64 + 1);
        let is_end = i + 1 == rows.len();
        assert_eq!(problem == ChainProblem::Removed, is_end, "{problem}");
        assert_eq!(rows_of(&removed, None).is_ok(), is_end, "only the anchor finds a removed end");
        let mut repeated = rows.clone();
        repeated.insert(i, rows[i].clone());
        assert_eq!(rows_of(&repeated, None).unwrap_err().0, i as u64 + 2);
        for k in 0..i {
            let mut moved = rows.clone();
            moved.swap(i, k);
            assert_eq!(rows_of(&moved, None).unwrap_err().0, k as u64 + 1);
        }
    }
    assert_eq!(rows_of(&[], Some(&head)).unwrap_err(), (1, ChainProblem::Removed));
}

#[test]
fn a_history_that_is_written_anew_is_found_by_its_anchor() {
    let (chain, _) = five();
    let mut forged: Vec<Entry> = chain.entries().to_vec();
    forged[1].by = person("arn:aws:iam::111122223333:user/mallory");
    let (new, rows) = chain_of(forged);
    assert_ne!(new.head(), chain.head());
    assert!(rows_of(&rows, None).is_ok(), "it is a chain of its own");
    assert_eq!(rows_of(&rows, Some(&chain.head())).unwrap_err(), (5, ChainProblem::Rewritten));
    let early = Anchor { sequence: 2, hash: chain.entries()[1].hash.clone() };
    assert_eq!(rows_of(&rows, Some(&early)).unwrap_err(), (2, ChainProblem::Rewritten));
}

#[test]
fn a_field_that_nobody_knows_is_a_change() {
    let (_, mut rows) = five();
    rows[2] = rows[2].replacen('{', "{\"aa\":1,", 1);
    assert_eq!(rows_of(&rows, None).unwrap_err(), (3, ChainProblem::NotCanonical));
}

#[test]
fn a_clock_that_was_set_back_does_not_break_the_order() {
    let (chain, rows) = chain_of([
        promoted("api", 'a', "2026-02-02T08:00:00Z"),
        promoted("api", 'b', "2026-02-01T08:00:00Z"),
    ]);
    assert_eq!(chain.entries()[1].at, at("2026-02-02T08:00:00Z"));
    assert!(rows_of(&rows, None).is_ok());
}

#[test]
fn what_was_in_production_on_a_date() {
    let (chain, _) = five();
    let (path, stage, api) = ("shop".parse().unwrap(), "production".parse().unwrap(), "api".parse().unwrap());
    let was = |when: &str| {
        in_stage_at(chain.entries(), &path, &stage, &api, at(when)).and_then(|entry| entry.digest.clone())
    };
    assert_eq!(was("2026-01-31T00:00:00Z"), None);
    assert_eq!(was("2026-02-01T08:00:00Z"), Some(digest('a')));
    assert_eq!(was("2026-02-04T00:00:00Z"), Some(digest('b')));
    assert_eq!(was("2027-01-01T00:00:00Z"), Some(digest('d')));
    let all = in_stages_at(chain.entries(), at("2026-02-04T00:00:00Z"));
    let all: Vec<(&str, String)> =
        all.iter().map(|(key, (digest, _))| (key.2.as_str(), digest.short())).collect();
    assert_eq!(all, [("api", digest('b').short()), ("web", digest('c').short())]);
}

#[test]
fn the_history_is_asked() {
    let (chain, _) = five();
    let ask = |query: HistoryQuery| -> Vec<u64> {
        query.run(chain.entries()).iter().map(|entry| entry.sequence).collect()
    };
    assert_eq!(ask(HistoryQuery::default()), [5, 4, 3, 2, 1]);
    assert_eq!(ask(HistoryQuery { service: Some("api".parse().unwrap()), ..Default::default() }), [5, 2, 1]);
    assert_eq!(ask(HistoryQuery { moves_only: true, limit: Some(2), ..Default::default() }), [5, 3]);
    assert_eq!(ask(HistoryQuery { text: Some("HOT FIX".into()), ..Default::default() }), [3]);
    assert_eq!(ask(HistoryQuery { digest: Some("aaaa".into()), ..Default::default() }), [4, 1]);
    assert_eq!(ask(HistoryQuery { digest: Some("a".into()), ..Default::default() }), [0; 0]);
    let february = HistoryQuery {
        from: Some(at("2026-02-02T08:00:00Z")),
        until: Some(at("2026-02-04T08:00:00Z")),
        ..Default::default()
    };
    assert_eq!(ask(february), [3, 2]);
}

#[test]
fn an_entry_is_an_in_toto_statement() {
    let (chain, _) = five();
    let statement = in_toto_statement(&chain.entries()[0]).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["subject"][0]["digest"]["sha256"], digest('a').hex());
    assert_eq!(statement["predicate"]["hash"], chain.entries()[0].hash.as_str());
    assert!(in_toto_statement(&Entry::new(Event::Held, person("a"), at("2026-02-01T08:00:00Z"))).is_none());
}

#[test]
fn ten_thousand_promotions_are_verified_and_filtered_quickly() {
    let (chain, rows) = chain_of((0..10_000).map(|i| {
        promoted(&format!("s{}", i % 100), char::from_digit(i % 16, 16).unwrap(), "2026-02-01T08:00:00Z")
    }));
    let begin = Instant::now();
    assert_eq!(rows_of(&rows, Some(&chain.head())).unwrap().entries().len(), 10_000);
    let query = HistoryQuery { service: Some("s7".parse().unwrap()), ..Default::default() };
    assert_eq!(query.run(chain.entries()).len(), 100);
    // One second for an optimised build; a debug build on a busy machine is far slower.
    let most = if cfg!(debug_assertions) { 10 } else { 1 };
    assert!(begin.elapsed().as_secs() < most, "{:?}", begin.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_an_entry_is_read_back(texts in proptest::collection::vec("\\PC{0,40}|[\\x00-\\x7f]{0,10}", 1..5)) {
        let (chain, rows) = chain_of(
            texts.iter().map(|text| promoted("api", 'a', "2026-02-01T08:00:00Z").because(text.clone())),
        );
        prop_assert_eq!(rows_of(&rows, Some(&chain.head())), Ok(chain));
    }

    #[test]
    fn a_row_of_any_text_is_refused(text in "\\PC{0,60}", at in 0usize..6) {
        let (_, mut rows) = five();
        rows.insert(at.min(5), text);
        prop_assert_eq!(rows_of(&rows, None).map_err(|(found, _)| found), Err(at.min(5) as u64 + 1));
    }
}
