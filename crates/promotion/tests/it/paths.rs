//! Path files: read, checked, and what their paths say.

use longshore_promotion::{
    Service,
    path::{TagPolicy, paths_to_yaml, read_path_file, read_paths, schema},
};

use crate::common::{SHOP, place, shop};

const FULL: &str = include_str!("full.yaml");

fn service(text: &str) -> Service {
    text.parse().unwrap()
}

/// The codes of the findings, each with its line.
fn findings(text: &str) -> Vec<(&'static str, usize)> {
    let (paths, findings) = read_paths(text);
    assert_eq!(paths.is_none(), findings.iter().any(longshore_policy::Finding::is_error));
    findings.iter().map(|finding| (finding.code, finding.position.map_or(0, |at| at.line))).collect()
}

#[test]
fn the_form_of_the_guide_is_read() {
    let path = shop();
    assert_eq!(path.stages.len(), 2);
    let production = path.stage("production").unwrap();
    assert_eq!(path.previous(production).unwrap().name.as_str(), "dev");
    let places: Vec<String> =
        production.places(&service("api")).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        places,
        [
            "444455556666.dkr.ecr.us-west-2.amazonaws.com/prod-api",
            "444455556666.dkr.ecr.eu-west-1.amazonaws.com/prod-api"
        ]
    );
    let keys: Vec<&str> = production.gates.iter().map(|gate| gate.key()).collect();
    assert_eq!(keys, ["minimum_age", "tag_scheme", "labels", "approvals"]);
    assert_eq!((production.approvals(), &production.tags), (1, &TagPolicy::Keep));
    let found = path.at(&place("444455556666/eu-west-1", "prod-team/api"));
    assert_eq!((found[0].0.name.as_str(), found[0].1.as_str()), ("production", "team/api"));
    assert!(path.at(&place("444455556666/eu-west-1", "dev-api")).is_empty());
}

