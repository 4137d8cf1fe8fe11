//! Objects of Kubernetes, kustomizations, and task definitions of Amazon ECS.

use super::collect::{Collector, Fields, scalar};
use crate::paste::{
    node::{Kind, Node},
    text::Text,
};

/// Kinds whose `image` is not an image: data, and schemas.
const WITHOUT_IMAGES: [&str; 3] = ["ConfigMap", "Secret", "CustomResourceDefinition"];
/// The lists of containers of a pod.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An object, or a list of objects.
pub(super) fn kubernetes(object: &Node, out: &mut Collector) {
    let kind = object.string_of("kind").unwrap_or_default();
    if WITHOUT_IMAGES.contains(&kind.as_str()) {
        return;
    }
    match object.get("items").filter(|_| kind.ends_with("List")) {
        Some(items) => items.items().iter().for_each(|item| kubernetes(item, out)),
        None => inside(object, false, out),
    }
}

/// Every `image` below a value; `is_container` where it is the image of a container for certain.
fn inside(node: &Node, is_container: bool, out: &mut Collector) {
    for item in node.items() {
        inside(item, is_container, out);
    }
    for (key, value) in node.entries() {
        let key = key.to_string();
        match (&value.kind, key.as_str()) {
            (Kind::Text(text), "image") if is_container => out.text(text),
            (Kind::Text(text), "image") => out.plausible(text),
            // What runs, in the status of a pod; without a repository it is the digest of a configuration.
            (Kind::Text(text), "imageID") if text.find("@", 0).is_some() => out.text(text),
            (Kind::Map(_), "image") => in_fields(value, out),
            _ => inside(value, CONTAINERS.contains(&key.as_str()), out),
        }
    }
}

/// The image of a volume, or one in several fields, as custom kinds have it.
fn in_fields(node: &Node, out: &mut Collector) {
    let text = |key: &str| node.get(key).and_then(scalar);
    if let Some(reference) = text("reference") {
        out.plausible(&reference);
    } else if let Some(repository) = text("repository") {
        let (registry, tag, digest) = (text("registry"), text("tag"), text("digest"));
        out.fields(Fields { registry, repository, tag, digest });
    } else {
        inside(node, false, out);
    }
}

/// `images` of a kustomization: what an image of the base is replaced by.
pub(super) fn kustomize(node: &Node, out: &mut Collector) {
    for image in node.get("images").map(Node::items).unwrap_or_default() {
        let text = |key: &str| image.get(key).and_then(scalar);
        if let Some(repository) = text("newName").or_else(|| text("name")) {
            out.fields(Fields { registry: None, repository, tag: text("newTag"), digest: text("digest") });
        }
    }
}

/// The containers of running tasks, in the response of `describe-tasks`.
fn running(node: &Node) -> impl Iterator<Item = &Node> {
    let tasks = node.get("tasks").map(Node::items).unwrap_or_default();
    tasks.iter().flat_map(|task| task.get("containers").map(Node::items).unwrap_or_default())
}

/// The lists of containers of a task definition, also in the response of `describe-task-definition`, and
/// in a CloudFormation template.
fn definitions(node: &Node) -> Vec<&Node> {
    let resources = node.get("Resources").map(Node::entries).unwrap_or_default();
    let of_template = resources
        .iter()
        .map(|(_, resource)| resource)
        .filter(|resource| resource.string_of("Type").as_deref() == Some("AWS::ECS::TaskDefinition"));
    let all = [Some(node), node.get("taskDefinition")]
        .into_iter()
        .chain(of_template.map(|resource| resource.get("Properties")));
    all.flatten()
        .filter(|node| node.has("containerDefinitions") || node.has("ContainerDefinitions"))
        .collect()
}

/// Whether a document is, or has, a task definition, or says which tasks run.
pub(super) fn is_ecs(node: &Node) -> bool {
    !definitions(node).is_empty() || running(node).any(|container| container.has("image"))
}

/// The images of a task definition.
pub(super) fn ecs(node: &Node, out: &mut Collector) {
    for container in running(node) {
        let text = |key: &str| container.get(key).and_then(scalar);
        if let Some(repository) = text("image") {
            // The image has its tag; the digest says what the tag meant.
            let digest = text("imageDigest").filter(|_| repository.find("@", 0).is_none());
            out.fields(Fields { registry: None, repository, tag: None, digest });
        }
    }
    for definition in definitions(node) {
        let containers = definition.get("containerDefinitions").or(definition.get("ContainerDefinitions"));
        for container in containers.map(Node::items).unwrap_or_default() {
            let Some(image) = container.get("image").or(container.get("Image")) else { continue };
            match (&image.kind, image.entries()) {
                (Kind::Text(text), _) => out.text(text),
                // A function of CloudFormation.
                (_, [(name, argument)]) => out.text(&function(&name.to_string(), argument)),
                _ => {}
            }
        }
    }
}

/// What a function takes, as a text with a variable.
fn function(name: &str, argument: &Node) -> Text {
    let text = argument.as_text().or_else(|| argument.items().first().and_then(Node::as_text));
    let mut out = Text::default();
    match (name, text) {
        ("Fn::Sub", Some(text)) => return text.clone(),
        (_, Some(text)) => out.push_str(&format!("${{{text}}}"), argument.at),
        (_, None) => out.push_str(&format!("${{{name}}}"), argument.at),
    }
    out
}
