//! When rules run and data is transferred, across clock changes.

use chrono::{DateTime, Utc};
use longshore_policy::rule::{CompiledRule, parse_rules};

fn rule(keys: &str) -> CompiledRule {
    let text = format!(
        "{{version: 1, rules: [{{name: a, source: {{registry: ghcr.io}}, destinations: [{{registry: 'localhost:5000'}}], {keys}}}]}}"
    );
    let file = parse_rules(&text).map_err(|findings| format!("{findings:#?}")).unwrap();
    CompiledRule::compile(&file.rules[0]).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The next times after `from`, in local time and in UTC.
fn next(keys: &str, from: &str, number: usize) -> Vec<String> {
    let rule = rule(&format!("schedule: {keys}"));
    let timetable = rule.timetable().unwrap();
    let mut now = at(from);
    (0..number)
        .map(|_| {
            now = timetable.next_after(now).unwrap();
            now.format("%m-%d %H:%M").to_string()
        })
        .collect()
}

#[test]
fn a_daily_time_in_berlin_moves_in_utc_with_the_clocks() {
    assert_eq!(
        next("{cron: 0 3 * * *, time_zone: Europe/Berlin}", "2026-03-27T12:00:00Z", 3),
        ["03-28 02:00", "03-29 01:00", "03-30 01:00"]
    );
    assert_eq!(next("{cron: 0 3 * * *}", "2026-03-27T12:00:00Z", 2), ["03-28 03:00", "03-29 03:00"]);
}

#[test]
fn a_time_that_summer_time_skips_runs_when_the_gap_ends() {
    // On 29 March 2026 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC.
    assert_eq!(
        next("{cron: 30 2 * * *, time_zone: Europe/Berlin}", "2026-03-28T12:00:00Z", 2),
        ["03-29 01:00", "03-30 00:30"]
    );
}

#[test]
fn a_time_that_comes_twice_runs_once() {
    // On 25 October 2026 clocks in Berlin go from 03:00 back to 02:00, at 01:00 UTC.
    assert_eq!(
        next("{cron: 30 2 * * *, time_zone: Europe/Berlin}", "2026-10-24T12:00:00Z", 3),
        ["10-25 00:30", "10-26 01:30", "10-27 01:30"]
    );
}

#[test]
fn the_next_time_is_after_now_and_not_now() {
    assert_eq!(next("{cron: '*/5 * * * *'}", "2026-01-01T00:05:00Z", 2), ["01-01 00:10", "01-01 00:15"]);
    assert_eq!(next("{cron: 0 9 * * MON-FRI}", "2026-11-20T10:00:00Z", 1), ["11-23 09:00"]);
    assert_eq!(next("{watch: 5m}", "2026-01-01T00:05:30Z", 1), ["01-01 00:10"]);
}

#[test]
fn times_that_never_come_and_finer_patterns_are_refused() {
    for cron in ["0 0 31 2 *", "0 0 3 * * *", "61 * * * *", "", "* * * *", "@reboot", "0 0 0 0 0 0 0", "x"] {
        let text = format!(
            "{{version: 1, rules: [{{name: a, source: {{registry: ghcr.io}}, destinations: [{{registry: 'localhost:5000'}}], schedule: {{cron: \"{cron}\"}}}}]}}"
        );
        let findings = parse_rules(&text).unwrap_err();
        assert_eq!(findings[0].code, "rule-schedule", "{cron}: {findings:?}");
    }
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
    let rule =
        rule("limits: {windows: [{days: [fri], from: '22:00', to: '06:00', time_zone: Europe/Berlin}]}");
    let windows = rule.windows();
    // 20 November 2026 is a Friday; Berlin is one hour ahead of UTC.
    for (moment, open) in [
        ("2026-11-20T20:59:59Z", false),
        ("2026-11-20T21:00:00Z", true),
        ("2026-11-21T04:59:59Z", true),
        ("2026-11-21T05:00:00Z", false),
        ("2026-11-21T21:00:00Z", false),
    ] {
        assert_eq!(windows.is_open(at(moment)), open, "{moment}");
    }
    assert_eq!(windows.next_open(at("2026-11-21T06:00:00Z")), Some(at("2026-11-27T21:00:00Z")));
    assert_eq!(windows.next_open(at("2026-11-20T22:00:00Z")), Some(at("2026-11-20T22:00:00Z")));
    assert_eq!(windows.closes_after(at("2026-11-20T22:00:00Z")), Some(at("2026-11-21T05:00:00Z")));
    assert_eq!(windows.closes_after(at("2026-11-21T06:00:00Z")), None);
}

#[test]
fn windows_follow_the_clocks() {
    let rule = rule("limits: {windows: [{from: '02:30', to: '04:00', time_zone: Europe/Berlin}]}");
    let windows = rule.windows();
    // The night of the gap: 02:30 does not exist, so the window begins at 03:00, which is 01:00 UTC.
    assert!(!windows.is_open(at("2026-03-29T00:59:00Z")));
    assert!(windows.is_open(at("2026-03-29T01:00:00Z")));
    assert!(!windows.is_open(at("2026-03-29T02:00:00Z")));
    // The night with two times 02:30: from the first of them.
    assert!(windows.is_open(at("2026-10-25T00:30:00Z")));
    assert!(windows.is_open(at("2026-10-25T02:59:00Z")));
    assert!(!windows.is_open(at("2026-10-25T03:00:00Z")));
}

#[test]
fn windows_that_meet_are_one() {
    let rule = rule(
        "limits: {windows: [{from: '00:00', to: '06:00'}, {from: '06:00', to: '08:00'}, {from: '07:00', to: '09:00'}]}",
    );
    assert_eq!(rule.windows().closes_after(at("2026-01-01T01:00:00Z")), Some(at("2026-01-01T09:00:00Z")));
    let always = self::rule("limits: {windows: [{from: '00:00', to: '24:00'}]}");
    assert!(always.windows().is_open(at("2026-01-01T23:59:59Z")));
    assert_eq!(always.windows().closes_after(at("2026-01-01T01:00:00Z")), None);
    let none = self::rule("limits: {concurrency: 4}");
    assert!(none.windows().is_always() && none.windows().is_open(at("2026-01-01T01:00:00Z")));
}
