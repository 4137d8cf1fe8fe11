//! References are rewritten by a map of prefixes.

use longshore_policy::references::{Rewrite, RewriteMap, apply};

use super::*;

const ECR: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";

/// The file after all changes, and the reasons for references that cannot be changed.
fn rewritten(map: &str, path: &str, text: &str) -> (String, Vec<String>) {
    let map = RewriteMap::parse(&map.replace("ECR", ECR)).unwrap();
    let (mut edits, mut reasons) = (Vec::new(), Vec::new());
    for reference in &find(path, text).references {
        match map.rewrite(reference) {
            Rewrite::None => {}
            Rewrite::To { edits: more, .. } => edits.extend(more),
            Rewrite::NotPossible { why } => reasons.push(why),
        }
    }
    (apply(text, &edits).replace(ECR, "ECR"), reasons)
}

fn one(map: &str, image: &str) -> String {
    let (text, _) = rewritten(map, "Dockerfile", &format!("FROM {image}\n"));
    text.trim_start_matches("FROM ").trim_end().to_owned()
}

#[test]
fn the_longest_prefix_counts_and_tags_stay_as_written() {
    let map = "# images of the hub\ndocker.io/ ECR/hub/\ndocker.io/library/nginx ECR/web/nginx # one image\nquay.io ECR/quay\n\nghcr.io/acme/prod- ECR/acme/\n";
    for (image, expected) in [
        ("redis", "ECR/hub/library/redis"),
        ("redis:7", "ECR/hub/library/redis:7"),
        ("bitnami/redis@sha256:0f", "ECR/hub/bitnami/redis@sha256:0f"),
        ("nginx:1.27", "ECR/web/nginx:1.27"),
        ("docker.io/library/nginx", "ECR/web/nginx"),
        ("nginxinc/nginx", "ECR/hub/nginxinc/nginx"),
        ("nginx-exporter", "ECR/hub/library/nginx-exporter"),
        ("quay.io/a/b:1", "ECR/quay/a/b:1"),
        ("ghcr.io/acme/prod-web:1", "ECR/acme/web:1"),
        ("ghcr.io/acme/dev-web:1", "ghcr.io/acme/dev-web:1"),
        ("quay.io.example.com/a", "quay.io.example.com/a"),
    ] {
        assert_eq!(one(map, image), expected, "{image}");
    }
}

#[test]
fn a_prefix_can_be_written_as_references_are() {
    assert_eq!(one("nginx ECR/nginx", "docker.io/library/nginx:1"), "ECR/nginx:1");
    assert_eq!(one("bitnami/ ECR/bitnami/", "bitnami/redis"), "ECR/bitnami/redis");
    assert_eq!(one("index.docker.io/ ECR/hub/", "a/b"), "ECR/hub/a/b");
    assert_eq!(one("nginx:1.27 ECR/nginx:1.27-patched", "nginx:1.27"), "ECR/nginx:1.27-patched");
    assert_eq!(one("nginx:1.27 ECR/nginx:1.27-patched", "nginx:1.26"), "nginx:1.26");
    assert_eq!(one("localhost:5000 ECR", "localhost:5000/a:1"), "ECR/a:1");
    assert_eq!(one("docker.io/ ECR", "a/b"), "ECR/a/b", "a slash is not forgotten");
    assert_eq!(one("docker.io ECR/", "a/b"), "ECR/a/b", "and not doubled");
}

#[test]
fn only_the_reference_changes_in_its_line() {
    let text = "apiVersion: v1\r\nkind: Pod\r\nspec:\r\n  containers:\r\n  - {name: ä, image: \"nginx:1\" } # nginx\r\n  - image: redis\r\n";
    let (new, _) = rewritten("docker.io/ ECR/", "x.yaml", text);
    assert_eq!(
        new,
        text.replace("\"nginx:1\"", "\"ECR/library/nginx:1\"")
            .replace("image: redis", "image: ECR/library/redis")
    );
}

#[test]
fn an_image_in_several_fields_stays_in_its_fields() {
    let text = "image:\n  registry: docker.io\n  repository: bitnami/redis\n  tag: 7\nweb:\n  image: {repository: nginx, tag: \"1\"}\nempty:\n  image: {registry: '', repository: a/b}\n";
    let (new, _) = rewritten("docker.io/ ECR/hub/", "values.yaml", text);
    assert_eq!(
        new,
        "image:\n  registry: ECR\n  repository: hub/bitnami/redis\n  tag: 7\nweb:\n  image: {repository: ECR/hub/library/nginx, tag: \"1\"}\nempty:\n  image: {registry: '', repository: ECR/hub/a/b}\n"
    );
}

#[test]
fn a_name_in_an_argument_is_changed_there_and_one_from_several_places_is_told() {
    let text = "ARG BASE=nginx\nARG REGISTRY=docker.io\nFROM ${BASE}:1\nFROM $BASE\nFROM redis:${TAG:-7}\nFROM ${REGISTRY}/library/x\n";
    let (new, reasons) = rewritten("docker.io/ ECR/", "Dockerfile", text);
    assert_eq!(
        new,
        "ARG BASE=ECR/library/nginx\nARG REGISTRY=docker.io\nFROM ${BASE}:1\nFROM $BASE\nFROM ECR/library/redis:${TAG:-7}\nFROM ${REGISTRY}/library/x\n"
    );
    assert_eq!(reasons, ["Its name is put together from several places of the file."]);
}

#[test]
fn a_name_is_changed_although_its_tag_is_not_known() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: team/app:${TAG}\n  - image: a/b:1-$BUILD\n  - image: $REPO:1\n  - image: x${Y}\n";
    let (new, reasons) = rewritten("docker.io/ ECR/", "x.yaml", text);
    let expected = text.replace("team/app:", "ECR/team/app:").replace("a/b:", "ECR/a/b:");
    assert_eq!((new, reasons), (expected, Vec::new()));
    let values = "image: {registry: docker.io, repository: '${X:-a/b}', tag: '${TAG}'}\n";
    let (new, _) = rewritten("docker.io/ ECR/", "values.yaml", values);
    assert_eq!(new, "image: {registry: ECR, repository: '${X:-a/b}', tag: '${TAG}'}\n");
    let template = "{{ if x }}\nimage: team/app:{{ .Values.tag }}\n{{ end }}\n";
    let (new, _) = rewritten("docker.io/team/ ECR/", "chart/templates/x.yaml", template);
    assert_eq!(new, "{{ if x }}\nimage: ECR/app:{{ .Values.tag }}\n{{ end }}\n");
}

#[test]
fn what_is_replaced_already_stays() {
    let map = format!("docker.io/ {ECR}/hub/\n{ECR}/ {ECR}/\n");
    assert_eq!(one(&map, &format!("{ECR}/hub/a:1")), "ECR/hub/a:1");
}

#[test]
fn a_map_says_which_line_is_wrong() {
    let told = |map: &str| {
        let all = RewriteMap::parse(map).unwrap_err();
        all.iter().map(|f| (f.position.unwrap().line, f.text.clone())).collect::<Vec<_>>()
    };
    let map = "docker.io/ example.com/\nonly-one\na b c\nquay.io/ https://example.com/\nghcr.io/ mirror/\ndocker.io/ other.com/\n";
    let lines: Vec<usize> = told(map).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6]);
    assert!(told("a b\n")[0].1.contains("does not begin with a host"));
    assert!(RewriteMap::parse("# nothing\n\n").unwrap().is_empty());
}
