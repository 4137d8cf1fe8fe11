//! Finds the images that files refer to, and rewrites the references.
//!
//! Dockerfiles, Kubernetes manifests, Kustomize, Helm values and templates, compose files, ECS task
//! definitions, GitHub Actions, GitLab CI. Pure: the caller reads the files.
//!
//! ```
//! use longshore_policy::references::{Kind, find};
//!
//! let found = find("web/Dockerfile", "ARG VERSION=1.27\nFROM nginx:${VERSION}\n");
//! let reference = &found.references[0];
//! assert_eq!((reference.kind, reference.text.as_str()), (Kind::Dockerfile, "nginx:${VERSION}"));
//! assert_eq!(reference.image.as_deref(), Some("docker.io/library/nginx:1.27"));
//! assert_eq!((reference.position.line, reference.position.column), (2, 6));
//! ```

mod collect;
mod containers;
mod dockerfile;
mod dockerfile_lines;
mod documents;
mod name;
mod pipelines;
mod rewrite;
mod templates;
mod values;
mod variables;

use serde::Serialize;

pub use name::ImageName;
pub use rewrite::{Edit, Rewrite, RewriteMap, apply};

use crate::{Position, paste::text::Text};

/// The kind of a file, or of a document in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A Kubernetes object, also of a custom kind.
    Kubernetes,
    /// A kustomization.
    Kustomize,
    /// Values or a template of a Helm chart, and other YAML that names images in the same way.
    Helm,
    /// A compose file.
    Compose,
    /// A task definition of Amazon ECS, by itself or in a CloudFormation template.
    Ecs,
    /// A workflow or an action of GitHub Actions.
    GithubActions,
    /// A pipeline of GitLab CI.
    GitlabCi,
}

/// A reference to an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where it begins.
    pub position: Position,
    /// As it is written. Of an image that is given in several fields: the fields together.
    pub text: String,
    /// With its variables replaced, host and tag included: `docker.io/library/nginx:1.27`. `None` if it
    /// depends on something that is not in the file, or is not a reference.
    pub image: Option<String>,
    /// The parts of [`image`](Self::image).
    pub name: Option<ImageName>,
    /// Where it was found.
    pub kind: Kind,
    written: Written,
    /// The name alone, which can be known although the tag is not; and what is written after it.
    base: Option<(ImageName, String)>,
}

/// The characters of a reference in the file, with variables replaced.
#[derive(Debug, Clone, PartialEq)]
enum Written {
    /// The reference.
    Whole(Text),
    /// An image in several fields.
    Fields { registry: Option<Text>, repository: Text },
}

/// What a file refers to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// In the order of the file.
    pub references: Vec<Reference>,
    /// The kinds of the documents that the file has, each once; none if it is not a file of any kind.
    pub kinds: Vec<Kind>,
    /// Why only some lines of the file could be read.
    pub note: Option<String>,
}

/// Finds the references in a file. `path` is its path with `/`, which tells its kind together with the
/// content; any part of the path may be missing but the name.
pub fn find(path: &str, text: &str) -> Found {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut found = if is_dockerfile(&name) {
        dockerfile::find(text)
    } else if is_document(&name) {
        documents::find(&path.to_ascii_lowercase(), &name, text)
    } else {
        Found::default()
    };
    // An alias of YAML is the value to which it refers, in its place.
    found.references.sort_by_key(|reference| (reference.position.line, reference.position.column));
    found.references.dedup_by_key(|reference| reference.position);
    found
}

/// Whether a file of this name can have references, so that it is worth reading.
pub fn may_have_references(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_dockerfile(&name) || is_document(&name)
}

fn is_document(name: &str) -> bool {
    [".yaml", ".yml", ".json", ".tpl"].iter().any(|end| name.ends_with(end))
}

/// Whether a file of this name, in lower case, is a Dockerfile.
fn is_dockerfile(name: &str) -> bool {
    let named = |base: &str| {
        let rest = name.strip_prefix(base);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
            || name.strip_suffix(base).is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    };
    let is_other = [".md", ".dockerignore", ".sh", ".txt", ".yaml", ".yml", ".json"];
    (named("dockerfile") || named("containerfile")) && !is_other.iter().any(|end| name.ends_with(end))
}
