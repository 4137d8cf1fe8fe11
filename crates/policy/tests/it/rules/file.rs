//! Reading a rule file: valid rules are read, and every problem is reported at its position.

use longshore_policy::{
    Finding, Severity,
    rule::{CompiledRule, explain, parse_rules, read_rules, schema, to_yaml},
};

pub(crate) const FULL: &str = include_str!("full.yaml");

fn told(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| {
            let at = finding.position.map_or("-".to_owned(), |p| format!("{}:{}", p.line, p.column));
            let hint = finding.hint.as_ref().map(|hint| format!(" → {hint}")).unwrap_or_default();
            let severity = if finding.severity == Severity::Error { "" } else { " (warning)" };
            format!("{at} [{}]{severity} {}{hint}", finding.code, finding.text)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_file_with_every_key_is_read_and_explained() {
    let (file, findings) = read_rules(FULL);
    assert!(findings.is_empty(), "{}", told(&findings));
    let file = file.unwrap();
    let names =
        |account: &longshore_names::AccountId| (account.as_str() == "111122223333").then(|| "Dev".to_owned());
    let sentences: Vec<String> = file
        .rules
        .iter()
        .map(|rule| {
            let compiled = CompiledRule::compile(rule).unwrap();
            format!("## {}\n{}", rule.name, explain(&compiled, &names).join("\n"))
        })
        .collect();
    insta::assert_snapshot!("explained", sentences.join("\n\n"));
    insta::assert_snapshot!("canonical", to_yaml(&file));
}

#[test]
fn texts_that_look_like_numbers_and_booleans_stay_texts() {
    let file = parse_rules(
        "{version: 1, rules: [{name: no, source: {registry: 111122223333/us-west-2, tags: {include: [{exact: 1.20}, \
         {exact: 0123}, {exact: true}]}, labels: {stable: yes}}, destinations: [{registry: 'localhost:5000'}]}]}",
    )
    .unwrap();
    let rule = &file.rules[0];
    assert_eq!(rule.name, "no");
    assert_eq!(rule.source.labels["stable"], "yes");
    let tags: Vec<&str> =
        rule.source.tags.as_ref().unwrap().include.iter().map(|pattern| pattern.text()).collect();
    assert_eq!(tags, ["1.20", "0123", "true"]);
}

#[test]
fn json_is_read_too() {
    let file = parse_rules(FULL).unwrap();
    let json = serde_json::to_string_pretty(&file).unwrap();
    assert_eq!(parse_rules(&json).unwrap(), file);
}

#[test]
fn anchors_say_a_thing_once() {
    let file = parse_rules(
        "version: 1\nrules:\n- name: a\n  source: &source {registry: ghcr.io}\n  destinations: &to [{registry: 'localhost:5000'}]\n\
         - name: b\n  source: *source\n  destinations: *to\n",
    )
    .unwrap();
    assert_eq!(file.rules[0].source, file.rules[1].source);
    assert_eq!(file.rules[0].destinations, file.rules[1].destinations);
}

#[test]
fn what_has_another_shape_is_told_at_its_place_all_at_once() {
    let text = "\
version: 2
rules:
  - name: a
    source:
      registry: ghcr.io
      repositries:
        - prefix: prod/
      exclude: prod/old
      tags:
        include:
          - globb: 'v*'
          - glob: a
            exact: b
        newest: five
        newest_by: date
      referrers: [with]
      labels: [a]
    destination: []
    prune:
      enabled: yes
      max: 1000000
    schedule:
    name: b
  - source: {}
    destinations: []
";
    let findings = parse_rules(text).unwrap_err();
    insta::assert_snapshot!("shape", told(&findings));
}

#[test]
fn what_means_nothing_is_told_at_its_place_all_at_once() {
    let text = "\
version: 1
rules:
  - name: mirror
    source:
      registry: https://ghcr.io/team
      repositories:
        - regex: '(a'
        - glob: 'a['
        - prefix: prod*
        - exact: Team//App
      tags:
        include:
          - semver: '>= banana'
          - exact: 'v*'
        newest: 3
        pushed_after: 31.1.2026
        minimum_age: 7 days
      platforms: [amd64]
    destinations:
      - registry: 111122223333
      - registry: 444455556666/us-west-3
        rename:
          template: mirror/{repo}
        tags:
          template: '{tag'
          map:
            latest: 'not a tag'
        create:
          settings:
            immutability_exceptions: ['a b']
            encryption: {kms: ''}
            tags: {'aws:x': y}
    schedule:
      cron: 0 25 * * *
      time_zone: Europe/Berlim
    limits:
      bandwidth: 50Mb/s
      windows:
        - {from: '22:00', to: '22:00'}
        - {from: 7am, to: '08:00', time_zone: Mars/Phobos}
  - name: mirror
    source: {registry: ghcr.io, tags: {pushed_after: 2026-02-01, pushed_before: 2026-01-01}}
    destinations:
      - registry: ghcr.io
      - registry: localhost:5000
        rename: {template: all}
      - registry: localhost:5001
        tags: {template: latest}
    schedule: {watch: 1s}
";
    let findings = parse_rules(text).unwrap_err();
    insta::assert_snapshot!("meaning", told(&findings));
}

#[test]
fn what_is_allowed_but_hardly_meant_is_a_warning() {
    let text = "\
version: 1
rules:
  - name: inside
    source: {registry: 111122223333/us-west-2}
    destinations:
      - registry: 111122223333.dkr.ecr.us-west-2.amazonaws.com
        rename: {template: 'mirror/{repository}'}
  - name: out
    source: {registry: ghcr.io, tags: {minimum_age: 7d}}
    destinations:
      - registry: registry.example.com
        rename: {template: 'mirror/{basename}'}
        create: template
      - registry: 444455556666/us-west-2
        create: {settings: {immutability: immutable}}
        on_conflict: overwrite
    prune: {enabled: true}
  - name: other
    source: {registry: quay.io}
    destinations: [{registry: registry.example.com}]
";
    let (file, findings) = read_rules(text);
    assert!(file.is_some());
    insta::assert_snapshot!("warnings", told(&findings));
}

#[test]
fn renaming_into_one_name_is_refused() {
    for (rename, source) in [
        ("{template: '{basename}'}", "[{exact: a/app}, {exact: b/app}]"),
        ("{template: mirror}", "[{prefix: a}]"),
        ("{prefix: {from: a/, to: b/}}", "[{exact: a/app}, {exact: b/app}]"),
    ] {
        let text = format!(
            "{{version: 1, rules: [{{name: a, source: {{registry: ghcr.io, repositories: {source}}}, \
             destinations: [{{registry: 'localhost:5000', rename: {rename}}}]}}]}}"
        );
        let findings = parse_rules(&text).unwrap_err();
        assert_eq!(findings[0].code, "rule-rename-collision", "{rename}: {}", told(&findings));
    }
}

/// The schema and the parser agree on every key.
#[test]
fn the_schema_knows_the_keys_of_a_full_file_and_no_others() {
    let schema = schema();
    let file = serde_json::to_value(parse_rules(FULL).unwrap()).unwrap();
    let rule = &schema["$defs"]["Rule"];
    assert_eq!(rule["additionalProperties"], false);
    for (definition, used) in [
        ("Rule", &file["rules"][0]),
        ("Source", &file["rules"][0]["source"]),
        ("TagFilter", &file["rules"][0]["source"]["tags"]),
        ("Destination", &file["rules"][0]["destinations"][0]),
        ("Limits", &file["rules"][0]["limits"]),
        ("Window", &file["rules"][0]["limits"]["windows"][0]),
    ] {
        let known: Vec<&String> =
            schema["$defs"][definition]["properties"].as_object().unwrap().keys().collect();
        let used: Vec<&String> = used.as_object().unwrap().keys().collect();
        assert_eq!(known, used, "{definition}: the full example shows every key");
    }
}

/// The examples in the documentation are valid, and the schema next to it is the parser's.
#[test]
fn the_documentation_is_true() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let guide = std::fs::read_to_string(root.join("guide/rules.md")).unwrap();
    let examples: Vec<&str> =
        guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 5);
    for example in examples {
        let (file, findings) = read_rules(example);
        assert!(file.is_some() && findings.is_empty(), "{example}\n{}", told(&findings));
    }
    let written = std::fs::read_to_string(root.join("rules.schema.json")).unwrap();
    assert!(written == format!("{:#}\n", schema()), "docs/rules.schema.json is stale: run `make generate`");
}

