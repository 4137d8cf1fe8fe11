//! Hostile texts: refused, or read in bounded time and memory.

use std::time::{Duration, Instant};

use longshore_policy::rule::parse_rules;

/// Generous for a slow machine in a debug build; without bounds these take minutes or never end.
const BOUND: Duration = Duration::from_secs(20);

fn refused(text: &str) -> &'static str {
    let began = Instant::now();
    let findings = parse_rules(text).unwrap_err();
    assert!(began.elapsed() < BOUND, "took {:?}", began.elapsed());
    assert!(findings.len() <= 100, "{} findings", findings.len());
    for finding in &findings {
        assert!(finding.text.len() < 2_000, "a finding repeats the hostile text");
        assert!(!finding.text.contains(char::is_control), "{:?}", finding.text);
    }
    findings[0].code
}

#[test]
fn a_text_of_ten_megabytes() {
    assert_eq!(refused(&"a: b\n".repeat(2_000_000)), "yaml-too-large");
}

#[test]
fn deep_nesting() {
    for text in ["[".repeat(500_000), "{a: ".repeat(200_000), "- ".repeat(400_000)] {
        // The parser has bounds of its own too, and either may be reached first.
        assert!(matches!(refused(&text), "yaml-too-deep" | "yaml-syntax"));
    }
    assert_eq!(refused(&format!("{}x{}", "[".repeat(40), "]".repeat(40))), "yaml-too-deep");
}

#[test]
fn an_alias_bomb() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..30 {
        let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    assert_eq!(refused(&text), "yaml-too-large");
}

#[test]
fn an_alias_inside_itself() {
    assert_eq!(refused("a: &a [*a]"), "yaml-alias");
}

#[test]
fn many_wrong_keys() {
    let text: String = (0..30_000).map(|i| format!("key{i}: 1\n")).collect();
    assert_eq!(refused(&text), "unknown-key");
}

#[test]
fn one_key_a_million_times() {
    let keys: String = (0..40_000).map(|_| "name: x\n".to_owned()).collect();
    assert_eq!(refused(&keys), "unknown-key");
}

#[test]
fn control_characters_and_broken_quotes() {
    for text in [
        "name: \"\u{1b}[31m",
        "\u{0}",
        "%YAML 9.9\n---\n",
        "a: !!binary x",
        "? [a]\n: b",
        "--- a\n--- b",
        "",
        "\u{feff}",
        "\t",
        "a: b: c",
    ] {
        refused(text);
    }
}

#[test]
fn a_long_line_and_a_long_word() {
    refused(&format!("version: {}", "9".repeat(900_000)));
    refused(&format!("\"{}\": 1", "é".repeat(400_000)));
    refused(&format!("version: 1\nrules: [{}]", "a, ".repeat(60_000)));
}
