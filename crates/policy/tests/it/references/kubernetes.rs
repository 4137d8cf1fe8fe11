//! Kubernetes, Kustomize, Helm.

use super::*;

#[test]
fn every_container_of_every_workload_is_found() {
    let pod = "containers: [{name: a, image: a}]\n      initContainers:\n      - image: \"b:1\"\n      ephemeralContainers: [{image: 'c'}]\n      volumes: [{image: {reference: quay.io/d/e:2}}]";
    for (kind, path) in [
        ("Deployment", "spec:\n  template:\n    spec:\n      "),
        ("CronJob", "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          "),
        ("Pod", "spec:\n      "),
    ] {
        let indent = " ".repeat(path.rsplit('\n').next().unwrap().len());
        let pod = pod.replace("\n      ", &format!("\n{indent}"));
        let text = format!("apiVersion: apps/v1\nkind: {kind}\n{path}{pod}\n");
        assert_eq!(
            images("x.yaml", &text),
            [
                "docker.io/library/a:latest",
                "docker.io/library/b:1",
                "docker.io/library/c:latest",
                "quay.io/d/e:2"
            ],
            "{kind}"
        );
    }
}

#[test]
fn several_documents_and_lists_and_custom_kinds_are_read() {
    let text = "\
apiVersion: v1
kind: ConfigMap
data: {image: not-one}
---
# nothing
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  spec: {containers: [{image: nginx:1}]}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {annotations: {image: https://example.com/logo.png}}
spec:
  image: quay.io/prometheus/prometheus:v3
  logo: {image: logo.png}
  sidecar:
    image:
      repository: ghcr.io/a/b
      tag: 7
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec: {versions: [{schema: {properties: {image: {type: string}}}}]}
";
    let found = find("all.yml", text);
    assert_eq!(
        told(&found),
        [
            "12:31 nginx:1 = docker.io/library/nginx:1",
            "18:10 quay.io/prometheus/prometheus:v3 = quay.io/prometheus/prometheus:v3",
            "22:19 ghcr.io/a/b:7 = ghcr.io/a/b:7",
        ]
    );
    assert_eq!(found.kinds, [Kind::Kubernetes]);
    let running = "apiVersion: v1\nkind: Pod\nstatus:\n  containerStatuses:\n  - image: nginx:1\n    imageID: docker-pullable://nginx@sha256:0f\n  - imageID: sha256:0f\n";
    assert_eq!(
        images("pod.yaml", running),
        ["docker.io/library/nginx:1", "docker.io/library/nginx@sha256:0f"],
        "what runs has a digest"
    );
    let json = r#"{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"nginx"}]}}"#;
    assert_eq!(told(&find("pod.json", json)), ["1:65 nginx = docker.io/library/nginx:latest"]);
}

#[test]
fn an_alias_of_yaml_is_one_reference_and_a_variable_is_not_resolved() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - &c {image: 'nginx:${TAG}'}\n  - *c\n  - image: $(IMAGE)\n  - image: ${REPO:=redis}\n  - image: Not A Reference\n";
    assert_eq!(
        told(&find("x.yaml", text)),
        [
            "5:17 nginx:${TAG} = ?",
            "7:12 $(IMAGE) = ?",
            "8:12 ${REPO:=redis} = docker.io/library/redis:latest",
            "9:12 Not A Reference = ?",
        ]
    );
}

#[test]
fn a_kustomization_names_what_images_are_replaced_by() {
    let text = "resources: [base]\nimages:\n- name: app\n  newName: ghcr.io/team/app\n  newTag: \"1.2\"\n- name: redis\n  digest: sha256:0f\n";
    assert_eq!(
        images("k/kustomization.yaml", text),
        ["ghcr.io/team/app:1.2", "docker.io/library/redis@sha256:0f"]
    );
    assert_eq!(kinds("k/kustomization.yaml", text), [Kind::Kustomize]);
}

#[test]
fn values_of_charts_are_read_in_the_forms_that_charts_have() {
    let text = "\
image:
  registry: docker.io
  repository: bitnami/redis
  tag: 7.4.1-debian-12
  digest: \"\"
controller:
  image:
    registry: registry.k8s.io
    image: ingress-nginx/controller
    tag: v1.11.3
    digest: sha256:d5
web:
  image: nginx
  imageTag: 1.27
sidecar: {image: busybox}
plain:
  proxyImage: envoyproxy/envoy:v1.31
images:
  api: {repository: ghcr.io/team/api, pullPolicy: Always}
  job: ghcr.io/team/job:3
jobs:
- image: {name: team/tool, tag: 2}
imagePullPolicy: Always
imagePullSecrets: []
";
    let found = find("chart/values-prod.yaml", text);
    assert_eq!(
        told(&found),
        [
            "3:15 docker.io/bitnami/redis:7.4.1-debian-12 = docker.io/bitnami/redis:7.4.1-debian-12",
            "9:12 registry.k8s.io/ingress-nginx/controller:v1.11.3@sha256:d5 = registry.k8s.io/ingress-nginx/controller:v1.11.3@sha256:d5",
            "13:10 nginx:1.27 = docker.io/library/nginx:1.27",
            "15:18 busybox = docker.io/library/busybox:latest",
            "17:15 envoyproxy/envoy:v1.31 = docker.io/envoyproxy/envoy:v1.31",
            "19:21 ghcr.io/team/api = ghcr.io/team/api",
            "20:8 ghcr.io/team/job:3 = ghcr.io/team/job:3",
            "22:17 team/tool:2 = docker.io/team/tool:2",
        ]
    );
    assert_eq!(found.kinds, [Kind::Helm]);
}

#[test]
fn yaml_that_only_has_words_like_image_is_no_file_of_references() {
    for text in [
        "image: logo\n",
        "cover: {image: a.png}\n",
        "image: true\n",
        "a: b # image\n",
        "- image: x\n",
        "image:\n",
    ] {
        assert_eq!(kinds("site.yaml", text), [], "{text}");
    }
    assert_eq!(images("settings.yaml", "image: team/app:1\n"), ["docker.io/team/app:1"]);
}

#[test]
fn templates_are_read_line_by_line() {
    let text = "{{- if .Values.on }}\nspec:\n  containers:\n    - name: a\n      image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n    - image: busybox:1 # keep\n    - image: {{ include \"x\" . }}\n{{- end }}\n";
    let found = find("chart/templates/web.yaml", text);
    assert_eq!(
        told(&found),
        [
            "5:15 {{ .Values.image.repository }}:{{ .Values.image.tag }} = ?",
            "6:14 busybox:1 = docker.io/library/busybox:1",
            "7:14 {{ include \"x\" . }} = ?",
        ]
    );
    assert_eq!((found.kinds.as_slice(), found.note), (&[Kind::Helm][..], None));
    let broken = find("x.yaml", "a: [\nimage: redis:7\n");
    assert_eq!(told(&broken), ["2:8 redis:7 = docker.io/library/redis:7"]);
    assert!(broken.note.unwrap().starts_with("Only the lines with `image:` were read"));
}
