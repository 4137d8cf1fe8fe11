//! Compose files, workflows of GitHub Actions, pipelines of GitLab CI.

use super::collect::{Collector, scalar};
use crate::paste::{
    node::{Kind, Node},
    text::Text,
};

/// `services` of a compose file, and extensions that services are made of.
pub(super) fn compose(node: &Node, out: &mut Collector) {
    for (key, value) in node.entries() {
        match key.to_string().as_str() {
            "services" => value.entries().iter().for_each(|(_, service)| image_of(service, out)),
            name if name.starts_with("x-") => image_of(value, out),
            _ => {}
        }
    }
}

fn image_of(node: &Node, out: &mut Collector) {
    if let Some(text) = node.get("image").and_then(Node::as_text) {
        out.text(text);
    }
}

/// An image that is a text, or the member `key` of a map.
fn text_or(node: &Node, key: &str) -> Option<Text> {
    match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        _ => node.get(key).and_then(Node::as_text).cloned(),
    }
}

/// A workflow, or an action that is a container.
pub(super) fn github(node: &Node, out: &mut Collector) {
    let is_docker = |text: &Text| text.starts_with(0, "docker://");
    for (_, job) in node.get("jobs").map(Node::entries).unwrap_or_default() {
        job.get("container").and_then(|node| text_or(node, "image")).iter().for_each(|text| out.text(text));
        for (_, service) in job.get("services").map(Node::entries).unwrap_or_default() {
            image_of(service, out);
        }
        steps(job, &is_docker, out);
    }
    if let Some(runs) = node.get("runs") {
        // Otherwise it is a Dockerfile's path.
        runs.get("image")
            .and_then(Node::as_text)
            .filter(|text| is_docker(text))
            .iter()
            .for_each(|text| out.text(text));
        steps(runs, &is_docker, out);
    }
}

fn steps(node: &Node, is_docker: &dyn Fn(&Text) -> bool, out: &mut Collector) {
    for step in node.get("steps").map(Node::items).unwrap_or_default() {
        if let Some(text) = step.get("uses").and_then(Node::as_text).filter(|text| is_docker(text)) {
            out.text(text);
        }
    }
}

/// A pipeline: `image` and `services` of the file, of `default`, and of each job.
pub(super) fn gitlab(node: &Node, out: &mut Collector) {
    let global = node.get("variables");
    of_job(node, [global, None], out);
    for (key, job) in node.entries() {
        let is_job =
            !["variables", "image", "services", "include", "workflow"].contains(&key.to_string().as_str());
        if is_job && !job.entries().is_empty() {
            of_job(job, [job.get("variables"), global], out);
        }
    }
}

fn of_job(job: &Node, variables: [Option<&Node>; 2], out: &mut Collector) {
    let known = |name: &str| -> Option<Text> {
        variables.into_iter().flatten().find_map(|all| {
            let value = all.get(name)?;
            scalar(value).or_else(|| value.get("value").and_then(scalar))
        })
    };
    let services = job.get("services").map(Node::items).unwrap_or_default();
    for image in job.get("image").into_iter().chain(services) {
        if let Some(text) = text_or(image, "name") {
            out.with(&text, &known);
        }
    }
}