use crate::pasted::rule_file;

fn base() -> longshore_policy::rule::RuleFile {
    parse_rules(&rule_file("base.yaml")).unwrap()
}

#[test]
fn a_file_is_read_whatever_editor_wrote_it() {
    for name in ["bom-crlf.yaml", "utf16.yaml", "nbsp.yaml"] {
        let (file, findings) = read_rules(&rule_file(name));
        assert_eq!(file, Some(base()), "{name}: {}", told(&findings));
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        let expected: &[&str] = if name == "nbsp.yaml" { &["typographic-blanks"] } else { &[] };
        assert_eq!(
            codes.iter().filter(|code| code.starts_with("typographic")).copied().collect::<Vec<_>>(),
            expected,
            "{name}"
        );
    }
    // As the window receives it, without the bytes.
    let bytes: String = rule_file("base.yaml").chars().flat_map(|c| [c, '\0']).collect();
    assert_eq!(read_rules(&format!("\u{fffd}\u{fffd}{bytes}")).0, Some(base()));
    let error = longshore_policy::paste::decode(b"version: 1\nrules: \x93x\x94").unwrap_err();
    assert_eq!(
        (error.code, error.position.unwrap().line, error.position.unwrap().column),
        ("text-encoding", 2, 8)
    );
}

#[test]
fn odd_quotes_around_a_name_are_left_out_and_named() {
    let (file, findings) = read_rules(&rule_file("smart.yaml"));
    let quotes: Vec<_> = findings.iter().filter(|finding| finding.code == "typographic-quotes").collect();
    assert_eq!(quotes.len(), 2, "{}", told(&findings));
    assert_eq!((quotes[0].position.unwrap().line, quotes[0].severity), (7, Severity::Warning));
    assert_eq!(file, Some(base()));
    let text = |prefix: &str| rule_file("base.yaml").replace("prefix: prod-", &format!("prefix: {prefix}"));
    for prefix in [
        "\u{2018}prod-\u{2019}",
        "\u{ab}prod-\u{bb}",
        "\u{201e}prod-\u{201c}",
        "\u{2033}prod-\u{2033}",
        "\u{200b}prod-",
        "pr\u{ad}od-",
    ] {
        let (file, findings) = read_rules(&text(prefix));
        assert!(file == Some(base()) && !findings.is_empty(), "{prefix:?}: {}", told(&findings));
    }
    for prefix in ["\u{201c}prod-", "prod\u{2019}s", "pr\u{a0}od"] {
        let (file, findings) = read_rules(&text(prefix));
        assert!(
            file.is_none() && findings[0].is_error() && findings[0].position.unwrap().line == 7,
            "{prefix:?}"
        );
    }
    for name in [
        "registry: \u{201c}111122223333.dkr.ecr.us-west-2.amazonaws.com\u{201d}",
        "\u{201c}registry\u{201d}: 111122223333.dkr.ecr.us-west-2.amazonaws.com",
    ] {
        let text = rule_file("base.yaml").replacen(
            "registry: 111122223333.dkr.ecr.us-west-2.amazonaws.com",
            name,
            1,
        );
        assert_eq!(read_rules(&text).0, Some(base()), "{name}");
    }
    // A label is free text: its quotes may be intended.
    let labelled = rule_file("base.yaml").replacen(
        "      repositories:",
        "      labels: {title: \u{201c}Prod\u{201d}}\n      repositories:",
        1,
    );
    let (file, findings) = read_rules(&labelled);
    assert_eq!(file.unwrap().rules[0].source.labels["title"], "\u{201c}Prod\u{201d}");
    assert!(!findings.iter().any(|finding| finding.code == "typographic-quotes"));
}

#[test]
fn names_that_ecr_does_not_have_are_named() {
    for name in ["upper.yaml", "exact.yaml"] {
        let (file, findings) = read_rules(&rule_file(name));
        assert!(
            file.is_none() && findings.iter().any(|f| f.is_error() && f.position.is_some()),
            "{name}: {}",
            told(&findings)
        );
    }
}
