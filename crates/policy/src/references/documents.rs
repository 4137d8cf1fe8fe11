//! Files of YAML and JSON: what each document is, and who reads it.

use super::{Found, Kind, collect::Collector, containers, pipelines, templates, values};
use crate::paste::{lenient, node::Node, text::Text, yaml};

/// More values than any file that people write.
const MAX_NODES: usize = 200_000;

/// Every reference is below a key with one of these words, or is `docker://…`.
const WORDS: [&str; 5] = ["image", "Image", "container", "services", "docker://"];

/// The references of a file; path and name are in lower case.
pub(super) fn find(path: &str, name: &str, text: &str) -> Found {
    // Most files have none of the words, and need not be parsed.
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Found::default();
    }
    let read = Text::new(text);
    let is_template = text.contains("{{") && !text.contains("${{");
    let documents = match name.ends_with(".json") {
        true => lenient::value(&read, 0).map(|read| vec![read.node]).map_err(|problem| problem.problem),
        false => yaml::documents(&read, MAX_NODES).map_err(|(_, problem)| problem),
    };
    let documents = match documents {
        Ok(documents) => documents,
        Err(_) if name.ends_with(".json") => return Found::default(),
        Err(problem) => return templates::find(path, &read, (!is_template).then_some(problem)),
    };
    let mut found = Found::default();
    for document in &documents {
        let Some(kind) = kind_of(path, name, document) else { continue };
        let mut out = Collector::new(kind);
        match kind {
            Kind::Kubernetes => containers::kubernetes(document, &mut out),
            Kind::Kustomize => containers::kustomize(document, &mut out),
            Kind::Ecs => containers::ecs(document, &mut out),
            Kind::Compose => pipelines::compose(document, &mut out),
            Kind::GithubActions => pipelines::github(document, &mut out),
            Kind::GitlabCi => pipelines::gitlab(document, &mut out),
            Kind::Helm => values::helm(document, name.contains("values"), &mut out),
            Kind::Dockerfile => {}
        }
        // Any YAML may be values of a chart; it is one if it names an image.
        if (kind != Kind::Helm || !out.found.is_empty()) && !found.kinds.contains(&kind) {
            found.kinds.push(kind);
        }
        found.references.extend(out.found);
    }
    found
}

/// The kind of a document by the place and name of its file, or by its content.
fn kind_of(path: &str, name: &str, node: &Node) -> Option<Kind> {
    if node.entries().is_empty() {
        // A list of objects, as `kubectl` never writes it, or text.
        return None;
    }
    if let Some(kind) = by_path(path, name) {
        return Some(kind);
    }
    let text = |key: &str| node.string_of(key).unwrap_or_default();
    if text("apiVersion").starts_with("kustomize.") || name.starts_with("kustomization.") {
        return Some(Kind::Kustomize);
    }
    if node.has("apiVersion") && node.has("kind") {
        return Some(Kind::Kubernetes);
    }
    // A chart can have services of its own.
    if name.starts_with("values") {
        return Some(Kind::Helm);
    }
    if containers::is_ecs(node) {
        return Some(Kind::Ecs);
    }
    let is_service = |node: &Node| node.has("image") || node.has("build");
    let has_services =
        node.get("services").is_some_and(|services| services.entries().iter().any(|(_, of)| is_service(of)));
    if has_services || (name.contains("compose") && node.has("services")) {
        return Some(Kind::Compose);
    }
    if node.has("jobs") && node.has("on") {
        return Some(Kind::GithubActions);
    }
    // The chart's own description has no images; `appVersion` is its version.
    let is_chart = name.starts_with("chart.") && node.has("version");
    (!is_chart && !name.ends_with(".json")).then_some(Kind::Helm)
}

/// The kind of a file that its place or name tells.
pub(super) fn by_path(path: &str, name: &str) -> Option<Kind> {
    if path.contains(".github/workflows/") || name == "action.yml" || name == "action.yaml" {
        return Some(Kind::GithubActions);
    }
    let is_gitlab = name.contains("gitlab-ci") || path.contains(".gitlab/ci/");
    is_gitlab.then_some(Kind::GitlabCi)
}