#[test]
fn every_key_is_read_and_written_alike() {
    let (first, found) = read_path_file(FULL);
    assert!(found.is_empty(), "{found:#?}");
    let first = first.unwrap();
    let written = paths_to_yaml(&first.file);
    let (second, found) = read_path_file(&written);
    assert!(found.is_empty(), "{found:#?}\n{written}");
    assert_eq!(Some(&first), second.as_ref());
    insta::assert_snapshot!("path_file", written);
    let keys: Vec<&str> =
        first.paths[0].stages.iter().flat_map(|stage| &stage.gates).map(|gate| gate.key()).collect();
    for key in [
        "minimum_age",
        "in_previous_stage",
        "tag_scheme",
        "labels",
        "annotations",
        "platforms",
        "maximum_size",
        "scan",
        "signature",
        "attestation",
        "not_superseded",
        "freeze",
        "command",
        "webhook",
        "approvals",
    ] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn bad_files_say_where_and_what() {
    let stages = |stages: &str| format!("paths:\n  - name: shop\n    stages:\n{stages}");
    let dev = "      - { name: dev, registry: 111122223333/us-west-2, repositories: \"dev-{service}\" }\n";
    for (text, expected) in [
        (String::new(), vec![("yaml-empty", 1)]),
        ("paths: [".into(), vec![("yaml-syntax", 2)]),
        (format!("{}      - {{ name: b, registy: ghcr.io }}\n", stages(dev)), vec![("unknown-key", 5)]),
        (stages("      - { name: dev }\n"), vec![("path-registry", 4)]),
        (
            stages("      - { name: dev, registry: ghcr.io, registries: [quay.io] }\n"),
            vec![("path-registry", 4)],
        ),
        (stages("      - { name: dev, registry: prod }\n"), vec![("path-registry", 4)]),
        (stages("      - { name: dev, registry: \"oci:/srv\" }\n"), vec![("path-registry", 4)]),
        (stages("      - { name: dev, registries: [ghcr.io, GHCR.io] }\n"), vec![("path-registry-twice", 4)]),
        (stages("      - { name: \"a b\", registry: ghcr.io }\n"), vec![("path-name", 4)]),
        (
            stages("      - { name: dev, registry: ghcr.io, repositories: \"{svc}\" }\n"),
            vec![("path-mapping", 4)],
        ),
        (
            stages("      - { name: dev, registry: ghcr.io, repositories: \"dev\" }\n"),
            vec![("path-mapping", 4)],
        ),
        (
            stages("      - { name: dev, registry: ghcr.io, tags: { template: \"{tag} x\" } }\n"),
            vec![("path-tags", 4)],
        ),
        (
            stages("      - { name: dev, registry: ghcr.io, gates: [{ minimum_age: 1h }] }\n"),
            vec![("path-gate-first", 4)],
        ),
        (format!("{}{dev}", stages(dev)), vec![("path-stage-twice", 5)]),
        (
            format!(
                "{}      - {{ name: b, registry: 111122223333/us-west-2, repositories: \"dev-{{service}}\" }}\n",
                stages(dev)
            ),
            vec![("path-same-repository", 5)],
        ),
        (
            format!("{}      - {{ name: b, registry: ghcr.io, from: c }}\n", stages(dev)),
            vec![("path-stage-unknown", 5)],
        ),
        (
            format!("{}      - {{ name: b, registry: ghcr.io, from: b }}\n", stages(dev)),
            vec![("path-cycle", 5)],
        ),
        (
            stages(
                "      - { name: a, registry: ghcr.io, from: c }\n      - { name: b, registry: quay.io }\n      - { name: c, registry: docker.io }\n",
            ),
            vec![("path-cycle", 4)],
        ),
        (format!("{SHOP}{}", SHOP.trim_start().trim_start_matches("paths:\n")), vec![("path-twice", 15)]),
    ] {
        assert_eq!(findings(&text), expected, "{text}");
    }
}

#[test]
fn bad_gates_say_what_to_write() {
    for (gate, expected) in [
        ("{}", "gate needs a key such as"),
        ("{ minimum_age: 1h, approvals: 1 }", "this asks 2"),
        ("{ minimum_age: 1 }", "write `1d` for days"),
        ("{ labels: {} }", "asks nothing"),
        ("{ labels: { a: \"(\" } }", "not a regular expression"),
        ("{ platforms: [amd64] }", "is not a platform"),
        ("{ maximum_size: 2 }", "is not a size"),
        ("{ maximum_size: 2MB/s }", "is not a size"),
        (
            "{ scan: { max_severity: medium, allow: [{ id: CVE-1, until: soon, reason: x }] } }",
            "neither a date",
        ),
        ("{ scan: { max_severity: terrible } }", "must be"),
        ("{ signature: { identity: a } }", "needs its `issuer`"),
        ("{ signature: {} }", "signer is a `key`"),
        ("{ freeze: {} }", "needs `windows` or `dates`"),
        ("{ freeze: { dates: [{ from: 2026-12-24, to: 2026-12-20 }] } }", "before it begins"),
        (
            "{ freeze: { dates: [{ from: 2026-12-24, to: 2026-12-25 }], time_zone: Europe/Berlim } }",
            "did you mean `Europe/Berlin`",
        ),
        ("{ webhook: { url: \"http://example.com\" } }", "https://"),
        ("{ command: { run: [true], timeout: 2h } }", "at most an hour"),
        ("{ approvals: 0 }", "must be a number from 1 to 20"),
        ("{ in_previous_stage: false }", "asks nothing"),
        ("{ tag_scheme: { regex: \"(\" } }", "not a regular expression"),
    ] {
        let text = format!(
            "paths:\n  - name: shop\n    stages:\n      - {{ name: a, registry: ghcr.io }}\n      - name: b\n        registry: quay.io\n        gates:\n          - {gate}\n"
        );
        let (_, findings) = read_paths(&text);
        assert_eq!(findings.len(), 1, "{gate}: {findings:#?}");
        assert!(findings[0].text.contains(expected), "{gate}: {}", findings[0].text);
        assert_eq!(findings[0].position.map(|at| at.line), Some(8), "{gate}");
    }
}

#[test]
fn paths_that_lead_back_into_each_other_are_found() {
    let two = |services: &str| {
        format!(
            "paths:\n  - name: one\n    services: [{services}]\n    stages:\n      - {{ name: a, registry: ghcr.io }}\n      - {{ name: b, registry: quay.io }}\n  - name: two\n    services: [web]\n    stages:\n      - {{ name: a, registry: quay.io }}\n      - {{ name: b, registry: ghcr.io }}\n"
        )
    };
    assert_eq!(findings(&two("web")), [("path-cycle", 7)]);
    assert_eq!(findings(&two("'w*'")), [("path-cycle", 7)]);
    assert_eq!(findings(&two("api")), []);
}

#[test]
fn a_hostile_file_is_bounded() {
    for text in
        ["[".repeat(100_000), "a: &a [*a]".into(), "x".repeat(2 << 20), "paths:\n - &a {b: [*a]}".into()]
    {
        assert!(read_paths(&text).0.is_none());
    }
    let stages: String =
        (0..50).map(|i| format!("      - {{ name: s{i}, registry: r{i}.example }}\n")).collect();
    let many: String =
        (0..500).map(|i| format!("  - name: p{i}\n    services: [s{i}]\n    stages:\n{stages}")).collect();
    let begin = std::time::Instant::now();
    let (found, findings) = read_paths(&format!("paths:\n{many}"));
    assert!(found.is_none() && !findings.is_empty(), "100,000 values are too many");
    assert!(begin.elapsed().as_secs() < 20);
}

#[test]
fn every_key_of_the_schema_is_documented() {
    fn walk(value: &serde_json::Value, path: &str, undocumented: &mut Vec<String>) {
        for (key, property) in
            value.get("properties").and_then(|found| found.as_object()).into_iter().flatten()
        {
            if property.get("description").is_none() && value.get("description").is_none() {
                undocumented.push(format!("{path}.{key}"));
            }
        }
        match value {
            serde_json::Value::Object(object) => {
                object.iter().for_each(|(key, inner)| walk(inner, &format!("{path}.{key}"), undocumented));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|inner| walk(inner, path, undocumented)),
            serde_json::Value::Null => panic!("{path} is null"),
            _ => {}
        }
    }
    let schema = schema();
    let mut undocumented = Vec::new();
    walk(&schema, "", &mut undocumented);
    undocumented.retain(|path| !path.contains("Mapping"));
    assert!(undocumented.is_empty(), "{undocumented:?}");
    assert_eq!(schema["title"], "Longshore paths");
}

#[test]
fn findings_read_as_sentences() {
    let text = "paths:\n  - name: shop\n    stages:\n      - name: dev\n        registry: prod\n        gates: [{ minimum_age: 1h }, { approvals: 1, if_present: true }]\n      - name: live\n        registry: quay.io/team\n        repositories: live\n        tags: { template: \"{version}\" }\n        gates:\n          - { minimum_age: soon }\n          - { scan: { max_severity: high }, approvals: 2 }\n";
    let (_, findings) = read_paths(text);
    let lines = findings.iter().map(|finding| {
        let at = finding.position.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
        format!("{at} {} {}\n", finding.code, finding.text)
    });
    insta::assert_snapshot!("findings", lines.collect::<String>());
}
