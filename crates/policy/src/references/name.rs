//! The name of an image in a reference.

use std::fmt;

/// Docker's hub, which a reference without a host means.
const HUB: &str = "docker.io";
/// The names of docker's hub.
const HUBS: [&str; 3] = [HUB, "index.docker.io", "registry-1.docker.io"];
/// The longest tag (OCI distribution specification).
const LONGEST_TAG: usize = 128;
/// Longer than any reference.
const LONGEST: usize = 1_024;

/// `[host/]repository[:tag][@digest]`, by docker's rules: without a host it is docker's hub, and official
/// images of the hub are in `library/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    /// The host as written; `None` for docker's hub without its name.
    pub host: Option<String>,
    /// The repository as written.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
}

impl ImageName {
    /// The parts of a reference; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (rest, tag) = match rest.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') => (rest, Some(tag)),
            _ => (rest, None),
        };
        let (host, repository) = match rest.split_once('/') {
            Some((first, path)) if is_host(first) => (Some(first), path),
            _ => (None, rest),
        };
        let good =
            repository.split('/').all(is_component) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
        good.then(|| Self {
            host: host.map(str::to_ascii_lowercase),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The name without tag and digest.
    pub(super) fn alone(&self) -> Self {
        Self { tag: None, digest: None, ..self.clone() }
    }

    /// The registry's host.
    pub fn registry(&self) -> &str {
        match self.host.as_deref() {
            None => HUB,
            Some(host) if HUBS.contains(&host) => HUB,
            Some(host) => host,
        }
    }

    /// The whole name of the repository in its registry: official images of docker's hub are in
    /// `library/`.
    pub fn full_repository(&self) -> String {
        match self.registry() == HUB && !self.repository.contains('/') {
            true => format!("library/{}", self.repository),
            false => self.repository.clone(),
        }
    }

    /// Registry and repository.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.registry(), self.full_repository())
    }

    /// Tag and digest as they are written after the name, `:1.27`; empty for none.
    pub fn suffix(&self) -> String {
        let tag = self.tag.as_deref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_deref().map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

/// The whole reference: with host, and with `:latest` if it has neither tag nor digest.
impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = self.suffix();
        write!(f, "{}{}", self.full_name(), if suffix.is_empty() { ":latest" } else { &suffix })
    }
}

/// Whether the first part of a reference is a host, and not an organisation of docker's hub.
pub(super) fn is_host(text: &str) -> bool {
    let looks = text.contains(['.', ':']) || text == "localhost";
    looks
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:[]".contains(c))
        && !text.starts_with(['.', '-', ':'])
}

fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || "._-".contains(c))
}

fn is_tag(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= LONGEST_TAG
        && text.starts_with(first)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

pub(super) fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && algorithm.chars().all(|c| c.is_ascii_alphanumeric() || "+._-".contains(c))
            && !hex.is_empty()
            && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_by_the_rules_of_docker() {
        for (text, resolved) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/library/nginx:1", "docker.io/library/nginx:1"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/team/app:1", "localhost:5000/team/app:1"),
            ("GHCR.io/a/b@sha256:0123abcd", "ghcr.io/a/b@sha256:0123abcd"),
            ("a/b:1@sha256:0123abcd", "docker.io/a/b:1@sha256:0123abcd"),
            ("my_app__x/y.z-1:V_1.0-rc", "docker.io/my_app__x/y.z-1:V_1.0-rc"),
        ] {
            assert_eq!(ImageName::parse(text).unwrap().to_string(), resolved, "{text}");
        }
        for text in [
            "",
            "Nginx",
            "nginx:",
            ":1",
            "a//b",
            "/a",
            "a b",
            "-a",
            "nginx@sha256",
            "http://x/y",
            "a:b/c:d:e",
        ] {
            assert_eq!(ImageName::parse(text), None, "{text}");
        }
    }
}
