//! Rules as a Kubernetes Job or CronJob.

use longshore_policy::{
    export::{KubernetesOptions, Resources, kubernetes},
    rule::{RuleFile, parse_rules},
};

fn rules(schedule: &str) -> RuleFile {
    parse_rules(&format!(
        "version: 1\nrules:\n  - name: releases to the edge\n    source:\n      registry: 111122223333/us-west-2\n      \
         repositories: [{{prefix: prod/}}]\n      tags: {{minimum_age: 7d}}\n    destinations:\n      \
         - registry: registry.example.com\n        rename: {{template: 'mirror/{{repository}}'}}\n    \
         limits: {{bandwidth: 50MB/s}}\n{schedule}"
    ))
    .map_err(|findings| format!("{findings:#?}"))
    .unwrap()
}

const CRON: &str = "    schedule: {cron: 0 3 * * MON-FRI, time_zone: Europe/Berlin}\n";

fn options() -> KubernetesOptions {
    KubernetesOptions {
        namespace: Some("images".into()),
        role_arn: Some("arn:aws:iam::111122223333:role/longshore".into()),
        ..KubernetesOptions::new("edge-mirror", "registry.example.com/tools/longshore:0.1.0")
    }
}

fn text(file: &RuleFile, options: &KubernetesOptions) -> String {
    let exported = kubernetes(file, options).unwrap();
    format!("# {}\n# {}\n---\n{}", exported.file_name, exported.notes.join("\n# "), exported.text)
}

#[test]
fn shards_are_an_indexed_job() {
    let options = KubernetesOptions { shards: 4, ..options() };
    insta::assert_snapshot!("kubernetes_indexed_job", text(&rules(""), &options));
}

#[test]
fn a_schedule_is_a_cron_job() {
    let options =
        KubernetesOptions { docker_config_secret: Some("registry.credentials".into()), ..options() };
    insta::assert_snapshot!("kubernetes_cron_job", text(&rules(CRON), &options));
}

#[test]
fn a_schedule_can_be_left_out() {
    let once = KubernetesOptions { once: true, role_arn: None, namespace: None, ..options() };
    let exported = kubernetes(&rules(CRON), &once).unwrap();
    assert!(exported.text.contains("kind: Job\n") && !exported.text.contains("CronJob"));
    assert!(exported.notes.iter().any(|note| note.contains("runs once")), "{:?}", exported.notes);
    assert!(exported.notes.iter().any(|note| note.contains("no AWS credentials")), "{:?}", exported.notes);
}

#[test]
fn the_rules_in_the_config_map_are_the_rules() {
    let file = rules(CRON);
    let text = kubernetes(&file, &options()).unwrap().text;
    let data = text.split("  rules.yaml: |\n").nth(1).unwrap().split("---\n").next().unwrap();
    let rules: String =
        data.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap())).collect();
    assert_eq!(parse_rules(&rules).unwrap(), file);
}

#[test]
fn what_kubernetes_does_not_take_is_refused() {
    let named = |name: &str| KubernetesOptions { name: name.into(), ..options() };
    let with_role = |role: &str| KubernetesOptions { role_arn: Some(role.into()), ..options() };
    let with_memory = |memory: &str| KubernetesOptions {
        resources: Resources { memory: memory.into(), ..Resources::default() },
        ..options()
    };
    let once = rules("");
    let cron = rules(CRON);
    let other = |schedule: &str| rules(&format!("    schedule: {schedule}\n"));
    let mut two = rules(CRON);
    two.rules.extend(rules("").rules);
    let directory = parse_rules(
        "{version: 1, rules: [{name: a, source: {registry: 'oci:/x'}, destinations: [{registry: ghcr.io}]}]}",
    )
    .unwrap();
    let long = "a".repeat(60);
    let cases: Vec<(&RuleFile, KubernetesOptions, &str)> = vec![
        (&once, named("Edge"), "kubernetes-name"),
        (&once, named("-edge"), "kubernetes-name"),
        (&once, named("edge.mirror"), "kubernetes-name"),
        (&once, named("edge\nkind: Pod"), "kubernetes-name"),
        (&cron, named(&long), "kubernetes-name"),
        (&once, KubernetesOptions { namespace: Some("a b".into()), ..options() }, "kubernetes-name"),
        (&once, KubernetesOptions { image: "a b".into(), ..options() }, "kubernetes-name"),
        (
            &once,
            KubernetesOptions { docker_config_secret: Some("a..b".into()), ..options() },
            "kubernetes-name",
        ),
        (&once, with_role("longshore"), "kubernetes-name"),
        (&once, with_role("arn:aws:iam::111122223333:user/x"), "kubernetes-name"),
        (&once, with_memory("128 MiB"), "kubernetes-name"),
        (&once, with_memory("Mi"), "kubernetes-name"),
        (&once, KubernetesOptions { shards: 0, ..options() }, "kubernetes-shards"),
        (&once, KubernetesOptions { shards: 1001, ..options() }, "kubernetes-shards"),
        (&directory, options(), "kubernetes-directory"),
        (&two, options(), "kubernetes-schedules"),
    ];
    for (file, options, code) in cases {
        let error = kubernetes(file, &options).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.hint().is_empty() && !error.to_string().contains('\n'));
    }
    assert!(kubernetes(&once, &named(&long)).is_ok(), "a Job's name may be longer");
    for schedule in ["{watch: 5m}", "{cron: '0 3 L * *'}", "{cron: '0 3 * * 5#2'}"] {
        assert_eq!(
            kubernetes(&other(schedule), &options()).unwrap_err().code(),
            "kubernetes-schedule",
            "{schedule}"
        );
    }
    assert_eq!(kubernetes(&RuleFile::new(Vec::new()), &options()).unwrap_err().code(), "kubernetes-empty");
}
